"""Train one model on one objective with transformers' Trainer, resumable from epoch to epoch."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from accelerate import PartialState
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import ConcatDataset, Dataset
from transformers import (
    DataCollator,
    DataCollatorWithPadding,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import get_last_checkpoint

from .batches import Encodings
from .exit_model import ExitModel
from .inference import best_device, best_precision
from .objectives import KNOWN, Batch, Objective, cross_entropies

GPU_WORKERS = (
    2  # processes that make batches: a step of a small model is over before the next is made
)
StepProgress = Callable[[int, int], None]  # called with (done, in all)


class TrainingOptions(NamedTuple):
    """Hyperparameters of one training; the learning rate decays linearly to zero.

    Dev is asked and a checkpoint kept `evaluations` times an epoch.
    """

    epochs: int = 3
    learning_rate: float = 2e-5
    batch_size: int = 32
    evaluations: int = 1
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    seed: int = 0


@dataclass(frozen=True, eq=False)
class LabelledTexts(Dataset):
    """Encoded texts with their labels int64 [N], as Trainer reads them.

    `known` holds, text by text, what an objective needs besides: see `objectives.KNOWN`.
    """

    encodings: Encodings
    labels: np.ndarray
    known: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, index: NDArray[np.integer]) -> LabelledTexts:
        """Return the chosen texts, in the order of `index`."""
        known = {name: of[index] for name, of in self.known.items()}
        return LabelledTexts(self.encodings.only(index), self.labels[index], known)

    def __getitem__(self, index: int) -> dict[str, Any]:
        known = {name: torch.from_numpy(np.asarray(of[index])) for name, of in self.known.items()}
        return {**self.encodings.row(index), "labels": int(self.labels[index]), **known}


@dataclass(frozen=True, eq=False)
class _Unlabelled(Dataset):
    encodings: Encodings

    def __len__(self) -> int:
        return len(self.encodings)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.encodings.row(index)


class TrainingReport(NamedTuple):
    """What a training did: accuracy of every trained exit on dev after each epoch, and the time.

    Where dev was asked several times an epoch, read "epoch" as the stretch up to each of these.
    `minutes` are those of the last uninterrupted stretch when `resumed` after an interruption.
    """

    exits: tuple[int, ...]
    dev_accuracy: tuple[tuple[float, ...], ...]  # [epochs, trained exits]
    best_epoch: int
    train_instances: int
    minutes: float
    resumed: bool
    precision: str


class Setting(NamedTuple):
    """What a training needs besides its model and objective.

    `folder` holds Trainer's checkpoints; when it has one, training resumes from there.
    """

    train: LabelledTexts
    dev: LabelledTexts
    tokenizer: PreTrainedTokenizerBase
    options: TrainingOptions
    folder: Path
    progress: StepProgress | None = None


def train(
    model: ExitModel,
    objective: Objective,
    setting: Setting,
    exits: slice,
    callbacks: Sequence[TrainerCallback] = (),
) -> TrainingReport:
    """Train, keep the epoch with the best mean dev accuracy of the trained `exits`, and report."""
    options, folder = setting.options, setting.folder
    set_seed(options.seed)
    trainer = _ExitTrainer(
        objective,
        exits,
        model=model,
        args=_arguments(options, folder, len(setting.train)),
        train_dataset=setting.train,
        eval_dataset=setting.dev,
        data_collator=_Collator(setting.tokenizer),
        compute_metrics=lambda prediction: _dev_accuracy(prediction, exits),
        callbacks=[*callbacks, *([_Steps(setting.progress)] if setting.progress else [])],
    )
    minutes, resumed = _run(trainer, folder)
    return _report(trainer, model.exits[exits], len(setting.train), minutes, resumed)


def train_encoder(
    model: nn.Module,
    texts: Sequence[Encodings],
    tokenizer: PreTrainedTokenizerBase,
    options: TrainingOptions,
    folder: Path,
    progress: StepProgress | None = None,
    collator: DataCollator | None = None,
) -> TrainingReport:
    """Train a model whose output is its loss on mere texts; the last epoch is kept.

    `collator` makes batches of them; without one they are only padded.
    """
    set_seed(options.seed)
    dataset = ConcatDataset([_Unlabelled(one) for one in texts])
    arguments = _arguments(options, folder, len(dataset))
    trainer = Trainer(
        model=model,
        args=replace(
            arguments, eval_strategy="no", load_best_model_at_end=False, metric_for_best_model=None
        ),
        train_dataset=dataset,
        data_collator=collator or DataCollatorWithPadding(tokenizer),
        callbacks=[_Steps(progress)] if progress else None,
    )
    minutes, resumed = _run(trainer, folder)
    return TrainingReport(
        exits=(),
        dev_accuracy=(),
        best_epoch=options.epochs,
        train_instances=len(dataset),
        minutes=round(minutes, 2),
        resumed=resumed,
        precision=_precision(trainer),
    )


def _run(trainer: Trainer, folder: Path) -> tuple[float, bool]:
    """Train, from the last checkpoint in `folder` where there is one; return minutes, resumed."""
    trainer.remove_callback(PrinterCallback)
    checkpoint = _last_whole_checkpoint(folder)
    assert trainer.model is not None
    started = time.perf_counter()
    with quick_attention(trainer.model, trainer.args.device):
        trainer.train(resume_from_checkpoint=checkpoint, ignore_keys_for_eval=["pooled"])
    return (time.perf_counter() - started) / 60, bool(checkpoint)


def _last_whole_checkpoint(folder: Path) -> str | None:
    """Return Trainer's last checkpoint, None where there is none; half-written ones are removed.

    Its state is what Trainer writes last: where that cannot be read, a kill came before.
    """
    if PartialState().is_main_process:
        for checkpoint in folder.glob("checkpoint-*"):
            try:
                json.loads((checkpoint / TRAINER_STATE_NAME).read_text())
            except (OSError, ValueError):
                shutil.rmtree(checkpoint)
    PartialState().wait_for_everyone()
    return get_last_checkpoint(str(folder)) if folder.is_dir() else None


@contextmanager
def quick_attention(model: nn.Module, device: torch.device) -> Iterator[None]:
    """Let a model's encoders attend by plain products on CPUs, where training is faster with them.

    The fused kernel is up to 2.5 times slower. That was measured on two cores with texts of 22
    tokens and no dropout; with dropout, and for texts of up to 128, plain products were ahead by a
    few per cent. On a GPU nothing changes.
    """
    encoders = [one for one in model.modules() if isinstance(one, PreTrainedModel)]
    before = [cast(str, one.config._attn_implementation) for one in encoders]
    if device.type == "cpu":
        for encoder in encoders:
            encoder.set_attn_implementation("eager")
    try:
        yield
    finally:
        for encoder, attention in zip(encoders, before, strict=True):
            encoder.set_attn_implementation(attention)


def _precision(trainer: Trainer) -> str:
    return "bfloat16 autocast" if trainer.args.bf16 else "float32"


def _arguments(options: TrainingOptions, folder: Path, instances: int) -> TrainingArguments:
    device = best_device()
    processes = PartialState().num_processes
    own_share = ceil(options.batch_size / processes)
    steps = ceil(instances / (own_share * processes)) * options.epochs
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.epochs,
        learning_rate=options.learning_rate,
        per_device_train_batch_size=own_share,
        per_device_eval_batch_size=128,
        warmup_steps=round(options.warmup_share * steps),
        weight_decay=options.weight_decay,
        lr_scheduler_type="linear",
        seed=options.seed,
        data_seed=options.seed,
        bf16=best_precision(device) == "bfloat16",
        use_cpu=device.type == "cpu",
        train_sampling_strategy="group_by_length",
        **_now_and_then(options),
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
        dataloader_num_workers=GPU_WORKERS if device.type == "cuda" else 0,
    )


def _now_and_then(options: TrainingOptions) -> dict[str, Any]:
    """When dev is asked and a checkpoint is kept."""
    if options.evaluations == 1:
        return {"eval_strategy": "epoch", "save_strategy": "epoch"}
    share = 1 / (options.epochs * options.evaluations)  # of all steps
    by_steps = {"eval_strategy": "steps", "save_strategy": "steps"}
    return {**by_steps, "eval_steps": share, "save_steps": share}


class _ExitTrainer(Trainer):
    """A Trainer whose loss is an objective over all exits and what is known of the texts.

    Nothing but labels is known of dev texts: there it is the chosen exits' cross entropy.
    """

    def __init__(self, objective: Objective, exits: slice, **options):
        super().__init__(**options)
        self._objective = objective
        self._on_dev = cross_entropies(exits)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        known = {name: inputs.pop(name) for name in KNOWN if name in inputs}
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        batch = Batch(outputs["logits"], outputs["pooled"], labels, known)
        loss = (self._objective if model.training else self._on_dev)(batch)
        return (loss, outputs) if return_outputs else loss


@dataclass
class _Collator(DataCollatorWithPadding):
    """Pads texts; what is known of them besides is no matter of the tokenizer's."""

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        there = [name for name in KNOWN if name in features[0]]
        known = {name: torch.stack([row.pop(name) for row in features]) for name in there}
        return {**super().__call__(features), **known}


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
        precision=_precision(trainer),
    )
