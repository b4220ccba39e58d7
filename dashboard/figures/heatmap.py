"""A quality of every exit of every model, as a heatmap: model by depth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from cascade_core import titles
from cascade_core.exit_quality import ExitGrid
from dashboard.theme import NEUTRAL, PALETTE, template

ROW = 30  # pixels
AROUND = 104
WORSE, PLAIN, BETTER = "#e08d97", "#ececee", "#68aae8"  # light enough for dark numbers on them
DIVERGING = [[0, WORSE], [0.5, PLAIN], [1, BETTER]]
RISING = [[0, PLAIN], [1, BETTER]]
FALLING = [[0, BETTER], [1, PLAIN]]
WRITTEN = "#1d2126"
OUTLINE = PALETTE[1]
CHANCE = {"dis": 0.5}


class HeatmapPicture(NamedTuple):
    """A grid with what it is called; `chance` is the value that says nothing, if there is one;
    the cell of the `chosen` model and depth has an outline."""

    title: str
    grid: ExitGrid
    value_title: str
    chance: float | None
    better_low: bool
    chosen: tuple[str, int] | None = None


def heatmap_picture(
    grid: ExitGrid, setting: str, chosen: tuple[str, int] | None = None
) -> HeatmapPicture:
    """The picture of a grid; `setting` says what it is about."""
    title = titles.QUALITIES[grid.quality]
    return HeatmapPicture(
        title=f"{title[0].upper()}{title[1:]} · {setting}",
        grid=grid,
        value_title=title,
        chance=CHANCE.get(grid.quality),
        better_low=grid.quality == "ece",
        chosen=chosen,
    )


def heatmap_figure(picture: HeatmapPicture) -> go.Figure:
    """Cells with their numbers in per cent; colours diverge around chance, where there is one."""
    grid = picture.grid
    values = 100 * grid.values
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 100.0)
    scale = FALLING if picture.better_low else RISING
    if picture.chance is not None:
        away = max(abs(known - 100 * picture.chance).max(initial=1.0), 1.0)
        low, high = 100 * picture.chance - away, 100 * picture.chance + away
        scale = DIVERGING
    figure = go.Figure(
        go.Heatmap(
            x=[str(layer) for layer in grid.depths],
            y=list(grid.models),
            z=values,
            zmin=low,
            zmax=high if high > low else low + 1,
            colorscale=scale,
            xgap=2,
            ygap=2,
            hoverongaps=False,
            text=[["" if np.isnan(value) else f"{value:.1f}" for value in row] for row in values],
            texttemplate="%{text}",
            textfont={"size": 12, "color": WRITTEN},
            customdata=_intervals(grid),
            hovertemplate=f"%{{y}}, {grid.counted} %{{x}}: %{{z:.1f}} %%{{customdata}}"
            f"<extra>{picture.value_title}</extra>",
            showscale=len(grid.models) > 2,  # below, its ticks would not fit
            colorbar={
                "ticksuffix": " %",
                "outlinewidth": 0,
                "thickness": 12,
                "tickfont": {"color": NEUTRAL},
            },
        )
    )
    figure.update_layout(
        template=template(),
        title={"text": picture.title},
        height=AROUND + ROW * len(grid.models),
        xaxis={"title": {"text": f"after {grid.counted}"}, "type": "category", "showgrid": False},
        yaxis={"autorange": "reversed", "automargin": True, "ticks": "", "showgrid": False},
    )
    if picture.chosen and picture.chosen[0] in grid.models and picture.chosen[1] in grid.depths:
        row, column = grid.models.index(picture.chosen[0]), grid.depths.index(picture.chosen[1])
        box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", line={"color": OUTLINE, "width": 3}, **box)
    return figure


def _intervals(grid: ExitGrid) -> list[list[str]]:
    """What a cell says of its interval, where it has one."""
    return [
        ["" if np.isnan(low) else f"<br>95 %: {low:.1f} to {high:.1f} %" for low, high in row]
        for row in 100 * np.stack([grid.low, grid.high], axis=-1)
    ]
