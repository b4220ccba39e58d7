"""One table in three languages: CSV with all numbers, LaTeX and HTML to read."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from .table import Column, Notation, Table

# What LaTeX would take for a command, or what its usual fonts do not have. A row that began with a
# bracket or an asterisk would be read as an argument of the line break before it.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "[": "{[}",
        "*": "{*}",
        "\n": " ",
        "τ": r"$\tau$",
        "×": r"$\times$",
        "−": "$-$",
        "∞": r"$\infty$",
        "→": r"$\rightarrow$",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        "–": "--",
        **{character: f"\\{character}" for character in "{}&%$#_"},
    }
)

# A table of more columns than a page is likely to have room for is made smaller where it must be.
NARROW = 6
_SHRUNK = r"\resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}{"

_PAGE_STYLE: list[Any] = [
    {"selector": "", "props": "border-collapse: collapse; font: 15px/1.4 system-ui, sans-serif"},
    {"selector": "caption", "props": "text-align: left; max-width: 52em; padding: 0 0 1em"},
    {"selector": "th, td", "props": "padding: 4px 10px; text-align: right; vertical-align: top"},
    {"selector": "th", "props": "font-weight: normal"},
    {"selector": "th.row_heading, th.index_name", "props": "text-align: left; white-space: nowrap"},
    {"selector": "th[colspan]", "props": "text-align: center"},
    {"selector": "tbody tr:has(th.level0 + th.level1) > *", "props": "border-top: 1px solid #bbb"},
    {"selector": "thead tr:last-child th", "props": "border-bottom: 1px solid"},
    {"selector": "thead tr:first-child th", "props": "border-top: 2px solid"},
    {"selector": "tbody tr:last-child > *", "props": "border-bottom: 2px solid"},
    {"selector": "small", "props": "font-weight: normal; white-space: nowrap"},
]


def escape_latex(text: str) -> str:
    r"""Text that LaTeX prints as it stands; what lies beyond its usual fonts needs XeLaTeX.

    >>> print(escape_latex("R&D_1: 50 % of {a}"))
    R\&D\_1: 50 \% of \{a\}
    """
    return text.translate(_LATEX)


class _Language(NamedTuple):
    escape: Callable[[str], str]
    beside: str  # a pattern with a place for a value and one for what is beside it
    under: str  # the same for what is under it


_IN_LATEX = _Language(
    escape_latex,
    r"{} {{\scriptsize\mdseries ({})}}",
    r"\shortstack[r]{{{}\\{{\scriptsize\mdseries [{}]}}}}",
)
_IN_HTML = _Language(html.escape, "{} <small>({})</small>", "{}<br><small>[{}]</small>")


def to_csv(table: Table) -> str:
    """All numbers of a table, at full precision; shares in [0, 1].

    >>> from cascade_core.exporting.table import Table
    >>> frame = pd.DataFrame({"2x": [0.9]}, index=pd.Index(["a"], name="system"))
    >>> to_csv(Table("demo", "Accuracy.", frame))
    'system,2x\\na,0.9\\n'
    """
    return table.frame.to_csv(lineterminator="\n")


def to_latex(table: Table) -> str:
    r"""A table for a paper that uses the packages booktabs and, for wide tables, graphicx.

    Intervals are small under their value, the best value of a column is bold, all text is escaped.

    >>> from cascade_core.exporting.table import Column, Table
    >>> frame = pd.DataFrame({"2x": [0.9, 0.8]}, index=pd.Index(["a_1", "b"], name="system"))
    >>> print(to_latex(Table("demo", "In %.", frame, (Column("2×", "2x", best="highest"),))))
    \begin{table*}[t]
    \centering
    \caption{In \%.}
    \label{tab:demo}
    \begin{tabular}{lr}
    \toprule
    system & 2$\times$ \\
    \midrule
    a\_1 & \bfseries 90.0 \\
    b & 80.0 \\
    \bottomrule
    \end{tabular}
    \end{table*}
    <BLANKLINE>
    """
    levels = table.frame.index.nlevels
    text = _styled(table, _IN_LATEX).to_latex(
        environment="table*",
        position="t",
        position_float="centering",
        label=f"tab:{table.name}",
        column_format="l" * levels + "r" * len(table.columns),
        hrules=True,
        clines="skip-last;data" if levels > 1 else None,
        multirow_align="naive",
        multicol_align="c",
        convert_css=True,
    )
    text = text.replace(r"\cline", r"\cmidrule")
    if len(table.columns) <= NARROW:
        return text
    begin, end = r"\begin{tabular}", r"\end{tabular}"
    return text.replace(begin, _SHRUNK + begin).replace(end, end + "}")


def to_html(table: Table) -> str:
    """A page with the table, in need of nothing else.

    >>> from cascade_core.exporting.table import Column, Table
    >>> frame = pd.DataFrame({"2x": [0.9]}, index=pd.Index(["<b>"], name="system"))
    >>> page = to_html(Table("demo", "Accuracy.", frame, (Column("2×", "2x"),)))
    >>> "&lt;b&gt;" in page, "<b>" in page
    (True, False)
    """
    styled = _styled(table, _IN_HTML).set_table_styles(_PAGE_STYLE)
    return styled.to_html(doctype_html=True, bold_headers=False)


def _styled(table: Table, language: _Language) -> Styler:
    shown = pd.DataFrame(
        {at: _cells(table.frame, one, language) for at, one in enumerate(table.columns)},
        index=table.frame.index,
    )
    heads = [one.head for one in table.columns]
    grouped = [head for head in heads if not isinstance(head, str)]
    shown.columns = pd.MultiIndex.from_tuples(grouped) if grouped else pd.Index(heads)
    # Names of rows stand in the head of columns, not on a line of their own.
    *outer, innermost = table.frame.index.names
    shown = shown.rename_axis(index=[None] * (len(outer) + 1))
    shown = shown.rename_axis(columns=[None, innermost] if grouped else [innermost])
    styled = Styler(shown, uuid=table.name, cell_ids=False, caption=language.escape(table.caption))
    styled.format_index(language.escape, axis="index")
    styled.format_index(language.escape, axis="columns")
    if not table.best.any():
        return styled  # which rows and heads of one name may have, as tables of text do
    return styled.apply(lambda _: np.where(table.best, "font-weight: bold", ""), axis=None)


def _cells(frame: pd.DataFrame, column: Column, language: _Language) -> list[str]:
    return [_cell(row, column, language) for row in frame.to_dict("records")]


def _cell(row: dict, column: Column, language: _Language) -> str:
    """A value, and in small print what stands beside it, and under it its interval."""

    def written(name: str, notation: Notation) -> str:
        return language.escape(notation.write(row[name]))

    text = written(column.value, column.notation)
    if column.beside and _is_there(row[column.beside]):
        beside = written(column.beside, column.beside_notation)
        text = language.beside.format(text, beside)
    if column.low and column.high and not np.isnan(row[column.low]):
        ends = [written(end, column.notation) for end in (column.low, column.high)]
        text = language.under.format(text, ", ".join(ends))
    return text


def _is_there(value: float | str) -> bool:
    return bool(value) if isinstance(value, str) else not np.isnan(value)
