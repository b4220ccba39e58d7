"""Replace a folder or a file so that a kill at any moment leaves the old content or the new one.

A folder is written under a temporary name beside its place and then renamed. When something already
stands there it is first renamed aside, so for an instant the place is empty; `standing_folder` then
finds what was set aside. This holds with one writer at a time per folder.

For a moment, or after a kill, there lie beside `runs/demo`: `.demo.new-*` (unfinished),
`.demo.old-*` (whole, set aside) and `.demo.gone-*` (being deleted). The next writer removes what is
set aside, and of the others those that are older than a day.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DAY_SECONDS = 24 * 60 * 60


@contextmanager
def replaced_folder(folder: str | os.PathLike) -> Iterator[Path]:
    """Yield an empty folder to fill; at the end of the block it takes the place of `folder`.

    An exception inside the block leaves the old content as it was. Parents are created.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "demo"
    >>> with replaced_folder(place) as fresh:
    ...     _ = (fresh / "note.txt").write_text("hello")
    >>> (place / "note.txt").read_text()
    'hello'
    """
    folder = Path(folder).resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_old_leftovers(folder)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        fresh.chmod(0o755)  # mkdtemp keeps other users out; the result is a folder like any other
        yield fresh
        for path in (*fresh.rglob("*"), fresh):
            _flush_to_disk(path)
        _put_in_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def replaced_file(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a path to write to; at the end of the block that file takes the place of `path`.

    An exception inside the block leaves the old content as it was.
    """
    path = Path(path)
    fresh = path.with_name(f".{path.name}.new")  # what a killed writer left of it is overwritten
    try:
        yield fresh
        _flush_to_disk(fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def standing_folder(folder: str | os.PathLike) -> Path:
    """Return where the content of `folder` is: in its place or, after a kill, set aside."""
    folder = Path(folder)
    if not folder.exists():
        for aside in _beside(folder, "old"):
            return aside
    return folder


def set_aside_folders(parent: str | os.PathLike) -> list[Path]:
    """Return the places inside `parent` that are empty because their content is set aside."""
    parent = Path(parent)
    places = (
        parent / path.name[1:].rpartition(".old-")[0]
        for path in parent.iterdir()
        if path.name.startswith(".") and ".old-" in path.name
    )
    return sorted({place for place in places if not place.exists()})


def _put_in_place(fresh: Path, folder: Path) -> None:
    suffix = fresh.name.rpartition("-")[2]
    if folder.exists():
        os.rename(folder, folder.with_name(f".{folder.name}.old-{suffix}"))
    os.rename(fresh, folder)
    _flush_to_disk(folder.parent)
    for aside in _beside(folder, "old"):
        # Renamed first: a kill half-way must not leave half a folder that looks set aside.
        dying = aside.rename(
            folder.with_name(f".{folder.name}.gone-{aside.name.rpartition('-')[2]}")
        )
        shutil.rmtree(dying, ignore_errors=True)


def _beside(folder: Path, kind: str) -> list[Path]:
    prefix = f".{folder.name}.{kind}-"
    parent = folder.resolve().parent
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.name.startswith(prefix))


def _remove_old_leftovers(folder: Path) -> None:
    """Delete what killed writers left; a day's grace spares a writer that is still at work."""
    for leftover in (*_beside(folder, "new"), *_beside(folder, "gone")):
        if time.time() - leftover.stat().st_mtime > _DAY_SECONDS:
            shutil.rmtree(leftover, ignore_errors=True)


def _flush_to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
