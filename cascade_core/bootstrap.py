"""Paired bootstrap: scores at matched speed-ups, the threshold refit inside each resample.

Axes: N instances, E exits, R resamples, S states of a curve, G speed-ups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .curve import TradeoffCurve
from .intervals import Interval
from .ladder import ExitLadder
from .replay import replay_all
from .tradeoff import curve_scores, score_of, tallies

COUNT = 1000
FEWEST = 100
MOST_DRAWS = 2**27  # R times N
MOST_STATES = 256  # thresholds are refit among those of so many states
CHUNK = 16_384  # instances at a time
PERCENTILES = (2.5, 97.5)
ROUNDING = 1e-6  # a speed-up is met when it is missed by no more; sums are of float32


class Resamples(NamedTuple):
    """R draws of N instances out of N, with replacement, and the `seed` they come from.

    `times` uint8 [R, N] says how often each instance was drawn; a row adds up to N. All systems of
    a comparison share them: whoever is drawn twice counts twice for each.
    """

    times: NDArray[np.uint8]
    seed: int


def resamples(instances: int, count: int | None = None, seed: int = 0) -> Resamples:
    """Draw `count` resamples of some instances: 1,000, or fewer of more than 134,217 instances.

    >>> resamples(5, count=2).times.sum(axis=1).tolist()
    [5, 5]
    """
    if count is None:
        count = int(np.clip(MOST_DRAWS // instances, FEWEST, COUNT))
    random = np.random.default_rng(seed)
    times = np.empty((count, instances), dtype=np.uint8)
    for row in times:
        row[:] = np.bincount(random.integers(instances, size=instances), minlength=instances)
    return Resamples(times, seed)


def scores_at_speedups(
    ladder: ExitLadder, curve: TradeoffCurve, speedups: ArrayLike, drawn: Resamples
) -> NDArray[np.float64]:
    """The score on each resample where the system is at least so fast on it, [R, G].

    On each resample the highest threshold that is still as fast is found anew, as
    `TradeoffCurve.at_speedup` finds it on all instances: the spread is also that of choosing a
    threshold. It is sought among at most 256 thresholds, evenly spaced among the curve's states.
    A resample on which the system cannot be so fast counts with the fastest it can be.

    Args:
        ladder: a system.
        curve: its own; the criterion, basis and metric are the curve's.
        speedups: float [G].
        drawn: the resamples.

    Returns:
        float64 [R, G]; NaN when a label is unknown.

    >>> from cascade_core import tradeoff_curve
    >>> from cascade_core.paper.example import example_run
    >>> ladder = example_run().systems["CascadeBERT 2-12"]
    >>> scores_at_speedups(ladder, tradeoff_curve(ladder), [1.0, 3.0], resamples(6, count=4)).shape
    (4, 2)
    """
    wanted = np.asarray(speedups, dtype=np.float64) * (1 - ROUNDING)
    chosen = np.linspace(0, len(curve) - 1, min(MOST_STATES, len(curve))).astype(int)
    costs = ladder.costs[curve.basis]
    quantities = [costs if costs.ndim == 2 else costs[:, None], *tallies(ladder, curve.metric)]
    cost, *totals = _totals(ladder, curve, curve.thresholds(chosen), quantities, drawn)
    reference = np.broadcast_to(ladder.reference_cost[curve.basis], ladder.instances)
    with np.errstate(divide="ignore"):  # leaving for free is infinitely fast
        speedup = np.array([[row @ reference] for row in drawn.times]) / cost
    score = score_of(curve.metric, totals, ladder.instances, cost.shape)
    fast_enough = (speedup[:, :, None] >= wanted).sum(axis=1)  # states are ever slower
    return np.take_along_axis(score, np.maximum(fast_enough - 1, 0), axis=1)


def _totals(
    ladder: ExitLadder,
    curve: TradeoffCurve,
    thresholds: NDArray[np.float64],
    quantities: Sequence[NDArray[Any]],
    drawn: Resamples,
) -> list[NDArray[np.float64]]:
    """Sums over each resample in each state, [R, S], of quantities [E, N] or [E, 1]."""
    scores = curve_scores(ladder, curve.criterion)
    totals = [np.zeros((len(drawn.times), len(thresholds))) for _ in quantities]
    whole = [np.broadcast_to(one, scores.shape) for one in quantities]
    for start in range(0, ladder.instances, CHUNK):
        part = slice(start, start + CHUNK)
        times = drawn.times[:, part].astype(np.float32)
        left = replay_all(scores[:, part], thresholds)
        for total, one in zip(totals, whole, strict=True):
            emitted = np.take_along_axis(one[:, part].astype(np.float32), left, axis=0)
            total += times @ emitted.T
    return totals


class Bootstrapped(NamedTuple):
    """Scores of several systems on the same resamples, at the same speed-ups.

    `scores` [R, G] by system; `speedups` [G]; `seed` of the resamples.

    >>> scores = {"a": np.array([[0.7, 0.6], [0.9, 0.8]]), "b": np.array([[0.7, 0.5], [0.7, 0.5]])}
    >>> found = Bootstrapped((1.0, 2.0), scores, seed=0)
    >>> found.at("a", 2.0).tolist(), found.interval("b", 1.0)
    ([0.6, 0.8], Interval(low=0.7, high=0.7))
    >>> [round(end, 3) for end in found.difference(("a", 2.0), ("b", 2.0))]
    [0.105, 0.295]
    >>> low, high = found.band("a")
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.705, 0.605], [0.895, 0.795])
    """

    speedups: tuple[float, ...]
    scores: Mapping[str, NDArray[np.float64]]
    seed: int

    @property
    def count(self) -> int:
        """R, how many resamples there were."""
        return max((len(one) for one in self.scores.values()), default=0)

    def interval(self, system: str, speedup: float) -> Interval:
        """95 % interval of a system's score at one of the speed-ups."""
        return percentile_interval(self.at(system, speedup))

    def difference(self, one: tuple[str, float], other: tuple[str, float]) -> Interval:
        """95 % interval of how far a system's score is above another's, each at its speed-up."""
        return percentile_interval(self.at(*one) - self.at(*other))

    def band(self, system: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Ends of the 95 % interval at every speed-up, [G] and [G]."""
        low, high = np.percentile(self.scores[system], PERCENTILES, axis=0)
        return low, high

    def at(self, system: str, speedup: float) -> NDArray[np.float64]:
        """Scores of a system at one of the speed-ups, [R]."""
        return self.scores[system][:, self.speedups.index(speedup)]


def bootstrap(
    ladders: Mapping[str, ExitLadder],
    curves: Mapping[str, TradeoffCurve],
    speedups: Iterable[float],
    drawn: Resamples | None = None,
) -> Bootstrapped:
    """Resample the instances that some systems share, and score each system at each speed-up.

    >>> from cascade_core import tradeoff_curve
    >>> ladder = ExitLadder(
    ...     "2-12",
    ...     correct=np.array([[True, False] * 50, [True, True] * 50]),
    ...     scores={"max_prob": np.array([[0.9, 0.6] * 50, [0.9, 0.8] * 50])},
    ...     costs={"layers": [2, 14]},
    ...     reference_cost={"layers": 12},
    ... )
    >>> found = bootstrap({"2-12": ladder}, {"2-12": tradeoff_curve(ladder)}, [3.0, 6.0])
    >>> found.count, found.interval("2-12", 6.0)
    (1000, Interval(low=0.4, high=0.6))
    """
    wanted = tuple(speedups)
    if drawn is None:
        drawn = resamples(next(iter(ladders.values())).instances)
    scores = {
        name: scores_at_speedups(ladders[name], curve, wanted, drawn)
        for name, curve in curves.items()
    }
    return Bootstrapped(wanted, scores, drawn.seed)


def percentile_interval(samples: NDArray[np.float64]) -> Interval:
    """The 95 % percentile interval of what R resamples give, [R]; NaN where one of them is.

    >>> percentile_interval(np.arange(1001.0))
    Interval(low=25.0, high=975.0)
    """
    low, high = np.percentile(samples, PERCENTILES)
    return Interval(float(low), float(high))
