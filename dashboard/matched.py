"""The table of all systems at matched speed-ups, on Overview and Trade-off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cascade_core.comparison import MATCHED, Comparison
from cascade_core.operation import Matched
from dashboard.choices import Choices
from dashboard.tables import Cell, Row, table
from dashboard.theme import SystemStyle, percent, times

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table


def matched_table(
    choices: Choices,
    compared: Comparison | None = None,
    styles: Mapping[str, SystemStyle] | None = None,
) -> None:
    """Score and realised speed-up of all systems, or of those compared, at matched speed-ups."""
    compared, styles = compared or choices.compared, styles or choices.styles
    heads = ["system", *(f"{wanted:g}×" for wanted in MATCHED)]
    rows = matched_rows(compared, styles, MATCHED, choices.focus)
    saved = choices.saved("matched", exported=lambda: _exported(choices, compared))
    caption = matched_caption(choices, compared)
    table(heads, rows, name="table-matched", caption=caption, saved=saved)


def _exported(choices: Choices, compared: Comparison) -> Table:
    from cascade_core.exporting.system_tables import matched_table
    from dashboard.exported import view_of

    return matched_table(view_of(choices, compared))


def matched_rows(
    compared: Comparison,
    styles: Mapping[str, SystemStyle],
    speedups: tuple[float, ...],
    focus: str = "",
) -> list[Row]:
    """A row for each system, a cell for each speed-up."""
    return [
        Row(name, styles[name].color, [_cell(one, compared) for one in row], name == focus)
        for name, row in compared.matched(speedups).items()
    ]


def matched_caption(choices: Choices, compared: Comparison) -> str:
    """What the cells say, and how it was found."""
    return (
        f"Where a system is at least that fast: {choices.metric_title}, then the realised "
        f"{choices.speedup_title} and the 95 % interval ({_resampling(compared)})."
    )


def _resampling(compared: Comparison) -> str:
    if compared.choosing:
        return "Wilson’s; τ chosen on the other half, so the speed-up may fall short of the wanted"
    resampled = compared.resampled
    return (
        f"bootstrap, {resampled.count:,} resamples of the examples with seed {resampled.seed}, τ "
        "refit in each; never narrower than Wilson’s; τ chosen on these same examples"
    )


def _cell(cell: Matched, compared: Comparison) -> Cell:
    if cell.point is None or cell.interval is None:
        fastest = compared.fastest(cell.system)
        return Cell("out of reach", f"at most {times(fastest)}", quiet=True)
    interval = f"{percent(cell.interval.low)} to {percent(cell.interval.high)}"
    return Cell(percent(cell.point.score), f"{times(cell.point.speedup)} · {interval}")
