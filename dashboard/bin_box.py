"""A bin of a reliability diagram as a selection: the examples that an exit is so sure of."""

from __future__ import annotations

from collections.abc import Mapping

from cascade_core.calibration import ReliabilityBins
from dashboard.charts import Clicked
from dashboard.choices import Choices
from dashboard.conditions import Sure
from dashboard.narrowing import pick
from dashboard.pick_box import pick_box
from dashboard.theme import percent


def bins_of(choices: Choices, exit_name: str, bins: ReliabilityBins) -> dict[str, Sure]:
    """The bins that hold examples, by what they are called, of an exit of the system in focus."""
    return {
        f"{percent(low)} to {percent(high)} sure": Sure(choices.focus, exit_name, low, high)
        for low, high, count in zip(
            bins.lower.tolist(), bins.upper.tolist(), bins.count.tolist(), strict=True
        )
        if count
    }


def bin_box(choices: Choices, bins: Mapping[str, Sure], exit_name: str) -> None:
    """The bins as a list to choose from."""
    pick_box(
        f"Select the examples that {exit_name} of {choices.focus} is so sure of",
        choices,
        Sure.kind,
        bins,
        key="bin",
        help="As a click on a bar of the first diagram does. All pages then show these examples.",
    )


def pick_bin(bins: Mapping[str, Sure], clicked: Clicked) -> None:
    """Select the bin that was clicked in the first diagram, that of all examples."""
    at = clicked.x / 100
    for one in bins.values():
        if (clicked.meta or {}).get("diagram") == 0 and one.low < at <= one.high:
            pick(one)
