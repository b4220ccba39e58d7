"""How long trainings will take: what each computes, at a pace measured on this machine."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ..costs import Architecture, flop_costs
from ..models.build import untrained
from ..models.exit_model import ExitModel
from ..models.inference import best_device, best_precision
from ..models.training import TrainingOptions, quick_attention
from .model_specs import Distilled, Model, OffRamps, PatientlyDistilled, Students, Successors
from .workshop import Workshop

STEPS_TIMED = 3  # at least, and as many as fit into
SECONDS_TIMED = 1.0


class Effort(NamedTuple):
    """What a training computes: optimiser steps, and tokens times the layers they go through.

    `trained` ones are passed forward and back, `forward` ones only forward: those of frozen layers,
    of teachers, and of dev texts.
    """

    steps: int
    trained: float
    forward: float


class Pace(NamedTuple):
    """Seconds for an optimiser step as such, and for one token in one layer."""

    step: float
    trained: float
    forward: float

    def minutes(self, effort: Effort) -> float:
        """Return how long so much takes."""
        seconds = (own * count for own, count in zip(self, effort, strict=True))
        return sum(seconds) / 60


class Texts(NamedTuple):
    """How much there is to read: texts to train on, their tokens, and the tokens of dev."""

    count: int
    tokens: float
    dev_tokens: float

    def share(self, share: float) -> Texts:
        """Return so much of the texts to train on."""
        return self._replace(count=round(share * self.count), tokens=share * self.tokens)


def effort_of(
    spec: Model,
    layers: int,
    deepest: int,
    texts: Texts,
    options: TrainingOptions,
    student: float = 0.0,
) -> Effort:
    """Return what training a model takes: `layers` of its own, `deepest` its backbone's, teacher's.

    `student` is the share of a layer that one of FastBERT's is, see `student_share`. In the first
    stage of BERT-of-Theseus either a successor or what it replaces runs, and gradients pass through
    both.
    """
    read = texts.tokens * options.epochs
    asked = texts.dev_tokens * options.epochs * options.evaluations
    steps = int(np.ceil(texts.count / options.batch_size)) * options.epochs
    match spec:
        case OffRamps():
            return Effort(steps, 0, (read + asked) * deepest)
        case Students():
            return Effort(steps, read * (deepest - 1) * student, (read + asked) * deepest)
        case Distilled() | PatientlyDistilled():
            return Effort(steps, read * layers, asked * layers + texts.tokens * deepest)
        case Successors(start=start):
            replacing = start * layers + (1 - start) * deepest
            return Effort(2 * steps, read * (replacing + layers), asked * (replacing + layers))
        case _:
            return Effort(steps, read * layers, asked * layers)


def student_share(architecture: Architecture, length: float, classes: int) -> float:
    """Return the FLOPs of a student of FastBERT as a share of those of a layer, for such texts.

    >>> small = Architecture(layers=8, hidden=128, intermediate=512, heads=2)
    >>> round(student_share(small, 20, 3), 2)
    0.44
    """
    pair = (architecture._replace(layers=2), [1, 2], [length], classes)
    plain, with_student = (flop_costs(*pair, head=head)[:, 0] for head in ("linear", "student"))
    return float((with_student[0] - plain[0]) / (plain[1] - plain[0]))


def effort_of_encoder(layers: int, deepest: int, texts: Texts, options: TrainingOptions) -> Effort:
    """Return what an encoder takes; a teacher, of `deepest` layers, is only passed forward."""
    read = texts.tokens * options.epochs
    steps = int(np.ceil(texts.count / options.batch_size)) * options.epochs
    return Effort(steps, read * layers, read * deepest)


def measure_pace(workshop: Workshop, checkpoint: str, batch_size: int) -> Pace:
    """Time some training steps on texts of middling length, with one layer and with all."""
    tokens = workshop.encoded(checkpoint)
    middle = np.argsort(tokens.train.tokens)[len(tokens.train) // 2 :][:batch_size]
    rows = [tokens.train.row(number) for number in middle]
    device = best_device()
    rough = best_precision(device) == "bfloat16"
    inputs = tokens.tokenizer.pad(rows, return_tensors="pt").to(device)
    labels = torch.from_numpy(workshop.train_texts.labels[middle]).to(device)
    count = int(tokens.train.tokens[middle].sum())

    def model(layers: int | None) -> ExitModel:
        made = untrained(
            checkpoint, classes=workshop.classes, pooling=workshop.recipe.pooling, layers=layers
        )
        return made.to(device).train()

    def seconds(model: ExitModel, learns: bool) -> float:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)
        taken: list[float] = []
        while len(taken) <= STEPS_TIMED or sum(taken) < SECONDS_TIMED:  # the first makes ready
            started = time.perf_counter()
            with (
                quick_attention(model, device),
                torch.autocast(device.type, torch.bfloat16, enabled=rough),
                torch.set_grad_enabled(learns),
            ):
                loss = cross_entropy(model(**inputs)["logits"][:, -1].float(), labels)
            if learns:
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
            loss.item()  # a GPU has to be done
            taken.append(time.perf_counter() - started)
        return float(np.median(taken[1:]))

    whole = model(None)
    layers = whole.exits[-1]
    forward = seconds(whole, learns=False) / layers
    deep = seconds(whole, learns=True)
    shallow = seconds(model(1), learns=True) if layers > 1 else 0.0
    trained = (deep - shallow) / max(layers - 1, 1)
    return Pace(max(deep - layers * trained, 0.0), trained / count, forward / count)
