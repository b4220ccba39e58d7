"""Instances: why did this one leave there?"""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import streamlit as st

from cascade_core import Run
from cascade_core.operation import operate
from cascade_core.outcomes import OUTCOMES, outcomes
from dashboard.choices import Choices, publish
from dashboard.figures.trace import trace_figure
from dashboard.instance_filters import instance_filters
from dashboard.instance_list import instance_list
from dashboard.layout import committed, page_header
from dashboard.side_bar import choose
from dashboard.slices import SLOTS, outcome_at_tau
from dashboard.tau_lab import figure_address, tau_lab
from dashboard.texts import shown_texts, texts_at_hand
from dashboard.theme import OUTCOME_COLORS
from dashboard.trace import trace_picture, trace_settings, traced_example

GUIDANCE = (
    "Pick an example and see how sure each exit is of it: it leaves where the line first rises "
    "above τ. The outcomes below count what τ does to the examples; choose one to select it."
)


def page() -> None:
    """Draw the page."""
    choices = choose("instances")
    page_header("Instances", choices, GUIDANCE, stay=True)
    if choices.nothing:
        instance_filters(choices, texts_at_hand(choices.shown.whole))
        publish(choices)
        return
    instance = _instance(choices)
    texts = shown_texts(choices.shown)
    _about(choices.run, instance, texts)
    _lab(choices.without(*SLOTS), int(choices.run.ids[instance]))
    publish(choices)
    committed(choices)
    operation = operate(choices.systems[choices.focus], choices.curves[choices.focus], choices.tau)
    instance_list(choices, operation, texts)
    publish(choices)


def _instance(choices: Choices) -> int:
    """The index of the instance that is open; at first one that a threshold harms, if there is."""
    if choices.opened is not None:
        return choices.opened
    if choices.base.opened is not None:
        st.caption("The example that was open is not among those selected; this is another one.")
    ladder = choices.systems[choices.focus]
    if ladder.correct is None or not ladder.scorable:
        return 0
    left = operate(ladder, choices.curves[choices.focus], choices.start).left
    harmful = np.flatnonzero(outcomes(ladder, left) == list(OUTCOMES).index("harmful"))
    return int(harmful[0]) if harmful.size else 0


def _lab(choices: Choices, example: int) -> None:
    instance = int(np.flatnonzero(choices.run.ids == example)[0])
    traced = traced_example(choices, instance)
    figure = figure_address(
        lambda: trace_figure(trace_picture(choices, traced)),
        "trace",
        choices.run.identity,
        choices.criterion,
        choices.setting,
        str(instance),
    )
    label = f"Exit scores and class probabilities of example {example}, exit by exit"
    described = {
        name: {**outcome._asdict(), "color": OUTCOME_COLORS[name]}
        for name, outcome in OUTCOMES.items()
    }
    more = {
        "trace": trace_settings(choices, traced),
        "outcome": outcome_at_tau(choices),
        "outcomes": described,
    }
    tau_lab(choices, "instances", figure, label, more)


def _about(run: Run, instance: int, texts: Mapping[str, tuple[str, ...]]) -> None:
    label = run.labels[instance]
    truth = run.label_names[label] if label >= 0 else "unknown"
    quoted = "".join(
        f"<blockquote>{html.escape(column[instance])}</blockquote>" for column in texts.values()
    )
    st.html(
        f"<section class='lens-instance' data-testid='instance'><p>Example <b>{run.ids[instance]}"
        f"</b> · true label <b>{html.escape(truth)}</b></p>{quoted}</section>"
    )
