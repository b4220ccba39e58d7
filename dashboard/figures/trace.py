"""One instance through every exit of every system: exit score and class probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.figures.numbers import carry_numbers
from dashboard.theme import GRID, NEUTRAL, SystemStyle, template

COLUMNS = 3
PANEL_HEIGHT = 196
MARGIN = {"t": 70, "b": 86}
BELOW_TICKS = 50
CLASS_DASHES = ("solid", "dot", "dash", "dashdot")


class TracePanel(NamedTuple):
    """One system: exits [E], exit scores [E] and probabilities [E, C] of the classes shown."""

    system: str
    exits: tuple[str, ...]
    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]


class TracePicture(NamedTuple):
    """All panels of one instance. Scores are drawn divided by `unit`, so that they end at 1.

    `lowest` is what their axis must reach down to, so divided: 0, or less for scores below it.
    """

    title: str
    panels: Sequence[TracePanel]
    styles: Sequence[SystemStyle]
    label_names: tuple[str, ...]
    score_title: str
    unit: float
    lowest: float = 0.0


class PanelPlace(NamedTuple):
    """Where a panel is in the figure: names of its axes as plotly writes them."""

    xaxis: str
    yaxis: str


def places(panels: int) -> list[PanelPlace]:
    """The axes of each panel, in order.

    >>> places(2)[1]
    PanelPlace(xaxis='x2', yaxis='y2')
    """
    return [PanelPlace(f"x{i or ''}", f"y{i or ''}") for i in [0, *range(2, panels + 1)]]


def trace_height(panels: int) -> int:
    """The height of the figure in pixels."""
    return 114 + PANEL_HEIGHT * _rows(panels)


def trace_figure(picture: TracePicture) -> go.Figure:
    """A panel per system: the exit score as a thick line, class probabilities as thin ones."""
    count = len(picture.panels)
    columns = min(COLUMNS, count)
    figure = make_subplots(
        rows=_rows(count),
        cols=columns,
        subplot_titles=[_panel_title(panel) for panel in picture.panels],
        vertical_spacing=0.34 / _rows(count),
        horizontal_spacing=0.05,
    )
    for number, (panel, style) in enumerate(zip(picture.panels, picture.styles, strict=True)):
        row, column = number // columns + 1, number % columns + 1
        for trace in _lines(picture, panel, style, shown=number == 0):
            figure.add_trace(trace, row=row, col=column)
        figure.update_xaxes(
            tickvals=list(range(len(panel.exits))),
            ticktext=[_tick(name) for name in panel.exits],
            tickangle=0,
            tickfont={"size": 11},
            range=[-0.5, len(panel.exits) - 0.5],
            row=row,
            col=column,
        )
    inner = trace_height(count) - MARGIN["t"] - MARGIN["b"]
    figure.update_yaxes(range=[picture.lowest - 0.04, 1.06], tickvals=[0, 0.5, 1])
    if picture.lowest < 0:
        figure.update_yaxes(tickvals=None, nticks=4)
    figure.update_layout(
        template=template(),
        title={"text": picture.title},
        height=trace_height(count),
        legend={"y": -BELOW_TICKS / inner, "yanchor": "top", "x": 0, "xanchor": "left"},
        margin={"l": 36, **MARGIN},
    )
    figure.update_annotations(font={"size": 13})
    probabilities = [f"probability of {name}" for name in picture.label_names]
    carry_numbers(
        figure,
        ["system", "exit", picture.score_title, *probabilities],
        [
            [panel.system, name, float(panel.scores[number]), *panel.probabilities[number].tolist()]
            for panel in picture.panels
            for number, name in enumerate(panel.exits)
        ],
    )
    return figure


def _tick(exit_name: str) -> str:
    """An exit's name in lines as narrow as the axes of three panels side by side.

    >>> _tick("layer 3"), _tick("BERT-Complete 2L + DAR")
    ('3', 'BERT-Complete<br>2L + DAR')
    """
    name = exit_name.removeprefix("layer ").removeprefix("exit ")
    return "<br>".join(wrap(name, 13, break_long_words=False))


def _lines(
    picture: TracePicture, panel: TracePanel, style: SystemStyle, shown: bool
) -> list[go.Scatter]:
    exits = list(range(len(panel.exits)))
    lines = [
        go.Scatter(
            name=f"probability of {label}",
            x=exits,
            y=panel.probabilities[:, number],
            mode="lines+markers",
            line={"color": NEUTRAL, "width": 1.5, "dash": CLASS_DASHES[number % 4]},
            marker={"size": 5},
            legendgroup=label,
            showlegend=shown,
            hovertemplate=f"{label}: %{{y:.4f}}",
        )
        for number, label in enumerate(picture.label_names)
    ]
    score = go.Scatter(
        name=picture.score_title,
        x=exits,
        y=panel.scores / picture.unit,
        customdata=panel.scores,
        mode="lines+markers",
        line={"color": style.color, "width": 3},
        marker={"size": 8, "line": {"color": GRID, "width": 1}},
        legendgroup="score",
        showlegend=shown,
        hovertemplate=f"{picture.score_title}: %{{customdata:.6f}}",
    )
    return [*lines, score]


def _rows(panels: int) -> int:
    return -(-panels // COLUMNS)


def _panel_title(panel: TracePanel) -> str:
    for counted in ("layer", "exit"):
        if all(name.startswith(f"{counted} ") for name in panel.exits):
            return f"{panel.system}, {counted} by {counted}"
    return f"{panel.system}, model by model"
