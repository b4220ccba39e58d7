"""How far a score measured on N instances can be off by chance: 95 % intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NORMAL_95 = 1.959963984540054


class Interval(NamedTuple):
    """A 95 % interval of a score."""

    low: float
    high: float


def wilson(share: float, count: int) -> Interval:
    """95 % Wilson interval of a share of `count`.

    >>> [round(bound, 3) for bound in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    if not count or np.isnan(share):
        return Interval(np.nan, np.nan)
    square = NORMAL_95**2
    centre = (share + square / (2 * count)) / (1 + square / count)
    spread = np.sqrt(share * (1 - share) / count + square / (4 * count**2))
    half = NORMAL_95 * spread / (1 + square / count)
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def difference_interval(right: NDArray[np.bool_], other: NDArray[np.bool_]) -> Interval:
    """95 % interval of the difference of two accuracies on the same N instances, paired.

    mean(d) +- 1.96 * sd(d) / sqrt(N) with d = right - other per instance; both bool [N].

    >>> right = np.array([True, True, True, False])
    >>> [round(bound, 3) for bound in difference_interval(right, ~right)]
    [-0.349, 1.349]
    """
    difference = right.astype(float) - other
    mean = float(difference.mean())
    half = NORMAL_95 * float(difference.std() / np.sqrt(len(difference)))
    return Interval(mean - half, mean + half)
