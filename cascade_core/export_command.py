"""The `cascadelens export` command: runs in, files with all their tables out, or one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from .runs_commands import console, fail, load, missing

if TYPE_CHECKING:
    from .exporting.view import Asked


def export(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or folders with runs.")],
    output: Annotated[
        Path | None, typer.Option(help="Folder that receives the files with tables.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="One file: a page of one run whose tau slider works.")
    ] = None,
    format: Annotated[
        list[str] | None, typer.Option(help="csv, latex or html; repeatable. Default: all.")
    ] = None,
    speedup: Annotated[
        list[float] | None, typer.Option(help="Compare there; repeatable. Default: 1, 2, 3, 4.")
    ] = None,
    threshold: Annotated[
        list[float] | None, typer.Option(help="tau to show systems at work for; repeatable.")
    ] = None,
    basis: Annotated[
        str, typer.Option(help="What speed-up counts: layers, flops ...; default: the run's first.")
    ] = "",
    criterion: Annotated[
        str | None,
        typer.Option(
            help="How systems exit. Default: each by its own; with --html all by that of the focus."
        ),
    ] = None,
    examples: Annotated[
        Literal["all", "half"],
        typer.Option(help="half: thresholds chosen on one half, numbers of the other."),
    ] = "all",
    overwrite: Annotated[bool, typer.Option(help="Replace files of the same names.")] = False,
) -> None:
    """Write all tables of runs as CSV, LaTeX and HTML, or a page of one run whose slider works.

    Of several runs it writes the paper's tables too. CSV has all numbers, shares in [0, 1]. LaTeX
    needs the packages booktabs and graphicx; intervals are small, the best value of a column is
    bold. Curves, their front and instances are CSV only. With --html it writes a page to pass on:
    one file that any browser opens, without a server or a network.

    Example: cascadelens export cached_runs/sst2-minilm --output tables --speedup 2 --speedup 3
    Example: cascadelens export cached_runs/mnli-minilm --html mnli.html
    """
    from .exporting.execute import export_runs
    from .exporting.view import Asked

    speedups = tuple(dict.fromkeys(speedup or Asked().speedups))
    thresholds = tuple(dict.fromkeys(threshold or ()))
    asked = Asked(speedups, basis, criterion, thresholds, half=examples == "half")
    try:
        if output is None and html is None:
            raise ValueError(
                "expected --output FOLDER for files with tables, or --html FILE for one page, but "
                "got neither"
            )
        if html is not None:
            _page(runs, html, asked, overwrite)
        if output is not None:
            export_runs(console, runs, output, asked, format or (), overwrite)
    except ModuleNotFoundError as error:
        raise missing("dashboard", error) from error
    except (ValueError, OSError) as error:
        raise fail(error) from error


def _page(places: list[Path], file: Path, asked: Asked, overwrite: bool) -> None:
    # The page is made of the dashboard's parts, which are only asked for when it is wanted.
    from dashboard.page_file import write_page

    from .exporting.execute import runs_in

    found = [run for place in places for run in runs_in(place)]
    if len(found) > 1:
        raise ValueError(f"--html: expected one run to make a page of but got {len(found)}")
    run = load(found[0])
    with console.status(f"Making a page of {escape(run.name)} …"):
        size = write_page(run, asked, file, overwrite)
    console.print(f"Wrote {escape(str(file))}, {size / 1e6:.1f} MB.")
