"""Train one model with transformers' Trainer: what varies between methods is the objective."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset
from transformers import (
    DataCollatorWithPadding,
    EvalPrediction,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint

from .batches import Encodings
from .exit_model import ExitModel
from .inference import best_device, has_bfloat16

Objective = Callable[[Tensor, Tensor], Tensor]  # logits [B, E, C], labels [B] -> scalar loss
StepProgress = Callable[[int, int], None]  # called with (done, in all)


class TrainingOptions(NamedTuple):
    """Hyperparameters of one training; the learning rate decays linearly to zero."""

    epochs: int = 3
    learning_rate: float = 2e-5
    batch_size: int = 32
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    seed: int = 0


@dataclass(frozen=True, eq=False)
class LabelledTexts(Dataset):
    """Encoded texts with their labels int64 [N], as Trainer reads them."""

    encodings: Encodings
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {**self.encodings.row(index), "labels": int(self.labels[index])}


class TrainingReport(NamedTuple):
    """What a training did: accuracy of every trained exit on dev after each epoch, and the time.

    `minutes` are those of the last uninterrupted stretch when `resumed` after an interruption.
    """

    exits: tuple[int, ...]
    dev_accuracy: tuple[tuple[float, ...], ...]  # [epochs, trained exits]
    best_epoch: int
    train_instances: int
    minutes: float
    resumed: bool
    precision: str


def sum_of_cross_entropies(exits: slice) -> Objective:
    """Return the papers' joint objective: the chosen exits' cross entropies, summed.

    `exits` slices the exit axis of logits [B, E, C].
    """

    def objective(logits: Tensor, labels: Tensor) -> Tensor:
        chosen = logits[:, exits].float()
        flat = cross_entropy(
            chosen.flatten(0, 1), labels.repeat_interleave(chosen.shape[1]), reduction="sum"
        )
        return flat / len(labels)

    return objective


def fine_tune(model: ExitModel, **arguments) -> TrainingReport:
    """Fine-tune a whole model by the cross entropy of its last exit."""
    return _train(model, exits=slice(-1, None), **arguments)


def train_off_ramps(model: ExitModel, **arguments) -> TrainingReport:
    """Train DeeBERT's second stage: all exits but the last, on the sum of their cross entropies.

    The backbone and the last head are frozen: they get no gradients and stay in evaluation mode.
    """
    model.freeze_backbone()
    return _train(model, exits=slice(None, -1), **arguments)


def _train(
    model: ExitModel,
    *,
    exits: slice,
    train: LabelledTexts,
    dev: LabelledTexts,
    tokenizer: PreTrainedTokenizerBase,
    options: TrainingOptions,
    folder: Path,
    progress: StepProgress | None = None,
) -> TrainingReport:
    """Train, keep the epoch with the best mean dev accuracy of the trained exits, and report.

    `folder` holds Trainer's checkpoints; when it has one, training resumes from there.
    """
    set_seed(options.seed)
    objective = sum_of_cross_entropies(exits)
    trainer = Trainer(
        model=model,
        args=_arguments(options, folder, len(train.labels)),
        train_dataset=train,
        eval_dataset=dev,
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=lambda prediction: _dev_accuracy(prediction, exits),
        compute_loss_func=lambda outputs, labels, **_: objective(outputs["logits"], labels),
        callbacks=[_Steps(progress)] if progress else None,
    )
    trainer.remove_callback(PrinterCallback)
    checkpoint = get_last_checkpoint(str(folder)) if folder.is_dir() else None
    started = time.perf_counter()
    trainer.train(resume_from_checkpoint=checkpoint)
    minutes = (time.perf_counter() - started) / 60
    return _report(trainer, model.exits[exits], len(train.labels), minutes, bool(checkpoint))


def _arguments(options: TrainingOptions, folder: Path, instances: int) -> TrainingArguments:
    device = best_device()
    steps = int(np.ceil(instances / options.batch_size)) * options.epochs
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.epochs,
        learning_rate=options.learning_rate,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=128,
        warmup_steps=round(options.warmup_share * steps),
        weight_decay=options.weight_decay,
        lr_scheduler_type="linear",
        seed=options.seed,
        data_seed=options.seed,
        bf16=has_bfloat16(device),
        use_cpu=device.type == "cpu",
        train_sampling_strategy="group_by_length",
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        greater_is_better=True,
        label_names=["labels"],
        remove_unused_columns=False,
        report_to="none",
        logging_strategy="epoch",
        disable_tqdm=True,
        dataloader_pin_memory=device.type == "cuda",
    )


class _Steps(TrainerCallback):
    """Tell `progress` how far the training is, a resumed one from where it goes on."""

    def __init__(self, progress: StepProgress):
        self.progress = progress

    def on_step_end(self, args, state, control, **kwargs):
        self.progress(state.global_step, state.max_steps)


def _dev_accuracy(prediction: EvalPrediction, exits: slice) -> dict[str, Any]:
    logits = np.asarray(prediction.predictions)[:, exits]
    right = logits.argmax(-1) == np.asarray(prediction.label_ids)[:, None]
    per_exit = right.mean(0)
    return {"accuracy": float(per_exit.mean()), "per_exit": per_exit.tolist()}


def _report(
    trainer: Trainer, exits: tuple[int, ...], instances: int, minutes: float, resumed: bool
) -> TrainingReport:
    epochs: list[dict[str, Any]] = [
        entry for entry in trainer.state.log_history if "eval_accuracy" in entry
    ]
    accuracies = [entry["eval_accuracy"] for entry in epochs]
    return TrainingReport(
        exits=exits,
        dev_accuracy=tuple(tuple(entry["eval_per_exit"]) for entry in epochs),
        best_epoch=int(np.argmax(accuracies)) + 1,
        train_instances=instances,
        minutes=round(minutes, 2),
        resumed=resumed,
        precision="bfloat16 autocast" if trainer.args.bf16 else "float32",
    )
