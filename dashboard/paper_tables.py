"""A table of the paper, ours and published side by side, on the Paper page."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from cascade_core import Run
from cascade_core.exporting.names import file_name
from cascade_core.exporting.table import PERCENT
from cascade_core.paper.beside import Beside, BesideTable, Line, beside_table
from cascade_core.titles import METRICS, QUALITIES
from dashboard.memory import offer
from dashboard.paper_runs import PaperRuns
from dashboard.paper_setting import task_title
from dashboard.saving import Saved
from dashboard.tables import Cell, Row, table, unbroken
from dashboard.theme import points, system_styles, times

DASH = Cell("–", quiet=True)


def table_section(number: int, about: PaperRuns) -> None:
    """The part of the table that one chooses: a speed-up, or a quality of Table 5."""
    found = _beside(number, about.key, about.by_task)
    part = _choose_part(found)
    lines = [line for line in found.lines if line.part == part]
    colors = _colors(about.by_task)
    columns = ["system", *(_head(task, about.by_task, number) for task in found.tasks), "AVG"]
    frame = found.to_frame()
    numbers = [list(frame.columns), *frame.where(frame.notna(), "").values.tolist()]
    about_it = f"{_part_title(part)}; {about.said}."
    saved = Saved(file_name("paper", f"table-{number}", part, "beside"), about_it, numbers=numbers)
    printed = [line for line in lines if line.printed]
    _table_beside(number, part, columns, printed, colors, saved)
    alone = [line for line in lines if not line.printed]
    if alone:
        with st.expander(f"Systems of ours that Table {number} of the paper does not have"):
            rows = [_ours(line, colors[line.system]) for line in alone]
            caption = "In percent, as above; the paper’s own cascades are of two models"
            only = saved._replace(name=f"{saved.name}-ours-alone", numbers=())
            table(columns, rows, name="table-ours-alone", caption=caption, saved=only)
    _why_empty(found, lines)


@st.cache_resource(
    show_spinner="Setting every system of every run to the table’s speed-ups …", max_entries=12
)
def _beside(number: int, key: tuple[tuple[str, str], ...], _runs: Mapping[str, Run]) -> BesideTable:
    return beside_table(number, _runs)


def _colors(runs: Mapping[str, Run]) -> dict[str, str]:
    """Systems with several exits first, as on every page."""
    single = {name: one.exits == 1 for run in runs.values() for name, one in run.systems.items()}
    styles = system_styles(sorted(single, key=single.__getitem__))
    return {name: style.color for name, style in styles.items()}


def _choose_part(found: BesideTable) -> str:
    parts = found.parts
    if len(parts) == 1:
        return parts[0]
    start = "2x" if "2x" in parts else "3x" if "3x" in parts else parts[0]
    qualities = found.number == 5
    chosen = st.segmented_control(
        "What is asked" if qualities else "Speed-up",
        required=True,
        format_func=_part_title,
        help="Each is a part of the paper’s table.",
        **offer("part", parts, start),
    )
    return chosen or start


def _part_title(part: str) -> str:
    return QUALITIES.get(part, part.replace("x", "×"))


def _head(task: str, runs: Mapping[str, Run], number: int) -> str:
    run = runs.get(task)
    f1 = run is not None and run.metric == "f1" and number != 5
    return f"{task_title(task)} ({METRICS['f1']})" if f1 else task_title(task)


def _table_beside(
    number: int,
    part: str,
    columns: list[str],
    lines: list[Line],
    colors: dict[str, str],
    saved: Saved,
) -> None:
    measured = (
        "where a system is at least that fast: score, realised speed-up and 95 % interval"
        if number != 5
        else "of the last exit of the smallest model, over all examples"
    )
    caption = (
        f"Table {number}, {_part_title(part)}, in percent. Plain rows are ours, {measured}; shaded "
        "rows are as published, and how far ours is above in points. AVG is over the tasks that "
        "both have"
    )
    rows = []
    for line in lines:
        rows.append(_ours(line, colors.get(line.system, "")))
        rows.append(_published(line))
    table(columns, rows, name="table-beside", caption=caption, saved=saved)


def _ours(line: Line, color: str) -> Row:
    if not line.system:
        return Row("none of ours", "", [DASH for _ in (*line.cells, line.average)])
    cells = [_our_cell(cell) for cell in line.cells]
    return Row(line.system, color, [*cells, _average(line.average.ours.score, _over(line))])


def _our_cell(cell: Beside) -> Cell:
    score, speedup, _, interval, reason = cell.ours
    if math.isnan(score):
        return Cell("–", reason, quiet=True)
    between = f"{PERCENT.write(interval.low)} to {PERCENT.write(interval.high)}"
    realised = "" if math.isnan(speedup) else f"{times(speedup)} {unbroken(between)}"
    return Cell(PERCENT.write(score), realised)


def _published(line: Line) -> Row:
    cells = []
    for cell in line.cells:
        score, speedup, *_, reason = cell.published
        if math.isnan(score):
            cells.append(Cell("–", reason, quiet=True))
            continue
        realised = "" if math.isnan(speedup) else times(speedup)
        cells.append(Cell(PERCENT.write(score), " ".join(filter(None, [realised, _above(cell)]))))
    above = _above(line.average) or _over(line)
    average = _average(line.average.published.score, above)
    return Row(f"{line.printed}, published", "", [*cells, average], emphasis=True)


def _above(cell: Beside) -> str:
    return "" if math.isnan(cell.difference) else unbroken(f"ours {points(cell.difference)}")


def _over(line: Line) -> str:
    return f"{line.over} task{'' if line.over == 1 else 's'}"


def _average(score: float, note: str) -> Cell:
    return (
        Cell("–", "no task in common", quiet=True)
        if math.isnan(score)
        else Cell(PERCENT.write(score), note)
    )


def _why_empty(found: BesideTable, lines: list[Line]) -> None:
    """Why rows of ours are missing, and what else the table leaves out."""
    unmatched = [line.printed for line in lines if not line.system]
    if unmatched:
        st.caption(f"None of ours beside {', '.join(unmatched)}: no run has such a system here.")
    left_out: dict[str, list[str]] = {}
    for name, reason in found.left_out.items():
        left_out.setdefault(reason, []).append(name)
    for reason, names in left_out.items():
        st.caption(f"Not in this table: {', '.join(names)} ({reason}).")
