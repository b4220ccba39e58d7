"""Instances in the plane after a layer, one panel for each model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from dashboard.theme import template

HEIGHT = 410
UNCHOSEN = 0.12  # opacity of points that are not selected


class ScatterPanel(NamedTuple):
    """Coordinates [M, 2] and the colour of each point, as strings [M]."""

    title: str
    coordinates: NDArray[np.float32]
    colors: Sequence[str]


class LayersPicture(NamedTuple):
    """One or two panels of the same instances; axes go from -`reach` to `reach`.

    Positions mean nothing but relative to each other, so axes have no numbers.
    """

    title: str
    panels: Sequence[ScatterPanel]
    ids: NDArray[np.int64]
    reach: float


def layers_figure(picture: LayersPicture) -> go.Figure:
    """Points by WebGL, which draws ten thousand of them at once; the lasso is at hand."""
    figure = make_subplots(
        rows=1,
        cols=len(picture.panels),
        subplot_titles=[panel.title for panel in picture.panels],
        horizontal_spacing=0.02,
    )
    for number, panel in enumerate(picture.panels, start=1):
        figure.add_trace(
            go.Scattergl(
                name=panel.title,
                x=panel.coordinates[:, 0],
                y=panel.coordinates[:, 1],
                customdata=picture.ids,
                mode="markers",
                marker={"color": list(panel.colors), "size": point_size(len(picture.ids))},
                unselected={"marker": {"opacity": UNCHOSEN}},
                hovertemplate="example %{customdata}<extra></extra>",
            ),
            row=1,
            col=number,
        )
    span = [-picture.reach, picture.reach]
    plain = {"showticklabels": False, "ticks": "", "showgrid": False, "mirror": True}
    figure.update_xaxes(range=span, showline=True, **plain)
    figure.update_yaxes(range=span, showline=True, **plain)
    for number in range(1, len(picture.panels) + 1):
        figure.update_yaxes(scaleanchor=f"x{number if number > 1 else ''}", col=number)
    figure.update_layout(
        template=template(),
        title={"text": picture.title},
        height=HEIGHT,
        showlegend=False,
        dragmode="lasso",
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
    )
    figure.update_annotations(font={"size": 13})
    return figure


def point_size(points: int) -> float:
    """The diameter in pixels of so many points.

    >>> point_size(60), point_size(10_000)
    (8.0, 3.5)
    """
    return float(np.clip(round(20 / max(points, 1) ** 0.19 * 2) / 2, 2.5, 8.0))
