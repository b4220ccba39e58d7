"""Thresholds with a promise: at most so many more errors than the large model, with confidence.

Axes: N instances, E exits, T thresholds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .comparison import REFERENCE, Comparison
from .curve import TradeoffCurve
from .ladder import ExitLadder
from .operation import emitted
from .replay import replay
from .tradeoff import curve_scores

MARGINS = (0.005, 0.01, 0.02, 0.05)
"""What may be lost of accuracy, as is usually asked."""

CONFIDENCE = 0.95
STEPS = 200  # thresholds that are tried, from the safest on
MOST_STAKED = 0.75  # of what may be lost at once


class Promise(NamedTuple):
    """The lowest threshold for which the promise can be made; None where it can for none.

    With probability `confidence` over the instances it was chosen on, a new instance is wrong at
    most `margin` more often than with the reference. `tried` thresholds were looked at.
    """

    threshold: float | None
    margin: float
    confidence: float
    tried: int


def safe_threshold(
    ladder: ExitLadder,
    curve: TradeoffCurve,
    reference: NDArray[np.bool_],
    margin: float = 0.01,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Promise:
    """The lowest threshold that costs at most `margin` of accuracy, with a finite-sample promise.

    Learn then test (Angelopoulos et al. 2021) with a fixed sequence: thresholds are tried from the
    highest on, which defers most, and the last one before the first that fails is taken. Each is
    tested by betting (Waudby-Smith and Ramdas 2024, see `p_value`) on the difference of errors,
    instance by instance, to the reference's. Nothing is assumed but that new instances are drawn
    as these were.

    Args:
        ladder: a system, with labels; its instances must have no other part in choosing it.
        curve: its own.
        reference: whether the large model is right, bool [N].
        margin: how much more often an answer may be wrong, above 0.
        confidence: of the promise, in (0, 1).
        seed: of the order in which instances are bet on.

    Raises:
        ValueError: a margin or confidence out of range, or unknown labels.

    >>> from cascade_core import tradeoff_curve
    >>> right = np.array([[True] * 900 + [False] * 100, [True] * 1000])
    >>> sure = np.array([[0.9] * 900 + [0.6] * 100, [1.0] * 1000])
    >>> scores, costs = {"max_prob": sure}, {"layers": [2, 10]}
    >>> pair = ExitLadder("2-8", correct=right, scores=scores, costs=costs)
    >>> safe_threshold(pair, tradeoff_curve(pair), right[1]).threshold  # all of the 0.6 go on
    0.6
    """
    if not (margin > 0 and 0 < confidence < 1):
        raise ValueError(
            "expected a margin above 0 and a confidence between 0 and 1, but got "
            f"{margin:g} and {confidence:g}"
        )
    if emitted(ladder, np.zeros(ladder.instances, dtype=np.int64)) is None:
        raise ValueError(f"expected known labels, but {ladder.name!r} has unknown ones")
    order = np.random.default_rng(seed).permutation(ladder.instances)
    scores = curve_scores(ladder, curve.criterion)
    states = np.unique(np.linspace(0, len(curve) - 1, STEPS).astype(int))[::-1]
    found = None
    for tried, threshold in enumerate(curve.thresholds(states), start=1):
        right = emitted(ladder, replay(scores, threshold))
        assert right is not None
        excess = reference[order].astype(np.int8) - right[order]
        if p_value(excess, margin) > 1 - confidence:
            return Promise(found, margin, confidence, tried)
        found = float(threshold)
    return Promise(found, margin, confidence, len(states))


def safe_thresholds(
    compared: Comparison, margin: float = 0.01, confidence: float = CONFIDENCE
) -> dict[str, Promise]:
    """What `safe_threshold` says of every system of several exits, against the run's reference.

    Each promise is about one system: whoever picks the best of many has a weaker one. Raises
    `ValueError` as there.

    >>> from cascade_core.comparison import compare, run_curves
    >>> from cascade_core.paper.example import example_run
    >>> run = example_run()
    >>> found = safe_thresholds(compare(run, run_curves(run)), margin=0.05)
    >>> found["CascadeBERT 2-12"].threshold is None  # six instances promise nothing
    True
    """
    ladders = compared.ladders
    reference = ladders[REFERENCE]
    right = emitted(reference, np.full(reference.instances, reference.exits - 1))
    if right is None:
        raise ValueError("expected known labels, but the reference has unknown ones")
    return {
        name: safe_threshold(ladders[name], curve, right, margin, confidence)
        for name, curve in compared.curves.items()
        if curve.exits > 1 and name != REFERENCE
    }


def p_value(losses: NDArray[np.integer], bound: float) -> float:
    """How unlikely losses are, each in [-1, 1], if their expectation is at least `bound`.

    Somebody who bets, instance by instance, that losses stay below the bound has the wealth
    K(n) = prod over i <= n of (1 + s(i) (bound - loss(i))), the stakes s(i) chosen from what came
    before. If the expectation is at least `bound`, the wealth exceeds 1 / p with probability of at
    most p; so the p-value is 1 / max K. Stakes are a predictable plug-in: they bet more, the less
    losses vary.

    >>> p_value(np.zeros(1000, dtype=int), 0.01) < 0.05  # no loss at all in a thousand
    True
    >>> p_value(np.array([0, 1] * 500), 0.01) > 0.9  # every other one
    True
    """
    count = np.arange(1, len(losses) + 1)
    mean = (np.cumsum(losses)) / (count + 1)  # of a loss of 0 and those so far
    variance = (0.25 + np.cumsum((losses - mean) ** 2)) / (count + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    expected = np.concatenate([[0.0], mean[:-1]])
    stakes = np.maximum(bound - expected, 0) / (before + (bound - expected) ** 2)
    stakes = np.minimum(stakes, MOST_STAKED / (1 - bound))  # a loss of 1 must leave something
    wealth = np.cumsum(np.log1p(stakes * (bound - losses)))
    return float(np.exp(-max(wealth.max(), 0.0)))
