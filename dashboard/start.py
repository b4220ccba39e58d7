"""The threshold that a page starts with."""

from __future__ import annotations

import math

from cascade_core import TradeoffCurve

START_SPEEDUP = 2.0


def start_of(curve: TradeoffCurve) -> float:
    """The threshold that a curve starts with: at 2x, or in the middle of its range."""
    low, high = curve.threshold_range
    try:
        tau = curve.at_speedup(START_SPEEDUP).threshold
    except ValueError:
        tau = (low + high) / 2
    above = curve.breakpoints.searchsorted(tau, "right")
    ceiling = curve.breakpoints[above] if above < len(curve.breakpoints) else math.inf
    return min(max(shortest(tau, ceiling), low), high)


def shortest(low: float, ceiling: float) -> float:
    """The shortest decimal in [low, ceiling): what a person would type.

    >>> shortest(0.78123, 0.7825)
    0.782
    """
    for digits in range(1, 17):
        candidate = math.ceil(low * 10**digits) / 10**digits
        if low <= candidate < ceiling:
            return candidate
    return low
