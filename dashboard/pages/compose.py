"""Compose: would another cascade do better?"""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from cascade_core.comparison import Comparison
from cascade_core.per_exit import Thresholds
from dashboard.bands import bands_of
from dashboard.charts import chart
from dashboard.choices import Choices, choose, publish
from dashboard.composed import (
    Composed,
    best_other,
    choose_models,
    compare_with,
    compose,
    free_name,
)
from dashboard.composed_verdict import against, sentence
from dashboard.figures.tradeoff import MarkedState, TradeoffPicture, tradeoff_figure
from dashboard.inserted_table import inserted_table
from dashboard.layout import page_header, say_if_thinned
from dashboard.matched import matched_table
from dashboard.stage_thresholds import choose_thresholds, thresholds_table
from dashboard.theme import COMPOSED_STYLE, percent, times

GUIDANCE = (
    "Chain any models of this run: each is asked of what those before it were not sure of, and its "
    "cost comes on top. Every answer is there already, so the curve is exact at once."
)
SPEEDUPS = (2.0, 3.0)


def page() -> None:
    """Draw the page."""
    choices = choose("compose")
    page_header("Compose", choices, GUIDANCE)
    if len(choices.run.models) == 1:
        st.info(f"This run has one model, {choices.run.reference}: a cascade takes two.")
    else:
        models = choose_models(choices.run)
        twice = {model for model in models if models.count(model) > 1}
        if twice:
            st.info(
                f"{' and '.join(sorted(twice))} cannot be asked twice: the second answer would be "
                "the first one again. Choose another model."
            )
        else:
            _cascade(choices, compose(choices, models, free_name([*choices.systems])))
    publish(choices)


def _cascade(choices: Choices, made: Composed) -> None:
    best = {speedup: best_other(choices, made.models, speedup) for speedup in SPEEDUPS}
    rivals = dict.fromkeys([*(name for name in best.values() if name), choices.focus])
    compared = compare_with(choices, [made], [*rivals])
    said = sentence(
        [against(compared, made.name, best[speedup], speedup) for speedup in SPEEDUPS],
        _called(choices, made),
        (choices.basis_titles[choices.basis], choices.metric_title),
    )
    st.html(f"<p class='lens-verdict' data-testid='composed'>{html.escape(said)}</p>")
    st.caption(
        "The best of several systems is picked after the fact, and so is a cascade that was tried "
        "until it won: both look better here than on new examples."
    )
    own = choose_thresholds(choices, made)
    _figure(choices, made, compared, own)
    if own is not None:
        thresholds_table(choices, made, own)
    matched_table(choices, compared, {**choices.styles, made.name: COMPOSED_STYLE})
    inserted_table(choices, made)


def _called(choices: Choices, made: Composed) -> str:
    """The models in order, and which system of the run is made of them too."""
    chain = " → ".join(made.models)
    same = [
        name for name in choices.systems if choices.run.system_specs[name].models == made.models
    ]
    return f"{chain} (which is {' and '.join(same)} of this run)" if same else chain


def _figure(choices: Choices, made: Composed, compared: Comparison, own: Thresholds | None) -> None:
    marks = []
    if own is not None and not np.isnan(own.score):
        marks = [MarkedState("at the thresholds above", own.speedup, own.score, COMPOSED_STYLE)]
    bands = bands_of(compared)
    picture = TradeoffPicture(
        title=f"{choices.metric_title} against speed-up · {choices.setting}",
        curves=[*choices.curves.values(), made.curve],
        styles={**choices.styles, made.name: COMPOSED_STYLE},
        bands={name: bands[name] for name in (made.name,) if name in bands},
        marks=marks,
        emphasis=made.name,
        speedup_title=choices.speedup_title,
        score_title=choices.metric_title,
        reference=choices.run.reference,
    )
    point = f"; at the chosen thresholds {times(own.speedup)}, {percent(own.score)}" if own else ""
    label = (
        f"Curves of {choices.metric_title} against {choices.speedup_title} for the composed "
        f"cascade {' → '.join(made.models)} and {', '.join(choices.systems)}{point}."
    )
    chart(
        tradeoff_figure(picture),
        key="composed",
        label=label,
        name=choices.file_name("composed", *made.models),
    )
    say_if_thinned(picture.curves)
