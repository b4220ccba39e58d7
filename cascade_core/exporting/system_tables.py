"""Tables of what systems are worth: at matched speed-ups, in one number, promised, in full."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..guarantee import CONFIDENCE, MARGINS, safe_thresholds
from ..intervals import Interval
from ..operation import Matched, operate
from ..summaries import RECOVERED_AT, SPAN, Measured, pareto_front, summarise
from .table import POINTS, THRESHOLD, TIMES, Column, Table, measured, measured_column
from .view import View

NOTHING = Interval(np.nan, np.nan)
NO_MEASURE = Measured(np.nan, NOTHING)


def matched_table(view: View) -> Table:
    """Every system at each speed-up: score, realised speed-up, threshold.

    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> table = matched_table(View(example_run(), Asked(speedups=(3.0,))))
    >>> table.frame.loc["CascadeBERT 2-12"].round(2).to_dict()
    {'3x': 0.83, '3x low': 0.33, '3x high': 1.0, '3x speedup': 3.0, '3x threshold': 0.62}
    """
    rows = view.compared.matched(view.asked.speedups)
    frame = pd.DataFrame.from_records(
        [
            {name: number for one in row for name, number in _place(view, one).items()}
            for row in rows.values()
        ],
        index=pd.Index(rows, name="system"),
    )
    columns = [
        measured_column(f"{wanted:g}×", f"{wanted:g}x", beside=f"{wanted:g}x speedup")
        for wanted in view.asked.speedups
    ]
    count = view.compared.resampled.count
    interval = (
        "Wilson's"
        if view.calibration
        else f"bootstrap, {count:,} resamples, never narrower than Wilson's"
    )
    said = (
        f"{view.score.capitalize()} in percent where a system is at least that fast, with its 95 % "
        f"interval ({interval}) and the realised speed-up; the best of a column is bold, and a "
        f"dash says that a system cannot be so fast. Thresholds are chosen {view.chosen}."
    )
    return Table(view.name("matched"), view.caption(said), frame, tuple(columns))


def _place(view: View, one: Matched) -> dict[str, float]:
    name, point = f"{one.wanted:g}x", one.point
    score, speedup = (point.score, point.speedup) if point else (np.nan, np.nan)
    threshold = view.threshold(one.system, point)
    cells = measured(name, score, one.interval or NOTHING)
    return {**cells, f"{name} speedup": speedup, f"{name} threshold": threshold}


def summaries_table(view: View, span: tuple[float, float] = SPAN) -> Table:
    """Every system of several exits: mean score, lead over fixed models, gap recovered.

    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> table = summaries_table(View(example_run(), Asked()))
    >>> table.frame.loc["CascadeBERT 2-12", ["mean", "lead"]].round(3).tolist()
    [0.875, 0.045]
    """
    found = summarise(view.compared, *span, RECOVERED_AT)
    frame = pd.DataFrame.from_records(
        [
            {
                **measured("mean", *(one.mean or NO_MEASURE)),
                **measured("lead", *(one.lead or NO_MEASURE)),
                **measured("recovered", *(one.recovered or NO_MEASURE)),
            }
            for one in found
        ],
        index=pd.Index([one.system for one in found], name="system"),
    )
    columns = (
        measured_column(f"mean {view.score}", "mean"),
        measured_column("lead over fixed models", "lead", POINTS),
        measured_column(f"gap recovered at {RECOVERED_AT:g}×", "recovered"),
    )
    low, high = span
    said = (
        f"Curves between {low:g}× and {high:g}× in one number each, in percent and points: the "
        f"mean {view.score}, how far it lies above the run's models of one exit, and the share of "
        f"the gap between the fastest of these and {view.run.reference} that is made up for; with "
        "95 % intervals of the bootstrap, the best of a column bold."
    )
    return Table(view.name("summaries"), view.caption(said), frame, columns)


def promises_table(view: View, margins: Sequence[float] = MARGINS) -> Table:
    """For each allowance and system the lowest threshold that surely costs no more.

    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> table = promises_table(View(example_run(), Asked()))
    >>> int(table.frame["threshold"].count())  # six instances promise nothing
    0
    """
    rows = {}
    for margin in margins:
        allowed = f"{100 * margin:g} point" + ("s" if margin != 0.01 else "")
        for name, promise in safe_thresholds(view.compared_for_choosing, margin).items():
            rows[allowed, name] = _promised(view, name, promise.threshold)
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = pd.MultiIndex.from_tuples(rows, names=["allowed", "system"])
    columns = (
        Column("τ at least", "threshold", THRESHOLD),
        Column("speed-up", "speedup", TIMES, "highest"),
        measured_column(f"{view.score} here", "score", best=None),
        Column("leave early", "early_share"),
    )
    said = (
        f"Thresholds with a promise: on new instances at most so many points more errors than "
        f"{view.run.reference}, with {CONFIDENCE:.0%} confidence, for one system and one allowance "
        "at a time; shares in percent, with Wilson's 95 % interval; the fastest in bold, a dash "
        "where nothing can be promised."
    )
    return Table(view.name("promises"), view.caption(said), frame, columns)


def _promised(view: View, system: str, threshold: float | None) -> dict[str, float]:
    if threshold is None:
        nothing = dict.fromkeys(("threshold", "speedup", "early_share"), np.nan)
        return {**nothing, **measured("score", np.nan, NOTHING)}
    done = operate(view.ladders[system], view.curves[system], threshold)
    return {
        "threshold": done.point.threshold,
        "speedup": done.point.speedup,
        "early_share": done.point.early_share,
        **measured("score", done.point.score, done.interval),
    }


def front_table(view: View) -> Table:
    """The states that no state of any system beats, from fast to slow.

    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> front_table(View(example_run(), Asked())).frame["score"].is_monotonic_increasing
    True
    """
    frame = pd.DataFrame(pareto_front(view.curves)).set_index("system")
    said = "The states of all systems that none is both as fast and better than, from fast to slow."
    return Table(view.name("front"), view.caption(said), frame)


def curves_table(view: View) -> Table:
    """Every state of every curve.

    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> view = View(example_run(), Asked())
    >>> len(curves_table(view).frame) == sum(map(len, view.curves.values()))
    True
    """
    frame = pd.concat(
        {name: curve.to_frame() for name, curve in view.curves.items()}, names=["system"]
    ).droplevel(1)
    exits = [column for column in frame if str(column).startswith("exit_")]
    frame[exits] = frame[exits].astype("Int64")  # a system of fewer exits has none to count
    said = f"Every state of every curve: {view.score} in [0, 1], instances that leave at each exit."
    return Table(view.name("curves"), view.caption(said), frame)
