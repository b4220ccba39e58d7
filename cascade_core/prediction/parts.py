"""Answers on disk: whole parts beside the output while it is being made, then one file.

While `labels.csv` is being made, `labels.csv.partial/` holds what decides the answers
(`manifest.json`) and the finished chunks (`part-000000.parquet`, ...). Files appear there whole or
not at all, so a writer killed at any moment is continued after its last part. This holds with one
writer at a time per output.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import ArrowException, Table
from pyarrow.csv import CSVWriter
from pyarrow.parquet import ParquetWriter, read_table, write_table

from ..atomic import replaced_file, replaced_folder
from .rows import Chunk, PredictionError

FORMAT = 1  # of the folder; raise it when the same settings would give other answers
SCHEMA = pyarrow.schema(
    {
        "row": pyarrow.int64(),
        "label": pyarrow.string(),
        "probability": pyarrow.float64(),
        "exit": pyarrow.string(),
        "layers": pyarrow.int32(),
        "gflops": pyarrow.float64(),
        "problem": pyarrow.string(),
    }
)
"""Columns of every output: a row with a problem has no answer, a row with an answer no problem."""

_MANIFEST = "manifest.json"
_OWN_FILE = re.compile(r"manifest\.json|\.?part-\d+\.parquet(\.new)?")
_DIGEST = b"cascadelens:rows"  # in a part's own header: of which rows it holds the answers


class OutputError(PredictionError):
    """An output that cannot be begun, continued or written."""


class Parts:
    """The finished chunks of one output, and how they become the output."""

    def __init__(self, output: Path):
        self.output = output
        self.folder = partial_folder(output)
        self.finished = 0
        while self._place(self.finished).exists():
            self.finished += 1

    def resume(self, chunks: Iterator[Chunk]) -> Iterator[Table]:
        """Return what is finished, taking the chunks it was made from off `chunks`.

        Raises `OutputError` when it was made from other rows.
        """
        for number in range(self.finished):
            chunk = next(chunks, None)
            table = self._read(number)
            if chunk is None or (table.schema.metadata or {}).get(_DIGEST) != chunk.digest.encode():
                first, last = (table["row"][place].as_py() for place in (0, -1))
                raise OutputError(
                    f"expected to continue {self.folder}, but rows {first} to {last} of the input "
                    "are not those that it was begun with; give the same input, or --overwrite to "
                    "start anew"
                )
            yield table

    def write(self, table: Table, chunk: Chunk) -> None:
        """Keep the answers to the next chunk."""
        marked = table.replace_schema_metadata({_DIGEST: chunk.digest})
        place = self._place(self.finished)
        with _errors_explained(place), replaced_file(place) as fresh:
            write_table(marked, fresh)
        self.finished += 1

    def finish(self) -> None:
        """Write the output from the parts, one at a time, put it in place, remove the parts."""
        write = _WRITERS[self.output.suffix]
        tables = map(self._read, range(self.finished))
        with _errors_explained(self.output), replaced_file(self.output) as fresh:
            write(fresh, (table.replace_schema_metadata(None) for table in tables))
        shutil.rmtree(self.folder)

    def _read(self, number: int) -> Table:
        place = self._place(number)
        try:
            return read_table(place)
        except (ArrowException, OSError) as error:
            raise OutputError(
                f"{place} is damaged ({error}); delete it, and the same command makes it again"
            ) from error

    def _place(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.parquet"


def partial_folder(output: Path) -> Path:
    """Return where the parts of an output are while it is being made."""
    return output.with_name(f"{output.name}.partial")


def check_output(output: Path, overwrite: bool = False) -> None:
    """Raise `OutputError` unless the output has a known suffix and is free to be written."""
    if output.suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise OutputError(f"expected an output that ends in {known}, but got {output}")
    if output.is_dir():
        raise OutputError(f"expected a file to write, but {output} is a folder")
    _refuse_foreign_content(partial_folder(output))
    # An unfinished replacement was agreed to when it was begun.
    replaces = overwrite or _read_manifest(output).get("replaces")
    if output.exists() and not replaces:
        raise OutputError(f"{output} exists: give --overwrite to replace it, or another --output")


def open_parts(output: Path, settings: Mapping[str, Any], overwrite: bool = False) -> Parts:
    """Begin an output, or go on with an unfinished one that was begun with the same settings.

    `settings` are everything but the rows that decides the answers, as JSON can hold it. With
    `overwrite` what is there is left out of account; an old output stays until the new one is
    whole. Raises `OutputError` when the output exists or the settings are not those it was begun
    with.
    """
    check_output(output, overwrite)
    settings = {"format": FORMAT, **settings}
    begun = {} if overwrite else _read_manifest(output)
    if not begun:
        manifest = {"replaces": output.exists(), "settings": settings}
        with _errors_explained(output), replaced_folder(partial_folder(output)) as fresh:
            text = json.dumps(manifest, indent=2, ensure_ascii=False)
            (fresh / _MANIFEST).write_text(text + "\n", encoding="utf-8")
    elif differences := _differences(begun["settings"], settings):
        raise OutputError(
            f"expected to continue {partial_folder(output)}, but it was begun with "
            f"{differences}; give the same again, or --overwrite to start anew"
        )
    return Parts(output)


def begun_with(output: Path) -> dict[str, Any]:
    """Return the settings that an unfinished output was begun with; none where there is none."""
    return _read_manifest(output).get("settings", {})


def as_json_lines(table: Table) -> Iterator[str]:
    """Return one line of JSON per row."""
    for row in table.to_pylist():
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _read_manifest(output: Path) -> dict[str, Any]:
    path = partial_folder(output) / _MANIFEST
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} is damaged ({error}); give --overwrite to start anew") from error


def _refuse_foreign_content(folder: Path) -> None:
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    foreign = [name for name in names if not _OWN_FILE.fullmatch(name)]
    if foreign:
        raise OutputError(
            f"{folder} is for unfinished answers, but holds {foreign[0]}, which would be lost; "
            "move it away or choose another --output"
        )


def _differences(begun: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    names = [name for name in {**begun, **wanted} if begun.get(name) != wanted.get(name)]
    return ", ".join(f"{name} {begun.get(name)} instead of {wanted.get(name)}" for name in names)


@contextmanager
def _errors_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(
            f"{path} could not be written ({reason}); with room and rights for it, the same "
            "command goes on"
        ) from error


def _write_parquet(path: Path, tables: Iterator[Table]) -> None:
    with ParquetWriter(path, SCHEMA) as writer:
        for table in tables:
            writer.write_table(table)


def _write_csv(path: Path, tables: Iterator[Table]) -> None:
    with CSVWriter(path, SCHEMA) as writer:
        for table in tables:
            writer.write_table(table)


def _write_json_lines(path: Path, tables: Iterator[Table]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for table in tables:
            file.writelines(as_json_lines(table))


_WRITERS: dict[str, Callable[[Path, Iterator[Table]], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
}
