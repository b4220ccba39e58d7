"""Tables of outputs, in CSV, JSON lines or Parquet: one row for each instance.

Those of one row for each answer are made so first, see `long_tables`.

Columns are named like the arrays they are parts of: `logits/<exit>/<class>`, or
`logits/<model>/<exit>/<class>` where there are several models; exits count from 1. `predictions`,
`scores` and `cost` have no class.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import compute

from .long_tables import is_long, widen
from .named_arrays import OUTPUTS, NamedArrays, OutputsError, Unread

BY_CLASS = ("logits", "probabilities")


class _Cell(NamedTuple):
    """What a column's name says: the array it is part of, the exit from 1, the class if any."""

    array: str
    exit: int
    class_name: str


def read_table(path: Path) -> NamedArrays:
    """Read a table and put the columns of outputs together to arrays.

    Raises `OutputsError`, which names the column or row that is missing or wrong.
    """
    table = _READERS[path.suffix.lower()](path)
    if twice := _twice(table.column_names):
        raise OutputsError(f"expected every column of {path} once, but {twice!r} comes twice")
    if not len(table):
        raise OutputsError(f"expected at least one row in {path} but there is none")
    instances: tuple[str, ...] = ()
    problems: dict[str, str] = {}
    if is_long(table.column_names):
        table, instances, problems = widen(table, _numbers)
    cells = [_cell(name) for name in table.column_names if name.split("/")[0] in OUTPUTS]
    arrays = list(dict.fromkeys(cell.array for cell in cells))
    classes = tuple(dict.fromkeys(cell.class_name for cell in cells if cell.class_name))
    exits = {name: _exits(name, cells, classes) for name in arrays}
    columns = [name for name in table.column_names if name.split("/")[0] not in OUTPUTS]

    def build(name: str) -> np.ndarray:
        if name in problems:
            raise OutputsError(problems[name])
        if name in columns:
            return _values(table[name])
        if name.split("/")[0] in BY_CLASS:
            return _by_class(table, name, exits[name], classes)
        numbers = [_output(table, f"{name}/{number}") for number in range(1, exits[name] + 1)]
        return np.stack(numbers)

    return NamedArrays(Unread([*arrays, *columns], build), classes, table=True, rows=instances)


def _cell(name: str) -> _Cell:
    kind, *parts = name.split("/")
    model = [] if not parts or parts[0].isdecimal() else parts[:1]
    exit_, *class_parts = [*parts[len(model) :], ""]
    class_name = "/".join(class_parts).removesuffix("/")
    wanted = kind in BY_CLASS
    if not exit_.isdecimal() or exit_ == "0" or bool(class_name) != wanted:
        ending = "/<exit>/<class>" if wanted else "/<exit>"
        raise OutputsError(
            f"column {name!r}: expected {kind}{ending}, or {kind}/<model>{ending} where there are "
            "several models, exits counted from 1"
        )
    return _Cell("/".join([kind, *model]), int(exit_), class_name)


def _exits(array: str, cells: Sequence[_Cell], classes: tuple[str, ...]) -> int:
    """How many exits an array has; raises where a column of one is missing."""
    own = {(cell.exit, cell.class_name) for cell in cells if cell.array == array}
    count = max(exit_ for exit_, _ in own)
    by_class = array.split("/")[0] in BY_CLASS
    for exit_ in range(1, count + 1):
        for class_name in classes if by_class else ("",):
            if (exit_, class_name) not in own:
                name = "/".join([array, str(exit_), *([class_name] if by_class else [])])
                raise OutputsError(
                    f"expected a column {name!r}, since other exits or classes have one, but there "
                    "is none"
                )
    return count


def _by_class(table: pa.Table, name: str, exits: int, classes: tuple[str, ...]) -> np.ndarray:
    logits = np.empty((exits, len(table), len(classes)), np.float32)
    for exit_ in range(exits):
        for number, class_name in enumerate(classes):
            logits[exit_, :, number] = _numbers(table, f"{name}/{exit_ + 1}/{class_name}")
    return logits


def _output(table: pa.Table, column: str) -> np.ndarray:
    """A column of predictions, which may be names, or of numbers."""
    if column.startswith("predictions"):
        return _values(table[column])
    return _numbers(table, column)


def _numbers(table: pa.Table, column: str) -> np.ndarray:
    """A column as float64 [N]; raises `OutputsError` naming the first row that has no number."""
    values = table[column]
    if _is_text(values.type):
        values = compute.call_function("utf8_trim_whitespace", [values])
    if not values.null_count:
        try:
            return values.cast(pa.float64()).to_numpy()
        except pa.ArrowException:
            pass
    row, value = next(
        (row, value) for row, value in enumerate(values.to_pylist(), 1) if not _is_number(value)
    )
    came = "nothing" if value in (None, "") else repr(value)
    raise OutputsError(f"row {row}, column {column!r}: expected a number but got {came}")


def _is_number(value: object) -> bool:
    try:
        float(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return False
    return True


def _values(column: pa.ChunkedArray) -> np.ndarray:
    """A column as it is: whole numbers, fractions, or texts (with None where there is none)."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if _is_text(column.type) or column.null_count:
        return np.array(column.to_pylist(), dtype=object)
    return column.to_numpy()


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _read_csv(path: Path) -> pa.Table:
    """Read every cell as text: what is a number says the column's use, not a guess."""
    from pyarrow import csv

    wrong: list[Any] = []

    def keep(row: Any) -> str:
        wrong.append(row)
        return "skip"

    try:
        options = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip")
        with csv.open_csv(path, parse_options=options) as peeked:
            names = peeked.schema.names
        table = csv.read_csv(
            path,
            csv.ReadOptions(use_threads=False),
            csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowException, OSError) as error:
        _explain_bytes(path)
        raise OutputsError(f"expected a readable table at {path} but got: {error}") from error
    if wrong:
        row = wrong[0]
        raise OutputsError(
            f"row {row.number - 1}: expected {row.expected_columns} cells but got "
            f"{row.actual_columns}"  # its own count has the header for row 1
        )
    return table


def _explain_bytes(path: Path) -> None:
    """Raise `OutputsError` for the first line that is not in UTF-8."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise OutputsError(
                    f"line {number} of {path}: expected text in UTF-8 but got byte "
                    f"{line[error.start]:#x}; save the table as UTF-8"
                ) from error


def _read_jsonl(path: Path) -> pa.Table:
    from pyarrow import json as arrow_json

    try:
        return arrow_json.read_json(path)
    except (pa.ArrowException, OSError) as error:
        _explain_lines(path)
        raise OutputsError(f"expected a readable table at {path} but got: {error}") from error


def _explain_lines(path: Path) -> None:
    """Raise `OutputsError` for the first line that is no object, or differs in kind from others."""
    kinds: dict[str, type] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for row, line in enumerate((one for one in lines if one.strip()), 1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise OutputsError(f"row {row}: expected a JSON object ({error})") from error
            if not isinstance(record, dict):
                raise OutputsError(
                    f"row {row}: expected a JSON object but got {type(record).__name__}"
                )
            for column, value in record.items():
                kind = float if isinstance(value, int) else type(value)
                if value is not None and kinds.setdefault(column, kind) is not kind:
                    wanted = {float: "a number", str: "a text"}.get(kinds[column], "another kind")
                    raise OutputsError(
                        f"row {row}, column {column!r}: expected {wanted} but got {value!r}"
                    )


def _read_parquet(path: Path) -> pa.Table:
    from pyarrow.parquet import read_table

    try:
        return read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise OutputsError(f"expected a readable table at {path} but got: {error}") from error


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    return next((name for name in names if name in seen or seen.add(name)), None)


_READERS: dict[str, Callable[[Path], pa.Table]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".parquet": _read_parquet,
}
