"""The table of thresholds for each exit instead of one for all, on Trade-off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from cascade_core import ExitLadder, TradeoffCurve, TradeoffPoint
from cascade_core.intervals import Interval, difference_interval
from cascade_core.operation import emitted, operate
from cascade_core.per_exit import Thresholds, at_thresholds, search_thresholds
from dashboard.choices import Choices
from dashboard.memory import act, recall
from dashboard.tables import Cell, Row, table
from dashboard.theme import percent, points, times

SPEEDUPS = (1.5, 2.0, 3.0, 4.0)


class Compared(NamedTuple):
    """One threshold for all exits and one for each, at a wanted speed-up, and the difference."""

    wanted: float
    shared: TradeoffPoint
    own: Thresholds
    gain: float
    interval: Interval


def per_exit_table(choices: Choices) -> None:
    """What the system in focus gains from a threshold for each exit, at some speed-ups."""
    ladder = choices.systems[choices.focus]
    if ladder.exits < 3 or not ladder.scorable:
        return
    st.subheader("A threshold for each exit", anchor=False)
    sought = (*choices.key, choices.focus)
    if recall("searched") != sought:
        st.button(
            "Search a threshold for each exit",
            key="search-per-exit",
            icon=":material/search:",
            help="Tries every breakpoint of every exit, which takes some seconds for a large run.",
            on_click=act,
            kwargs={"searched": sought},
        )
        return
    found = _compare(*sought, choices)
    if not found:
        st.info(f"{choices.focus} is not {SPEEDUPS[0]:g} times as fast at any threshold.")
        return
    where = (
        "chosen on the other half and scored on this one"
        if choices.shown.calibration
        else "chosen and scored on these same examples, which flatters the many"
    )
    score = choices.metric_title
    columns = [
        "speed-up at least", f"{score}, one τ", f"{score}, a τ each", "more right, points",
        "thresholds",
    ]  # fmt: skip
    rows = [Row(f"{one.wanted:g}×", "", _cells(one)) for one in found]
    caption = f"{choices.focus}; {choices.speedup_title} below each score; thresholds {where}"
    exits = choices.exit_names(choices.focus)[:-1]
    head = [
        "wanted", "speed-up, one", f"{score}, one", "tau", "speed-up, each", f"{score}, each",
        "more right", "95 % from", "95 % to", *(f"tau at {name}" for name in exits),
    ]  # fmt: skip
    saved = choices.saved("per-exit", choices.focus, numbers=[head, *map(_numbers, found)])
    table(columns, rows, name="table-per-exit", caption=caption, saved=saved)


@st.cache_resource(show_spinner="Searching thresholds …", max_entries=24)
def _compare(
    identity: str, criterion: str, basis: str, metric: str, focus: str, _choices: Choices
) -> list[Compared]:
    ladder, curve = _choices.systems[focus], _choices.curves[focus]
    chosen_on = _choices.choosing_systems[focus]
    choosing = _choices.choosing[focus]
    found = []
    for wanted, own in zip(SPEEDUPS, search_thresholds(chosen_on, choosing, SPEEDUPS), strict=True):
        if own is None:
            continue
        shared = curve.at_threshold(choosing.at_speedup(wanted).threshold)
        here = at_thresholds(ladder, curve, own.each)
        found.append(Compared(wanted, shared, here, *_gain(ladder, curve, shared, here)))
    return found


def _gain(
    ladder: ExitLadder, curve: TradeoffCurve, shared: TradeoffPoint, own: Thresholds
) -> tuple[float, Interval]:
    """How many more are right with a threshold for each exit, with its 95 % interval."""
    before = emitted(ladder, operate(ladder, curve, shared.threshold).left)
    after = emitted(ladder, own.left)
    assert before is not None
    assert after is not None
    return float(after.mean() - before.mean()), difference_interval(after, before)


def _cells(one: Compared) -> list[Cell]:
    interval = f"{points(one.interval.low)} to {points(one.interval.high)}"
    return [
        Cell(percent(one.shared.score), times(one.shared.speedup)),
        Cell(percent(one.own.score), times(one.own.speedup)),
        Cell(points(one.gain), interval),
        Cell(", ".join(_short(threshold) for threshold in one.own.each[:-1])),
    ]


def _short(threshold: float) -> str:
    return "–" if np.isinf(threshold) else f"{threshold:.3g}"


def _numbers(one: Compared) -> list[object]:
    shared, own = one.shared, one.own
    return [
        one.wanted, shared.speedup, shared.score, shared.threshold, own.speedup, own.score,
        one.gain, *one.interval, *own.each[:-1],
    ]  # fmt: skip
