"""The table of thresholds with a promise, on Trade-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cascade_core import guarantee
from cascade_core.comparison import REFERENCE, Comparison
from cascade_core.deferral import LEARNED
from cascade_core.guarantee import CONFIDENCE, Promise, safe_thresholds
from cascade_core.operation import operate
from dashboard.choices import Choices
from dashboard.memory import offer
from dashboard.tables import Cell, Row, table
from dashboard.theme import percent, times

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table

MARGINS = {f"{100 * margin:g}": margin for margin in guarantee.MARGINS}
WHAT_IT_IS = """
Thresholds are tried from the safest on, which defers most, until one of them could cost more than
was allowed (learn then test, with a fixed sequence; each is tested by betting on the errors one by
one). Of a hundred runs for which such a promise is made, at least 95 keep it on new examples drawn
as these were. It is about accuracy, for one system and one allowance at a time: whoever picks
the best of many promises has a weaker one.
"""


def promise_table(choices: Choices) -> None:
    """The fastest threshold of each system that surely costs little, for an allowance one picks."""
    several = any(curve.exits > 1 for curve in choices.curves.values())
    if not several or not choices.compared.ladders[REFERENCE].scorable:
        return
    st.subheader("Thresholds with a promise", anchor=False)
    if choices.criterion in ("oracle", LEARNED) or choices.shown.temperatures is not None:
        st.info(
            "A promise is about exit scores that owe nothing to the labels of the examples it is "
            "found on. These were made with them: leave by another criterion, as trained."
        )
        return
    if choices.run.instances < choices.everything.run.instances:
        st.info(
            "A promise is about new examples drawn as those of the run were, not as a selection "
            "was: clear it to see promises."
        )
        return
    margin = st.segmented_control(
        f"How many more errors than {choices.run.reference} are allowed, in points",
        required=True,
        help="So many more of a hundred answers may be wrong than if the large model gave all.",
        **offer("margin", list(MARGINS), "1"),
    )
    allowed = MARGINS[margin or "1"]
    chosen_on = choices.compared_for_choosing
    promises = _promises(*choices.key, allowed, chosen_on)
    rows = [
        Row(
            name,
            choices.styles[name].color,
            _cells(choices, name, promise),
            name == choices.focus,
        )
        for name, promise in promises.items()
    ]
    score = choices.metric_title
    columns = ["system", "τ at least", choices.speedup_title, f"{score} here", "leave early"]
    points = "1 point" if margin == "1" else f"{margin} points"
    caption = (
        f"On new examples at most {points} more errors than {choices.run.reference}, with "
        f"{percent(CONFIDENCE, 0)} confidence, and as fast as that allows; τ found on "
        + ("the other half" if choices.shown.calibration else "these same examples")
    )
    saved = choices.saved("promises", exported=lambda: _exported(choices, allowed))
    table(columns, rows, name="table-promises", caption=caption, saved=saved)
    with st.expander("What this promise is"):
        st.markdown(WHAT_IT_IS)


@st.cache_resource(show_spinner="Testing thresholds …", max_entries=48)
def _promises(
    identity: str,
    criterion: str,
    basis: str,
    metric: str,
    margin: float,
    _compared: Comparison,
) -> dict[str, Promise]:
    return safe_thresholds(_compared, margin, CONFIDENCE)


def _cells(choices: Choices, system: str, promise: Promise) -> list[Cell]:
    if promise.threshold is None:
        dash = Cell("–", quiet=True)
        return [Cell("none", "no threshold can be promised", quiet=True), dash, dash, dash]
    ladder, curve = choices.systems[system], choices.curves[system]
    _, point, (low, high), *_ = operate(ladder, curve, promise.threshold)
    return [
        Cell(f"{point.threshold:.6g}"),
        Cell(times(point.speedup)),
        Cell(percent(point.score), f"{percent(low)} to {percent(high)}"),
        Cell(percent(point.early_share)),
    ]


def _exported(choices: Choices, allowed: float) -> Table:
    from cascade_core.exporting.system_tables import promises_table
    from dashboard.exported import view_of

    return promises_table(view_of(choices), [allowed])
