"""How things look and how numbers read, the same on every page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

# At least 3:1 against white and against the dark background; apart for red- and green-blind eyes.
PALETTE = ("#1b76cd", "#dd6b10", "#0ca58d", "#a8479f", "#b33f4e", "#b4884a", "#6c5ce7")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon", "hexagon", "star")
DASHES = ("solid", "dash", "dot", "dashdot")
COMPOSED_COLOR = "#e75480"  # of no system: that of a cascade composed on the spot
NEUTRAL = "#7f8790"
GRID = "rgba(127, 135, 144, 0.22)"
MARGIN = {"l": 62, "r": 16, "t": 40, "b": 52}
LEGEND_WIDTH, LEGEND_ROW, LEGEND_LINE, LETTER = (
    860,
    20,
    62,
    7,
)  # pixels; the width of a laptop's page
OUTCOME_COLORS = {
    "left_right": "#0ca58d",
    "harmful": "#dd6b10",
    "both_wrong": "#7f8790",
    "needless": "#1b76cd",
    "needed": "#a8479f",
}


class SystemStyle(NamedTuple):
    """How one system is drawn everywhere."""

    color: str
    symbol: str
    dash: str


def system_styles(names: Iterable[str]) -> dict[str, SystemStyle]:
    """One style per system. Colours repeat after seven systems, with another dash and symbol.

    >>> styles = system_styles(["DeeBERT", "2-6"])
    >>> styles["DeeBERT"].color != styles["2-6"].color
    True
    """
    return {
        name: SystemStyle(
            PALETTE[i % len(PALETTE)],
            SYMBOLS[(i + i // len(PALETTE)) % len(SYMBOLS)],
            DASHES[(i // len(PALETTE)) % len(DASHES)],
        )
        for i, name in enumerate(names)
    }


COMPOSED_STYLE = SystemStyle(COMPOSED_COLOR, "x", "longdash")


def template() -> go.layout.Template:
    """The plotly template: transparent, quiet grid. Text and grid colours follow the browser."""
    axis = {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "ticks": "outside",
        "tickcolor": GRID,
        "title": {"standoff": 8},
        "automargin": False,
    }
    layout = go.Layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=PALETTE,
        font={"size": 13, "color": NEUTRAL},
        title={"font": {"size": 14}, "x": 0, "xanchor": "left", "xref": "paper"},
        margin=MARGIN,
        xaxis=axis,
        yaxis=axis,
        hoverlabel={"namelength": -1},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": NEUTRAL, "activecolor": PALETTE[0]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
    )
    return go.layout.Template(layout=layout)


def with_legend_below(names: Sequence[str], plot: int) -> dict[str, Any]:
    """Layout of a figure whose plot is `plot` pixels high, its legend under it on so many rows.

    >>> with_legend_below(["DeeBERT", "BERT-6L"], 300)["height"]
    422
    """
    longest = max((len(name) for name in names), default=0)
    columns = max(1, LEGEND_WIDTH // (LEGEND_LINE + LETTER * longest))
    rows = math.ceil(len(names) / columns)
    top, ticks = MARGIN["t"], MARGIN["b"]
    bottom = ticks + LEGEND_ROW * rows + LEGEND_ROW // 2 if names else ticks
    return {
        "legend": {"x": 0, "xanchor": "left", "y": -ticks / plot, "yanchor": "top"},
        "margin": {"t": top, "b": bottom},
        "height": top + plot + bottom,
    }


def ordinal_colors(count: int) -> list[str]:
    """Colours of steps in an order, from blue by purple to orange.

    >>> ordinal_colors(3)
    ['#1b76cd', '#a8479f', '#dd6b10']
    """
    stops = [hex_to_rgb(PALETTE[number]) for number in (0, 3, 1)]
    colors = []
    for step in range(count):
        at = 2 * step / max(count - 1, 1)
        low, share = min(int(at), 1), at - min(int(at), 1)
        mixed = (
            round(a + share * (b - a)) for a, b in zip(stops[low], stops[low + 1], strict=True)
        )
        colors.append("#" + "".join(f"{channel:02x}" for channel in mixed))
    return colors


def translucent(color: str, opacity: float) -> str:
    """A colour of the palette as one sees through it.

    >>> translucent("#0072b2", 0.1)
    'rgba(0, 114, 178, 0.1)'
    """
    red, green, blue = hex_to_rgb(color)
    return f"rgba({red}, {green}, {blue}, {opacity})"


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent.

    >>> percent(0.8912), percent(-0.25, 0)
    ('89.1 %', '−25 %')
    """
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f} %".replace("-", "−")


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign.

    >>> points(-0.0123)
    '−1.2'
    """
    return f"{round(100 * difference, 1) + 0.0:+.1f}".replace("-", "−")


def times(speedup: float) -> str:
    """A speed-up.

    >>> times(2)
    '2.00×'
    """
    return "∞" if math.isinf(speedup) else f"{speedup:.2f}×"
