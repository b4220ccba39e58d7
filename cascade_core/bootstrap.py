"""Paired bootstrap: scores at matched speed-ups, the threshold refit inside each resample.

Axes: N instances, E exits, R resamples, S states of a curve, G speed-ups.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import Interval
from .ladder import ExitLadder
from .replay import replay_all
from .tradeoff import TradeoffCurve, curve_scores, score_of, tallies

COUNT = 1000
FEWEST = 100
MOST_NUMBERS = 2**26  # in memory at a time: R times N, and S times N
MOST_STATES = 512  # thresholds are refit among those of so many states
ROUNDING = 1e-6  # a speed-up is met when it is missed by no more; sums are of float32


class Resamples(NamedTuple):
    """R draws of N instances out of N, with replacement, and the `seed` they come from.

    `weights` [R, N] says how often each instance was drawn; a row adds up to N. All systems of a
    comparison share them: whoever is drawn twice counts twice for each.
    """

    weights: NDArray[np.float32]
    seed: int

    @property
    def count(self) -> int:
        """R."""
        return len(self.weights)


def resamples(instances: int, count: int | None = None, seed: int = 0) -> Resamples:
    """Draw `count` resamples of some instances: 1,000, or fewer of very many instances.

    >>> resamples(5, count=2).weights.sum(axis=1).tolist()
    [5.0, 5.0]
    """
    if count is None:
        count = int(np.clip(MOST_NUMBERS // instances, FEWEST, COUNT))
    random = np.random.default_rng(seed)
    weights = np.empty((count, instances), dtype=np.float32)
    for row in weights:
        row[:] = np.bincount(random.integers(instances, size=instances), minlength=instances)
    return Resamples(weights, seed)


def scores_at_speedups(
    ladder: ExitLadder, curve: TradeoffCurve, speedups: ArrayLike, drawn: Resamples
) -> NDArray[np.float64]:
    """The score on each resample where the system is at least so fast on it, [R, G].

    On each resample the highest threshold that is still as fast is found anew, as
    `TradeoffCurve.at_speedup` finds it on all instances: the spread is also that of choosing a
    threshold. It is sought among at most 512 thresholds, evenly spaced among the curve's states.
    A resample on which the system cannot be so fast counts with the fastest it can be.

    Args:
        ladder: a system.
        curve: its own; the criterion, basis and metric are the curve's.
        speedups: float [G].
        drawn: the resamples.

    Returns:
        float64 [R, G]; NaN when a label is unknown.
    """
    wanted = np.asarray(speedups, dtype=np.float64) * (1 - ROUNDING)
    states = min(MOST_STATES, max(1, MOST_NUMBERS // ladder.instances), len(curve))
    chosen = np.linspace(0, len(curve) - 1, states).astype(int)
    left = replay_all(curve_scores(ladder, curve.criterion), curve.thresholds(chosen))

    def totals(quantity: NDArray[Any]) -> NDArray[np.float64]:
        """Sums over each resample in each state, [R, S], of a quantity [E, N] or [E, 1]."""
        whole = np.broadcast_to(quantity, (ladder.exits, ladder.instances)).astype(np.float32)
        return (drawn.weights @ np.take_along_axis(whole, left, axis=0).T).astype(np.float64)

    costs = ladder.costs[curve.basis]
    cost = totals(costs if costs.ndim == 2 else costs[:, None])
    reference = np.broadcast_to(ladder.reference_cost[curve.basis], ladder.instances)
    with np.errstate(divide="ignore"):  # leaving for free is infinitely fast
        speedup = (drawn.weights @ reference)[:, None] / cost
    quantities = [totals(one) for one in tallies(ladder, curve.metric)]
    score = score_of(curve.metric, quantities, ladder.instances, cost.shape)
    fast_enough = (speedup[:, :, None] >= wanted).sum(axis=1)  # states are ever slower
    return np.take_along_axis(score, np.maximum(fast_enough - 1, 0), axis=1)


def percentile_interval(samples: NDArray[np.float64]) -> Interval:
    """The 95 % percentile interval of what R resamples give, [R]; NaN where one of them is.

    >>> percentile_interval(np.arange(1001.0))
    Interval(low=25.0, high=975.0)
    """
    low, high = np.percentile(samples, [2.5, 97.5])
    return Interval(float(low), float(high))
