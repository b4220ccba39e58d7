"""Two halves of a run's instances: one to choose on, the other to report on."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from .run import Run


class Halves(NamedTuple):
    """Thresholds and temperatures are chosen on `calibration`, numbers reported on `evaluation`."""

    calibration: Run
    evaluation: Run


def halves(run: Run, seed: int = 0) -> Halves:
    """Draw one half of a run's instances by label, so that both have as many of each, give or take.

    The same seed draws the same halves. Raises `ValueError` for a run of fewer than two instances.

    >>> from cascade_core.paper.example import example_run
    >>> [one.instances for one in halves(example_run())]
    [3, 3]
    """
    if run.instances < 2:
        raise ValueError(f"expected at least 2 instances to halve, but got {run.instances}")
    first, second = _places(run.labels, seed)
    return Halves(
        run.only(first, _called(run, "calibration half")),
        run.only(second, _called(run, "evaluation half")),
    )


def _places(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.model_selection import KFold, StratifiedKFold

    common = np.unique(labels, return_counts=True)[1].max() > 1
    folds = (StratifiedKFold if common else KFold)(2, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # goes to one half
        second, first = next(iter(folds.split(labels, labels)))
    return np.sort(first), np.sort(second)


def _called(run: Run, half: str) -> str:
    return f"{run.split}, {half}" if run.split else half
