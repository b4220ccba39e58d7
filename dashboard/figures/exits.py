"""Where instances leave: one bar per system, cut by exit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.theme import NEUTRAL, SystemStyle, template

ROOM_FOR_TEXT = 0.07


class ExitShares(NamedTuple):
    """One system: exit names and the share of instances that leave at each, [E]."""

    system: str
    exits: tuple[str, ...]
    shares: NDArray[np.float64]


def exits_figure(
    title: str,
    rows: Sequence[ExitShares],
    styles: Mapping[str, SystemStyle],
    chosen: tuple[str, str] | None = None,
) -> go.Figure:
    """Stacked horizontal bars; later exits are darker, the `chosen` system's exit is outlined."""
    figure = go.Figure()
    for row in rows:
        for number, (exit_name, share) in enumerate(zip(row.exits, row.shares, strict=True)):
            figure.add_trace(
                go.Bar(
                    name=f"{row.system}: {exit_name}",
                    y=[row.system],
                    x=[100 * share],
                    orientation="h",
                    marker={
                        "color": styles[row.system].color,
                        "opacity": _opacity(number, len(row.exits)),
                        "line": {
                            "width": 3 if chosen == (row.system, exit_name) else 0,
                            "color": NEUTRAL,
                        },
                    },
                    text=f"{exit_name} {100 * share:.0f} %" if share >= ROOM_FOR_TEXT else "",
                    textposition="inside",
                    insidetextanchor="middle",
                    textangle=0,
                    constraintext="inside",
                    hovertemplate=f"{exit_name}: %{{x:.1f}} %",
                )
            )
    figure.update_layout(
        template=template(),
        title={"text": title},
        barmode="stack",
        bargap=0.3,
        showlegend=False,
        xaxis={"range": [0, 100], "ticksuffix": " %", "title": {"text": "share of instances"}},
        yaxis={"autorange": "reversed", "automargin": True, "ticks": ""},
        height=110 + 36 * len(rows),
        margin={"t": 44},
    )
    return figure


def _opacity(number: int, exits: int) -> float:
    return 0.6 if exits == 1 else 0.25 + 0.35 * number / (exits - 1)
