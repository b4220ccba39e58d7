"""Reliability diagrams: how often is right what is so sure, and how many of those there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cascade_core.calibration import ReliabilityBins
from dashboard.theme import MARGIN, NEUTRAL, PALETTE, template, translucent

PLOT, BELOW = 340, 90  # pixels
RIGHT, WRONG = PALETTE[0], PALETTE[1]
PARTS = {"accuracy": 1, "confidence": 1, "right": 2, "wrong": 2}  # and in which row they stand


_NONE = np.empty(0)
NO_BINS = ReliabilityBins(_NONE, _NONE, np.empty(0, np.int64), _NONE, _NONE)


class ReliabilityPanel(NamedTuple):
    """One diagram: what it is called, and its bins; none where the tau lab draws them."""

    name: str
    bins: ReliabilityBins = NO_BINS


class ReliabilityPicture(NamedTuple):
    """Diagrams side by side, all confidences from `lowest` to 1."""

    title: str
    panels: Sequence[ReliabilityPanel]
    lowest: float


def reliability_figure(picture: ReliabilityPicture) -> go.Figure:
    """Above, accuracy by confidence beside the diagonal; below, how many are right and wrong.

    What moves says in its `meta` which part it is of which diagram, counted from 0; the lab draws
    it itself and only takes its colours.
    """
    columns = len(picture.panels)
    figure = make_subplots(
        rows=2,
        cols=columns,
        row_heights=[0.7, 0.3],
        vertical_spacing=0.06,
        horizontal_spacing=0.07,
        shared_xaxes=True,
        subplot_titles=[panel.name for panel in picture.panels],
    )
    for column, panel in enumerate(picture.panels, start=1):
        first = column == 1
        figure.add_trace(_diagonal(picture.lowest), row=1, col=column)
        bins = _from(panel.bins, picture.lowest)
        parts = [*_accuracy(bins, first), *_counts(bins, first)]
        for (part, row), trace in zip(PARTS.items(), parts, strict=True):
            trace.meta = {"diagram": column - 1, "part": part}
            trace.opacity = 1 if panel.bins is not NO_BINS else 0
            figure.add_trace(trace, row=row, col=column)
    low = 100 * picture.lowest
    step = 10 if low >= 50 else 20
    figure.update_xaxes(range=[low - 1, 101], ticksuffix=" %", dtick=step, tick0=0)
    figure.update_xaxes(title={"text": "confidence"}, row=2)
    figure.update_yaxes(range=[-2, 102], ticksuffix=" %", row=1)
    figure.update_yaxes(title={"text": "accuracy"}, row=1, col=1)
    figure.update_yaxes(title={"text": "examples"}, nticks=4, row=2, col=1)
    figure.update_yaxes(nticks=4, rangemode="tozero", row=2)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(
        template=template(),
        title={"text": picture.title},
        barmode="stack",
        bargap=0,
        height=70 + PLOT + BELOW,
        margin={**MARGIN, "t": 70, "b": BELOW},
        legend={"x": 0, "xanchor": "left", "y": -54 / PLOT, "yanchor": "top", "itemclick": False},
    )
    return figure


def _from(bins: ReliabilityBins, lowest: float) -> ReliabilityBins:
    """The bins as they are drawn: none begins below the least confidence that is shown."""
    return bins._replace(lower=np.minimum(np.maximum(bins.lower, lowest), bins.upper))


def _diagonal(lowest: float) -> go.Scatter:
    ends = [100 * lowest, 100]
    return go.Scatter(
        x=ends,
        y=ends,
        mode="lines",
        line={"color": NEUTRAL, "dash": "dot", "width": 1},
        showlegend=False,
        hoverinfo="skip",
    )


def _accuracy(bins: ReliabilityBins, named: bool) -> list[go.Bar | go.Scatter]:
    filled = bins.count > 0
    lower, upper = 100 * bins.lower[filled], 100 * bins.upper[filled]
    confidence, accuracy = 100 * bins.confidence[filled], 100 * bins.accuracy[filled]
    bars = go.Bar(
        name="accuracy",
        x=(lower + upper) / 2,
        width=upper - lower,
        y=accuracy,
        marker={"color": translucent(RIGHT, 0.35), "line": {"color": RIGHT, "width": 1}},
        customdata=np.column_stack([lower, upper, confidence, bins.count[filled]]),
        hovertemplate=(
            "%{customdata[0]:.1f} to %{customdata[1]:.1f} % sure, %{customdata[2]:.1f} % on "
            "average<br>%{y:.1f} % of %{customdata[3]:,} right<extra></extra>"
        ),
        legendgroup="accuracy",
        showlegend=named,
    )
    marks = go.Scatter(
        name="mean confidence in the bin",
        x=confidence,
        y=accuracy,
        mode="markers",
        marker={"color": NEUTRAL, "size": 7, "symbol": "diamond"},
        hoverinfo="skip",
        legendgroup="confidence",
        showlegend=named,
    )
    return [bars, marks]


def _counts(bins: ReliabilityBins, named: bool) -> list[go.Bar]:
    right = np.nan_to_num(bins.accuracy * bins.count).round()
    middle, width = 50 * (bins.lower + bins.upper), 100 * (bins.upper - bins.lower)
    return [
        go.Bar(
            name=name,
            x=middle,
            width=width,
            y=count,
            marker={"color": color, "line": {"width": 0}},
            hovertemplate="%{y:,} " + name + "<extra></extra>",
            legendgroup=name,
            showlegend=named,
        )
        for name, count, color in (("right", right, RIGHT), ("wrong", bins.count - right, WRONG))
    ]
