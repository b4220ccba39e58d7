"""Scores at matched speed-ups: one group per wanted speed-up, one mark with interval per system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.figures.numbers import carry_numbers
from dashboard.theme import SystemStyle, template, with_legend_below

WIDTH = 0.6  # of a group, in units of the axis
PLOT = 260  # pixels high


class Mark(NamedTuple):
    """Score of one system at one wanted speed-up, with its 95 % interval, all in [0, 1]."""

    system: str
    wanted: float
    realised: float
    score: float
    low: float
    high: float


class MatchedPicture(NamedTuple):
    """What the figure shows; `baseline` is the score of speed-up 1x, named `reference`."""

    title: str
    marks: Sequence[Mark]
    systems: Sequence[str]
    wanted: Sequence[float]
    styles: Mapping[str, SystemStyle]
    speedup_title: str
    score_title: str
    reference: str
    baseline: float


def matched_figure(picture: MatchedPicture) -> go.Figure:
    """Marks with error bars, side by side within each wanted speed-up."""
    figure = go.Figure()
    step = WIDTH / max(len(picture.systems) - 1, 1)
    for number, system in enumerate(picture.systems):
        marks = [mark for mark in picture.marks if mark.system == system]
        style = picture.styles[system]
        figure.add_trace(
            go.Scatter(
                name=system,
                x=[picture.wanted.index(mark.wanted) - WIDTH / 2 + number * step for mark in marks],
                y=[100 * mark.score for mark in marks],
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * (mark.high - mark.score) for mark in marks],
                    "arrayminus": [100 * (mark.score - mark.low) for mark in marks],
                    "thickness": 1.5,
                    "width": 0,
                },
                customdata=[mark.realised for mark in marks],
                mode="markers",
                marker={"color": style.color, "symbol": style.symbol, "size": 10},
                hovertemplate="%{y:.1f} % at %{customdata:.2f}×",
            )
        )
    figure.add_hline(
        y=100 * picture.baseline,
        line={"dash": "dot", "width": 1, "color": "rgba(127,135,144,0.9)"},
        annotation={"text": f"{picture.reference}, 1×", "font": {"size": 12}},
        annotation_position="bottom right",
    )
    figure.update_layout(
        template=template(),
        title={"text": picture.title},
        xaxis={
            "tickvals": list(range(len(picture.wanted))),
            "ticktext": [f"≥ {wanted:g}×" for wanted in picture.wanted],
            "range": [-0.5, len(picture.wanted) - 0.5],
            "title": {"text": picture.speedup_title},
            "showgrid": False,
        },
        yaxis={"title": {"text": picture.score_title}, "ticksuffix": " %"},
        **with_legend_below(picture.systems, PLOT),
    )
    asked, score = picture.speedup_title, picture.score_title
    head = ["system", f"{asked}, at least", asked, f"{score} in %", "95 % from", "95 % to"]
    carry_numbers(
        figure,
        head,
        [
            [one.system, one.wanted, one.realised, 100 * one.score, 100 * one.low, 100 * one.high]
            for one in picture.marks
        ],
    )
    return figure
