"""The filters of the list of instances: each is a condition of the selection, for all pages."""

from __future__ import annotations

import streamlit as st

from cascade_core import Run
from dashboard.choices import Choices
from dashboard.conditions import CompleteAlone, Found, HasLabel, InCategory, LeavesAt
from dashboard.narrowing import drop, pick
from dashboard.pick_box import pick_box
from dashboard.slices import slice_at
from dashboard.texts import Texts
from dashboard.theme import percent

OVERLAP = 0.8  # of the words of a second text; the paper speaks of "large", without a number


def instance_filters(choices: Choices, texts: Texts) -> None:
    """Draw the filters: text, true label, exit, what else the run knows, and Figure 1's cases.

    `texts` are the columns of texts that are at hand.
    """
    run = choices.everything.run
    search_place, label_place, exit_place, *places = st.columns(
        [3, 1, 1, *[1] * len(run.categories)]
    )
    with search_place:
        _search(choices)
    with label_place:
        labels = {name: HasLabel(name) for name in run.label_names}
        pick_box("True label", choices, HasLabel.kind, labels, key="label")
    with exit_place:
        exits = {
            name: slice_at(LeavesAt, name, choices) for name in choices.exit_names(choices.focus)
        }
        pick_box("Leaves at", choices, LeavesAt.kind, exits, key="leaves")
    for place, (name, category) in zip(places, run.categories.items(), strict=True):
        options = {value: InCategory(name, value) for value in category.names}
        with place:
            pick_box(name.capitalize(), choices, f"category {name}", options, key=f"only {name}")
    _as_in_figure_1(choices, pairs=len(texts) == 2)


def _as_in_figure_1(choices: Choices, pairs: bool) -> None:
    options = figure_1_options(choices.everything.run, choices.focus, pairs)
    if options:
        pick_box(
            "As in the paper’s Figure 1",
            choices,
            CompleteAlone.kind,
            options,
            key="figure-1",
            help="Where a whole small model is right and an off-ramp of the same depth is not; of "
            f"pairs of texts those that share {percent(OVERLAP, 0)} of the second one’s words.",
        )


def figure_1_options(run: Run, focus: str, pairs: bool) -> dict[str, CompleteAlone]:
    """Every exit inside a model against the models of that depth alone, by what they are called.

    Exits of the models of the system in focus, where it has any inside a model, else of all.
    `pairs` says whether there are pairs of texts at hand to compare.
    """
    if not (run.labels >= 0).any():
        return {}
    layered = {name: one for name, one in run.models.items() if one.layers}
    several = [name for name, one in layered.items() if one.exits > 1]
    inside = [name for name in run.system_specs[focus].models if name in several] or several
    overlap = OVERLAP if pairs else 0.0
    found = [
        CompleteAlone(name, layered[name].exit_names[number], whole, overlap)
        for name in inside
        for number, depth in enumerate(layered[name].layers[:-1])
        for whole, one in layered.items()
        if tuple(one.layers) == (depth,)
    ]
    return {f"{one.complete} right, {one.model} after {one.exit} wrong": one for one in found}


def _search(choices: Choices) -> None:
    chosen = choices.chosen(Found.kind)
    st.session_state["search"] = chosen.text if isinstance(chosen, Found) else ""

    def search() -> None:
        text = st.session_state["search"].strip()
        drop(Found.kind)
        if text:
            pick(Found(text))

    st.text_input(
        "Search", key="search", placeholder="a word of the text, or an id", on_change=search
    )
