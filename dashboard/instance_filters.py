"""The filters of the list of instances: each is a condition of the selection, for all pages."""

from __future__ import annotations

import streamlit as st

from dashboard.choices import Choices
from dashboard.conditions import Found, HasLabel, InCategory, LeavesAt
from dashboard.narrowing import drop, pick
from dashboard.pick_box import pick_box
from dashboard.slices import slice_at


def instance_filters(choices: Choices) -> None:
    """Draw the filters: text, true label, exit, and what else the run knows of its instances."""
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
