"""Tables to keep: what a page shows as CSV and as LaTeX, written by the exporter's own writers.

Nothing is computed before somebody asks for it: pages are there without pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table
    from dashboard.tables import Row


class Saved(NamedTuple):
    """How a table is kept: what its files are called and what its caption adds to the page's.

    `exported` makes the exporter's own table of the same, where it has one. Otherwise LaTeX is as
    the page shows it, and CSV has the `numbers`, the first row with their names, or else that too.
    """

    name: str
    about: str
    exported: Callable[[], Table] | None = None
    numbers: Sequence[Sequence[object]] = ()


class Shown(NamedTuple):
    """A table as a page shows it."""

    columns: Sequence[str]
    rows: Sequence[Row]
    caption: str


def save_buttons(saved: Saved, shown: Shown, key: str) -> None:
    """Two buttons that save a table, as CSV and as LaTeX."""
    with st.container(horizontal=True, gap="small"):
        for title, ending, kind, write in (
            ("CSV", "csv", "text/csv", csv_of),
            ("LaTeX", "tex", "application/x-tex", latex_of),
        ):
            st.download_button(
                title,
                lambda write=write: write(saved, shown),
                f"{saved.name}.{ending}",
                kind,
                key=f"{key}-{title.lower()}",
                help=f"Save this table as {title}.",
                icon=":material/download:",
                on_click="ignore",
                type="tertiary",
            )


def csv_of(saved: Saved, shown: Shown) -> str:
    """All numbers of a table as CSV."""
    from cascade_core.exporting.writers import to_csv

    if saved.exported:
        return to_csv(saved.exported())
    if not saved.numbers:
        return to_csv(as_shown(saved, shown))
    from cascade_core.exporting.table import Table

    return to_csv(Table(saved.name, shown.caption, _frame(*saved.numbers)))


def latex_of(saved: Saved, shown: Shown) -> str:
    """A table as LaTeX, with booktabs."""
    from cascade_core.exporting.writers import to_latex

    return to_latex(saved.exported() if saved.exported else as_shown(saved, shown))


def as_shown(saved: Saved, shown: Shown) -> Table:
    """The texts of a table as the exporter's writers take it.

    >>> from dashboard.tables import Cell, Row
    >>> shown = Shown(["system", "2x"], [Row("a", "", [Cell("89.1 %", "2.00x")])], "Scores")
    >>> as_shown(Saved("scores", "Run r, n = 6."), shown).frame.loc["a"].tolist()
    ['89.1 %', '2.00x']
    """
    from cascade_core.exporting.table import Column, Table

    head, *titles = shown.columns
    names = [
        f"{title} {at}" if titles.count(title) > 1 else title for at, title in enumerate(titles)
    ]
    frame = _frame(
        [head, *(name for title in names for name in (title, f"{title}, note"))],
        *([row.name, *(text for cell in row.cells for text in cell[:2])] for row in shown.rows),
    )
    columns = tuple(
        Column(title, name, beside=f"{name}, note")
        for title, name in zip(titles, names, strict=True)
    )
    return Table(saved.name, f"{shown.caption.rstrip('.')}. {saved.about}", frame, columns)


def _frame(head: Sequence[object], *rows: Sequence[object]) -> Any:
    import pandas as pd

    frame = pd.DataFrame([list(row) for row in rows], columns=list(head))
    return frame.set_index(frame.columns[0])
