"""Readers of plain text, CSV, TSV, JSON lines and Parquet: one row at a time, whatever the size."""

from __future__ import annotations

import csv
import gzip
import json
import sys
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, cast

from pyarrow import ArrowException, Scalar
from pyarrow.parquet import ParquetFile

from .rows import Columns, InputError, Row, Rows, Share, to_row

STDIN = "-"
FORMATS = {
    "text": (".txt", ".text"),
    "csv": (".csv",),
    "tsv": (".tsv",),  # without quoting, as in GLUE's own files
    "jsonl": (".jsonl", ".ndjson"),
    "parquet": (".parquet",),
}
"""Formats that can be read, with the suffixes they are known by; all but Parquet also as .gz."""

_BATCH_ROWS = 1024  # of a Parquet file at a time
_NOT_UNICODE = "\udcff"  # what Python reads an impossible byte as when told to go on


@contextmanager
def open_rows(source: str, columns: Columns, form: str | None = None) -> Iterator[Rows]:
    """Open a file, or stdin for "-", and read its rows one by one, however many there are.

    `form` is one of FORMATS, by default what the suffix says, and plain text for stdin. Text has a
    text per line, or two separated by a tab; the other formats have the text columns by one of
    their names. Raises `InputError` when the input is not there, has not these columns, or is
    damaged; a row with a problem is returned as such.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "films.csv"
    >>> _ = path.write_text("id,sentence\\n7,A warm film.\\n8,\\n")
    >>> with open_rows(str(path), {"sentence1": ["sentence1", "sentence"]}) as opened:
    ...     for row in opened.rows:
    ...         print(row)
    Row(texts=('A warm film.',), problem=None)
    Row(texts=None, problem='expected text in sentence1 but it is empty')
    """
    form = _find_form(source, form)
    with ExitStack() as stack:
        with _damage_explained(source):
            if form == "parquet":
                opened = _open_parquet(source, columns, stack)
            else:
                lines, share = _open_lines(source, form, stack)
                opened = Rows(_READERS[form](lines, columns, source), share)
        yield opened._replace(rows=_guarded(opened.rows, source))


def _find_form(source: str, form: str | None) -> str:
    if form is not None and form not in FORMATS:
        raise InputError(f"format: expected one of {', '.join(FORMATS)} but got {form!r}")
    name = source.removesuffix(".gz")
    by_suffix = {suffix: each for each, suffixes in FORMATS.items() for suffix in suffixes}
    found = form or ("text" if source == STDIN else by_suffix.get(Path(name).suffix.lower()))
    if found is None:
        raise InputError(
            f"expected a file that ends in {', '.join(by_suffix)} (or .gz after it) but got "
            f"{source}; say with --format which of {', '.join(FORMATS)} it is"
        )
    if found == "parquet" and (source == STDIN or name != source):
        raise InputError(
            f"expected Parquet in a plain file, since it is read from its end, but got {source}"
        )
    return found


def _open_lines(source: str, form: str, stack: ExitStack) -> tuple[TextIOWrapper, Share]:
    """Open for reading line by line, decoding what can be decoded."""
    binary, share = stack.enter_context(_open_bytes(source))
    # A lone carriage return ends no line; in CSV the csv module sees to line ends.
    newline = "" if form == "csv" else "\n"
    lines = TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline=newline)
    stack.callback(lines.detach)  # who opened it closes it; stdin stays open
    return lines, share


@contextmanager
def _open_bytes(source: str) -> Iterator[tuple[IO[bytes], Share]]:
    if source == STDIN:
        yield sys.stdin.buffer, lambda _: None
        return
    with open(source, "rb") as raw:
        size = Path(source).stat().st_size

        def share(_: int) -> float:
            return raw.tell() / size if size else 1.0

        if source.endswith(".gz"):
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast("IO[bytes]", unpacked), share
        else:
            yield raw, share


def _text_rows(lines: Iterable[str], columns: Columns, _: str) -> Iterator[Row]:
    for line in lines:
        cells = line.split("\t") if len(columns) > 1 else [line]
        if len(cells) == len(columns):
            yield to_row(cells, columns)
        else:
            yield Row(None, f"expected {len(columns)} texts between tabs but got {len(cells)}")


def _json_rows(lines: Iterable[str], columns: Columns, _: str) -> Iterator[Row]:
    for line in lines:
        try:
            record = json.loads(line.strip())
        except (ValueError, RecursionError) as error:
            yield Row(None, f"expected a JSON object ({error})")
            continue
        if not isinstance(record, dict):
            yield Row(None, f"expected a JSON object but got {type(record).__name__}")
            continue
        keys = [_find(names, record) for names in columns.values()]
        if None in keys:
            wanted = columns.values()
            missing = next(names for names, key in zip(wanted, keys, strict=True) if key is None)
            yield Row(None, f"expected {' or '.join(missing)} but got {_listed(record)}")
            continue
        yield to_row([record[key] for key in keys], columns)


def _csv_rows(lines: Iterable[str], columns: Columns, source: str) -> Iterator[Row]:
    # Strict: an opening quote that never closes is a problem, not one endless text.
    return _table_rows(csv.reader(lines, strict=True), columns, source)


def _tsv_rows(lines: Iterable[str], columns: Columns, source: str) -> Iterator[Row]:
    unquoted = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return _table_rows(unquoted, columns, source)


def _table_rows(table: Iterator[list[str]], columns: Columns, source: str) -> Iterator[Row]:
    """Read the header now, the rows when they are asked for."""
    try:
        header = next(table, [])
    except csv.Error as error:
        raise InputError(f"expected a header row in {source}, but {error}") from error
    places = [header.index(name) for name in _names_in(header, columns, source)]

    def rows() -> Iterator[Row]:
        while True:
            try:
                cells = next(table)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(None, f"expected {len(header)} cells ({error})")
                continue
            if len(cells) == len(header):
                yield to_row([cells[place] for place in places], columns)
            else:
                yield Row(None, f"expected {len(header)} cells but got {len(cells)}")

    return rows()


def _open_parquet(source: str, columns: Columns, stack: ExitStack) -> Rows:
    file = stack.enter_context(ParquetFile(source))
    names = _names_in(file.schema_arrow.names, columns, source)
    total = file.metadata.num_rows

    def rows() -> Iterator[Row]:
        for batch in file.iter_batches(_BATCH_ROWS, columns=list(set(names))):
            for cells in zip(*(batch.column(name) for name in names), strict=True):
                yield to_row(map(_value, cells), columns)

    return Rows(rows(), lambda done: done / total if total else 1.0)


def _value(cell: Scalar) -> object:
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        return _NOT_UNICODE


def _names_in(found: Sequence[str], columns: Columns, source: str) -> list[str]:
    names = []
    for candidates in columns.values():
        name = _find(candidates, found)
        if name is None:
            raise InputError(
                f"expected a column {' or '.join(candidates)} in {source}, but it has "
                f"{_listed(found)}; say with --column which one holds the texts"
            )
        names.append(name)
    return names


def _find(candidates: Iterable[str], found: Container[str]) -> str | None:
    return next((name for name in candidates if name in found), None)


def _listed(names: Iterable[str], most: int = 10) -> str:
    """Names for a sentence: not all of too many, and none with half a character."""
    shown = list(islice(names, most + 1))
    listed = ", ".join([*shown[:most], *(["..."] if shown[most:] else [])]) or "none"
    return listed.encode(errors="backslashreplace").decode()


def _guarded(rows: Iterator[Row], source: str) -> Iterator[Row]:
    with _damage_explained(source):
        yield from rows


@contextmanager
def _damage_explained(source: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, ArrowException) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"expected a readable file at {source} but got: {reason}") from error


_READERS = {"text": _text_rows, "csv": _csv_rows, "tsv": _tsv_rows, "jsonl": _json_rows}
