"""How systems treat categories of instances: how deep they go, and how often they are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cascade_core.by_category import ByCategory
from dashboard.figures.numbers import carry_numbers
from dashboard.theme import NEUTRAL, SystemStyle, template, with_legend_below

PLOT = 260  # pixels


class LevelsPicture(NamedTuple):
    """Systems in the same categories, `name` being their name, `counted` what cost is; the `chosen`
    one is shaded."""

    title: str
    name: str
    systems: Sequence[ByCategory]
    styles: Mapping[str, SystemStyle]
    counted: str = "layers"
    chosen: str | None = None


def levels_figure(picture: LevelsPicture) -> go.Figure:
    """Two panels with a line for each system: cost, and accuracy with its interval."""
    figure = make_subplots(
        cols=2,
        subplot_titles=[f"{picture.counted}, on average", "accuracy"],
        horizontal_spacing=0.09,
    )
    for one in picture.systems:
        style = picture.styles[one.system]
        names = [row.name for row in one.rows]
        line = {"color": style.color, "dash": style.dash, "width": 2}
        look = {"mode": "lines+markers", "line": line, "legendgroup": one.system}
        marker = {"symbol": style.symbol, "size": 8}
        figure.add_trace(
            go.Scatter(
                name=one.system,
                x=names,
                y=[row.cost for row in one.rows],
                marker=marker,
                hovertemplate=f"%{{x}}: %{{y:.4~g}} ({picture.counted})",
                **look,
            ),
            row=1,
            col=1,
        )
        figure.add_trace(
            go.Scatter(
                name=one.system,
                x=names,
                y=[100 * row.accuracy for row in one.rows],
                error_y={
                    "array": [100 * (row.interval.high - row.accuracy) for row in one.rows],
                    "arrayminus": [100 * (row.accuracy - row.interval.low) for row in one.rows],
                    "width": 0,
                    "thickness": 1,
                },
                marker=marker,
                showlegend=False,
                hovertemplate="%{x}: %{y:.1f} %",
                **look,
            ),
            row=1,
            col=2,
        )
    figure.update_xaxes(title={"text": picture.name}, type="category")
    names = [row.name for row in picture.systems[0].rows] if picture.systems else []
    if picture.chosen in names:
        at = names.index(picture.chosen)
        figure.add_vrect(at - 0.4, at + 0.4, fillcolor=NEUTRAL, opacity=0.2, line_width=0)
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    figure.update_yaxes(ticksuffix=" %", row=1, col=2)
    layout = with_legend_below([one.system for one in picture.systems], PLOT)
    layout["margin"] = {**layout["margin"], "t": 66}
    figure.update_layout(template=template(), title={"text": picture.title}, **layout)
    figure.update_layout(height=layout["height"] + 26)
    figure.update_annotations(font={"size": 13})
    head = ["system", picture.name, picture.counted, "accuracy in %", "95 % from", "95 % to"]
    carry_numbers(
        figure,
        head,
        [
            [
                one.system,
                row.name,
                row.cost,
                100 * row.accuracy,
                *(100 * end for end in row.interval),
            ]
            for one in picture.systems
            for row in one.rows
        ],
    )
    return figure
