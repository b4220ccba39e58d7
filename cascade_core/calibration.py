"""Calibration: does a confidence of 0.9 mean right nine times out of ten?

Axis: N instances.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

SCHEMES = ("equal-width", "equal-mass")


class ReliabilityBins(NamedTuple):
    """A reliability diagram as numbers, one entry per bin (lower, upper].

    Mean confidence and accuracy are NaN in an empty bin.

    >>> bins = reliability_bins([0.9, 0.9, 0.6], [True, False, True], bins=2)
    >>> bins.lower.tolist(), bins.upper.tolist(), bins.count.tolist()
    ([0.0, 0.5], [0.5, 1.0], [0, 3])
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, bins: int = 15, scheme: str = "equal-width"
) -> float:
    """Expected calibration error (ECE): the mean gap of confidence and accuracy; lower is better.

    ECE = sum over bins b of n_b / N * |accuracy(b) - mean confidence(b)| (Guo et al. 2017, Eq. 3).
    An empty bin contributes nothing.

    Args:
        confidence: float [N] in [0, 1].
        correct: bool [N].
        bins: how many.
        scheme: "equal-width", bins (a, b] of width 1 / bins, the first one with 0; or "equal-mass",
            about N / bins instances in each, equal confidences never split.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: shapes differ, no instance, a confidence outside [0, 1] or NaN, no bin, or an
            unknown scheme.

    >>> round(expected_calibration_error([0.9, 0.9, 0.6], [True, False, True], bins=10), 4)
    0.4
    """
    confidence, correct = _checked(confidence, correct)
    return _calibration_error(confidence, correct, *binned(confidence, bins, scheme))


def reliability_bins(
    confidence: ArrayLike, correct: ArrayLike, bins: int = 15, scheme: str = "equal-width"
) -> ReliabilityBins:
    """The bins behind the expected calibration error. Arguments and errors as there.

    >>> reliability_bins([0.9, 0.9, 0.6], [True, False, True], bins=2).accuracy.round(3).tolist()
    [nan, 0.667]
    """
    confidence, correct = _checked(confidence, correct)
    upper, index = binned(confidence, bins, scheme)
    count = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin
        return ReliabilityBins(
            lower=np.concatenate([[0.0], upper[:-1]]),
            upper=upper,
            count=count,
            confidence=np.bincount(index, confidence, bins) / count,
            accuracy=np.bincount(index, correct, bins) / count,
        )


def null_calibration_error(
    confidence: ArrayLike,
    bins: int = 15,
    scheme: str = "equal-width",
    draws: int = 200,
    seed: int = 0,
) -> float:
    """The ECE to expect by chance from a perfectly calibrated model with these confidences.

    The mean over draws in which instance n is right with probability confidence[n]. A small sample
    has ECE > 0 even then, so an ECE near this number is no evidence of miscalibration.

    Args:
        confidence, bins, scheme: as in `expected_calibration_error`.
        draws: how many simulated outcomes.
        seed: of the draws.

    >>> confidence = np.full(100, 0.8)
    >>> round(null_calibration_error(confidence), 2)
    0.03
    """
    return float(errors_by_chance(confidence, bins, scheme, draws, seed).mean())


def errors_by_chance(
    confidence: ArrayLike,
    bins: int = 15,
    scheme: str = "equal-width",
    draws: int = 200,
    seed: int = 0,
) -> NDArray[np.float64]:
    """The ECE of each draw behind `null_calibration_error`, [draws]. Arguments as there.

    >>> errors_by_chance(np.full(100, 0.8), draws=3).shape
    (3,)
    """
    confidence, _ = _checked(confidence, np.zeros(np.shape(confidence), dtype=bool))
    upper, index = binned(confidence, bins, scheme)
    random = np.random.default_rng(seed)
    outcomes = (random.random(len(confidence)) < confidence for _ in range(draws))
    return np.array([_calibration_error(confidence, one, upper, index) for one in outcomes])


def _calibration_error(
    confidence: NDArray[np.float64],
    correct: NDArray[np.bool_],
    upper: NDArray[np.float64],
    index: NDArray[np.intp],
) -> float:
    # n_b / N * |accuracy - confidence| = |sum of (correct - confidence) in b| / N
    gaps = np.bincount(index, correct - confidence, len(upper))
    return float(np.abs(gaps).sum() / len(confidence))


def binned(
    confidence: NDArray[np.float64], bins: int, scheme: str
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Upper bin edges [bins] and the bin of each instance [N]; a bin holds (lower, upper].

    >>> [one.tolist() for one in binned(np.array([0.2, 0.5, 0.6]), 2, "equal-width")]
    [[0.5, 1.0], [0, 0, 1]]
    """
    if bins < 1:
        raise ValueError(f"bins: expected at least 1 but got {bins}")
    if scheme not in SCHEMES:
        raise ValueError(f"scheme: expected one of {', '.join(SCHEMES)} but got {scheme!r}")
    numbers = np.arange(1, bins + 1)
    if scheme == "equal-width":
        upper = numbers / bins  # rounds as the literal 0.3 does; linspace steps would not
    else:
        ranks = np.ceil(numbers * len(confidence) / bins).astype(int) - 1
        upper = np.sort(confidence)[ranks]
    return upper, upper.searchsorted(confidence, "left")


def _checked(
    confidence: ArrayLike, correct: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    confidence = np.asarray(confidence, dtype=np.float64)
    correct = np.asarray(correct)
    if confidence.ndim != 1 or confidence.shape != correct.shape or not confidence.size:
        raise ValueError(
            "confidence and correct: expected the same shape [N], N at least 1, "
            f"but got {list(confidence.shape)} and {list(correct.shape)}"
        )
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError(
            "confidence: expected probabilities in [0, 1] but some lie outside or are NaN"
        )
    return confidence, correct.astype(bool)
