"""A select box that selects instances: what figures do for those who click in them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.choices import Choices
from dashboard.conditions import Condition
from dashboard.narrowing import drop, pick

NONE = "any"


def pick_box(
    title: str,
    choices: Choices,
    slot: str,
    options: Mapping[str, Condition],
    *,
    key: str,
    help: str | None = None,
) -> None:
    """Offer conditions of one slot by their names; the box shows the one that is selected by."""
    chosen = choices.chosen(slot)
    names = {condition: name for name, condition in options.items()}
    st.session_state[key] = names.get(chosen, NONE) if chosen else NONE

    def choose() -> None:
        name = st.session_state[key]
        if name == NONE:
            drop(slot)
        else:
            pick(options[name])

    st.selectbox(title, [NONE, *options], key=key, on_change=choose, help=help)
