"""The `cascadelens export` command: runs in, files with all their tables out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .runs_commands import console, fail


def export(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or folders with runs.")],
    output: Annotated[Path, typer.Option(help="Folder that receives the files.")],
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
        str | None, typer.Option(help="How systems exit. Default: each by its own.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace files of the same names.")] = False,
) -> None:
    """Write all tables of runs as CSV, LaTeX and HTML; of several runs the paper's tables too.

    CSV has all numbers, shares in [0, 1]. LaTeX needs the package booktabs; intervals are small,
    the best value of a column is bold. Curves, their front and instances are CSV only.

    Example: cascadelens export cached_runs/sst2-minilm --output tables --speedup 2 --speedup 3
    """
    from .exporting.execute import export_runs
    from .exporting.view import Asked

    speedups = tuple(dict.fromkeys(speedup or Asked().speedups))
    asked = Asked(speedups, basis, criterion, tuple(dict.fromkeys(threshold or ())))
    try:
        export_runs(console, runs, output, asked, format or (), overwrite)
    except (ValueError, OSError) as error:
        raise fail(error) from error
