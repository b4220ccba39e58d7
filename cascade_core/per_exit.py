"""A threshold for each exit instead of one for all, found by search over the exact breakpoints.

Axes: N instances, E exits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .curve import TradeoffCurve
from .ladder import ExitLadder
from .replay import replay
from .tradeoff import curve_scores, score_of, tallies

PRICES = 48  # of cost in accuracy: as many trade-offs are searched for
STARTS = 4  # of those, from which each speed-up is searched
SWEEPS = 20  # over the exits, at most
ROUNDING = 1e-9


class Thresholds(NamedTuple):
    """What a ladder does with the thresholds `each`, one for every exit; the last has no effect."""

    each: tuple[float, ...]
    score: float
    cost: float
    speedup: float
    left: NDArray[np.int64]


def at_thresholds(ladder: ExitLadder, curve: TradeoffCurve, each: ArrayLike) -> Thresholds:
    """What a ladder does with a threshold for each exit; basis and criterion are the curve's.

    >>> from cascade_core import tradeoff_curve
    >>> correct = np.array([[True, False], [False, True], [True, True]])
    >>> scores = {"max_prob": np.array([[0.9, 0.6], [0.9, 0.8], [1, 1]])}
    >>> ladder = ExitLadder("a", correct=correct, scores=scores, costs={"layers": [1, 3, 7]})
    >>> found = at_thresholds(ladder, tradeoff_curve(ladder), [0.7, 0.5, 0])
    >>> found.left.tolist(), found.score, found.speedup
    ([0, 1], 1.0, 3.5)
    """
    left = replay(curve_scores(ladder, curve.criterion), each)
    every = np.arange(ladder.instances)
    cost = float(_costs(ladder, curve)[left, every].mean())
    totals = [one[left, every].sum(keepdims=True) for one in tallies(ladder, curve.metric)]
    score = float(score_of(curve.metric, totals, ladder.instances, (1,))[0])
    speedup = curve.reference_cost / cost if cost else np.inf
    return Thresholds(tuple(np.asarray(each, np.float64).tolist()), score, cost, speedup, left)


def search_thresholds(
    ladder: ExitLadder, curve: TradeoffCurve, speedups: Sequence[float]
) -> list[Thresholds | None]:
    """The best accuracy found at each speed-up with a threshold for each exit, [G].

    Exits are gone through one by one: with all other thresholds fixed, every breakpoint of an exit
    is tried, exactly, in O(N log N), until none helps. That raises accuracy - price * cost for some
    prices, then accuracy alone while the speed-up is kept. The search also starts at the one
    threshold for all exits that is so fast: on these instances it is never worse than that. It
    finds local optima, and the more exits, the more it is fitted to these very instances.

    Args:
        ladder: at least two exits, with known labels.
        curve: its own; for F1 accuracy is what is searched for, and F1 what is reported.
        speedups: float [G].

    Returns:
        The thresholds for each speed-up; None where the ladder cannot be so fast.

    Raises:
        ValueError: labels are unknown, or there is a single exit.

    >>> from cascade_core import tradeoff_curve
    >>> right = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]], dtype=bool)
    >>> scores = {"max_prob": np.array([[0.9, 0.8, 0.7, 0.6], [0.5, 0.6, 0.7, 0.5], [1, 1, 1, 1]])}
    >>> ladder = ExitLadder("a", correct=right, scores=scores, costs={"layers": [1, 3, 7]})
    >>> (best,) = search_thresholds(ladder, tradeoff_curve(ladder), [1.5])
    >>> best.left.tolist(), best.score
    ([0, 2, 1, 2], 1.0)
    """
    if ladder.correct is None or not ladder.scorable or ladder.exits < 2:
        raise ValueError(
            "expected known labels and several exits, to search a threshold for each of them, but "
            f"{ladder.name!r} has {ladder.exits} exit(s)"
            + ("" if ladder.scorable else " and unknown labels")
        )
    search = _Search(
        curve_scores(ladder, curve.criterion).astype(np.float64),
        ladder.correct.astype(np.float64),
        _costs(ladder, curve),
    )
    starts = _at_prices(search, curve)
    found: list[Thresholds | None] = []
    for speedup in speedups:
        try:
            shared = curve.at_speedup(speedup)
        except ValueError:
            found.append(None)
            continue
        most = max(curve.reference_cost / speedup, shared.cost)
        slowest = sorted((one for one in starts if one.cost <= most), key=lambda one: -one.cost)
        one_for_all = np.full(ladder.exits, shared.threshold)
        tried = [one_for_all, *(np.array(one.each) for one in slowest[:STARTS])]
        ends = [one_for_all, *(_within(search, each, most) for each in tried)]
        settled = [at_thresholds(ladder, curve, each) for each in ends]
        found.append(max(settled, key=lambda one: (one.score, one.speedup)))
    return found


class _Search(NamedTuple):
    """What is searched in: exit scores, right answers and costs, all [E, N]."""

    scores: NDArray[np.float64]
    right: NDArray[np.float64]
    costs: NDArray[np.float64]

    def options(self, each: NDArray[np.float64], exit_: int) -> _Options:
        """All thresholds of one exit, with all others as they are."""
        arrived = (~(self.scores[:exit_] > each[:exit_, None])).all(axis=0)
        left = replay(self.scores, np.where(np.arange(len(each)) == exit_, np.inf, each))
        every = np.arange(len(left))
        sure = np.where(arrived, self.scores[exit_], np.nan)
        order = np.argsort(-sure, kind="stable")  # NaN, which never leaves, comes last
        order = order[: np.isfinite(sure).sum()]
        falling = sure[order]
        ends = np.append(falling[1:] < falling[:-1], True)[: len(order)]  # equals leave together
        possible = np.flatnonzero(np.concatenate([[True], ends]))
        below = np.append(falling, np.nextafter(falling[-1:], -np.inf))
        accuracy, cost = (
            np.concatenate([[0.0], np.cumsum(one[exit_, order] - one[left[order], order])])
            + one[left, every].sum()
            for one in (self.right, self.costs)
        )
        if not len(order):
            below = each[exit_ : exit_ + 1]
        return _Options(below[possible], accuracy[possible] / len(left), cost[possible] / len(left))


class _Options(NamedTuple):
    """Thresholds of one exit, the accuracy and the mean cost of the ladder with each of them."""

    thresholds: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    cost: NDArray[np.float64]


class _Start(NamedTuple):
    each: tuple[float, ...]
    cost: float


def _at_prices(search: _Search, curve: TradeoffCurve) -> list[_Start]:
    """Where accuracy - price * cost is highest, for prices from cheap to dear."""
    shared = curve.thresholds(np.arange(len(curve)))
    dearest = max(float(np.ptp(search.costs.mean(axis=1))), np.finfo(float).tiny)
    found = {}
    for price in np.geomspace(1e-3, 3, PRICES) / dearest:
        best = int(np.argmax(curve.score - price * curve.cost))
        each = _ascend(
            search,
            np.full(len(search.scores), shared[best]),
            lambda options, price=price: options.accuracy - price * options.cost,
        )
        left = replay(search.scores, each)
        found[tuple(each)] = float(search.costs[left, np.arange(len(left))].mean())
    return [_Start(each, cost) for each, cost in found.items()]


def _within(search: _Search, each: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Raise accuracy, and then lower the cost, as long as the mean cost stays within `most`."""

    def worth(options: _Options) -> NDArray[np.float64]:
        affordable = options.cost <= most * (1 + ROUNDING)
        return np.where(affordable, options.accuracy - ROUNDING * options.cost / most, -np.inf)

    return _ascend(search, each, worth)


def _ascend(
    search: _Search,
    start: NDArray[np.float64],
    worth: Callable[[_Options], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Thresholds [E] from which no exit's alone can be changed for the better."""
    each = start.copy()
    for _ in range(SWEEPS):
        before = each.copy()
        for exit_ in range(len(each) - 1):
            options = search.options(each, exit_)
            each[exit_] = options.thresholds[np.argmax(worth(options))]
        if (before == each).all():
            break
    return each


def _costs(ladder: ExitLadder, curve: TradeoffCurve) -> NDArray[Any]:
    costs = ladder.costs[curve.basis]
    return np.broadcast_to(
        costs if costs.ndim == 2 else costs[:, None], (ladder.exits, ladder.instances)
    )
