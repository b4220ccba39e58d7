"""What is in a cell of the heatmap, on Reliability: its worst inverted pairs, or its mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from cascade_core import Run
from cascade_core.exit_quality import ExitGrid
from dashboard.charts import Clicked
from dashboard.choices import Choices
from dashboard.conditions import Inverted, Wrong
from dashboard.narrowing import pick
from dashboard.pick_box import pick_box
from dashboard.tables import Cell, Row, table
from dashboard.texts import shown_texts_at_hand
from dashboard.theme import percent

LISTED = 10
LONGEST = 160  # characters of a text
SLOT = "cell"


class Answer(NamedTuple):
    """What an exit says of an instance, and how sure it is."""

    id: int
    text: str
    label: str
    answer: str
    confidence: float


class HeatmapCell(NamedTuple):
    """A cell by its model and depth, and what it selects: of DIS its pairs, else its mistakes."""

    model: str
    depth: int
    condition: Inverted | Wrong


def cells_of(run: Run, grid: ExitGrid) -> dict[str, HeatmapCell]:
    """The cells that hold a number, by what they are called."""
    of = Inverted if grid.quality == "dis" else Wrong
    cells = {}
    for model, values in zip(grid.models, grid.values, strict=True):
        output = run.models[model]
        depths = output.layers if grid.counted == "layer" else range(1, output.exits + 1)
        for name, depth in zip(output.exit_names, depths, strict=True):
            if not np.isnan(values[grid.depths.index(depth)]):
                cell = HeatmapCell(model, depth, of(model, name))
                cells[f"{model}, {grid.counted} {depth}"] = cell
    return cells


def cell_box(choices: Choices, grid: ExitGrid, cells: Mapping[str, HeatmapCell]) -> None:
    """The cells as a list to choose from."""
    what = "worst inverted pairs" if grid.quality == "dis" else "wrong answers"
    pick_box(
        f"Select the {what} of",
        choices,
        SLOT,
        {name: cell.condition for name, cell in cells.items()},
        key="cell",
        help="As a click on a cell does. All pages then show these examples.",
    )


def pick_cell(cells: Mapping[str, HeatmapCell], clicked: Clicked) -> None:
    """Select what is in the cell that was clicked."""
    for cell in cells.values():
        if (cell.model, str(cell.depth)) == (clicked.y, str(clicked.x)):
            pick(cell.condition)


def pairs_table(choices: Choices) -> None:
    """The worst inverted pairs of the cell that is selected: surer of the wrong one."""
    cell = choices.chosen(SLOT)
    if not isinstance(cell, Inverted):
        return
    about = choices.without(SLOT)
    try:
        pairs = cell.pairs(about.run, np.arange(about.run.instances))
    except LookupError:
        return  # said at the top of the page
    if not len(pairs):
        st.info(f"{cell.model} after {cell.exit} is surer of no wrong answer than of a right one.")
        return
    texts = shown_texts_at_hand(about.shown)
    found = [[_answer(about.run, texts, cell, int(place)) for place in pair] for pair in pairs]
    rows = [
        Row(f"{number}", "", [_cell(one) for one in pair])
        for number, pair in enumerate(found[:LISTED], start=1)
    ]
    caption = (
        f"The worst {len(rows)} of these {len(found)} pairs, no example in two of them. "
        f"{cell.model} after {cell.exit} is surer of the wrong answer than of the right one"
    )
    columns = ["pair", "sure, and wrong", "not so sure, and right"]
    head = ["pair", *(f"{name}, {which}" for which in columns[1:] for name in Answer._fields)]
    numbers = [
        [number, *(value for one in pair for value in one)]
        for number, pair in enumerate(found, start=1)
    ]
    saved = about.saved("pairs", cell.model, cell.exit, numbers=[head, *numbers])
    table(columns, rows, name="table-pairs", caption=caption, saved=saved)


def _answer(run: Run, texts: Mapping[str, tuple[str, ...]], cell: Inverted, place: int) -> Answer:
    model = run.models[cell.model]
    exit_ = model.exit_names.index(cell.exit)
    return Answer(
        int(run.ids[place]),
        " / ".join(strings[place] for strings in texts.values()),
        run.label_names[run.labels[place]],
        run.label_names[model.answers(exit_)[place]],
        float(model.confidences(exit_)[place]),
    )


def _cell(one: Answer) -> Cell:
    text = one.text if len(one.text) <= LONGEST else f"{one.text[: LONGEST - 1]}…"
    right = one.answer == one.label
    truth = one.answer if right else f"{one.answer}, but is {one.label}"
    sure = percent(one.confidence, 2)
    return Cell(text or f"example {one.id}", f"example {one.id}: {sure} {truth}")
