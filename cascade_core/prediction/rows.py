"""Rows of texts and what can be wrong with one; chunks of rows.

A row's number is its place among the data rows, from 1: a header is none, a blank line is one. In
plain text and JSON lines that is the line number; in CSV it is not where cells hold line breaks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import NamedTuple

Columns = Mapping[str, Sequence[str]]  # our name of a text column -> the names it may have
Share = Callable[[int], float | None]  # rows read so far -> how much of the input that is


class PredictionError(ValueError):
    """An input or output that cannot be used; the sentence says what to do."""


class InputError(PredictionError):
    """An input that cannot be read, or has not the texts that are needed."""


class Row(NamedTuple):
    """The texts of one row, in the order of the columns, or the problem it has instead."""

    texts: tuple[str, ...] | None
    problem: str | None = None


class Rows(NamedTuple):
    """An open input: its rows, once and in order, and how much of it has been read.

    `share` takes the number of rows read so far and returns a number in [0, 1], None for stdin.
    """

    rows: Iterator[Row]
    share: Share


class Chunk(NamedTuple):
    """Neighbouring rows: `texts` of those that can be read, `problems` one per row, None if fine.

    `first` is the number of the first row, `share` how much of the input ends with the last one.
    """

    first: int
    texts: dict[str, list[str]]
    problems: list[str | None]
    share: float | None = None

    @property
    def digest(self) -> str:
        """Hash of everything that was read."""
        content = json.dumps([self.first, self.texts, self.problems])
        return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def read_chunks(opened: Rows, columns: Columns, size: int) -> Iterator[Chunk]:
    """Cut an open input into chunks of `size` rows; the last one may have fewer."""
    for first in count(1, size):
        rows = list(islice(opened.rows, size))
        if not rows:
            return
        texts = to_columns(rows, columns)
        share = opened.share(first - 1 + len(rows))
        yield Chunk(first, texts, [row.problem for row in rows], share)


def to_row(cells: Iterable[object], columns: Iterable[str]) -> Row:
    """Check the texts of one row, and put spaces as models have seen them: single, none outside.

    >>> to_row([" two  spaces "], ["sentence1"]).texts
    ('two spaces',)
    >>> to_row([None], ["sentence1"]).problem
    'expected text in sentence1 but got null'
    """
    texts = []
    for name, cell in zip(columns, cells, strict=True):
        if not isinstance(cell, str):
            found = "null" if cell is None else type(cell).__name__
            return Row(None, f"expected text in {name} but got {found}")
        text = " ".join(cell.split())
        if not text:
            return Row(None, f"expected text in {name} but it is empty")
        try:
            text.encode()
        except UnicodeEncodeError:
            return Row(None, f"expected text in {name} but it is not valid UTF-8")
        texts.append(text)
    return Row(tuple(texts))


def to_columns(rows: Sequence[Row], columns: Iterable[str]) -> dict[str, list[str]]:
    """Return the texts of rows by column, without the rows that have a problem."""
    fine = [row.texts for row in rows if row.texts is not None]
    return {name: [texts[place] for texts in fine] for place, name in enumerate(columns)}
