"""How tables are written: what is bold, what is escaped, what would compile."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest

from cascade_core.exporting.table import POINTS, TIMES, Column, Table, measured_column
from cascade_core.exporting.writers import escape_latex, to_csv, to_html, to_latex
from tests.exporting import latex

HOSTILE = "<b>x & y_1</b>"


def table(**columns) -> Table:
    """Three systems, one with a name that means something to LaTeX and to a browser."""
    names = pd.Index([HOSTILE, "[b] 50 %", "* c"], name="system")
    shown = tuple(Column(name, name, best="highest") for name in columns)
    return Table("demo", f"Of {HOSTILE}, 100 %.", pd.DataFrame(columns, index=names), shown)


def bold(of: Table) -> list[list[bool]]:
    return of.best.tolist()


def test_the_best_of_a_column_is_bold_and_equal_is_what_reads_equal() -> None:
    assert bold(table(a=[0.5, 0.7, 0.6])) == [[False], [True], [False]]
    assert bold(table(a=[0.70001, 0.70002, 0.6])) == [[True], [True], [False]]
    assert bold(table(a=[0.5, np.nan, 0.4])) == [[True], [False], [False]]


def test_the_lowest_is_best_where_it_is_and_nothing_where_nothing_competes() -> None:
    lowest = table(a=[0.5, 0.7, 0.6])
    lowest = lowest._replace(columns=(lowest.columns[0]._replace(best="lowest"),))
    assert bold(lowest) == [[True], [False], [False]]
    assert not np.any(bold(table(a=[0.5, np.nan, np.nan])))
    assert not np.any(bold(table(a=[np.nan] * 3)))
    assert not np.any(bold(lowest._replace(columns=(Column("a", "a"),))))


def test_the_best_is_sought_within_each_group_of_rows() -> None:
    index = pd.MultiIndex.from_tuples([("1x", "a"), ("1x", "b"), ("2x", "a"), ("3x", "a")])
    frame = pd.DataFrame({"n": [0.9, 0.8, 0.1, 0.95]}, index=index.rename(["at", "system"]))
    grouped = Table("demo", "Groups.", frame, (Column("n", "n", best="highest"),))
    assert bold(grouped) == [[True], [False], [False], [False]]
    rows = latex.check(to_latex(grouped))
    assert rows[0] == ["", "system", "n"]
    assert rows[1] == ["1x", "a", r"\bfseries 90.0"]
    assert rows[2] == ["", "b", "80.0"]
    assert rows[3] == ["2x", "a", "10.0"]


def test_latex_escapes_what_it_would_take_for_a_command() -> None:
    rows = latex.check(to_latex(table(a=[0.5, 0.7, 0.6])))
    assert rows[1][0] == r"\textless{}b\textgreater{}x \& y\_1\textless{}/b\textgreater{}"
    assert rows[2] == [r"{[}b] 50 \%", r"\bfseries 70.0"]
    assert rows[3][0] == "{*} c"


@pytest.mark.parametrize("character", "\\{}&%$#_^~<>|[*\n")
def test_any_special_character_compiles(character: str) -> None:
    frame = pd.DataFrame({"a": [0.5]}, index=pd.Index([character * 2], name="system"))
    said = to_latex(Table("demo", character, frame, (Column(f"1{character}", "a"),)))
    assert len(latex.check(said)) == 2
    assert escape_latex(character) in said


def test_html_escapes_all_texts() -> None:
    hostile = table(**{HOSTILE: [0.5, 0.7, 0.6]})
    page = to_html(hostile)
    assert "<b>" not in page
    assert page.count("&lt;b&gt;x &amp; y_1&lt;/b&gt;") == 3  # caption, head, row
    assert "<script" not in page
    assert "http" not in page


def test_a_value_has_its_interval_and_what_is_beside_it_in_small_print() -> None:
    frame = pd.DataFrame(
        {"a": [-0.0123, np.nan], "a low": -0.02, "a high": 0.0001, "fast": [2.5, np.nan]},
        index=pd.Index(["one", "none"], name="system"),
    )
    frame.loc["none", ["a low", "a high"]] = np.nan
    shown = Table("demo", "", frame, (measured_column("a", "a", POINTS, beside="fast"),))
    small = r"{\scriptsize\mdseries "
    assert latex.check(to_latex(shown))[1:] == [
        [
            "one",
            rf"\shortstack[r]{{$-$1.2 {small}(2.50$\times$)}}\\{small}[$-$2.0, +0.0]}}}}",
        ],
        ["none", "--"],
    ]
    assert "−1.2 <small>(2.50×)</small><br><small>[−2.0, +0.0]</small>" in to_html(shown)


def test_grouped_heads_span_their_columns() -> None:
    frame = pd.DataFrame({"a": [0.5], "b": [3.0]}, index=pd.Index(["one"], name="system"))
    columns = (Column(("sst2", "DIS"), "a"), Column(("sst2", "faster"), "b", TIMES))
    heads = latex.check(to_latex(Table("demo", "", frame, columns)))[:2]
    assert heads == [["", r"\multicolumn{2}{c}{sst2}"], ["system", "DIS", "faster"]]


def test_csv_has_every_number_to_the_last_digit() -> None:
    thirds = table(a=[1 / 3, 2 / 3, np.nan], b=[0.1 + 0.2, 1e-300, np.inf])
    head, *rows = csv.reader(io.StringIO(to_csv(thirds)))
    assert head == ["system", "a", "b"]
    assert [row[0] for row in rows] == list(thirds.frame.index)
    read = [[float(cell or "nan") for cell in row[1:]] for row in rows]
    np.testing.assert_array_equal(read, thirds.frame.to_numpy())


def test_writing_leaves_a_table_as_it_was_and_comes_out_the_same_again() -> None:
    one = table(a=[0.5, 0.7, 0.6])
    before = one.frame.copy()
    first = [write(one) for write in (to_csv, to_latex, to_html)]
    assert [write(one) for write in (to_csv, to_latex, to_html)] == first
    pd.testing.assert_frame_equal(one.frame, before)
