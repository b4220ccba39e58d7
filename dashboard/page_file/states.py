"""The states of curves as arrays: all that a saved page knows of a run, and no instance.

Axes: N instances, E exits, S states that are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cascade_core import ExitLadder, TradeoffCurve
from cascade_core.calibration import binned
from cascade_core.criteria import confidences
from cascade_core.replay import sweep
from cascade_core.tradeoff import curve_scores
from dashboard.choices import Choices
from dashboard.figures.staircase import thin

BINS = 15


def pack_states(by_basis: Mapping[str, Choices]) -> bytes:
    """The curves of all systems, one set of choices for each cost basis, as safetensors.

    Per system i: `i/breakpoints` float64 [S - 1], where the states after the first begin; `i/score`
    float64 [S]; `i/counts` int32 [E, S], instances that leave at each exit; `i/speedup/basis`
    float64 [S]; with known labels `i/error` float32 [S], the ECE of what is emitted, and for F1
    `i/counted` int32 [S], true and false positives and false negatives. Where thresholds are chosen
    on other instances, `i/choosing/breakpoints` and `i/choosing/speedup/basis` are of those, whole.

    >>> from cascade_core.paper.example import example_run
    >>> from dashboard.shown import Shown
    >>> run = example_run()
    >>> choices = Choices(Shown(run, run, run), "DeeBERT", False, "layers", "max_prob")
    >>> isinstance(pack_states({"layers": choices}), bytes)
    True
    """
    arrays: dict[str, NDArray] = {}
    first = next(iter(by_basis.values()))
    for number, (name, ladder) in enumerate(first.systems.items()):
        curve = first.curves[name]
        kept = states_kept(curve)
        # Below a breakpoint that is left out the last state before it is shown in its place.
        one = {
            "breakpoints": curve.breakpoints[kept[1:] - 1],
            "score": curve.score[kept],
            "counts": curve.moves.counts_at(kept).T.astype(np.int32),
            **{f"speedup/{basis}": of.curves[name].speedup[kept] for basis, of in by_basis.items()},
            **{what: of[kept] for what, of in _of_answers(ladder, curve).items()},
        }
        if first.shown.calibration:
            chosen_on = {basis: of.choosing[name] for basis, of in by_basis.items()}
            one |= {f"choosing/speedup/{basis}": of.speedup for basis, of in chosen_on.items()}
            one["choosing/breakpoints"] = first.choosing[name].breakpoints
        arrays |= {f"{number}/{what}": np.ascontiguousarray(of) for what, of in one.items()}
    return save(arrays)


def states_kept(curve: TradeoffCurve) -> NDArray[np.intp]:
    """The states that the picture of a curve shows, ascending; all of a short one.

    >>> from cascade_core.comparison import run_curves
    >>> from cascade_core.paper.example import example_run
    >>> states_kept(run_curves(example_run())["DeeBERT"]).tolist()
    [0, 1, 2, 3, 4, 5]
    """
    return len(curve) - 1 - thin(curve.speedup[::-1], curve.score[::-1])[::-1]


def _of_answers(ladder: ExitLadder, curve: TradeoffCurve) -> dict[str, NDArray]:
    """What must be known of the answers emitted in every state, beside their score."""
    right, sure = ladder.correct, confidences(ladder)
    if right is None or not ladder.scorable:
        return {}
    scores = curve_scores(ladder, curve.criterion)
    found: dict[str, NDArray] = {}
    if sure is not None:
        found["error"] = _calibration_errors(scores, right, sure)
    if curve.metric == "f1" and ladder.predictions is not None and ladder.labels is not None:
        counted = (ladder.predictions == 1) | (ladder.labels == 1)
        (total,) = sweep(scores, [counted.astype(np.int32)]).totals
        found["counted"] = total.astype(np.int32)
    return found


def _calibration_errors(
    scores: NDArray, right: NDArray[np.bool_], sure: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Expected calibration error in each state, as `expected_calibration_error` of one."""
    bins = binned(sure.ravel(), BINS, "equal-width")[1].reshape(sure.shape)
    gaps = 0.0
    for number in range(BINS):  # one after the other: of a large run all at once are too many
        (total,) = sweep(scores, [np.where(bins == number, right - sure, 0.0)]).totals
        gaps = gaps + np.abs(total)
    return (gaps / scores.shape[1]).astype(np.float32)
