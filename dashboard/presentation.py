"""Presentation mode: a page as one shows it to a room, without what one works with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.memory import act, recall

LARGER = 1.35  # how much larger figures are drawn
STYLE = (Path(__file__).parent / "presentation.css").read_text(encoding="utf-8")


def presenting() -> bool:
    """Whether the page is being presented."""
    return recall("present") == "1"


def presentation_switch() -> None:
    """Draw the switch in the side bar or, while one presents, the button that leaves it."""
    if not presenting():
        st.sidebar.button(
            "Present",
            key="present",
            icon=":material/present_to_all:",
            help="Hides all controls but the slider, and enlarges type. Escape leaves.",
            on_click=act,
            kwargs={"present": "1"},
        )
        return
    st.html(f"<style>{STYLE}</style>")
    with st.container(key="leave-presentation"):
        st.button(
            "Leave",
            key="leave",
            icon=":material/close_fullscreen:",
            shortcut="Esc",
            on_click=act,
            kwargs={"present": None},
        )


def as_presented(figure: go.Figure) -> go.Figure:
    """The figure, or while one presents a larger one."""
    return enlarged(figure, LARGER) if presenting() else figure


def enlarged(figure: go.Figure, factor: float) -> go.Figure:
    """A figure with type, lines, marks and margins larger by a factor, and as much higher.

    >>> figure = go.Figure(go.Scatter(y=[1], marker={"size": 10}), {"height": 300, "font_size": 12})
    >>> larger = enlarged(figure, 1.5)
    >>> larger.layout.font.size, larger.layout.height, larger.data[0].marker.size
    (18.0, 450.0, 15.0)
    """
    made = figure.to_dict()
    for place, name in _pixels(made):
        place[name] = round(factor * place[name], 2)
    return go.Figure(made)


def _pixels(part: Any, inside: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """Where a figure counts in pixels: the dictionaries and the names in them."""
    if isinstance(part, list):
        for one in part:
            yield from _pixels(one, inside)
    if not isinstance(part, dict):
        return
    for name, value in part.items():
        sized = name in ("size", "thickness", "standoff") or (name == "width" and inside == "line")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if sized or inside == "margin" or (inside == "layout" and name == "height"):
                yield part, name
        else:
            yield from _pixels(value, name)
