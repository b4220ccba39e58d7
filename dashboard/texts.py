"""The texts of a run on the pages: where they are at hand, or how to get them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cascade_core import Run
from cascade_core.weights import IMPORTED
from dashboard.memory import act, recall, remember
from dashboard.shown import Shown

Texts = Mapping[str, tuple[str, ...]]


def texts_at_hand(run: Run) -> Texts:
    """The texts where they are at hand or were fetched; else none."""
    try:
        return _hydrated(recall("loaded"), recall("texts_asked") == run.identity, run)
    except LookupError:
        return {}


def shown_texts(shown: Shown) -> Texts:
    """The texts of the instances shown, or, where they are not at hand, how to get them."""
    return _of_shown(_texts_or_how_to_get_them(shown.whole), shown)


def shown_texts_at_hand(shown: Shown) -> Texts:
    """The texts of the instances shown where they are at hand; else none."""
    return _of_shown(texts_at_hand(shown.whole), shown)


def _of_shown(texts: Texts, shown: Shown) -> Texts:
    if shown.run.instances == shown.whole.instances:
        return texts
    return {name: tuple(strings[one] for one in shown.places) for name, strings in texts.items()}


def _texts_or_how_to_get_them(run: Run) -> Texts:
    """The texts where they are at hand, or from the hub once that was asked for; else how to."""
    if run.text_source.get("source") == IMPORTED and not run.texts:
        return {}  # instances may be pictures or sounds
    asked = recall("texts_asked") == run.identity
    try:
        return _hydrated(recall("loaded"), asked, run)
    except LookupError as error:
        remember(texts_asked=None)  # a hub that is out of reach is not asked at every move
        place, button = st.columns([5, 1], vertical_alignment="center")
        place.info(f"The page works without the texts of this run: {error.args[0]}.")
    if run.text_source.get("source") == "glue":
        button.button(
            "Fetch texts",
            key="fetch",
            help="from the Hugging Face hub",
            on_click=lambda: act(texts_asked=run.identity),
        )
    return {}


@st.cache_resource(show_spinner="Reading the texts …", max_entries=2)
def _hydrated(loaded: str, allow_hub: bool, _run: Run) -> Texts:
    from cascade_core.texts import hydrate

    return hydrate(_run, allow_hub)
