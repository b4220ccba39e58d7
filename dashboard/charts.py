"""Figures on a page: drawn with a toolbar that saves SVG, PNG and the numbers as CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from dashboard.assets import plotly_address, scripts_address
from dashboard.presentation import as_presented

# Streamlit loads a component's script from memory, where a plain import has no base address.
_SCRIPT = """
export default async function (component) {
  const address = new URL(component.data[0].scripts + "/chart.js", location.origin);
  const { drawChart } = await import(address);
  return drawChart(component);
}
"""
_CHART = component(
    "cascadelens.chart", html='<div class="lens-chart"></div>', js=_SCRIPT, isolate_styles=False
)


class Clicked(NamedTuple):
    """A point of a figure that was clicked: the name and `meta` of its trace, and where it is."""

    series: str
    x: Any
    y: Any
    meta: Any = None


def chart(
    figure: go.Figure,
    *,
    key: str,
    label: str,
    name: str,
    on_click: Callable[[Clicked], None] | None = None,
) -> None:
    """Show a figure. `label` says in words what it shows, for those who do not see it.

    `name` is what files with it are called.
    `on_click` is called with the point that is clicked, before the page runs again; beside such a
    figure there must be another way to the same, for those who do not click.
    """

    def clicked() -> None:
        point = st.session_state[key]["point"]
        if on_click and point:
            on_click(Clicked(**point))

    figure = as_presented(figure)
    height = figure.layout.height or 420  # pyright: ignore[reportAttributeAccessIssue]
    _CHART(
        key=key,
        data=plain(
            {
                "figure": json.loads(figure.to_json() or ""),
                "label": label,
                "fileName": name,
                "height": height,
                "clickable": on_click is not None,
                "plotly": plotly_address(),
                "scripts": scripts_address(),
            }
        ),
        on_point_change=clicked,
    )


def plain(settings: Mapping[str, Any]) -> tuple[Mapping[str, Any]]:
    """Settings as a component gets them: in a tuple, which Streamlit does not search for tables.

    The search alone would import pandas, a third of a second before the first figure.
    """
    return (settings,)
