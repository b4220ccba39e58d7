"""Which training texts are difficult: cross-validated, fold by fold, every fold kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sklearn.model_selection import StratifiedKFold

from .stages import Stage

HELD_OUT = "held_out.safetensors"
SPLIT_SEED = 0  # the folds are the same for all seeds


class Fold(NamedTuple):
    """One training of the cross-validation, kept by a stage.

    `learnt` int64 [n] are the texts it is trained on, `held_out` int64 [m] those it is asked about.
    """

    seed: int
    number: int
    learnt: NDArray[np.int64]
    held_out: NDArray[np.int64]
    stage: Stage


def split(labels: NDArray[np.int64], folds: int) -> list[tuple[NDArray, NDArray]]:
    """Split texts into stratified folds: pairs of (learnt, held out) indices.

    Raises `ValueError` where a class has fewer texts than there are folds.

    >>> [held_out.tolist() for _, held_out in split(np.array([0, 1, 0, 1]), folds=2)]
    [[1, 2], [0, 3]]
    """
    fewest = int(np.unique(labels, return_counts=True)[1].min())
    if fewest < folds:
        raise ValueError(
            f"folds: expected at most as many as the rarest class has texts, {fewest}, but got "
            f"{folds}"
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SPLIT_SEED)
    return list(splitter.split(np.zeros(len(labels)), labels))


def keep_right(fold: Fold, is_right: NDArray[np.bool_]) -> None:
    """Keep which held-out texts a fold's model got right, bool [m]."""
    fold.stage.folder.mkdir(parents=True, exist_ok=True)
    save_file({"right": is_right, "held_out": fold.held_out}, fold.stage.folder / HELD_OUT)


def difficult(folds: list[Fold], count: int) -> NDArray[np.bool_]:
    """Return which of `count` training texts are difficult: wrong under some seed, bool [N].

    Every text is held out once per seed; easy is what was right every time.
    """
    easy = np.ones(count, bool)
    for fold in folds:
        kept = load_file(fold.stage.folder / HELD_OUT)
        easy[kept["held_out"]] &= kept["right"]
    return ~easy


def plan_folds(
    labels: NDArray[np.int64],
    folds: int,
    seeds: list[int],
    stage_of: Callable[[int, int], Stage],
) -> list[Fold]:
    """Return all trainings of a cross-validation; `stage_of(seed, number)` keeps each."""
    parts = split(labels, folds)
    return [
        Fold(seed, number, learnt, held_out, stage_of(seed, number))
        for seed in seeds
        for number, (learnt, held_out) in enumerate(parts)
    ]
