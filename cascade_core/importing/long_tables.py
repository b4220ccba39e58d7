"""Long tables: a row for each answer of a model, as a log of calls has them.

Columns: `instance` (what was asked, by any name), `model` and `exit` (one of them may be left out);
of what the model said `logits/<class>` or `probabilities/<class>`, or `prediction` and `score`;
`cost` too where calls differ. Labels, texts and categories are of the instance, and the same on all
of its rows; whatever else a log has may differ.

Axes: N instances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from .named_arrays import OUTPUTS, OutputsError

INSTANCE, MODEL, EXIT = "instance", "model", "exit"
ONE_OF = {"prediction": "predictions", "score": "scores"}  # a row has one only


class Wide(NamedTuple):
    """The same with a row for each instance, N of them, and what these are called.

    `problems` says of columns that are not of instances where their rows differ.
    """

    table: pa.Table
    instances: tuple[str, ...]
    problems: dict[str, str]


def is_long(names: Sequence[str]) -> bool:
    """Whether a table with such columns has a row for each answer.

    >>> is_long(["instance", "model", "prediction", "label"]), is_long(["scores/mini/1", "label"])
    (True, False)
    """
    return INSTANCE in names and not {MODEL, EXIT}.isdisjoint(names)


def widen(table: pa.Table, numbers: Callable[[pa.Table, str], np.ndarray]) -> Wide:
    """Return a long table as one with a row for each instance, columns named as in `tables`.

    `numbers` reads a column that must hold numbers. Instances, models and exits come in the order
    in which the table has them first. Raises `OutputsError` that names the row where an instance
    has an answer twice, or lacks one.
    """
    plain = table.rename_columns([ONE_OF.get(name, name) for name in table.column_names])
    outputs = [name for name in plain.column_names if name.split("/")[0] in OUTPUTS]
    for name, known in zip(table.column_names, plain.column_names, strict=True):
        if known in outputs and known != "predictions":
            numbers(table, name)  # which says the row of the table as it was given
    instances = list(map(str, table[INSTANCE].to_pylist()))
    places = {one: row for row, one in enumerate(dict.fromkeys(instances))}
    answers = list(zip(_models(table), _exits(table, numbers), strict=True))
    rows = _rows(instances, answers, places)
    columns = {}
    for (model, exit_), own in rows.items():
        for name in outputs:
            kind, *class_parts = name.split("/", 1)
            wide = "/".join([kind, *([model] if model else []), str(exit_), *class_parts])
            columns[wide] = plain[name].take(own)
    first, *others = rows.values()
    problems = {}
    for name in plain.column_names:
        if name not in (*outputs, MODEL, EXIT, INSTANCE):
            columns[name] = plain[name].take(first)
            if problem := _difference(table, name, first, others):
                problems[name] = problem
    if all(one.isdecimal() for one in places):
        columns.setdefault("id", table[INSTANCE].take(first))
    return Wide(pa.table(columns), tuple(places), problems)


def _rows(
    instances: Sequence[str], answers: Sequence[tuple[str, int]], places: dict[str, int]
) -> dict[tuple[str, int], np.ndarray]:
    """The row of every instance, int [N], by model and exit: each has one there."""
    rows = {answer: np.full(len(places), -1) for answer in dict.fromkeys(answers)}
    for row, (instance, answer) in enumerate(zip(instances, answers, strict=True)):
        before = rows[answer][places[instance]]
        if before >= 0:
            raise OutputsError(
                f"row {row + 1}: expected one answer of {_said(answer)} to instance {instance!r}, "
                f"but row {before + 1} has one already"
            )
        rows[answer][places[instance]] = row
    for answer, own in rows.items():
        if (own < 0).any():
            raise OutputsError(
                f"expected an answer of {_said(answer)} to every instance, but there is none to "
                f"{list(places)[int(np.argmax(own < 0))]!r}; leave such instances out"
            )
    return rows


def _models(table: pa.Table) -> list[str]:
    """The model of each row; "" where there is one only."""
    if MODEL not in table.column_names:
        return [""] * len(table)
    names = list(map(str, table[MODEL].to_pylist()))
    for row, name in enumerate(names, 1):
        if not name or "/" in name or name.isdecimal():
            raise OutputsError(
                f"row {row}, column {MODEL!r}: expected a name, no number and without a slash, but "
                f"got {name!r}"
            )
    return names


def _exits(table: pa.Table, numbers: Callable[[pa.Table, str], np.ndarray]) -> list[int]:
    """The exit of each row, from 1."""
    if EXIT not in table.column_names:
        return [1] * len(table)
    found = numbers(table, EXIT)
    for row, number in enumerate(found, 1):
        if number < 1 or number != int(number):
            raise OutputsError(
                f"row {row}, column {EXIT!r}: expected the number of an exit, from 1, but got "
                f"{number:g}"
            )
    return found.astype(int).tolist()


def _difference(
    table: pa.Table, name: str, first: np.ndarray, others: Sequence[np.ndarray]
) -> str | None:
    """Say where the rows of an instance differ in a column; None where they do not."""
    values = list(map(str, table[name].to_pylist()))
    for own in others:
        for before, row in zip(first.tolist(), own.tolist(), strict=True):
            if values[row] != values[before]:
                return (
                    f"row {row + 1}, column {name!r}: expected what row {before + 1} says of the "
                    f"same instance, {values[before]!r}, but got {values[row]!r}"
                )
    return None


def _said(answer: tuple[str, int]) -> str:
    model, exit_ = answer
    return f"{model or 'the model'}, exit {exit_},"
