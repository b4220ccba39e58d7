"""How each method of the papers trains a model: which weights, by which objective."""

from __future__ import annotations

from typing import NamedTuple

from .build import with_one_exit
from .exit_model import ExitModel
from .objectives import (
    Pairs,
    cross_entropies,
    depth_weighted,
    difficulty_aware,
    distillation,
    hidden_state_distance,
    self_distillation,
    together,
)
from .theseus import ReplacingRate, successors_alone, with_successors
from .training import Setting, TrainingReport, train

LAST, ALL, ALL_BUT_LAST = slice(-1, None), slice(None), slice(None, -1)


class Calibration(NamedTuple):
    """Difficulty-aware regularisation: margin, weight beside the cross entropy, which pairs."""

    margin: float
    weight: float = 0.5
    pairs: Pairs = "all"


class Softening(NamedTuple):
    """How a student follows its teacher: see `distillation`; `weight` is of the hidden states."""

    alpha: float
    temperature: float
    weight: float = 0.0


def fine_tune(
    model: ExitModel, setting: Setting, calibration: Calibration | None = None
) -> TrainingReport:
    """Fine-tune a whole model by the cross entropy of its last exit.

    With a calibration, by CascadeBERT's objective: the texts must know whether they are difficult.
    """
    objective = cross_entropies(LAST)
    if calibration:
        regularisation = difficulty_aware(calibration.margin, calibration.pairs)
        objective = together((1.0, objective), (calibration.weight, regularisation))
    return train(model, objective, setting, LAST)


def train_off_ramps(model: ExitModel, setting: Setting) -> TrainingReport:
    """Train DeeBERT's second stage: all exits but the last, on the sum of their cross entropies.

    The backbone and the last head are frozen: they get no gradients and stay in evaluation mode.
    """
    model.freeze_backbone()
    return train(model, cross_entropies(ALL_BUT_LAST), setting, ALL_BUT_LAST)


def train_students(model: ExitModel, setting: Setting) -> TrainingReport:
    """Train FastBERT's second stage: the students learn the frozen last exit's distribution."""
    model.freeze_backbone()
    return train(model, self_distillation, setting, ALL_BUT_LAST)


def train_jointly(model: ExitModel, setting: Setting) -> TrainingReport:
    """Train PABEE: encoder and all exits at once, deeper exits weighing more."""
    return train(model, depth_weighted, setting, ALL)


def distil(model: ExitModel, setting: Setting, softening: Softening) -> TrainingReport:
    """Train a student on its teacher's logits, which the texts must know (vanilla KD)."""
    objective = distillation(softening.alpha, softening.temperature)
    return train(model, objective, setting, LAST)


def distil_patiently(
    model: ExitModel, setting: Setting, softening: Softening
) -> tuple[ExitModel, TrainingReport]:
    """Train a student on its teacher's logits and hidden states (PKD); return it with one exit.

    `model` has an exit at every layer, only to have their hidden states compared; their heads stay
    as they are.
    """
    objective = together(
        (1.0, distillation(softening.alpha, softening.temperature)),
        (softening.weight, hidden_state_distance),
    )
    report = train(model, objective, setting, LAST)
    return with_one_exit(model, model.pooling), report


def replace_modules(
    trained: ExitModel, layers: int, setting: Setting, rate: ReplacingRate
) -> tuple[ExitModel, TrainingReport]:
    """Train the first stage of BERT-of-Theseus, and return its successors as a model of their own.

    `fine_tune` is the second stage.
    """
    model = with_successors(trained, layers)
    report = train(model, cross_entropies(LAST), setting, LAST, [rate])
    return successors_alone(model), report
