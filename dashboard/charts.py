"""Figures on a page: drawn with a toolbar that saves SVG, PNG and the numbers as CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
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


def chart(figure: go.Figure, *, key: str, label: str, name: str) -> None:
    """Show a figure. `label` says in words what it shows, for those who do not see it.

    `name` is what files with it are called.
    """
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
                "plotly": plotly_address(),
                "scripts": scripts_address(),
            }
        ),
    )


def plain(settings: Mapping[str, Any]) -> tuple[Mapping[str, Any]]:
    """Settings as a component gets them: in a tuple, which Streamlit does not search for tables.

    The search alone would import pandas, a third of a second before the first figure.
    """
    return (settings,)
