"""How far a calibration error can be trusted: its interval, what chance gives, a second opinion.

Axis: N instances.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bootstrap import CHUNK, FEWEST, MOST_DRAWS, Resamples, percentile_interval, resamples
from .calibration import (
    ReliabilityBins,
    binned,
    errors_by_chance,
    expected_calibration_error,
    reliability_bins,
)
from .intervals import Interval

RESAMPLES = 400  # enough for percentiles, and few enough to be drawn at every threshold


class CalibrationReport(NamedTuple):
    """An ECE with its 95 % interval, the mean of what chance gives, and the bins behind it."""

    error: float
    interval: Interval
    by_chance: float
    bins: ReliabilityBins


def calibration_report(
    confidence: ArrayLike,
    correct: ArrayLike,
    bins: int = 15,
    scheme: str = "equal-width",
    drawn: Resamples | None = None,
) -> CalibrationReport:
    """The expected calibration error, and what can be said for and against it.

    An ECE is biased upwards, and that of a resample once more. The interval is therefore the
    reflected one of the bootstrap, 2 ECE less its percentiles, and wide enough to hold the ECE; it
    begins at 0 where the ECE is within what a perfectly calibrated model has by chance in 19 draws
    of 20. Of 95 % that are asked for, some 90 % are covered.

    Args:
        confidence, correct, bins, scheme: as in `expected_calibration_error`.
        drawn: resamples of the N instances; 400 are drawn where none are given, or fewer of more
            than 335,544.

    Raises:
        ValueError: as in `expected_calibration_error`.

    >>> found = calibration_report([0.9] * 100, [True] * 70 + [False] * 30)
    >>> round(found.error, 2), [round(one, 2) for one in found.interval], round(found.by_chance, 2)
    (0.2, [0.11, 0.29], 0.02)
    """
    error = expected_calibration_error(confidence, correct, bins, scheme)
    chance = errors_by_chance(confidence, bins, scheme)
    known, right = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    if drawn is None:
        count = int(np.clip(MOST_DRAWS // len(known), FEWEST, RESAMPLES))
        drawn = resamples(len(known), count)
    low, high = percentile_interval(_resampled_errors(known, right, bins, scheme, drawn))
    by_chance = error <= np.percentile(chance, 95)
    lowest = 0.0 if by_chance else min(max(2 * error - high, 0.0), error)
    return CalibrationReport(
        error,
        Interval(lowest, max(2 * error - low, error)),
        float(np.mean(chance)),
        reliability_bins(known, right, bins, scheme),
    )


def smooth_calibration_error(confidence: ArrayLike, correct: ArrayLike) -> float:
    """The smooth calibration error smECE (Błasiok and Nakkiran 2023), by the library relplot.

    It has no bins whose number and edges decide it, hence a second opinion beside the ECE.

    Args:
        confidence: float [N] in [0, 1].
        correct: bool [N].

    Raises:
        ModuleNotFoundError: relplot is not installed.

    >>> round(smooth_calibration_error([0.9] * 100, [True] * 70 + [False] * 30), 2)
    0.2
    """
    from relplot.metrics import smECE  # brings matplotlib, which takes seconds to import

    confidence, correct = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    return float(np.asarray(smECE(confidence, correct)))


def _resampled_errors(
    confidence: NDArray[np.float64],
    correct: NDArray[np.bool_],
    bins: int,
    scheme: str,
    drawn: Resamples,
) -> NDArray[np.float64]:
    """The ECE of each resample [R], in the bins of all instances."""
    _, index = binned(confidence, bins, scheme)
    gaps = (correct - confidence).astype(np.float32)
    errors = np.zeros(len(drawn.times))
    for number in np.unique(index):
        inside = np.flatnonzero(index == number)
        parts = (inside[start : start + CHUNK] for start in range(0, len(inside), CHUNK))
        errors += np.abs(sum(drawn.times[:, one].astype(np.float32) @ gaps[one] for one in parts))
    return errors / len(confidence)
