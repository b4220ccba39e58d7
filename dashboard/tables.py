"""Tables as HTML: text from data is always escaped, numbers are right-aligned."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboard.saving import Saved, Shown, save_buttons


class Cell(NamedTuple):
    """A cell: its text, a smaller second line, whether it is quiet (nothing to say)."""

    text: str
    note: str = ""
    quiet: bool = False


class Row(NamedTuple):
    """A row: its name, the colour of its dot, its cells."""

    name: str
    color: str
    cells: Sequence[Cell]
    emphasis: bool = False


def table(
    columns: Sequence[str], rows: Sequence[Row], *, name: str, caption: str, saved: Saved
) -> None:
    """Show a table and what saves it. `name` is its handle for tests, `caption` says what it is."""
    st.html(table_html(columns, rows, name, caption))
    save_buttons(saved, Shown(columns, rows, caption), name.replace("table-", "save-"))


def unbroken(text: str) -> str:
    """Text that stays on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def table_html(columns: Sequence[str], rows: Sequence[Row], name: str, caption: str) -> str:
    """The markup of a table.

    >>> "&lt;b&gt;" in table_html(["<b>"], [], "t", "none")
    True
    """
    head = "".join(f"<th scope='col'>{html.escape(column)}</th>" for column in columns)
    body = "".join(_row(row) for row in rows)
    return (
        f"<div class='lens-table'><table data-testid='{html.escape(name)}'>"
        f"<caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Row) -> str:
    emphasis = " class='lens-focus'" if row.emphasis else ""
    dot = f"<i class='lens-dot' style='background:{row.color}'></i>" if row.color else ""
    name = html.escape(row.name)
    cells = "".join(_cell(cell) for cell in row.cells)
    return f"<tr{emphasis}><th scope='row'>{dot}{name}</th>{cells}</tr>"


def _cell(cell: Cell) -> str:
    quiet = " class='lens-quiet'" if cell.quiet else ""
    note = f"<small>{html.escape(cell.note)}</small>" if cell.note else ""
    return f"<td{quiet}>{html.escape(cell.text)}{note}</td>"
