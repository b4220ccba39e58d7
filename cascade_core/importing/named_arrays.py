"""What a file of outputs holds, whatever its format: arrays by name, some of them read in parts.

Names of arrays, with `/<model>` after them where there are several models:

================= ==================================================================================
`logits`          [E, N, C], or [N, C] for one exit
`probabilities`   the same, each row adding up to 1
`predictions`     [E, N] or [N]: the class, where neither of the above is to be had
`scores`          [E, N] or [N] beside them: how sure the exit is, from 0 to 1
`cost`            [E], or [E, N] or [N] where each instance costs something else; cumulative
================= ==================================================================================

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zipfile import BadZipFile

import numpy as np

Kind = Literal["logits", "probabilities"]
OUTPUTS = ("logits", "probabilities", "predictions", "scores", "cost")
ARRAY_FILES = (".npz", ".npy", ".safetensors")
TABLE_FILES = (".parquet", ".csv", ".jsonl", ".ndjson")


class OutputsError(ValueError):
    """A file of outputs that cannot become a run: what was expected, what came, what to do.

    >>> from cascade_core import import_run
    >>> try:
    ...     import_run("nowhere.npz")
    ... except OutputsError as error:
    ...     print(error)
    expected a file at nowhere.npz but there is none; check the path
    """


class Unread(Mapping[str, Any]):
    """Arrays by name, read whenever they are asked for: none is kept longer than it is used.

    >>> arrays = Unread(["two", "three"], lambda name: np.zeros(len(name)))
    >>> "two" in arrays, arrays["three"].shape
    (True, (5,))
    """

    def __init__(self, names: Iterable[str], read: Callable[[str], Any]):
        self._names = tuple(names)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class NamedArrays(NamedTuple):
    """A file's arrays by name; those of a table also say which column a number was in.

    `arrays` have `shape` and `dtype` and are cut like numpy's; `class_names` [C] are those that a
    table's columns name, else none. `rows` [N] are what instances are called where they are no rows
    of the file.
    """

    arrays: Mapping[str, Any]
    class_names: tuple[str, ...] = ()
    table: bool = False
    rows: tuple[str, ...] = ()

    def row(self, number: int) -> str:
        """Return what a row is called, counted from 0.

        >>> NamedArrays({}).row(17), NamedArrays({}, rows=("a", "b")).row(1)
        ('row 18', "instance 'b'")
        """
        return f"instance {self.rows[number]!r}" if self.rows else f"row {number + 1}"

    def place(self, name: str, row: int, exit: int | None = None, class_: int | None = None) -> str:
        """Return where a number stands, for a sentence about it; all counted from 0.

        >>> NamedArrays({}).place("logits", row=17, exit=0, class_=2)
        "array 'logits' at [0, 17, 2] (exit, row, class)"
        >>> NamedArrays({}, ("no", "yes"), table=True).place("logits", row=17, exit=0, class_=1)
        "row 18, column 'logits/1/yes'"
        """
        if self.table:
            parts = [] if exit is None else [str(exit + 1)]
            parts += [] if class_ is None else [self.class_names[class_]]
            return f"{self.row(row)}, column {'/'.join([name, *parts])!r}"
        found = {"exit": exit, "row": row, "class": class_}
        known = {axis: number for axis, number in found.items() if number is not None}
        return f"array {name!r} at {list(known.values())} ({', '.join(known)})"

    @property
    def columns(self) -> list[str]:
        """The names of what is no output of a model: labels, texts and so on."""
        return [name for name in self.arrays if name.split("/")[0] not in OUTPUTS]


@contextmanager
def read_named_arrays(path: Path, kind: Kind | None = None) -> Iterator[NamedArrays]:
    """Open a file by its suffix; `kind` says what a bare .npy holds, which has no names.

    Raises `OutputsError` where the file is not there, damaged, or of another format.
    """
    suffix = path.suffix.lower()
    if suffix not in (*ARRAY_FILES, *TABLE_FILES):
        raise OutputsError(
            f"expected a file that ends in {', '.join((*ARRAY_FILES, *TABLE_FILES))} but got {path}"
        )
    if kind is not None and suffix != ".npy":
        raise OutputsError(
            f"--{kind} is for a bare .npy, which has no names; in {path} name what they are: "
            f"{kind}, or {kind}/<model>"
        )
    if not path.is_file():
        raise OutputsError(f"expected a file at {path} but there is none; check the path")
    if suffix in TABLE_FILES:
        from .tables import read_table

        yield read_table(path)
    elif suffix == ".safetensors":
        with _safetensors(path) as found:
            yield NamedArrays(found)
    elif suffix == ".npz":
        with path.open("rb") as raw:  # numpy itself would not close a damaged file
            with _readable(path):
                file = np.load(raw)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise OutputsError(f"expected named arrays in {path} but got one; end it in .npy")
            yield NamedArrays(Unread(file.files, lambda name: _loaded(path, file, name)))
    else:
        if kind is None:
            raise OutputsError(
                f"expected to be told what {path} holds, since a .npy has no names: --logits or "
                "--probabilities"
            )
        yield NamedArrays({kind: read_npy(path)})


def read_npy(path: Path) -> np.ndarray:
    """Open a .npy without reading it whole; raises `OutputsError` where that cannot be."""
    with _readable(path):
        array = np.load(path, mmap_mode="r")
    if not isinstance(array, np.ndarray):
        array.close()
        raise OutputsError(f"expected one array in {path} but got several; end it in .npz")
    return array


def _loaded(path: Path, file: Any, name: str) -> np.ndarray:
    with _readable(path, f"array {name!r} of "):
        return file[name]


@contextmanager
def _safetensors(path: Path) -> Iterator[Mapping[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        file = safe_open(path, "numpy")
    except (SafetensorError, OSError) as error:
        raise OutputsError(f"expected a readable file at {path} but got: {error}") from error
    with file:
        yield Unread(file.keys(), lambda name: _Part(file.get_slice(name), name, path))


class _Part:
    """An array of a safetensors file, of which only what is asked for is read."""

    def __init__(self, piece: Any, name: str, path: Path):
        self._piece = piece
        self.shape = tuple(piece.get_shape())
        try:
            self.dtype = piece[tuple(slice(0, 1) for _ in self.shape)].dtype
        except (TypeError, AttributeError) as error:
            raise OutputsError(
                f"array {name!r} of {path}: expected numbers that numpy has, but they are "
                f"{piece.get_dtype()}; save them as float32"
            ) from error

    def __getitem__(self, index: Any) -> np.ndarray:
        return self._piece[index]


@contextmanager
def _readable(path: Path, what: str = "") -> Iterator[None]:
    """Say of numpy's many ways to fail which file it was about."""
    try:
        yield
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        came = next((said for sign, said in _NUMPY_SAYS.items() if sign in str(error)), str(error))
        raise OutputsError(f"expected a readable {what}{path} but got: {came}") from error


_NUMPY_SAYS = {
    "Object arrays": "objects, which only pickle could read; save plain numbers or texts",
    "pickled (object) data": "something else than arrays of numpy",
}
