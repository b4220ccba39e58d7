"""The exporter's view of a person's choices, for the tables that it has too."""

from __future__ import annotations

from dataclasses import replace

from cascade_core.comparison import Comparison
from cascade_core.exporting.view import Asked, View
from dashboard.choices import Choices


def view_of(choices: Choices, compared: Comparison | None = None, basis: str = "") -> View:
    """All systems, or those compared, as the exporter's tables take them."""
    run = choices.run
    if choices.shown.temperatures is not None:
        run = replace(run, split=f"{run.split}, at temperatures")
    asked = Asked(basis=basis or choices.basis, criterion=choices.criterion)
    elsewhere = choices.compared_for_choosing if choices.shown.calibration else None
    return View.of(run, asked, compared or choices.compared, elsewhere)
