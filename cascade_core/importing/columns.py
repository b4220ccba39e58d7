"""What is known of the instances besides what models say: labels, ids, texts, categories.

Axes: N instances.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..ladder import UNKNOWN_LABEL
from ..outputs import Category
from .named_arrays import NamedArrays, OutputsError, read_npy

MOST_CATEGORIES = 50
USUAL = {"labels": ("labels", "label"), "ids": ("ids", "id"), "tokens": ("tokens",)}


def find_labels(given: NamedArrays, named: str | None, source: Path) -> np.ndarray | None:
    """Return labels as they stand in the file, or in a .npy beside it; None where there are none.

    `named` is the column, or the path of a .npy; by default a column `labels` or `label`.
    """
    if named is not None and named.endswith(".npy"):
        return np.asarray(read_npy(Path(named)))
    if named is not None:
        return column(given, named, source)
    found = usual_name(given, "labels")
    return None if found is None else column(given, found, source)


def usual_name(given: NamedArrays, what: str) -> str | None:
    """Return the name under which a file has labels, ids or tokens; None where it has none."""
    return next((name for name in USUAL[what] if name in given.arrays), None)


def column(given: NamedArrays, name: str, source: Path) -> np.ndarray:
    """Return an array [N] of the file by its name."""
    if name not in given.columns:
        raise OutputsError(
            f"expected a column {name!r} in {source}, but it has "
            f"{', '.join(given.columns) or 'none besides outputs'}"
        )
    array = given.arrays[name]
    if len(array.shape) != 1:
        raise OutputsError(
            f"{name!r}: expected one value per instance, [N], but got shape {list(array.shape)}"
        )
    return np.asarray(array[:])


def class_numbers(
    values: np.ndarray, names: Sequence[str], place: Callable[[int], str], unknown: bool = False
) -> np.ndarray:
    """Return classes, given by name or by number from 0, as int64 [N].

    With `unknown` -1 and what is empty stay so. Raises `OutputsError` for any other value; `place`
    says where a row is.

    >>> labels = np.array(["dog", "cat", ""])
    >>> class_numbers(labels, ["cat", "dog"], "label {}".format, unknown=True).tolist()
    [1, 0, -1]
    """
    lowest = UNKNOWN_LABEL if unknown else 0
    plain = tuple(names) == _numbers_of(names) or not any(name.isdecimal() for name in names)
    if values.dtype.kind in "iu" and plain and lowest <= values.min() <= values.max() < len(names):
        return values.astype(np.int64)
    numbers = dict.fromkeys(("", "nan", str(UNKNOWN_LABEL)), UNKNOWN_LABEL) if unknown else {}
    numbers |= {name: number for number, name in enumerate(_numbers_of(names))}
    numbers |= {name: number for number, name in enumerate(names)}
    found = np.empty(len(values), np.int64)
    for row, value in enumerate(map(as_text, values)):
        if value not in numbers:
            shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            otherwise = ", or -1 where it is unknown" if unknown else ""
            raise OutputsError(
                f"{place(row)}: expected one of the classes {shown}, or a number from 0 to "
                f"{len(names) - 1}{otherwise}, but got {value!r}"
            )
        found[row] = numbers[value]
    return found


def _numbers_of(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str, range(len(names))))


def whole_numbers(given: NamedArrays, what: str, source: Path) -> np.ndarray | None:
    """Return the file's ids or tokens, int64 [N]; None where there are none."""
    name = usual_name(given, what)
    if name is None:
        return None
    found = []
    for row, value in enumerate(column(given, name, source).tolist()):
        try:
            found.append(int(as_text(value)))
        except ValueError:
            raise OutputsError(
                f"{given.row(row)}, column {name!r}: expected a whole number but got {value!r}; "
                "rename the column if it is something else"
            ) from None
    numbers = np.array(found, np.int64)
    if what == "ids" and len(np.unique(numbers)) < len(numbers):
        _, first, twice = np.unique(numbers, return_index=True, return_inverse=True)
        row = int(np.argmax(first[twice] < np.arange(len(numbers))))
        raise OutputsError(
            f"{given.row(row)}, column {name!r}: expected ids that differ but {numbers[row]} is "
            f"also in {given.row(int(first[twice][row]))}"
        )
    return numbers


def texts_of(
    given: NamedArrays, names: Sequence[str], source: Path
) -> dict[str, tuple[str, ...]] | None:
    """Return columns of texts, N strings each; None where no column is named."""
    return {name: tuple(map(as_text, column(given, name, source))) for name in names} or None


def categories_of(given: NamedArrays, names: Sequence[str], source: Path) -> Mapping[str, Category]:
    """Return columns as categories; raises `OutputsError` for one of too many different values."""
    categories = {}
    for name in names:
        values = [as_text(value) for value in column(given, name, source)]
        if (count := len(set(values))) > MOST_CATEGORIES:
            raise OutputsError(
                f"column {name!r}: expected at most {MOST_CATEGORIES} different values for a "
                f"category but got {count:,}; put them in a few groups first"
            )
        categories[name] = Category.of_values(values)
    return categories


def as_text(value: Any) -> str:
    """Return a value as a person would write it: whole numbers without a fraction."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return "" if value is None else str(value)
