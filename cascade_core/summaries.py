"""One number for a whole curve, and the front of all curves: each says something, none says all.

Axes: R resamples, G speed-ups, K models of one exit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bootstrap import percentile_interval
from .comparison import IN_FULL, REFERENCE, Comparison, Place
from .curve import TradeoffCurve
from .intervals import Interval

SPAN = (1.0, 3.0)
"""The speed-ups between which curves are summarised, unless one chooses others."""

RECOVERED_AT = 2.0
"""The speed-up at which the recovered gap is looked at."""

ROUNDING = 1e-9


class FrontPoint(NamedTuple):
    """A state that no state of any system beats: whatever is faster scores less."""

    system: str
    threshold: float
    speedup: float
    score: float


def pareto_front(curves: Mapping[str, TradeoffCurve]) -> list[FrontPoint]:
    """The states of all systems that none is both as fast and better than, from fast to slow.

    Its weakness: it is made of the luckiest states of many, so that it lies above what any system
    keeps on other instances, the more so the more systems there are. Of equal states the first
    system's counts. A curve whose labels are unknown has no part in it.

    >>> from cascade_core import ExitLadder, tradeoff_curve
    >>> right = np.array([[True, False, False, True]])
    >>> whole = {"layers": 4}
    >>> fast = ExitLadder("fast", correct=right, costs={"layers": [2]}, reference_cost=whole)
    >>> bad = ExitLadder("bad", correct=right, costs={"layers": [4]})
    >>> good = ExitLadder("good", correct=right | ~right, costs={"layers": [4]})
    >>> curves = {one.name: tradeoff_curve(one) for one in (fast, bad, good)}
    >>> [(point.system, point.speedup, point.score) for point in pareto_front(curves)]
    [('fast', 2.0, 0.5), ('good', 1.0, 1.0)]
    """
    names = list(curves)
    sizes = [len(curve) for curve in curves.values()]
    owner = np.repeat(np.arange(len(names)), sizes)
    state = np.concatenate([np.arange(size) for size in sizes])
    speedup = np.concatenate([curve.speedup for curve in curves.values()])
    score = np.concatenate([curve.score for curve in curves.values()])
    order = np.lexsort((owner, -score, -speedup))
    best = np.maximum.accumulate(np.nan_to_num(score[order], nan=-np.inf))
    rises = np.flatnonzero(best > np.concatenate([[-np.inf], best[:-1]]))
    front = []
    for place in order[rises]:
        name = names[owner[place]]
        point = curves[name].point(int(state[place]))
        front.append(FrontPoint(name, point.threshold, point.speedup, point.score))
    return front


def mean_score(curve: TradeoffCurve, low: float, high: float) -> float:
    """Normalised area under a curve between two speed-ups: the mean of its score.

    1 / (high - low) times the integral over s from low to high of the score at the highest
    threshold that is at least s times as fast; exact, as the curve is a staircase. Its weakness:
    it weighs every speed-up alike, so that 2x to 4x counts twice as much as 1x to 2x, and whoever
    needs one speed-up learns little from it.

    NaN where the system cannot be `high` times as fast. Raises `ValueError` unless low < high.

    >>> from cascade_core import ExitLadder, tradeoff_curve
    >>> right = np.array([[True, False], [True, True]])
    >>> scores = {"max_prob": np.array([[0.9, 0.6], [0.9, 0.8]])}
    >>> pair = ExitLadder("pair", correct=right, scores=scores, costs={"layers": [1, 4]})
    >>> curve = tradeoff_curve(pair)
    >>> curve.speedup.tolist(), curve.score.tolist()
    ([4.0, 1.6, 1.0], [0.5, 1.0, 1.0])
    >>> mean_score(curve, 1, 4)
    0.6
    """
    if not low < high:
        raise ValueError(f"speed-ups: expected low < high but got {low:g} and {high:g}")
    if high > curve.speedup[0]:
        return np.nan
    edges = np.clip(np.append(curve.speedup, low), low, high)
    return float((curve.score * -np.diff(edges)).sum() / (high - low))


def gap_recovered(score: float, small: float, large: float) -> float:
    """The share of the gap between a small and a large model's score that a score makes up for.

    (score - small) / (large - small): 0 is as good as the small one, 1 as the large one; below and
    above are possible. Its weakness: where the gap is small it is a ratio of two chances. NaN where
    the large model is not better.

    >>> round(gap_recovered(0.88, small=0.80, large=0.90), 3)
    0.8
    """
    return float(_share(np.array(score), np.array(small), np.array(large)))


class Measured(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    interval: Interval


class Summary(NamedTuple):
    """One system between two speed-ups, `mean` and `lead`, and at one, `recovered`.

    None where the system is not so fast, or there is nothing to compare it with.
    """

    system: str
    mean: Measured | None
    lead: Measured | None
    recovered: Measured | None


def summarise(compared: Comparison, low: float, high: float, at: float) -> list[Summary]:
    """Summarise all systems of several exits between two speed-ups and at one, with intervals.

    - `mean`: see `mean_score`.
    - `lead`, after the ELUE benchmark: the mean over the same speed-ups of the score less what the
      run's models of one exit have there, the best of them up to each cost, joined by straight
      lines over cost. Its weakness: it is as good as those models are, and unknown outside them.
    - `recovered`: see `gap_recovered`; small is the fastest model of one exit, large the reference.

    The speed-ups must be among those at which scores were resampled; intervals are the bootstrap's.

    >>> from cascade_core.comparison import compare, run_curves
    >>> from cascade_core.paper.example import example_run
    >>> run = example_run()
    >>> for one in summarise(compare(run, run_curves(run)), low=1, high=3, at=2):
    ...     if one.system == "CascadeBERT 2-12":
    ...         print(round(one.mean.value, 3), round(one.lead.value, 3))
    0.875 0.045
    """
    between = np.array([one for one in compared.resampled.speedups if low <= one <= high])
    small, large = _fastest_model(compared), (REFERENCE, IN_FULL)
    line = _line_of_models(compared, between)
    found = []
    for name, curve in compared.curves.items():
        if curve.exits == 1 or name == REFERENCE:
            continue
        mean = lead = recovered = None
        if curve.speedup[0] >= high:
            scores = _scores(compared, [(name, float(one)) for one in between])
            mean = _measured(_mean(scores, between), exactly=mean_score(curve, low, high))
            lead = _measured(_mean(scores - line, between))
        if curve.speedup[0] >= at and small:
            recovered = _measured(_share(*_scores(compared, [(name, at), small, large]).T))
        found.append(Summary(name, mean, lead, recovered))
    return found


# Every statistic is computed in 1 + R rows: of all instances first, then of each resample.


def _scores(compared: Comparison, places: Sequence[Place]) -> NDArray[np.float64]:
    """What systems score where they are as fast, [1 + R, places]."""
    exact = [compared.curves[system].at_speedup(speedup).score for system, speedup in places]
    return np.vstack([exact, np.column_stack([compared.resampled.at(*one) for one in places])])


def _mean(scores: NDArray[np.float64], speedups: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over a stretch of speed-ups, by trapezoids, [1 + R]."""
    return np.trapezoid(scores, speedups, axis=1) / (speedups[-1] - speedups[0])


def _share(
    score: NDArray[np.float64], small: NDArray[np.float64], large: NDArray[np.float64]
) -> NDArray[np.float64]:
    gap = np.where(large > small, large - small, np.nan)
    return (score - small) / gap


def _measured(rows: NDArray[np.float64], exactly: float | None = None) -> Measured | None:
    if np.isnan(rows).any():
        return None
    value = float(rows[0]) if exactly is None else exactly
    return Measured(value, percentile_interval(rows[1:]))


def _models(compared: Comparison) -> dict[float, list[Place]]:
    """The models of one exit by their speed-up, the fastest first; the reference is one."""
    found: dict[float, list[Place]] = {1.0: [(REFERENCE, IN_FULL)]}
    for name, curve in compared.curves.items():
        if curve.exits == 1 and name != REFERENCE:
            found.setdefault(float(curve.speedup[0]), []).append((name, IN_FULL))
    return dict(sorted(found.items(), reverse=True))


def _fastest_model(compared: Comparison) -> Place | None:
    """The fastest model of one exit; None where there is only the reference."""
    speedup, (place, *_) = next(iter(_models(compared).items()))
    return place if speedup > 1 else None


def _line_of_models(compared: Comparison, speedups: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the models of one exit have at some speed-ups, [1 + R, G]; NaN outside them."""
    models = _models(compared)
    costs = 1 / np.array(list(models))
    scores = [_scores(compared, places).max(axis=1) for places in models.values()]
    best = np.maximum.accumulate(np.column_stack(scores), axis=1)
    if len(costs) == 1:
        return np.full((len(best), len(speedups)), np.nan)
    wanted = 1 / speedups
    left = np.clip(costs.searchsorted(wanted) - 1, 0, len(costs) - 2)
    share = (wanted - costs[left]) / (costs[left + 1] - costs[left])
    line = best[:, left] * (1 - share) + best[:, left + 1] * share
    line[:, (share < -ROUNDING) | (share > 1 + ROUNDING)] = np.nan
    return line
