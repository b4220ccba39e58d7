"""A table: all its numbers as a DataFrame, and what a page needs to know to print them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..intervals import Interval

MISSING = "–"

Best = Literal["highest", "lowest"]


class Notation(NamedTuple):
    """How a number is written: `scale` times it, by a format specification, with a unit.

    >>> PERCENT.write(0.8912), POINTS.write(-0.0123), TIMES.write(2), TIMES.write(np.nan)
    ('89.1', '−1.2', '2.00×', '–')
    """

    specification: str
    scale: float = 1.0
    unit: str = ""

    def write(self, number: float | str) -> str:
        """The number as text, a dash where there is none; a text as it is."""
        if isinstance(number, str):
            return number
        if np.isnan(number):
            return MISSING
        if np.isinf(number):
            return "∞"
        text = format(self.rounded(number) + 0.0, self.specification)  # + 0.0: no negative zero
        return text.replace("-", "−") + self.unit

    def rounded(self, number: float) -> float:
        """The number as a reader knows it: rounded as it is written."""
        return float(format(self.scale * number, self.specification))


PERCENT = Notation(".1f", 100)
POINTS = Notation("+.1f", 100)
TIMES = Notation(".2f", unit="×")
CORRELATION = Notation("+.2f")
THRESHOLD = Notation(".6g")
LAYERS = Notation(".2f", unit=" layers")


class Column(NamedTuple):
    """One column as it is printed.

    `head` is its title, two of them where columns are grouped; `value` names the column of the
    frame that it shows, `low` and `high` those of its 95 % interval, `beside` one that follows in
    parentheses. Of what is `best`, the highest or the lowest, there is a best value.
    """

    head: str | tuple[str, str]
    value: str
    notation: Notation = PERCENT
    best: Best | None = None
    low: str | None = None
    high: str | None = None
    beside: str | None = None
    beside_notation: Notation = TIMES


class Table(NamedTuple):
    """A table of results.

    `name` is that of its file, `caption` says what stands in it and of what. `frame` has all
    numbers, shares in [0, 1]; its index names the rows, and where that has two levels, the best is
    sought within each of the first. `columns` are those that a page shows; without any the table is
    too long for a page.

    >>> frame = pd.DataFrame({"2x": [0.9]}, index=pd.Index(["a"], name="system"))
    >>> Table("demo", "Accuracy.", frame, (Column("2×", "2x"),)).best.tolist()
    [[False]]
    """

    name: str
    caption: str
    frame: pd.DataFrame
    columns: tuple[Column, ...] = ()

    @property
    def best(self) -> NDArray[np.bool_]:
        """Where the best values stand, [rows, columns].

        Equal is what is equal as written; where nothing competes nothing is best.
        """
        return np.column_stack([self._best(column) for column in self.columns])

    def _best(self, column: Column) -> NDArray[np.bool_]:
        best = np.zeros(len(self.frame), dtype=bool)
        if column.best is None:
            return best
        index, sign = self.frame.index, 1 if column.best == "highest" else -1
        read = np.array([sign * column.notation.rounded(one) for one in self.frame[column.value]])
        groups = index.get_level_values(0) if index.nlevels > 1 else np.zeros(len(index))
        for group in dict.fromkeys(groups):
            inside = np.asarray(groups == group) & ~np.isnan(read)
            if inside.sum() > 1:
                best |= inside & (read == read[inside].max())
        return best


class Tables(NamedTuple):
    """Tables by a short name; `left_out` says of those that there are not why."""

    tables: Mapping[str, Table]
    left_out: Mapping[str, str]


def measured(name: str, value: float, interval: Interval) -> dict[str, float]:
    """A number and its interval as cells of a frame.

    >>> measured("2x", 0.5, Interval(0.4, 0.6))
    {'2x': 0.5, '2x low': 0.4, '2x high': 0.6}
    """
    return {name: value, f"{name} low": interval.low, f"{name} high": interval.high}


def measured_column(
    head: str | tuple[str, str],
    name: str,
    notation: Notation = PERCENT,
    best: Best | None = "highest",
    beside: str | None = None,
) -> Column:
    """The column that shows what `measured` put under a name.

    >>> measured_column("2×", "2x").low
    '2x low'
    """
    return Column(head, name, notation, best, f"{name} low", f"{name} high", beside)
