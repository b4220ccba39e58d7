"""Reliability: can the exits be trusted?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from cascade_core import titles
from cascade_core.by_category import ByCategory, RankCorrelation, by_category, is_order
from cascade_core.exit_quality import exit_grid
from cascade_core.operation import Operation, OutOfReach
from dashboard.calibration_section import calibration_section
from dashboard.cell_section import SLOT, cell_box, cells_of, pairs_table, pick_cell
from dashboard.charts import chart
from dashboard.choices import Choices, publish
from dashboard.conditions import InCategory
from dashboard.exported import AtWork, at_work, run_of, view_of
from dashboard.figures.heatmap import heatmap_figure, heatmap_picture
from dashboard.figures.levels import LevelsPicture, levels_figure
from dashboard.layout import page_header
from dashboard.memory import offer
from dashboard.narrowing import pick
from dashboard.pick_box import pick_box
from dashboard.saving import Shown, save_buttons
from dashboard.side_bar import choose
from dashboard.tables import Cell, Row, table
from dashboard.theme import percent, times

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table

GUIDANCE = (
    "An exit may let go of what it is sure of only if being sure means being right: every exit is "
    "asked that here. Where a run knows how difficult its examples are, systems are also asked "
    "whether they spend more on what is difficult."
)
SHOWN = 8  # systems with several exits that are drawn


def page() -> None:
    """Draw the page."""
    choices = choose("reliability")
    page_header("Reliability", choices, GUIDANCE)
    _heatmap(choices)
    calibration_section(choices)
    if choices.run.categories:
        _by_category(choices)
    publish(choices)


def _heatmap(choices: Choices) -> None:
    quality = st.segmented_control(
        "Ask of every exit",
        required=True,
        format_func=titles.QUALITIES.__getitem__,
        help="The difficulty inversion score: of all pairs of a right and a wrong answer, those in "
        "which the right one is the surer. 50 % is chance.",
        **offer("quality", list(titles.QUALITIES), "dis"),
    )
    about, selected = choices.without(SLOT), choices.chosen(SLOT)
    if (about.run.labels < 0).all():
        st.info("No example here has a label: nothing can be said of the exits.")
        return
    grid = exit_grid(about.run, quality or "dis")
    cells = cells_of(about.run, grid)
    chosen = next((cell for cell in cells.values() if cell.condition == selected), None)
    picture = heatmap_picture(grid, about.setting, chosen and (chosen.model, chosen.depth))
    label = f"{picture.value_title} in per cent, model by {grid.counted}, on {about.setting}"
    chart(
        heatmap_figure(picture),
        key=f"heatmap-{grid.quality}",
        label=label,
        name=about.file_name(grid.quality),
        on_click=lambda clicked: pick_cell(cells, clicked),
    )
    saved = about.saved(grid.quality, exported=lambda: _exported_grid(about, grid.quality))
    save_buttons(saved, Shown([], [], picture.title), "save-grid")
    cell_box(choices, grid, cells)
    pairs_table(choices)


def _exported_grid(choices: Choices, quality: str) -> Table:
    from cascade_core.exporting.run_tables import exits_table

    return exits_table(run_of(choices), quality)


def _by_category(choices: Choices) -> None:
    categories = choices.everything.run.categories
    name = st.segmented_control(
        "Examples by",
        required=True,
        format_func=str.capitalize,
        help="What the run knows of its examples besides their labels.",
        **offer("category", list(categories), next(iter(categories))),
    )
    name = name or next(iter(categories))
    options = {
        value: InCategory(name, value)
        for code, value in enumerate(categories[name].names)
        if (categories[name].codes == code).any()
    }
    chosen = choices.chosen(f"category {name}")
    pick_box(
        f"Select the examples of {name}",
        choices,
        f"category {name}",
        options,
        key=f"pick {name}",
        help="As a click on a point does. All pages then show these examples.",
    )
    choices = choices.without(f"category {name}")
    categories = choices.run.categories
    operations = choices.operations
    basis = "layers" if "layers" in choices.systems[choices.focus].costs else choices.basis
    found = [
        (one, by_category(choices.systems[one.system], categories[name], one.left, basis))
        for one in operations
        if isinstance(one, Operation)
    ]
    several = [of for one, of in found if choices.systems[one.system].exits > 1]
    drawn = sorted(several or [of for _, of in found], key=lambda of: of.system != choices.focus)
    picture = LevelsPicture(
        f"By {name}, for τ = {choices.tau:.10g} · {choices.setting}",
        name,
        drawn[:SHOWN],
        choices.styles,
        choices.basis_titles[basis],
        chosen.value if isinstance(chosen, InCategory) else None,
    )
    label = f"{picture.counted.capitalize()} and accuracy by {name}: " + "; ".join(
        f"{one.system}: " + ", ".join(f"{row.name} {row.cost:.3g}" for row in one.rows)
        for one in picture.systems
    )
    chart(
        levels_figure(picture),
        key=f"by-{name}",
        label=label,
        name=choices.file_name("by", name, at_tau=True),
        on_click=lambda clicked: pick(options[clicked.x]) if clicked.x in options else None,
    )
    if drawn[SHOWN:]:
        st.caption(f"Not drawn, but in the table: {', '.join(of.system for of in drawn[SHOWN:])}.")
    _table(choices, name, found, is_order(categories[name]), basis)
    unreached = [one.system for one in operations if isinstance(one, OutOfReach)]
    if unreached:
        st.caption(f"Not as fast as {choices.focus}: {', '.join(unreached)}.")


def _table(
    choices: Choices,
    name: str,
    found: list[tuple[Operation, ByCategory]],
    ordered: bool,
    basis: str,
) -> None:
    """Every system's accuracy and cost in each category; for levels, whether it follows them."""
    counted = choices.basis_titles[basis]
    names = [row.name for row in found[0][1].rows]
    follows = ["depth follows", "doubt follows"] if ordered else []
    columns = ["system", choices.speedup_title, *follows, *names]
    rows = []
    for operation, one in found:
        correlations = [_correlation(one.depth), _correlation(one.doubt)] if ordered else []
        inside = [
            Cell(
                percent(row.accuracy), f"{choices.amount(basis, row.cost)} · DIS {percent(row.dis)}"
            )
            for row in one.rows
        ]
        cells = [Cell(times(operation.point.speedup)), *correlations, *inside]
        color = choices.styles[one.system].color
        rows.append(Row(one.system, color, cells, one.system == choices.focus))
    explained = (
        f" “Depth follows” is Spearman’s correlation of {name} and {counted}, “doubt follows” of "
        f"{name} and how unsure the first exit is: 1 is perfect, 0 is none."
        if ordered
        else ""
    )
    caption = f"Accuracy by {name}, {counted}, DIS of the first exit within.{explained}"
    # Made now: what is written on a click is written outside the session, which knows tau.
    done = at_work(choices, [operation for operation, _ in found])
    saved = choices.saved(
        "by", name, exported=lambda: _exported_by(choices, name, done, basis), at_tau=True
    )
    table(columns, rows, name="table-by-category", caption=caption, saved=saved)


def _exported_by(choices: Choices, name: str, done: AtWork, basis: str) -> Table:
    from cascade_core.exporting.operation_tables import category_table

    return category_table(view_of(choices, basis=basis), name, done)


def _correlation(one: RankCorrelation) -> Cell:
    if math.isnan(one.value):
        return Cell("–", quiet=True)
    return Cell(f"{one.value:+.2f}", f"{one.interval.low:+.2f} to {one.interval.high:+.2f}")
