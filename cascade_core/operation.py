"""What systems do at one threshold, or where they are as fast as asked.

Axes: N instances, E exits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Bootstrapped
from .calibration import expected_calibration_error
from .criteria import confidences, exit_scores
from .curve import TradeoffCurve, TradeoffPoint
from .intervals import Interval, hull, wilson
from .ladder import ExitLadder
from .replay import replay
from .tradeoff import curve_scores


class Operation(NamedTuple):
    """What one system does at one threshold. `left` [N] is the exit of each instance."""

    system: str
    point: TradeoffPoint
    interval: Interval
    calibration_error: float
    left: NDArray[np.int64]


class OutOfReach(NamedTuple):
    """A system that cannot be as fast as asked; what it can be."""

    system: str
    slowest: float
    fastest: float


class Matched(NamedTuple):
    """Score of one system where it is at least `wanted` times as fast; None where it cannot be."""

    system: str
    wanted: float
    point: TradeoffPoint | None
    interval: Interval | None


def operate(ladder: ExitLadder, curve: TradeoffCurve, threshold: float) -> Operation:
    """What one system does at one threshold; `curve` is the ladder's own.

    >>> from cascade_core import tradeoff_curve
    >>> correct = np.array([[True, False], [True, True]])
    >>> scores = {"max_prob": np.array([[0.9, 0.6], [0.9, 0.8]])}
    >>> ladder = ExitLadder("a", correct=correct, scores=scores, costs={"layers": [2, 14]})
    >>> done = operate(ladder, tradeoff_curve(ladder), 0.7)
    >>> done.left.tolist(), done.point.score
    ([0, 1], 1.0)
    """
    point = curve.at_threshold(threshold)
    left = _left(ladder, curve, threshold)
    interval = score_interval(ladder, curve, point.score, left)
    return Operation(ladder.name, point, interval, _calibration_error(ladder, left), left)


def operate_all(
    ladders: Mapping[str, ExitLadder],
    curves: Mapping[str, TradeoffCurve],
    focus: str,
    threshold: float,
    same_speedup: bool,
    choosing: Mapping[str, TradeoffCurve] | None = None,
) -> list[Operation | OutOfReach]:
    """Every system at the threshold, or each at the speed-up the focus has there.

    With curves of other instances, `choosing`, that speed-up is the one the focus has on those, and
    the other systems' thresholds are chosen there; what they do is said of the ladders' own.

    >>> from cascade_core.comparison import run_curves
    >>> from cascade_core.paper.example import example_run
    >>> run = example_run()
    >>> found = operate_all(run.systems, run_curves(run), "DeeBERT", 0.65, same_speedup=True)
    >>> found[0]
    OutOfReach(system='BERT-12L', slowest=1.0, fastest=1.0)
    >>> [round(found[at].point.speedup, 2) for at in (2, 5)]
    [2.12, 3.0]
    """
    choosing = choosing or curves
    wanted = speedup_to_match(choosing[focus].at_threshold(threshold).speedup)
    operations = []
    for name, curve in curves.items():
        if not same_speedup or name == focus:
            operations.append(operate(ladders[name], curve, threshold))
            continue
        try:
            chosen = choosing[name].at_speedup(wanted).threshold
        except ValueError:
            slowest, fastest = choosing[name].speedup[[-1, 0]].tolist()
            operations.append(OutOfReach(name, slowest, fastest))
            continue
        operations.append(operate(ladders[name], curve, chosen))
    return operations


def speedup_to_match(speedup: float) -> float:
    """What other systems have to match: the speed-up to two digits, so "2.00x" is met by 2 sharp.

    Rounded down, so that the system itself matches it.

    >>> speedup_to_match(2.0015)
    2.0
    """
    return math.floor(100 * speedup) / 100 if math.isfinite(speedup) else speedup


def matched(
    ladder: ExitLadder,
    curve: TradeoffCurve,
    speedups: tuple[float, ...],
    resampled: Bootstrapped,
    choosing: TradeoffCurve | None = None,
) -> list[Matched]:
    """One system at each wanted speed-up.

    The interval is that of the bootstrap, in which the threshold is chosen anew each time, and
    nowhere inside Wilson's at the threshold: of few instances, or where all are right, resamples
    know too little. With a curve of other instances, `choosing`, the threshold is chosen on that
    one: the realised speed-up may then fall short, and the interval is that of a fixed threshold.
    Without one the speed-ups must be among those that were resampled.

    >>> from cascade_core import tradeoff_curve
    >>> from cascade_core.bootstrap import bootstrap
    >>> from cascade_core.paper.example import example_run
    >>> ladder = example_run().systems["CascadeBERT 2-12"]
    >>> curve = tradeoff_curve(ladder)
    >>> resampled = bootstrap({ladder.name: ladder}, {ladder.name: curve}, (3.0, 9.0))
    >>> fast, too_fast = matched(ladder, curve, (3.0, 9.0), resampled)
    >>> round(fast.point.score, 3), too_fast.point
    (0.833, None)
    """
    cells = []
    for wanted in speedups:
        try:
            threshold = (choosing or curve).at_speedup(wanted).threshold
        except ValueError:
            cells.append(Matched(curve.name, wanted, None, None))
            continue
        point = curve.at_threshold(threshold)
        interval = score_interval(ladder, curve, point.score, _left(ladder, curve, threshold))
        if choosing is None:
            interval = hull(interval, resampled.interval(curve.name, wanted))
        cells.append(Matched(curve.name, wanted, point, interval))
    return cells


def emitted(ladder: ExitLadder, left: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Whether each emitted answer is right, [N], given the exits [N]; None without labels.

    >>> ladder = ExitLadder("a", correct=np.array([[True, False], [True, True]]))
    >>> emitted(ladder, np.array([0, 1])).tolist()
    [True, True]
    """
    if ladder.correct is None or not ladder.scorable:
        return None
    return ladder.correct[left, np.arange(ladder.instances)]


def score_interval(
    ladder: ExitLadder, curve: TradeoffCurve, score: float, left: NDArray[np.int64]
) -> Interval:
    """95 % Wilson interval of a system's score where instances leave at the exits `left` [N].

    >>> from cascade_core import tradeoff_curve
    >>> ladder = ExitLadder("a", correct=np.array([[True, False]]), costs={"layers": [2]})
    >>> score_interval(ladder, tradeoff_curve(ladder), 0.5, np.array([0, 0])) == wilson(0.5, 2)
    True
    """
    if curve.metric == "accuracy" or ladder.predictions is None or ladder.labels is None:
        return wilson(score, ladder.instances)
    # F1 is no share, but F1 / (2 - F1) = TP / (TP + FP + FN) is; its interval is turned back.
    claimed = ladder.predictions[left, np.arange(ladder.instances)] == 1
    counted = int((claimed | (ladder.labels == 1)).sum())
    return Interval(*(2 * share / (1 + share) for share in wilson(score / (2 - score), counted)))


def _left(ladder: ExitLadder, curve: TradeoffCurve, threshold: float) -> NDArray[np.int64]:
    return replay(curve_scores(ladder, curve.criterion), threshold)


def _calibration_error(ladder: ExitLadder, left: NDArray[np.int64]) -> float:
    right = emitted(ladder, left)
    every = np.arange(ladder.instances)
    if right is not None and ladder.logits is not None:
        chosen = ladder.logits[left, every]
        return expected_calibration_error(exit_scores(chosen[None], "max_prob")[0], right)
    confidence = confidences(ladder)
    if right is None or confidence is None:
        return np.nan
    return expected_calibration_error(confidence[left, every], right)
