"""The progress bar that long work on models shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..models.training import StepProgress


@contextmanager
def bar(console: Console, title: str, transient: bool = False) -> Iterator[StepProgress]:
    """Show a progress bar while the block runs; it is moved by calling (done, in all).

    A `transient` one leaves no line behind.
    """
    columns = (TextColumn(title), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=transient) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
