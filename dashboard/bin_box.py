"""A bin of a reliability diagram as a selection: the examples of which one is so sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from cascade_core.calibration import ReliabilityBins
from dashboard.charts import Clicked
from dashboard.choices import Choices
from dashboard.conditions import LetGo, Sure
from dashboard.narrowing import pick
from dashboard.pick_box import pick_box
from dashboard.slices import slice_at
from dashboard.theme import percent

ANY_EXIT = ""


class Bin(NamedTuple):
    """A bin that holds examples: which diagram it is in, counted from 0, and what it selects."""

    name: str
    diagram: int
    selects: Sure | LetGo


def bins_of_exit(choices: Choices, exit_name: str, bins: ReliabilityBins) -> list[Bin]:
    """The first diagram's: an exit of the system in focus, asked about all examples."""
    return [
        Bin(f"all examples: {_named(low, high)}", 0, Sure(choices.focus, exit_name, low, high))
        for low, high in _filled(bins)
    ]


def bins_at_tau(
    choices: Choices, diagram: int, name: str, exit_name: str, bins: ReliabilityBins
) -> list[Bin]:
    """Another diagram's: what the system in focus lets go of at τ, at one exit or at any."""
    at_tau = slice_at(LetGo, exit_name, choices)
    return [
        Bin(f"{name}: {_named(low, high)}", diagram, replace(at_tau, low=low, high=high))
        for low, high in _filled(bins)
    ]


def bin_box(choices: Choices, bins: Sequence[Bin]) -> None:
    """The bins of all diagrams as a list to choose from."""
    pick_box(
        "Select the examples of a bin",
        choices,
        Sure.kind,
        {one.name: one.selects for one in bins},
        key="bin",
        help="As a click on a bar of a diagram does. All pages then show these examples.",
    )


def pick_bin(bins: Sequence[Bin], clicked: Clicked) -> None:
    """Select the bin that was clicked."""
    at, diagram = clicked.x / 100, (clicked.meta or {}).get("diagram")
    for one in bins:
        if one.diagram == diagram and one.selects.low < at <= one.selects.high:
            pick(one.selects)


def _filled(bins: ReliabilityBins) -> list[tuple[float, float]]:
    edges = zip(bins.lower.tolist(), bins.upper.tolist(), bins.count.tolist(), strict=True)
    return [(low, high) for low, high, count in edges if count]


def _named(low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)} sure"
