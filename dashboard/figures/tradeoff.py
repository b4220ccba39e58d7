"""Score against speed-up: exact staircases of all systems, static models as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cascade_core import TradeoffCurve
from cascade_core.summaries import FrontPoint
from dashboard.figures.staircase import thin
from dashboard.theme import NEUTRAL, SystemStyle, template, translucent, with_legend_below

SHADE = "rgba(127, 135, 144, 0.10)"
PLOT = 280  # pixels high
FRONT = "best of all"


class Band(NamedTuple):
    """95 % intervals of scores along a curve: their ends in [0, 1] at some speed-ups."""

    speedup: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class Printed(NamedTuple):
    """A published result: its method, its row in print, and the run's system like it, if any."""

    method: str
    row: str
    like: str | None
    speedup: float
    score: float


class TradeoffPicture(NamedTuple):
    """What the trade-off figure shows; `bands` by system, as many as there are.

    `front` from fast to slow; it is drawn when its name in the legend is clicked. There is room for
    the scores of `reach` besides those of the curves. `emphasis` is the curve that is drawn thicker
    than the others. `printed` are published results to lay over it.
    """

    title: str
    curves: Sequence[TradeoffCurve]
    styles: Mapping[str, SystemStyle]
    bands: Mapping[str, Band] = MappingProxyType({})
    front: Sequence[FrontPoint] = ()
    reach: Sequence[float] = ()
    emphasis: str | None = None
    printed: Sequence[Printed] = ()
    speedup_title: str = "speed-up"
    score_title: str = "score"
    reference: str = "the reference"


def tradeoff_figure(picture: TradeoffPicture) -> go.Figure:
    """Curves with several exits as staircases, single exits as points.

    >>> from cascade_core.comparison import run_curves
    >>> from cascade_core.paper.example import example_run
    >>> from dashboard.theme import system_styles
    >>> curves = run_curves(example_run())
    >>> picture = TradeoffPicture("Six texts", list(curves.values()), system_styles(curves))
    >>> len(tradeoff_figure(picture).data) == len(curves)
    True
    """
    figure = go.Figure()
    for curve in picture.curves:
        style = picture.styles[curve.name]
        if curve.exits > 1:
            if curve.name in picture.bands:
                figure.add_trace(_band(curve.name, picture.bands[curve.name], style))
            width = 3.5 if curve.name == picture.emphasis else 2
            figure.add_trace(_staircase(curve, style, width))
        else:
            figure.add_trace(_point(curve, style))
    several = len(picture.curves) > 1 and len(picture.front) > 1
    if several:
        figure.add_trace(_front(picture.front))
    methods = dict.fromkeys(one.method for one in picture.printed)
    for method in methods:
        of_method = [one for one in picture.printed if one.method == method]
        figure.add_trace(_printed(of_method, picture.styles))
    paces = [curve.speedup for curve in picture.curves]
    low, high = _span([*paces, np.array([one.speedup for one in picture.printed])], 0.04)
    ends = [end for band in picture.bands.values() for end in (band.low, band.high)]
    there = np.array([*picture.reach, *(one.score for one in picture.printed)])
    heights = [*(curve.score for curve in picture.curves), *ends, there]
    bottom, top = _span([100 * height for height in heights], 0.08)
    figure.update_layout(
        template=template(),
        showlegend=True,
        title={"text": picture.title},
        xaxis={"title": {"text": picture.speedup_title}, "range": [low, high], "ticksuffix": "×"},
        yaxis={"title": {"text": picture.score_title}, "range": [bottom, top], "ticksuffix": " %"},
        **with_legend_below(
            [
                *(curve.name for curve in picture.curves),
                *[FRONT] * several,
                *map(as_printed, methods),
            ],
            PLOT,
        ),
    )
    _shade_slower(figure, low, picture.reference)
    return figure


def _staircase(curve: TradeoffCurve, style: SystemStyle, width: float) -> go.Scatter:
    # States run from fast to slow. At a wanted speed-up the state with the next higher one holds,
    # so from slow to fast the score changes first, then the speed-up: vertical, then horizontal.
    speedup, score = curve.speedup[::-1], 100 * curve.score[::-1]
    lowest = curve.threshold_range[0]
    threshold = np.concatenate([[lowest], curve.breakpoints])[::-1]
    keep = thin(speedup, score)
    return go.Scatter(
        name=curve.name,
        legendgroup=curve.name,
        x=speedup[keep],
        y=score[keep],
        customdata=threshold[keep],
        mode="lines",
        line={"shape": "vh", "color": style.color, "dash": style.dash, "width": width},
        hovertemplate="%{x:.2f}×, %{y:.1f} % at τ = %{customdata:.6f}",
    )


def _band(name: str, band: Band, style: SystemStyle) -> go.Scatter:
    """An area behind the curve; who hides the curve in the legend hides it too."""
    there_and_back = np.concatenate([band.low, band.high[::-1]])
    return go.Scatter(
        name=f"{name}, 95 % interval",
        legendgroup=name,
        x=np.concatenate([band.speedup, band.speedup[::-1]]),
        y=100 * there_and_back,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=translucent(style.color, 0.12),
        hoverinfo="skip",
        showlegend=False,
    )


def _front(front: Sequence[FrontPoint]) -> go.Scatter:
    speedup = np.array([point.speedup for point in front])[::-1]
    score = np.array([point.score for point in front])[::-1]
    keep = thin(speedup, 100 * score)
    return go.Scatter(
        name=FRONT,
        x=speedup[keep],
        y=100 * score[keep],
        text=[front[len(front) - 1 - at].system for at in keep],
        mode="lines",
        line={"shape": "vh", "color": NEUTRAL, "dash": "dot", "width": 2},
        hovertemplate="%{x:.2f}×, %{y:.1f} %: %{text}",
        visible="legendonly",
    )


def _point(curve: TradeoffCurve, style: SystemStyle) -> go.Scatter:
    return go.Scatter(
        name=curve.name,
        x=curve.speedup,
        y=100 * curve.score,
        mode="markers",
        marker={"color": style.color, "symbol": style.symbol, "size": 10},
        cliponaxis=False,
        hovertemplate="%{x:.2f}×, %{y:.1f} %",
    )


def as_printed(method: str) -> str:
    """What the legend calls the published results of a method."""
    return f"{method}, published"


def _printed(results: Sequence[Printed], styles: Mapping[str, SystemStyle]) -> go.Scatter:
    """Open diamonds in the colour of the run's system that is like it."""
    first = results[0]
    color = styles[first.like].color if first.like else NEUTRAL
    return go.Scatter(
        name=as_printed(first.method),
        text=[one.row for one in results],
        x=[one.speedup for one in results],
        y=[100 * one.score for one in results],
        mode="markers",
        marker={"color": color, "symbol": "diamond-open", "size": 10, "line": {"width": 2}},
        cliponaxis=False,
        hovertemplate="%{text}: %{x:.2f}×, %{y:.1f} %",
    )


def _shade_slower(figure: go.Figure, low: float, reference: str) -> None:
    if low >= 1:
        return
    figure.add_shape(
        type="rect", x0=low, x1=1, y0=0, y1=1, yref="paper",
        fillcolor=SHADE, line={"width": 0}, layer="below",
    )  # fmt: skip
    figure.add_annotation(
        x=1, y=0, yref="paper", xanchor="right", yanchor="bottom", showarrow=False,
        text=f"slower than {reference}", font={"size": 12, "color": NEUTRAL}, textangle=-90,
    )  # fmt: skip


def _span(values: Sequence[np.ndarray], margin: float) -> tuple[float, float]:
    """From the lowest to the highest finite value, with room around it."""
    joined = np.concatenate(values)
    finite = joined[np.isfinite(joined)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = margin * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room
