"""The table of whole curves in one number each, on Trade-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cascade_core.summaries import RECOVERED_AT, Measured, Summary, summarise
from dashboard.choices import Choices
from dashboard.memory import offer
from dashboard.tables import Cell, Row, table
from dashboard.theme import percent, points

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table

SPANS = {"1-2": (1.0, 2.0), "1-3": (1.0, 3.0), "1-4": (1.0, 4.0), "2-4": (2.0, 4.0)}
WHAT_THEY_ARE = """
- **Mean**: the area under the curve, divided by its width: every speed-up between the two counts
  alike, so that 2× to 4× weighs twice as much as 1× to 2×.
- **Lead over fixed models**: the same mean of how far the curve lies above the run's models of one
  exit, joined by straight lines over cost (after the ELUE benchmark). It is as good as those models
  are.
- **Gap recovered**: at 2×, (score − small) / (large − small); small is the fastest model of one
  exit, large the reference. Where the two are close it says little.

Ranges are 95 % intervals of the bootstrap; thresholds are refit in each resample.
"""


def summary_table(choices: Choices) -> None:
    """Mean, lead and gap recovered of all systems of several exits."""
    if all(curve.exits == 1 for curve in choices.curves.values()):
        return
    span = st.segmented_control(
        "Summarise curves between",
        required=True,
        format_func=lambda one: "{:g}× and {:g}×".format(*SPANS[one]),
        help="The stretch of speed-ups that the first two columns are about.",
        **offer("span", list(SPANS), "1-3"),
    )
    low, high = SPANS[span or "1-3"]
    found = summarise(choices.compared, low, high, RECOVERED_AT)
    score = choices.metric_title
    columns = [
        "system",
        f"mean {score}",
        "lead over fixed models, points",
        f"gap recovered at {RECOVERED_AT:g}×",
    ]
    rows = [
        Row(one.system, choices.styles[one.system].color, _cells(one), one.system == choices.focus)
        for one in found
    ]
    basis = choices.speedup_title
    caption = (
        f"Curves between {low:g}× and {high:g}× in one number each, {basis}; 95 % intervals; τ of "
        "each speed-up chosen on these same examples"
    )
    saved = choices.saved("summaries", exported=lambda: _exported(choices, (low, high)))
    table(columns, rows, name="table-summaries", caption=caption, saved=saved)
    with st.expander("What these numbers are, and what they are not"):
        st.markdown(WHAT_THEY_ARE)


def _cells(one: Summary) -> list[Cell]:
    mean, lead, recovered = one.mean, one.lead, one.recovered
    return [
        _cell(mean, percent, "not so fast"),
        _cell(lead, points, "not so fast" if mean is None else "no fixed models there"),
        _cell(recovered, lambda share: percent(share, 0), "–"),
    ]


def _cell(found: Measured | None, written, otherwise: str) -> Cell:
    if found is None:
        return Cell(otherwise, quiet=True)
    low, high = found.interval
    return Cell(written(found.value), f"{written(low)} to {written(high)}")


def _exported(choices: Choices, span: tuple[float, float]) -> Table:
    from cascade_core.exporting.system_tables import summaries_table
    from dashboard.exported import view_of

    return summaries_table(view_of(choices), span)
