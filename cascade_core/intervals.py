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


def hull(one: Interval, other: Interval) -> Interval:
    """The interval from the lower of two lows to the higher of two highs; NaN is passed on.

    >>> hull(Interval(0.1, 0.5), Interval(0.2, 0.6))
    Interval(low=0.1, high=0.6)
    """
    return Interval(float(np.minimum(one.low, other.low)), float(np.maximum(one.high, other.high)))


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

    Bonett and Price's adjusted Wald interval (2012): with b instances that only `right` has right,
    c that only `other` has, one of each more is counted, so that an interval without any such
    instance is not of width 0: (b - c) / (N + 2) +- 1.96 sqrt(b + c + 2 - (b - c)^2 / (N + 2)) /
    (N + 2). Both bool [N].

    >>> right = np.array([True, True, True, False])
    >>> [round(bound, 3) for bound in difference_interval(right, ~right)]
    [-0.421, 1.088]
    """
    count = len(right) + 2
    only, only_other = int((right & ~other).sum()), int((other & ~right).sum())
    centre = (only - only_other) / count
    half = NORMAL_95 * np.sqrt(only + only_other + 2 - centre * (only - only_other)) / count
    return Interval(float(centre - half), float(centre + half))
