"""Runs in, files with all their tables out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from ..runs import Run, RunError, list_runs, load_run
from ..storage import HEADER
from ..tasks import is_graded
from .files import FORMATS, ExportError, write_tables
from .paper_tables import paper_tables
from .run_tables import run_tables
from .table import Table, Tables
from .view import Asked


def export_runs(
    console: Console,
    places: Iterable[Path],
    folder: Path,
    asked: Asked,
    formats: Sequence[str] = (),
    overwrite: bool = False,
) -> None:
    """Write all tables of some runs to a folder, and of several runs the paper's tables too.

    Says what there was no table for. Raises `ValueError` with a sentence for whatever is wrong with
    a run, a choice or the folder, before anything is written.

    >>> import tempfile
    >>> from cascade_core import save_run
    >>> from cascade_core.paper.example import example_run
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     save_run(example_run(), f"{parent}/run")
    ...     place, console = Path(parent), Console(quiet=True)
    ...     export_runs(console, [place / "run"], place / "tables", Asked(), ["latex"])
    ...     sorted(path.name for path in (place / "tables").iterdir())[0]
    'cascadelens-sst2-example-dev-n6-exits-accuracy.tex'
    """
    runs = [load_run(run) for place in places for run in runs_in(place)]
    tables: list[Table] = []
    for run in runs:
        with console.status(f"Computing the tables of {escape(run.name)} …"):
            try:
                found = run_tables(run, asked)
            except ValueError as error:
                raise ExportError(f"run {run.name}: {error}") from error
        tables += found.tables.values()
        _say(console, run.name, found)
    if len(runs) > 1:
        with console.status("Computing the tables of the paper …"):
            found = _of_paper(runs, asked)
        tables += found.tables.values()
        _say(console, "the paper", found)
    written = write_tables(tables, folder, formats or tuple(FORMATS), overwrite)
    console.print(f"Wrote {len(written)} files to {escape(str(folder))}.")


def runs_in(place: Path) -> list[Path]:
    """The run that a folder is, or else the runs that are in it. RunError where there is none.

    >>> from cascade_core.runs import shipped_runs_dir
    >>> [run.name for run in runs_in(shipped_runs_dir())][0]
    'graded-nli'
    """
    if (place / HEADER).exists():
        return [place]
    found = [summary.folder for summary in list_runs(place)]
    if not found:
        raise RunError(f"Expected a run, or runs, in {place}, but there is none. Check the path.")
    return found


def _of_paper(runs: Sequence[Run], asked: Asked) -> Tables:
    """The paper's tables; what cannot be told of these runs is no reason to keep back theirs."""
    about = [run for run in runs if not is_graded(run.task)]
    if not about:
        return Tables({}, {"tables 2 to 7": "graded tasks are not among those of the paper"})
    try:
        return paper_tables(about, asked.basis or "layers")
    except ValueError as error:
        return Tables({}, {"tables 2 to 7": str(error)})


def _say(console: Console, whose: str, found: Tables) -> None:
    for table, reason in found.left_out.items():
        console.print(escape(f"{whose}: no {table}: {reason}."), soft_wrap=True)
