"""The numbers that a figure's CSV button saves, where they are not simply what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import plotly.graph_objects as go


def carry_numbers(
    figure: go.Figure, head: Sequence[str], rows: Iterable[Sequence[str | float | None]]
) -> None:
    """Have a figure carry its numbers; the browser finds them in the layout's `meta`.

    >>> figure = go.Figure()
    >>> carry_numbers(figure, ["system", "accuracy"], [["DeeBERT", 0.9]])
    >>> figure.layout.meta["numbers"]
    [['system', 'accuracy'], ['DeeBERT', 0.9]]
    """
    figure.update_layout(meta={"numbers": [list(head), *map(list, rows)]})
