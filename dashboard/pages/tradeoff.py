"""Trade-off: what each system buys at each speed-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cascade_core.operation import Operation, OutOfReach
from dashboard.charts import chart
from dashboard.chips import plain
from dashboard.choices import Choices, publish
from dashboard.conditions import LeavesAt
from dashboard.exported import AtWork, at_work, view_of
from dashboard.figures.exits import ExitShares, exits_figure
from dashboard.figures.tradeoff import tradeoff_figure
from dashboard.layout import committed, page_header, say_if_thinned
from dashboard.matched import matched_table
from dashboard.narrowing import pick
from dashboard.per_exit_table import per_exit_table
from dashboard.pick_box import pick_box
from dashboard.printed import printed_results, printed_switch
from dashboard.promise_table import promise_table
from dashboard.side_bar import choose
from dashboard.slices import slice_at
from dashboard.start import START_SPEEDUP
from dashboard.summary_table import summary_table
from dashboard.tables import Cell, Row, table
from dashboard.tau_lab import figure_address, tau_lab
from dashboard.theme import percent, times
from dashboard.tradeoff_picture import tradeoff_label, tradeoff_picture

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table

GUIDANCE = (
    "An answer leaves at the first exit whose score exceeds τ: a lower τ buys speed and pays with "
    "mistakes. Drag it."
)

MOST_BANDS = 8  # more lie on top of one another


def page() -> None:
    """Draw the page."""
    choices = choose("tradeoff")
    page_header("Trade-off", choices, GUIDANCE)
    tau_lab(choices, "tradeoff", _figure(choices), tradeoff_label(choices))
    publish(choices)
    printed_switch(choices)
    say_if_thinned(choices.curves.values(), "the CSV holds every state")
    if _many(choices):
        st.caption(
            f"Of more than {MOST_BANDS} curves only that of {plain(choices.focus)} has its band of "
            "95 % intervals drawn."
        )
    _say_what_temperatures_do(choices)
    committed(choices)
    operations = choices.operations
    _at_tau(choices, operations)
    _exits(choices)
    matched_table(choices)
    summary_table(choices)
    promise_table(choices)
    per_exit_table(choices)


def _figure(choices: Choices) -> str:
    many = _many(choices)

    def build():
        picture = tradeoff_picture(choices, choices.compared)
        if many:
            bands = {name: of for name, of in picture.bands.items() if name == choices.focus}
            picture = picture._replace(bands=bands)
        return tradeoff_figure(picture._replace(printed=printed))

    printed = printed_results(choices)
    made_from = (*choices.key, choices.setting, choices.focus if many else "", str(len(printed)))
    return figure_address(build, "tradeoff", *made_from)


def _many(choices: Choices) -> bool:
    """Whether more curves than can be told apart have bands."""
    return sum(curve.exits > 1 for curve in choices.curves.values()) > MOST_BANDS


def _say_what_temperatures_do(choices: Choices) -> None:
    """The same speed-up of the system in focus with and without temperatures."""
    if choices.shown.temperatures is None:
        return
    try:
        points = [one.at_speedup(START_SPEEDUP) for one in (choices.trained_curve, choices.curve)]
    except ValueError:
        return
    if points[0].threshold == points[1].threshold:
        st.caption("Temperatures change no confidence that this criterion asks for.")
        return
    before, after = (f"τ = {one.threshold:.4g} with {percent(one.score)}" for one in points)
    st.caption(
        f"On these examples {choices.focus} is {START_SPEEDUP:g} times as fast as trained from "
        f"{before}, and at temperatures from {after}. The Reliability page lists them."
    )


def _at_tau(choices: Choices, operations: list[Operation | OutOfReach]) -> None:
    score = choices.metric_title
    columns = ["system", "τ", choices.speedup_title, score, "95 % interval", "leave early", "ECE"]
    rows = [_row(choices, one) for one in operations]
    caption = f"All systems for τ = {choices.tau:.10g} of {choices.focus}; 95 % Wilson intervals"
    # Made now: what is written on a click is written outside the session, which knows tau.
    done = at_work(choices, [one for one in operations if isinstance(one, Operation)])
    saved = choices.saved("at-tau", exported=lambda: _exported(choices, done), at_tau=True)
    table(columns, rows, name="table-at-tau", caption=caption, saved=saved)


def _exported(choices: Choices, done: AtWork) -> Table:
    from cascade_core.exporting.operation_tables import operation_table

    return operation_table(view_of(choices), done)


def _row(choices: Choices, one: Operation | OutOfReach) -> Row:
    color = choices.styles[one.system].color
    focused = one.system == choices.focus
    if isinstance(one, OutOfReach):
        reach = f"attains {times(one.slowest)} to {times(one.fastest)}"
        dash = Cell("–", quiet=True)
        return Row(one.system, color, [dash, Cell(reach, quiet=True), *[dash] * 4])
    single = choices.systems[one.system].exits == 1
    interval = f"{percent(one.interval.low)} to {percent(one.interval.high)}"
    cells = [
        Cell("–", quiet=True) if single else Cell(f"{one.point.threshold:.10g}"),
        Cell(times(one.point.speedup)),
        Cell(percent(one.point.score)),
        Cell(interval),
        Cell(percent(one.point.early_share)),
        Cell(percent(one.calibration_error)),
    ]
    return Row(one.system, color, cells, focused)


def _exits(choices: Choices) -> None:
    """Where instances leave; a part of a bar selects those that leave there."""
    about, chosen = choices.without(LeavesAt.kind), choices.chosen(LeavesAt.kind)
    operations = [
        one
        for one in about.operations
        if isinstance(one, Operation) and about.systems[one.system].exits > 1
    ]
    if not operations:
        st.info(
            "Every system of this run has a single exit: nothing leaves early, τ moves nothing."
        )
        return
    rows = [
        ExitShares(
            one.system, about.exit_names(one.system), one.point.exit_counts / about.run.instances
        )
        for one in operations
    ]
    options = {
        f"{one.system}: {exit_name}": slice_at(
            LeavesAt, exit_name, about, one.system, one.point.threshold
        )
        for one in operations
        for exit_name in about.exit_names(one.system)
    }
    here = chosen if isinstance(chosen, LeavesAt) and chosen in options.values() else None
    title = f"Where instances leave for τ = {about.tau:.10g} · {about.setting}"
    label = "; ".join(
        f"{row.system}: "
        + ", ".join(f"{percent(s)} at {e}" for e, s in zip(row.exits, row.shares, strict=True))
        for row in rows
    )
    chart(
        exits_figure(title, rows, about.styles, (here.system, here.value) if here else None),
        key="exits",
        label=label,
        name=about.file_name("exits", at_tau=True),
        on_click=lambda clicked: pick(options[clicked.series]),
    )
    pick_box(
        "Select the examples that leave at",
        choices,
        LeavesAt.kind,
        options,
        key="leaving",
        help="As a click on a bar does. All pages then show these examples.",
    )
