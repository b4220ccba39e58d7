"""The side bar: where a person chooses what all pages show."""

from __future__ import annotations

import html

import streamlit as st

from cascade_core import BASES, Run, titles
from cascade_core.criteria import known_criteria
from cascade_core.deferral import FEWEST, LEARNED
from dashboard.choices import (
    CRITERION_TITLES,
    MODES,
    SAME_SPEEDUP,
    SAME_TAU,
    Choices,
    measured_on,
)
from dashboard.leaving import leaving_note
from dashboard.memory import adopt_address, hand_over, offer, recall, remember
from dashboard.narrowing import selected
from dashboard.run_choice import choose_run
from dashboard.shown import Shown, choose_shown

SOFTMAX = ("max_prob", "entropy", "margin", LEARNED)  # criteria that temperatures move


def choose(page: str) -> Choices:
    """Draw the side bar and return what is chosen; without a usable run the page ends here.

    `page` is the page's name: entering another page hands tau over to its lab afresh.
    """
    adopt_address(page)
    choices = _choose_view(choose_run(), page)
    scaled = choices.shown.temperatures is not None and choices.criterion in SOFTMAX
    means, before = (choices.criterion, scaled), recall("tau_means")
    if before not in (None, means):
        # Under another criterion, or temperature, tau and pin mean nothing: each has its own.
        kept = {**recall("kept", {}), before: (recall("tau"), recall("pin"))}
        tau, pin = kept.get(means, (None, None))
        remember(kept=kept, tau=tau, pin=pin)
        hand_over()
    if recall("tau") is None:
        remember(tau=choices.start)
        hand_over()
    remember(tau_means=means)
    return choices


def _choose_view(run: Run, page: str) -> Choices:
    ladders = run.systems.values()
    exits = {name: ladder.exits for name, ladder in run.systems.items()}
    several = [name for name in exits if exits[name] > 1] or list(exits)
    bases = [b for b in BASES if all(b in ladder.costs for ladder in ladders)]
    known = [known_criteria(ladder) for ladder in ladders]
    criteria = [one for one in CRITERION_TITLES if all(one in has for has in known)]
    learnable = all(ladder.logits is not None and ladder.scorable for ladder in ladders)
    if learnable and run.instances >= 2 * FEWEST:
        criteria.append(LEARNED)
    with st.sidebar:
        focus = st.selectbox(
            "System in focus",
            help="The system whose τ you move.",
            **offer("system", several, several[-1]),
        )
        mode = _choose_mode() if page not in ("overview", "compose") else recall("mode")
        basis = st.segmented_control(
            "Count cost in",
            required=True,
            format_func=titles.basis_titles(run).__getitem__,
            help="Layers run, floating-point operations, measured time, or costs of the run's own.",
            **offer("basis", bases, bases[0]),
        )
        if basis == "latency":
            measured = measured_on(run)
            place = html.escape(f"{measured['hardware']}; {measured['batch']}")
            st.html(f"<small data-testid='measured-on'>Milliseconds measured on {place}.</small>")
        criterion = st.selectbox(
            "Leave when sure by",
            format_func=CRITERION_TITLES.__getitem__,
            help="The exit score that is compared with τ.",
            **offer("criterion", criteria, run.system_specs[focus].criterion),
        )
        if note := leaving_note(run, criterion):
            st.html(f"<small data-testid='leaving-note'>{html.escape(note)}</small>")
        live = page == "live"
        shown = Shown(run, run, run) if live else choose_shown(run)
    conditions = () if live else selected()
    same_speedup = mode == SAME_SPEEDUP
    return Choices(shown, focus, same_speedup, basis or bases[0], criterion, conditions)


def _choose_mode() -> str | None:
    return st.segmented_control(
        "Compare systems at",
        required=True,
        format_func=MODES.__getitem__,
        help="The same τ means another speed-up for every system. At the same speed-up each "
        "system gets its own τ: the fair comparison. Where half of the examples is shown, as fast "
        "means as fast on the other half, on which τ is chosen.",
        **offer("mode", list(MODES), SAME_TAU),
    )
