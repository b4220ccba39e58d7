"""A threshold for each stage of a composed cascade: where to begin, the search, what they do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from cascade_core import TradeoffPoint
from cascade_core.intervals import Interval
from cascade_core.operation import operate, score_interval, speedup_to_match
from cascade_core.per_exit import Thresholds, at_thresholds, search_thresholds
from cascade_core.tradeoff import curve_scores
from dashboard.choices import Choices
from dashboard.composed import Composed
from dashboard.memory import act, hand_over, offer, recall, remember
from dashboard.start import start_of
from dashboard.tables import Cell, Row, table
from dashboard.theme import COMPOSED_COLOR, percent, times

MOST_SLIDERS = 6
WANTED = ("1.5", "2", "3", "4")


class Used(NamedTuple):
    """One use of the cascade: a threshold for each exit, what it does, and its interval."""

    thresholds: tuple[float, ...]
    score: float
    interval: Interval
    speedup: float
    shares: tuple[float, ...]


def threshold_span(made: Composed) -> tuple[float, float] | None:
    """The ends of the sliders: from "all leave" to "none leaves", on both halves.

    None, and said why, where there are too many exits to be set by hand, or nothing to do.
    """
    exits, (low, high) = made.ladder.exits, _range(made)
    if exits - 1 <= MOST_SLIDERS and low < high:
        return low, high
    remember(thresholds=None)
    st.info(
        f"This cascade has {exits} exits, more than can be set by hand one by one: its curve is "
        "that of one τ for all."
        if exits - 1 > MOST_SLIDERS
        else "All exit scores are the same: no threshold tells one example from another."
    )
    return None


def reach(made: Composed, span: tuple[float, float]) -> list[float]:
    """The score where all leave at one exit, for each: points that sliders lead to."""
    low, high = span
    exits = made.ladder.exits
    one_exit = ([high] * exit_ + [low] * (exits - exit_) for exit_ in range(exits))
    return [at_thresholds(made.ladder, made.curve, each).score for each in one_exit]


def begin_thresholds(choices: Choices, made: Composed, span: tuple[float, float]) -> None:
    """Start at one threshold for all, when others have lost their meaning or there are none."""
    means = (
        choices.shown.whole.identity,
        made.models,
        choices.criterion,
        choices.shown.temperatures is not None,
    )
    kept = recall("thresholds")
    early = made.ladder.exits - 1
    if kept is None or len(kept) != early or recall("thresholds_mean") not in (None, means):
        kept = (start_of(made.choosing),) * early
    if recall("thresholds_mean") != means:
        remember(thresholds_mean=means)
        hand_over()  # the stages of other models, even where the numbers are the same
    _set(kept, span)


def search_button(choices: Choices, made: Composed, span: tuple[float, float]) -> None:
    """The button that looks for the best thresholds at a speed-up and sets the sliders to them."""
    if not made.ladder.scorable:
        return
    choice, button = st.columns([2, 5], vertical_alignment="bottom")
    with choice:
        wanted = st.segmented_control(
            "At least",
            required=True,
            format_func=lambda one: f"{one}×",
            help="As fast should the cascade be with the thresholds that are searched.",
            **offer("wanted", WANTED, "2"),
        )
    where = "the other half of the examples" if choices.shown.calibration else "these examples"
    pressed = button.button(
        f"Search thresholds for {wanted}×",
        key="search-thresholds",
        icon=":material/search:",
        on_click=act,
        help=f"Looks for the most right answers on {where}, and sets the sliders.",
    )
    if not pressed:
        return
    with st.spinner("Searching thresholds …"):
        (found,) = search_thresholds(made.chosen_on, made.choosing, [float(wanted or "2")])
    if found is None:
        fastest = times(made.choosing.speedup[0])
        st.info(f"This cascade is at most {fastest} as fast: no thresholds make it {wanted}×.")
        return
    _set(found.each[:-1], span)


def thresholds_table(choices: Choices, made: Composed, span: tuple[float, float]) -> None:
    """What the thresholds last settled on do, beside one for all that is as fast."""
    own = at_thresholds(made.ladder, made.curve, [*recall("thresholds"), span[0]])
    exits = made.ladder.exit_names or ()
    score = choices.metric_title
    columns = ["thresholds", choices.speedup_title, score, "95 % interval", *exits]
    shown = {"one for each": _used(made, own)}
    shared = _as_fast(made, own)
    if shared is not None:
        left = operate(made.ladder, made.curve, shared.threshold).left
        each = (shared.threshold,) * made.ladder.exits
        done = Thresholds(each, shared.score, shared.cost, shared.speedup, left)
        shown["the same for all"] = _used(made, done)
    rows = [
        Row(name, COMPOSED_COLOR if name == "one for each" else "", _cells(one))
        for name, one in shown.items()
    ]
    where = (
        "τ for all is chosen on the other half"
        if choices.shown.calibration
        else "τ for all is chosen on these same examples"
    )
    taus = ", ".join(f"{tau:.10g}" for tau in own.each[:-1])
    caption = (
        f"For τ = {taus}: share of the examples that leave at each exit; 95 % Wilson intervals; "
        f"{where}"
    )
    head = ["thresholds", choices.speedup_title, score, "95 % from", "95 % to"]
    numbers = [
        [name, one.speedup, one.score, *one.interval, *one.shares, *one.thresholds[:-1]]
        for name, one in shown.items()
    ]
    head += [*(f"share at {name}" for name in exits), *(f"tau at {name}" for name in exits[:-1])]
    saved = choices.saved("composed", *made.models, numbers=[head, *numbers])
    table(columns, rows, name="table-thresholds", caption=caption, saved=saved)


def _range(made: Composed) -> tuple[float, float]:
    """From a threshold that lets everything go to one that lets nothing go, on both halves."""
    ends = list(made.curve.threshold_range)
    for ladder in (made.ladder, made.chosen_on):
        scores = curve_scores(ladder, made.curve.criterion)
        finite = scores[np.isfinite(scores)]
        if finite.size:
            ends += [float(np.nextafter(finite.min(), -np.inf)), float(finite.max())]
    return min(ends), max(ends)


def _set(thresholds: tuple[float, ...], span: tuple[float, float]) -> None:
    """Remember thresholds, and hand them over to the lab where they are not its own."""
    low, high = span
    inside = tuple(min(max(one, low), high) for one in thresholds)
    if inside != recall("thresholds"):
        remember(thresholds=inside)
        hand_over()


def _used(made: Composed, done: Thresholds) -> Used:
    counts = np.bincount(done.left, minlength=made.ladder.exits)
    return Used(
        done.each,
        done.score,
        score_interval(made.ladder, made.curve, done.score, done.left),
        done.speedup,
        tuple((counts / made.ladder.instances).tolist()),
    )


def _as_fast(made: Composed, own: Thresholds) -> TradeoffPoint | None:
    """The state of the curve of one threshold for all that is as fast, where there is one."""
    there = at_thresholds(made.chosen_on, made.choosing, own.each)
    try:
        point = made.choosing.at_speedup(speedup_to_match(there.speedup))
    except ValueError:
        return None
    return made.curve.at_threshold(point.threshold)


def _cells(one: Used) -> list[Cell]:
    interval = f"{percent(one.interval.low)} to {percent(one.interval.high)}"
    leaving = [
        Cell(percent(share), f"τ = {tau:.4g}" if number < len(one.shares) - 1 else "the rest")
        for number, (share, tau) in enumerate(zip(one.shares, one.thresholds, strict=True))
    ]
    return [Cell(times(one.speedup)), Cell(percent(one.score)), Cell(interval), *leaving]
