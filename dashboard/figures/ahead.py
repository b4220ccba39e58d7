"""How far one system is ahead of another, task by task: ours with intervals, and as published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures.numbers import carry_numbers
from dashboard.theme import NEUTRAL, PALETTE, template, with_legend_below

APART = 0.14  # of ours and published, in units of the axis
PLOT = 260  # pixels high
HEADS = 26  # pixels for the panels' titles
OURS, PUBLISHED = "ours, with 95 % interval", "as published"


class AheadMark(NamedTuple):
    """Differences in one task at one speed-up, in [-1, 1]; NaN where there is none."""

    task: str
    speedup: float
    ours: float
    low: float
    high: float
    published: float


class AheadPicture(NamedTuple):
    """What the figure shows: `difference` says of what, in points."""

    title: str
    difference: str
    marks: Sequence[AheadMark]


def ahead_figure(picture: AheadPicture) -> go.Figure:
    """A panel for each speed-up, with two marks side by side in each task."""
    speedups = list(dict.fromkeys(mark.speedup for mark in picture.marks))
    tasks = list(dict.fromkeys(mark.task for mark in picture.marks))
    figure = make_subplots(
        cols=len(speedups),
        shared_yaxes=True,
        subplot_titles=[f"≥ {speedup:g}×" for speedup in speedups],
        horizontal_spacing=0.03,
    )
    for column, speedup in enumerate(speedups, start=1):
        marks = [mark for mark in picture.marks if mark.speedup == speedup]
        at = [tasks.index(mark.task) for mark in marks]
        look = {"mode": "markers", "showlegend": column == 1}
        figure.add_trace(
            go.Scatter(
                name=OURS,
                x=[place - APART for place in at],
                y=[100 * mark.ours for mark in marks],
                error_y={
                    "symmetric": False,
                    "array": [100 * (mark.high - mark.ours) for mark in marks],
                    "arrayminus": [100 * (mark.ours - mark.low) for mark in marks],
                    "thickness": 1.5,
                    "width": 0,
                },
                marker={"color": PALETTE[0], "size": 9},
                customdata=[mark.task for mark in marks],
                hovertemplate="%{customdata}: %{y:+.1f} points",
                legendgroup=OURS,
                **look,
            ),
            row=1,
            col=column,
        )
        figure.add_trace(
            go.Scatter(
                name=PUBLISHED,
                x=[place + APART for place in at],
                y=[100 * mark.published for mark in marks],
                marker={"color": PALETTE[1], "symbol": "diamond-open", "size": 10},
                customdata=[mark.task for mark in marks],
                hovertemplate="%{customdata}: %{y:+.1f} points",
                legendgroup=PUBLISHED,
                **look,
            ),
            row=1,
            col=column,
        )
    figure.add_hline(y=0, line={"dash": "dot", "width": 1, "color": NEUTRAL})
    figure.update_xaxes(
        tickvals=list(range(len(tasks))), ticktext=tasks, range=[-0.6, len(tasks) - 0.4],
        showgrid=False,
    )  # fmt: skip
    figure.update_yaxes(title={"text": picture.difference}, row=1, col=1)
    layout = with_legend_below([OURS, PUBLISHED], PLOT)
    layout["margin"] = {**layout["margin"], "t": layout["margin"]["t"] + HEADS}
    layout["height"] += HEADS
    figure.update_layout(template=template(), title={"text": picture.title}, **layout)
    figure.update_annotations(font={"size": 13})
    head = ["task", "speed-up, at least", f"ours: {picture.difference}", "95 % from", "95 % to"]
    carry_numbers(
        figure,
        [*head, "as published"],
        [
            [one.task, one.speedup, *(100 * each for each in one[2:])]  # in points
            for one in picture.marks
        ],
    )
    return figure
