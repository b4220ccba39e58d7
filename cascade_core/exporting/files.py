"""Tables as files in a folder, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ..atomic import replaced_file
from .table import Table
from .writers import to_csv, to_html, to_latex


class Format(NamedTuple):
    """A file format: the suffix of its files, what writes it, and whether it is made to be read."""

    suffix: str
    write: Callable[[Table], str]
    for_pages: bool = True


FORMATS = {
    "csv": Format(".csv", to_csv, for_pages=False),
    "latex": Format(".tex", to_latex),
    "html": Format(".html", to_html),
}


class ExportError(ValueError):
    """Why tables cannot be written, and what to do."""


def write_tables(
    tables: Iterable[Table],
    folder: Path,
    formats: Iterable[str] = tuple(FORMATS),
    overwrite: bool = False,
) -> list[Path]:
    """Write tables to a folder and return the files; what is too long for a page only as CSV.

    Raises `ExportError` before anything is written: a file exists and is not to be overwritten, two
    tables share a name, or there is no such format.

    >>> import tempfile
    >>> import pandas as pd
    >>> table = Table("demo", "Two.", pd.DataFrame({"n": [2]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_tables([table], Path(folder))]
    ['demo.csv']
    """
    chosen = []
    for name in formats:
        if name not in FORMATS:
            raise ExportError(f"format: expected one of {', '.join(FORMATS)} but got {name!r}")
        chosen.append(FORMATS[name])
    files: dict[Path, tuple[Table, Format]] = {}
    for table in tables:
        for form in chosen:
            path = folder / f"{table.name}{form.suffix}"
            if path in files:
                raise ExportError(
                    f"two tables would both be {path}: export runs of one name to folders of "
                    "their own"
                )
            if table.columns or not form.for_pages:
                files[path] = table, form
    existing = [path for path in files if path.exists()]
    if existing and not overwrite:
        raise ExportError(
            f"{existing[0]} exists: give --overwrite to replace it, or another --output"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, (table, form) in files.items():
        with replaced_file(path) as fresh:
            fresh.write_text(form.write(table), encoding="utf-8")
    return list(files)
