"""The `cascadelens runs` commands: list, check and describe runs, and what they say together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from .projections import METHODS
from .runs import (
    Run,
    RunError,
    RunSummary,
    default_runs_folders,
    list_runs,
    load_run,
    shipped_runs_dir,
)
from .tasks import is_graded
from .weights import missing_weights

runs_app = typer.Typer(no_args_is_help=True, help="List, check and describe runs on disk.")
console = Console()


def fail(error: Exception) -> typer.Exit:
    """Print an error's sentence instead of its traceback; the command ends with status 1.

    What was looked up in vain by our own fault has no sentence, and keeps its traceback.
    """
    if type(error) in (KeyError, IndexError):
        raise error
    Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
    return typer.Exit(1)


def missing(extra: str, error: ModuleNotFoundError) -> typer.Exit:
    """The same of a library that is not installed: the sentence says what to install."""
    return fail(
        ModuleNotFoundError(f"{error.name} is not installed: pip install 'cascadelens[{extra}]'")
    )


@runs_app.command("list")
def list_command(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder of runs; default: shipped ones and ./runs.")
    ] = None,
) -> None:
    """List runs with their size and systems; a damaged one with what is wrong.

    Example: cascadelens runs list
    """
    table = Table(Column("run", no_wrap=True), "task", "split", "instances", "systems", "folder")
    for summary in _find_runs(folder):
        if summary.error:
            table.add_row(summary.name, "[red]damaged[/]", "", "", escape(summary.error), "")
            continue
        systems, place = ", ".join(summary.systems), str(summary.folder)
        cells = (summary.name, summary.task, summary.split, f"{summary.instances:,}")
        table.add_row(*map(escape, (*cells, systems, place)))
    console.print(table)


@runs_app.command()
def check(folder: Annotated[Path, typer.Argument(help="A run's folder.")]) -> None:
    """Read a run whole and compare its content with the identity written beside it.

    Example: cascadelens runs check cached_runs/sst2-minilm
    """
    run = load(folder, verify=True)
    console.print(f"{escape(run.name)} is whole: {run.identity}")


@runs_app.command()
def describe(folder: Annotated[Path, typer.Argument(help="A run's folder.")]) -> None:
    """Print what a run holds and what its systems reach at 1x, 2x and 3x.

    Example: cascadelens runs describe cached_runs/sst2-minilm
    """
    run = load(folder)
    about = f"{run.task}/{run.split}, " if run.task else ""
    console.print(
        f"[bold]{escape(run.name)}[/]: {escape(about)}{run.instances:,} instances, {run.metric}, "
        f"reference {escape(run.reference)}"
    )
    console.print(_systems_table(run))


@runs_app.command()
def verdicts(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder of runs; default: the shipped ones.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="A Markdown file to write.")] = None,
    table: Annotated[Path | None, typer.Option(help="A CSV file of all figures to write.")] = None,
) -> None:
    """Hold runs against the claims of the CascadeBERT paper: differences with intervals.

    Takes every run of the folder that is whole, but for graded tasks, whose texts were written to
    be easy or hard; a second run of a task is an error.

    Example: cascadelens runs verdicts cached_runs --output verdicts.md
    """
    from .paper.claims import verdicts as judge
    from .paper.tables import table_2
    from .paper.verdicts_page import page

    found = [
        load(summary.folder)
        for summary in _find_runs(folder or shipped_runs_dir())
        if not (summary.error or is_graded(summary.task))
    ]
    try:
        judged = judge(found)
    except ValueError as error:
        raise fail(ValueError(f"{error}; or name a folder with one run of each task")) from error
    written = page(judged, table_2(found))
    if output:
        output.write_text(written, encoding="utf-8")
        console.print(f"Wrote {escape(str(output))}.")
    if table:
        judged.to_frame().to_csv(table, index=False)
        console.print(f"Wrote {escape(str(table))}.")
    if not (output or table):
        console.print(written, markup=False, highlight=False, soft_wrap=True)


@runs_app.command()
def pack(
    folder: Annotated[Path, typer.Argument(help="A run whose trained weights are in the cache.")],
    output: Annotated[Path, typer.Option(help="A folder that receives the weights.")],
    model: Annotated[
        list[str] | None, typer.Option(help="A model to pack, all of them by default.")
    ] = None,
) -> None:
    """Pack a run's trained weights to ship: rounded, and what is shared only once.

    Example: cascadelens runs pack runs/graded-nli --output cached_runs/weights
    """
    from .prediction.packing import pack_weights

    run = load(folder)
    try:
        packed = pack_weights(run, model or list(run.models), output)
    except (LookupError, ValueError) as error:
        raise fail(error) from error
    console.print(f"Packed {len(packed)} models, {sum(packed.values()) / 1e6:.1f} MB, to {output}.")


@runs_app.command()
def project(
    folder: Annotated[Path, typer.Argument(help="A run whose trained weights are at hand.")],
    model: Annotated[
        list[str] | None, typer.Option(help="A model; all whose weights are at hand by default.")
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="tsne, umap or pca; all three by default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides all pictures.")] = 0,
) -> None:
    """Add pictures of models' layers to a run, and how well a linear probe does on each.

    Example: cascadelens runs project runs/mine --model DeeBERT --method umap
    """
    from .prediction.represent_run import represent_run
    from .recipes.progress import bar

    run = load(folder)
    missing = missing_weights(run)
    models = model or [one for one in run.models if one not in missing]
    if not models:
        raise fail(LookupError(next(iter(missing.values()))))
    if unknown := set(method or ()) - METHODS.keys():
        raise fail(
            ValueError(f"--method: expected {', '.join(METHODS)}, but got {unknown.pop()!r}")
        )
    for name in models:
        with bar(console, escape(name)) as advance:
            try:
                represent_run(
                    folder,
                    name,
                    method or list(METHODS),
                    seed=seed,
                    allow_hub=True,
                    progress=lambda _, done, pieces, tell=advance: tell(done, pieces),
                )
            except (LookupError, ValueError) as error:
                raise fail(error) from error
    console.print(f"Projected {', '.join(map(escape, models))}; kept in {escape(str(folder))}.")


def _find_runs(folder: Path | None) -> list[RunSummary]:
    folders = [folder] if folder else default_runs_folders()
    try:
        return [summary for place in folders for summary in list_runs(place)]
    except RunError as error:
        raise fail(error) from error


def load(folder: Path, verify: bool = False) -> Run:
    """Load a run, or end the command with what is wrong with it."""
    try:
        return load_run(folder, verify=verify)
    except RunError as error:
        raise fail(error) from error


def _systems_table(run: Run) -> Table:
    from .comparison import run_curves

    basis = next(iter(run.compose([run.reference], run.reference).costs))
    counted = run.cost_unit if basis == "cost" and run.cost_unit else basis
    speedups = (f"{speedup}x" for speedup in (1, 2, 3))
    table = Table("system", "exits", f"cost ({escape(counted)})", *speedups)
    for name, curve in run_curves(run, basis=basis).items():
        scores = []
        for speedup in (1, 2, 3):
            try:
                point = curve.at_speedup(speedup)
                scores.append(f"{100 * point.score:.1f} ({point.speedup:.2f}x)")
            except ValueError:  # beyond this system's reach
                scores.append("-")
        costs = ", ".join(f"{np.mean(cost):g}" for cost in run.systems[name].costs[basis])
        table.add_row(escape(name), str(curve.exits), costs, *scores)
    return table
