"""Runs beside the paper: each cell is the table's own and the printed one, nothing is filled in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cascade_core.comparison import compare
from cascade_core.paper import tables
from cascade_core.paper.beside import BANDS, QUALITIES, Line, beside_table, cascade_ahead
from cascade_core.paper.layout import AVERAGE
from cascade_core.paper.model_exits import system_curve
from cascade_core.paper.published import published_table
from tests.paper.made_up import made_up

RUNS = [made_up(task, seed=seed) for seed, task in enumerate(("mrpc", "rte", "sst2"))]
FOUND = {number: beside_table(number, RUNS) for number in (2, 3, 4, 5, 6, 7)}


def line(number: int, part: str, system: str = "", printed: str = "") -> Line:
    (one,) = [
        each
        for each in FOUND[number].lines
        if each.part == part and (each.system == system if system else each.printed == printed)
    ]
    return one


@pytest.mark.parametrize("number", list(BANDS))
def test_ours_are_the_cells_of_the_table(number: int) -> None:
    rows = BANDS[number](RUNS).rows
    assert {(f"{row.band:g}x", row.system) for row in rows} == {
        (one.part, one.system) for one in FOUND[number].lines if one.system
    }
    for row in rows:
        ours = {c.task: c.ours for c in line(number, f"{row.band:g}x", row.system).cells}
        for task, cell in zip(("mrpc", "rte", "sst2"), row.cells, strict=True):
            assert ours[task] == cell
        assert ours["qqp"].reason == "no run of this task"
        assert math.isnan(ours["qqp"].score)


@pytest.mark.parametrize("number", list(BANDS))
def test_every_printed_number_is_shown_and_no_other(number: int) -> None:
    printed = {
        (f"{one['band']:g}x", one["system"], one["task"]): one["score"]
        for one in published_table(number).to_dict("records")
        if one["task"] != AVERAGE and not math.isnan(one["score"])
    }
    shown = {
        (one.part, one.printed, cell.task): cell.published.score
        for one in FOUND[number].lines
        for cell in one.cells
        if not math.isnan(cell.published.score)
    }
    assert shown == printed


def test_empty_cells_have_reasons_on_their_side() -> None:
    for found in FOUND.values():
        for one in found.lines:
            for cell in one.cells:
                for side in (cell.ours, cell.published):
                    assert math.isnan(side.score) == bool(side.reason), (found.number, one, cell)


def test_the_printed_cascade_is_of_two_models() -> None:
    assert line(2, "2x", "CascadeBERT 2-6").printed == "CascadeBERT"
    assert line(2, "2x", "CascadeBERT 2-3-6").printed == ""
    assert line(4, "3x", "CascadeBERT 2-6 w/o DAR").printed == "CascadeBERT w/o DAR"


def test_truncated_models_stand_beside_those_of_the_same_speedup() -> None:
    assert line(2, "2x", "BERT-3L").printed == "BERT-6L"
    assert line(2, "1x", "BERT-6L").printed == "BERT-base"
    assert "BERT-PKD 3L" in line(3, "3x", printed="BERT-PKD").cells[0].ours.reason


def test_averages_are_over_the_tasks_that_both_have() -> None:
    one = line(3, "3x", "CascadeBERT 2-6")  # Table 3 has neither MRPC nor RTE
    cells = {cell.task: cell for cell in one.cells}
    assert one.over == 1
    assert one.average.ours.score == cells["sst2"].ours.score
    assert one.average.published.score == cells["sst2"].published.score == 0.909
    one = line(2, "2x", "DeeBERT")
    both = [cell for cell in one.cells if cell.task in ("mrpc", "rte", "sst2")]
    assert one.over == 3
    assert one.average.ours.score == pytest.approx(np.mean([c.ours.score for c in both]))
    assert one.average.difference == pytest.approx(np.mean([c.difference for c in both]))


def test_difference_is_ours_less_the_published() -> None:
    cell = line(2, "3x", "CascadeBERT 2-6").cells[-1]
    assert cell.difference == cell.ours.score - 0.909
    assert math.isnan(line(2, "3x", "CascadeBERT 2-3-6").cells[-1].difference)


def test_table_5_is_of_the_smallest_model_of_two() -> None:
    found = {(one.task, one.system): one for one in tables.table_5(RUNS).rows}
    for quality, printed in zip(QUALITIES, (0.8202, 0.877, 0.0561), strict=True):
        cell = line(5, quality, "CascadeBERT 2-6").cells[-1]
        assert cell.task == "sst2"
        assert cell.ours.score == getattr(found["sst2", "CascadeBERT 2-6"], quality)
        assert cell.published.score == printed
    assert {one.system for one in FOUND[5].lines} == {"CascadeBERT 2-6", "CascadeBERT 2-6 w/o DAR"}


def test_table_6_without_a_roberta_says_so() -> None:
    assert not any(one.system for one in FOUND[6].lines)
    assert "no RoBERTa" in FOUND[6].left_out[RUNS[0].name]


def test_frame_has_every_cell_and_average() -> None:
    frame = FOUND[2].to_frame()
    assert len(frame) == len(FOUND[2].lines) * (len(FOUND[2].tasks) + 1)
    row = frame[(frame.part == "2x") & (frame.system == "DeeBERT") & (frame.task == "sst2")]
    assert row.published.tolist() == [0.902]
    assert row.difference.tolist() == [line(2, "2x", "DeeBERT").cells[-1].difference]


def test_cascade_ahead_is_the_difference_in_the_task_s_metric() -> None:
    found = {(one.task, one.speedup): one for one in cascade_ahead(RUNS)}
    printed = published_table(2).set_index(["band", "system", "task"])["score"]
    for run in RUNS:
        names = ("CascadeBERT 2-6", "DeeBERT")
        curves = {name: system_curve(run, name, "layers") for name in names}
        compared = compare(run, curves, (2, 3, 4))
        for speedup in (2, 3):
            one = found[run.task, speedup]
            scores = [compared.score((name, speedup)) for name in names]
            assert one.ours == scores[0] - scores[1]
            assert one.interval == compared.difference((names[0], speedup), (names[1], speedup))
            theirs = [printed[speedup, name, run.task] for name in ("CascadeBERT", "DeeBERT")]
            assert one.published == theirs[0] - theirs[1]
    assert math.isnan(found["sst2", 4].ours)
    assert found["sst2", 4].reason == "CascadeBERT 2-6 attains at most 3.00x"


def test_without_cascade_or_off_ramps_nothing_is_ahead() -> None:
    assert cascade_ahead([made_up(systems=("DeeBERT", "CascadeBERT 2-3-6"))]) == ()
    assert cascade_ahead([made_up(systems=("CascadeBERT 2-6",))]) == ()
