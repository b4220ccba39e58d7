"""A person's choices as the exporter takes them, for the tables that it has too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cascade_core import Run
from cascade_core.comparison import Comparison
from cascade_core.exporting.view import Asked, View
from cascade_core.operation import Operation
from dashboard.choices import Choices

AtWork = list[tuple[tuple[str, str], Operation]]  # where, which system, what it does


def run_of(choices: Choices) -> Run:
    """The run that is shown; where its confidences are at temperatures its split says so."""
    run = choices.run
    if choices.shown.temperatures is None:
        return run
    return replace(run, split=f"{run.split}, at temperatures")


def view_of(choices: Choices, compared: Comparison | None = None, basis: str = "") -> View:
    """All systems, or those compared, as the exporter's tables take them."""
    run = run_of(choices)
    asked = Asked(basis=basis or choices.basis, criterion=choices.criterion)
    elsewhere = choices.compared_for_choosing if choices.shown.calibration else None
    return View.of(run, asked, compared or choices.compared, elsewhere)


def at_work(choices: Choices, operations: Sequence[Operation]) -> AtWork:
    """What systems do, each with where it is that they do it."""
    where = f"speed-up of {choices.focus} at" if choices.same_speedup else "same"
    return [((f"{where} τ = {choices.tau:.6g}", one.system), one) for one in operations]
