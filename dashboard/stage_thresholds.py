"""A threshold for each stage of a composed cascade: sliders, the search, and what comes of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import streamlit as st

from cascade_core import TradeoffPoint
from cascade_core.intervals import Interval
from cascade_core.operation import operate, score_interval, speedup_to_match
from cascade_core.per_exit import Thresholds, at_thresholds, search_thresholds
from cascade_core.tradeoff import curve_scores
from dashboard.choices import Choices, start_of
from dashboard.composed import Composed
from dashboard.memory import act, offer, recall, remember
from dashboard.tables import Cell, Row, table
from dashboard.theme import COMPOSED_COLOR, percent, times

MOST_SLIDERS = 6
IN_A_ROW = 3
WANTED = ("1.5", "2", "3", "4")
DIGITS = 4  # steps of a slider: at least so many decimal places of its range


class Used(NamedTuple):
    """One use of the cascade: a threshold for each exit, what it does, and its interval."""

    thresholds: tuple[float, ...]
    score: float
    interval: Interval
    speedup: float
    shares: tuple[float, ...]


def choose_thresholds(choices: Choices, made: Composed) -> Thresholds | None:
    """Draw a slider for each exit but the last; None where there are too many, or nothing to do."""
    early = (made.ladder.exit_names or ())[:-1]
    low, high = _range(made)
    if len(early) > MOST_SLIDERS or not low < high:
        remember(thresholds=None)
        st.info(
            f"This cascade has {len(early) + 1} exits, more than can be set by hand one by one: "
            "its curve is that of one τ for all."
            if len(early) > MOST_SLIDERS
            else "All exit scores are the same: no threshold tells one example from another."
        )
        return None
    _begin(choices, made, low, high)
    _search(choices, made, low, high)
    step = 10.0 ** (math.floor(math.log10(high - low)) - DIGITS)
    digits = max(0, -math.floor(math.log10(step)))
    places = st.columns(min(len(early), IN_A_ROW))
    for number, (name, tau) in enumerate(zip(early, recall("thresholds"), strict=True)):
        key = f"threshold{number + 1}"
        st.session_state[key] = tau
        places[number % IN_A_ROW].slider(
            f"τ after {name}",
            low,
            high,
            step=step,
            format=f"%.{digits}f",
            key=key,
            on_change=_moved,
            args=(number, key),
            help="An answer leaves here when its exit score is higher.",
        )
    return at_thresholds(made.ladder, made.curve, [*recall("thresholds"), low])


def thresholds_table(choices: Choices, made: Composed, own: Thresholds) -> None:
    """What the chosen thresholds do, beside one threshold for all that is as fast."""
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
    caption = f"Share of the examples that leave at each exit; 95 % Wilson intervals; {where}"
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


def _begin(choices: Choices, made: Composed, low: float, high: float) -> None:
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
    remember(thresholds=_inside(kept, low, high), thresholds_mean=means)


def _inside(thresholds: tuple[float, ...], low: float, high: float) -> tuple[float, ...]:
    return tuple(min(max(one, low), high) for one in thresholds)


def _moved(number: int, key: str) -> None:
    thresholds = list(recall("thresholds"))
    thresholds[number] = st.session_state[key]
    act(thresholds=tuple(thresholds))


def _search(choices: Choices, made: Composed, low: float, high: float) -> None:
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
    remember(thresholds=_inside(found.each[:-1], low, high))


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
