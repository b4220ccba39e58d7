"""The `cascadelens` command: each subcommand is a thin door to one function of the packages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .runs import (
    OWN_RUNS,
    Run,
    RunError,
    RunSummary,
    default_runs_folders,
    list_runs,
    load_run,
    save_run,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Compute every exit of early-exit models and cascades once; replay any rule over them.",
)
runs_app = typer.Typer(no_args_is_help=True, help="List, check and describe runs on disk.")
app.add_typer(runs_app, name="runs")
console = Console()


def _fail(error: Exception) -> typer.Exit:
    """Print an error's sentence instead of its traceback; the command ends with status 1."""
    Console(stderr=True).print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
    return typer.Exit(1)


@app.command()
def dashboard(
    runs: Annotated[
        Path | None, typer.Option(help="A folder of runs; default: shipped ones and ./runs.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Explore runs in a browser: trade-off curves, exits, single examples, as tau moves.

    Example: cascadelens dashboard --port 8600
    """
    try:
        from dashboard import launch
    except ModuleNotFoundError as error:
        raise _missing("dashboard", error) from error
    launch(runs_dir=runs, port=port, open_browser=browser)


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help="A shipped recipe's name, or a TOML file.")],
    output: Annotated[Path, typer.Option(help="Folder that receives the run's folder.")] = OWN_RUNS,
    cache: Annotated[Path | None, typer.Option(help="Where trained models are kept.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a run of the same name.")] = False,
) -> None:
    """Train what is missing, compute every exit, write a run.

    Trained models are kept and shared between recipes. Interrupt it at any time: the same command
    goes on from the last finished epoch.

    Example: cascadelens run sst2-minilm
    """
    from .recipes.recipe import RecipeError, load_recipe

    try:
        chosen = load_recipe(recipe)
        folder = output / chosen.name
        if folder.exists() and not overwrite:
            raise RunError(f"{folder} exists: give --overwrite to replace it, or another --output")
        from .recipes.execute import execute

        save_run(execute(chosen, console, cache), folder)
    except (RecipeError, RunError, LookupError) as error:
        raise _fail(error) from error
    except ModuleNotFoundError as error:
        raise _missing("models", error) from error
    console.print(f"Wrote {folder}. See it with: cascadelens dashboard")


@runs_app.command("list")
def list_command(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder of runs; default: shipped ones and ./runs.")
    ] = None,
) -> None:
    """List runs with their size and systems; a damaged one with what is wrong.

    Example: cascadelens runs list
    """
    table = Table("run", "task", "split", "instances", "systems", "folder")
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
    run = _load(folder, verify=True)
    console.print(f"{escape(run.name)} is whole: {run.identity}")


@runs_app.command()
def describe(folder: Annotated[Path, typer.Argument(help="A run's folder.")]) -> None:
    """Print what a run holds and what its systems reach at 1x, 2x and 3x.

    Example: cascadelens runs describe cached_runs/sst2-minilm
    """
    run = _load(folder)
    console.print(
        f"[bold]{escape(run.name)}[/]: {escape(run.task)}/{escape(run.split)}, "
        f"{run.instances:,} instances, {run.metric}, reference {escape(run.reference)}"
    )
    console.print(_systems_table(run))


def _find_runs(folder: Path | None) -> list[RunSummary]:
    folders = [folder] if folder else default_runs_folders()
    try:
        return [summary for place in folders for summary in list_runs(place)]
    except RunError as error:
        raise _fail(error) from error


def _load(folder: Path, verify: bool = False) -> Run:
    try:
        return load_run(folder, verify=verify)
    except RunError as error:
        raise _fail(error) from error


def _systems_table(run: Run) -> Table:
    from .tradeoff import tradeoff_curve

    table = Table("system", "exits", "cost (layers)", *(f"{speedup}x" for speedup in (1, 2, 3)))
    for name, ladder in run.systems.items():
        curve = tradeoff_curve(ladder, run.system_specs[name].criterion, metric=run.metric)
        scores = []
        for speedup in (1, 2, 3):
            try:
                point = curve.at_speedup(speedup)
                scores.append(f"{100 * point.score:.1f} ({point.speedup:.2f}x)")
            except ValueError:  # beyond this system's reach
                scores.append("-")
        costs = ", ".join(f"{cost:g}" for cost in ladder.costs["layers"])
        table.add_row(escape(name), str(ladder.exits), costs, *scores)
    return table


def _missing(extra: str, error: ModuleNotFoundError) -> typer.Exit:
    return _fail(
        ModuleNotFoundError(f"{error.name} is not installed: pip install 'cascadelens[{extra}]'")
    )


if __name__ == "__main__":
    app()
