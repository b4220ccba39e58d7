"""Compose: would another cascade do better?"""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from cascade_core.comparison import Comparison
from dashboard.bands import bands_of
from dashboard.charts import chart
from dashboard.choices import Choices, publish
from dashboard.composed import (
    Composed,
    best_other,
    choose_models,
    compare_with,
    compose,
    free_name,
)
from dashboard.composed_verdict import against, sentence
from dashboard.figures.tradeoff import TradeoffPicture, tradeoff_figure
from dashboard.inserted_table import inserted_table
from dashboard.layout import page_header, say_if_thinned
from dashboard.matched import matched_table
from dashboard.side_bar import choose
from dashboard.stage_thresholds import (
    begin_thresholds,
    reach,
    search_button,
    threshold_span,
    thresholds_table,
)
from dashboard.tau_lab import figure_address, stages_lab
from dashboard.theme import COMPOSED_STYLE

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
    _curves(choices, made, compared)
    matched_table(choices, compared, {**choices.styles, made.name: COMPOSED_STYLE})
    inserted_table(choices, made)


def _called(choices: Choices, made: Composed) -> str:
    """The models in order, and which system of the run is made of them too."""
    chain = " → ".join(made.models)
    same = [
        name for name in choices.systems if choices.run.system_specs[name].models == made.models
    ]
    return f"{chain} (which is {' and '.join(same)} of this run)" if same else chain


def _curves(choices: Choices, made: Composed, compared: Comparison) -> None:
    """The curves, with the point that a threshold for each stage has, where there are sliders."""
    label = (
        f"Curves of {choices.metric_title} against {choices.speedup_title} for the composed "
        f"cascade {' → '.join(made.models)} and {', '.join(choices.systems)}."
    )

    def build():
        return _figure(choices, made, compared, reach(made, span) if span else ())

    span = threshold_span(made)
    if span is None:
        name = choices.file_name("composed", *made.models)
        chart(build(), key="composed", label=label, name=name)
    else:
        begin_thresholds(choices, made, span)
        search_button(choices, made, span)
        made_from = (choices.setting, *choices.key, *made.models, *compared.curves)
        address = figure_address(build, "composed", *made_from)
        point = "A point marks the thresholds of the sliders."
        stages_lab(choices, made, span, address, f"{label} {point}")
        thresholds_table(choices, made, span)
    say_if_thinned([*choices.curves.values(), made.curve], "the CSV holds what is drawn")


def _figure(
    choices: Choices, made: Composed, compared: Comparison, scores: Sequence[float]
) -> go.Figure:
    bands = bands_of(compared)
    return tradeoff_figure(
        TradeoffPicture(
            title=f"{choices.metric_title} against speed-up · {choices.setting}",
            curves=[*choices.curves.values(), made.curve],
            styles={**choices.styles, made.name: COMPOSED_STYLE},
            bands={name: bands[name] for name in (made.name,) if name in bands},
            reach=scores,
            emphasis=made.name,
            speedup_title=choices.speedup_title,
            score_title=choices.metric_title,
            reference=choices.run.reference,
        )
    )
