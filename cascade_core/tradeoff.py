"""Exact trade-off curves: score and speed-up at every threshold there is, without a threshold loop.

Axes: N instances, E exits, B breakpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .criteria import CRITERIA, ladder_scores, threshold_range
from .curve import TradeoffCurve
from .ladder import ExitLadder
from .replay import sweep


def tradeoff_curve(
    ladder: ExitLadder,
    criterion: str = "max_prob",
    basis: str = "layers",
    metric: str = "accuracy",
) -> TradeoffCurve:
    """The exact curve of a ladder over all thresholds, O(E N log(E N)).

    With m(e) = max(score(1) .. score(e)) an instance leaves at exit e exactly for thresholds in
    [m(e - 1), m(e)), so only exits that raise m make a breakpoint. They are sorted once;
    correctness, cost and the confusion counts of F1 are cumulative sums. Speed-up is a ratio of
    means, mean reference cost / mean cost, and below 1x where deferring costs more than the
    reference. Scores of NaN and -inf never exit early.

    Args:
        ladder: E exits, N instances.
        criterion: one of CRITERIA or a name in `ladder.scores`; without effect on a single exit.
        basis: a name in `ladder.costs`.
        metric: "accuracy", or "f1" of class 1 in a two-class task (0 where 0 / 0). The score is NaN
            when a label is unknown (-1 or absent).

    Raises:
        ValueError: an unknown criterion, basis or metric, or the ladder lacks what it takes.

    >>> ladder = ExitLadder(
    ...     "2-12",
    ...     correct=np.array([[True, False], [True, True]]),
    ...     scores={"max_prob": np.array([[0.9, 0.6], [0.9, 0.8]])},
    ...     costs={"layers": [2, 14]},
    ...     reference_cost={"layers": 12},
    ... )
    >>> curve = tradeoff_curve(ladder)
    >>> curve.breakpoints.tolist(), curve.score.tolist(), curve.speedup.round(3).tolist()
    ([0.6, 0.9], [0.5, 1.0, 1.0], [6.0, 1.5, 0.857])
    >>> curve.at_score(0.9).threshold
    0.6
    """
    if basis not in ladder.costs:
        raise ValueError(
            f"basis: expected one of {', '.join(ladder.costs) or '(the ladder has no costs)'} "
            f"but got {basis!r}"
        )
    scores = curve_scores(ladder, criterion)
    costs = ladder.costs[basis]
    halves = _exact_halves(costs if costs.ndim == 2 else costs[:, None])
    quantities = [*halves, *tallies(ladder, metric)]
    breakpoints, moves, totals = sweep(scores, quantities)
    cost = np.sum(totals[: len(halves)], axis=0)
    # A ratio of exact sums has one rounding: counted speed-ups come out to the last digit.
    reference = np.full(ladder.instances, ladder.reference_cost[basis])
    total_reference = float(sum(half.sum() for half in _exact_halves(reference)))
    with np.errstate(divide="ignore"):  # leaving for free is infinitely fast
        speedup = total_reference / cost
    return TradeoffCurve(
        name=ladder.name,
        criterion=criterion,
        basis=basis,
        metric=metric,
        threshold_range=_offered(ladder, criterion, scores),
        breakpoints=breakpoints,
        cost=cost / ladder.instances,
        score=score_of(metric, totals[len(halves) :], ladder.instances, cost.shape),
        speedup=speedup,
        reference_cost=total_reference / ladder.instances,
        exits=ladder.exits,
        instances=ladder.instances,
        moves=moves,
    )


def curve_scores(ladder: ExitLadder, criterion: str) -> NDArray[Any]:
    """The exit scores [E, N] of a ladder; a single exit emits whatever its score: it needs none.

    >>> curve_scores(ExitLadder("alone", correct=[[True, False]]), "max_prob").tolist()
    [[0.0, 0.0]]
    """
    if ladder.exits == 1:
        return np.zeros((1, ladder.instances))
    return ladder_scores(ladder, criterion)


def _offered(ladder: ExitLadder, criterion: str, scores: NDArray[Any]) -> tuple[float, float]:
    """The lowest and the highest threshold worth offering: at the lowest, all leave at once."""
    deciding = scores[:-1]  # the last exit emits whatever its score
    finite = deciding[np.isfinite(deciding)]
    if criterion in CRITERIA:
        low, high = threshold_range(criterion, ladder.classes, ladder.exits)
    elif finite.size:
        low, high = float(finite.min()), float(finite.max())
    else:
        low, high = threshold_range("max_prob", ladder.classes, ladder.exits)
    if finite.size and low >= finite.min():
        low = float(np.nextafter(float(finite.min()), -np.inf))
    return low, high


def tallies(ladder: ExitLadder, metric: str) -> list[NDArray[Any]]:
    """Small whole numbers [E, N] whose totals over emitted answers are what `score_of` asks for.

    Accuracy: right answers. F1: right claims of class 1, and claims of it and labels of it. An
    empty list when labels are unknown. ValueError for another metric, or one that a ladder lacks.

    >>> ladder = ExitLadder("one", logits=np.float32([[[0, 1], [0, 1]]]), labels=np.array([1, 0]))
    >>> [one.tolist() for one in tallies(ladder, "f1")]
    [[[1, 0]], [[2, 1]]]
    """
    if metric == "accuracy":
        if ladder.correct is None or not ladder.scorable:
            return []
        return [ladder.correct.astype(np.int8)]
    if metric != "f1":
        raise ValueError(f"metric: expected accuracy or f1 but got {metric!r}")
    if ladder.predictions is None or ladder.classes != 2:
        raise ValueError(
            f"f1: expected logits of two classes but {ladder.name!r} has "
            + (f"{ladder.classes} classes" if ladder.classes else "no logits; use accuracy")
        )
    if ladder.labels is None or not ladder.scorable:
        return []
    claimed, actual = ladder.predictions == 1, ladder.labels == 1
    return [(claimed & actual).astype(np.int8), claimed.astype(np.int8) + actual]


def score_of(
    metric: str, totals: Sequence[NDArray[Any]], instances: int, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """The metric, in some shape, from the totals of `tallies`; NaN where there are none.

    >>> score_of("f1", [np.array([1]), np.array([3])], instances=2, shape=(1,)).round(3).tolist()
    [0.667]
    """
    if not totals:
        return np.full(shape, np.nan)
    if metric == "accuracy":
        return totals[0] / instances
    true_positive, positives = totals
    # F1 = 2 TP / (2 TP + FP + FN), and the denominator is claimed + actual positives.
    return 2 * true_positive / np.maximum(positives, 1)


def _exact_halves(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Cut numbers into a coarse and a fine part whose sums over up to 2^26 instances do not round.

    Long running sums of, say, milliseconds would drift; sums of multiples of one power of two that
    stay below 2^53 of it are exact. Whole numbers usually need only the coarse part.
    """
    _, exponent = np.frexp(values.max())
    unit = np.ldexp(1.0, int(exponent) - 26)
    coarse = np.rint(values / unit) * unit
    fine = values - coarse
    return [coarse, fine] if fine.any() else [coarse]
