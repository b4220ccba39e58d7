"""Cells of the tables: score and speed-up where that fast, or the reason why there is none."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cascade_core.bootstrap import bootstrap
from cascade_core.operation import matched
from cascade_core.paper.bands import NEAR, band_table
from cascade_core.paper.layout import AVERAGE, layout, method_of, runs_by_task, task_column
from cascade_core.paper.published import published_table
from cascade_core.paper.tables import table_2
from cascade_core.tradeoff import tradeoff_curve
from tests.paper.made_up import MODELS, SYSTEMS, left_by_hand, made_up, score_by_hand

SEVERAL_EXITS = [name for name in SYSTEMS if len(SYSTEMS[name]) > 1 or len(MODELS[name]) > 1]
BANDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def runs():
    return [
        made_up("sst2", seed=1),
        made_up("mnli", "dev_mm", classes=3, seed=2),
        made_up("mnli", "dev", classes=3, seed=3),
        made_up("mrpc", seed=4),
    ]


@pytest.fixture(scope="module")
def table(runs):
    return table_2(runs)


def test_columns_are_tasks_in_the_papers_order_with_both_parts_of_mnli(table):
    assert table.tasks == ("mnli-m", "mnli-mm", "mrpc", "sst2")


@pytest.mark.parametrize("band", [2, 3, 4])
@pytest.mark.parametrize("system", SEVERAL_EXITS)
def test_a_cell_is_the_highest_threshold_that_is_fast_enough(system, band, table, runs):
    row = table.row(band, system)
    by_task = runs_by_task(runs)
    assert row.method == method_of(system)
    for task, cell in zip(table.tasks, row.cells, strict=True):
        expected = left_by_hand(by_task[task], system, band)
        if expected is None:
            assert math.isnan(cell.score)
            assert math.isnan(cell.speedup)
            assert f"not {band}x" in cell.reason
            continue
        left, speedup = expected
        assert cell.reason == ""
        assert cell.speedup == pytest.approx(speedup, abs=1e-12)
        assert cell.score == pytest.approx(score_by_hand(by_task[task], system, left), abs=1e-12)


def test_some_cells_are_filled_and_some_out_of_reach(table):
    cells = [cell for row in table.rows for cell in row.cells]
    assert sum(math.isnan(cell.score) for cell in cells) >= 12  # 2-6 and 2-3-6 at 4x
    assert sum(not math.isnan(cell.score) for cell in cells) > 50
    assert all(math.isnan(cell.score) == bool(cell.reason) for cell in cells)


@pytest.mark.parametrize(
    ("system", "band"),
    [("BERT-6L", 1), ("BERT-3L", 2), ("BERT-PKD 3L", 2), ("BERT-2L", 3), ("BERT-Complete 2L", 3)],
)
def test_a_system_of_one_exit_stands_in_the_band_it_is_near(system, band, table, runs):
    row = table.row(band, system)
    by_task = runs_by_task(runs)
    assert [each.band for each in table.rows if each.system == system] == [band]
    for task, cell in zip(table.tasks, row.cells, strict=True):
        left = [0] * by_task[task].instances
        assert cell.score == pytest.approx(score_by_hand(by_task[task], system, left), abs=1e-12)
        assert cell.speedup == band
        assert math.isnan(cell.threshold)


def test_a_system_of_one_exit_near_no_band_is_named(table):
    assert table.left_out == {
        "BERT-1L": "its one speed-up, 6.00x, is not near 1x, 2x, 3x, 4x",
    }


def test_near_is_within_a_tenth_on_either_side():
    run = made_up(systems=("BERT-3L",))  # 2x
    for band, near in ((2 / (1 + NEAR), True), (2 / (1 - NEAR), True), (1.8, False), (2.3, False)):
        table = band_table(0, {"sst2": run}, ["BERT-3L"], [band])
        assert [row.system for row in table.rows] == (["BERT-3L"] if near else [])


def test_a_fastest_state_near_a_band_stands_in_it():
    run = made_up()  # CascadeBERT 2-6 attains 3x and no more
    for band, near in ((3 / (1 - NEAR), True), (3.4, False)):
        (cell,) = band_table(0, {"sst2": run}, ["CascadeBERT 2-6"], [band]).rows[0].cells
        if near:
            everything = [0] * run.instances
            assert cell.speedup == 3
            assert cell.score == score_by_hand(run, "CascadeBERT 2-6", everything)
        else:
            assert "attains 0.75x to 3.00x, not 3.4x" in cell.reason
    faster = band_table(0, {"sst2": run}, ["CascadeBERT 2-6"], [2.8]).rows[0].cells[0]
    assert 2.8 <= faster.speedup < 3


def test_only_systems_of_one_exit_stand_at_1x(table):
    assert [row.system for row in table.rows if row.band == 1] == ["BERT-6L"]
    alone = band_table(0, {"sst2": made_up()}, ["DeeBERT"], [1])
    assert alone.rows == ()
    assert alone.left_out == {"DeeBERT": "the 1x band is for systems of one exit"}


def test_rows_go_by_band_then_by_the_order_of_the_runs_systems(table):
    assert [row.band for row in table.rows] == sorted(row.band for row in table.rows)
    at_2x = [row.system for row in table.rows if row.band == 2]
    assert at_2x == [name for name in SYSTEMS if name in at_2x]
    assert set(at_2x) == {*SEVERAL_EXITS, "BERT-3L", "BERT-PKD 3L"}


def test_the_average_is_the_mean_over_tasks_and_empty_when_one_is(table):
    for row in table.rows:
        scores = [cell.score for cell in row.cells]
        if any(math.isnan(score) for score in scores):
            assert math.isnan(row.average.score)
            assert row.average.reason.startswith("no score in ")
        else:
            assert row.average.score == pytest.approx(sum(scores) / len(scores))
            assert row.average.reason == ""


def test_a_system_that_a_run_lacks_has_an_empty_cell_there():
    without = tuple(name for name in SYSTEMS if name != "FastBERT")
    table = table_2([made_up("sst2"), made_up("rte", systems=without)])
    lacking, having = table.row(2, "FastBERT").cells
    assert lacking.reason == "the rte run has no system 'FastBERT'"
    assert math.isnan(lacking.score)
    assert having.reason == ""
    assert table.row(2, "FastBERT").average.reason == "no score in rte"


def test_a_system_that_no_run_has_is_named():
    table = table_2([made_up("sst2"), made_up("rte")], systems=["nobody", "DeeBERT"])
    assert {row.system for row in table.rows} == {"DeeBERT"}
    assert table.left_out["nobody"] == (
        "the rte run has no system 'nobody'; the sst2 run has no system 'nobody'"
    )


def test_unknown_labels_leave_the_speedup_and_say_so():
    (cell,) = table_2([made_up(unknown=3)]).row(2, "BERT-3L").cells
    assert math.isnan(cell.score)
    assert (cell.speedup, cell.reason) == (2, "labels of 'sst2 dev' are unknown")


def test_a_basis_is_counted_where_it_is_known():
    table = table_2([made_up("sst2", latency=True), made_up("rte")], basis="latency")
    unmeasured, cell = table.row(2, "BERT-3L").cells
    assert cell.speedup == pytest.approx((0.5 + 1.1 * 6) / (0.5 + 1.1 * 3))
    assert "expected one of layers but got 'latency'" in unmeasured.reason
    nowhere = table_2([made_up("rte")], basis="latency")
    assert nowhere.rows == ()
    assert set(nowhere.left_out) == set(SYSTEMS)


def test_interval_and_threshold_are_those_of_the_trade_off_page(table, runs):
    run = runs_by_task(runs)["mrpc"]
    curve = tradeoff_curve(run.systems["FastBERT"], "entropy", metric="f1")
    ladder = run.systems["FastBERT"]
    resampled = bootstrap({"FastBERT": ladder}, {"FastBERT": curve}, (2.0,))
    (same,) = matched(ladder, curve, (2.0,), resampled)
    cell = table.row(2, "FastBERT").cells[2]
    assert same.point is not None
    assert (cell.interval, cell.threshold) == (same.interval, same.point.threshold)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"basis": "watts"},
            "basis: expected one of layers, flops, latency, cost, but got 'watts'",
        ),
        ({"bands": (2, 0)}, "bands: expected speed-ups above zero"),
        ({"bands": (math.nan,)}, "bands: expected speed-ups above zero"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        table_2([made_up()], **change)


def test_bands_and_systems_named_twice_count_once():
    table = table_2([made_up()], bands=(2, 2.0), systems=["DeeBERT", "DeeBERT"])
    assert [(row.band, row.system) for row in table.rows] == [(2.0, "DeeBERT")]


def test_a_row_that_is_not_there_is_a_key_error(table):
    with pytest.raises(KeyError, match="no row for 'BERT-3L' at 4x"):
        table.row(4, "BERT-3L")


def test_the_frame_has_every_cell_and_lays_out_like_the_papers(table):
    frame = table.to_frame()
    assert len(frame) == len(table.rows) * (len(table.tasks) + 1)
    shared = ["band", "method", "system", "task", "score", "speedup", "reason"]
    assert set(shared) <= set(frame) & set(published_table(2))
    wide = layout(frame)
    assert list(wide.columns.get_level_values(0)[::2]) == [*table.tasks, AVERAGE]
    assert wide.index.tolist() == [(row.band, row.system) for row in table.rows]
    for row in table.rows:
        for task, cell in zip(table.tasks, row.cells, strict=True):
            shown = wide.loc[(row.band, row.system)]
            np.testing.assert_equal(shown[task, "score"], cell.score)
            np.testing.assert_equal(shown[task, "speedup"], cell.speedup)


def test_runs_may_be_given_by_column():
    matched_part, other = made_up("mnli", classes=3), made_up("mnli", classes=3, seed=5)
    by_column = {"mine": made_up("mine"), "mnli-mm": other, "mnli-m": matched_part}
    assert list(runs_by_task(by_column)) == ["mnli-m", "mnli-mm", "mine"]
    assert runs_by_task(by_column)["mnli-mm"] is other


def test_two_runs_of_one_task_are_refused():
    with pytest.raises(ValueError, match="'sst2 dev' and 'sst2 test' are both of sst2"):
        runs_by_task([made_up(), made_up(split="test")])


@pytest.mark.parametrize("runs", [[], {}, {"average": made_up()}])
def test_no_run_is_refused_and_so_is_one_in_the_averages_column(runs):
    with pytest.raises(ValueError, match="expected at least one"):
        runs_by_task(runs)


def test_a_run_without_task_goes_by_its_name():
    assert task_column(dataclasses.replace(made_up(), task="", name="mine")) == "mine"
    assert task_column(made_up("mnli", "validation_mismatched", classes=3)) == "mnli-mm"


@pytest.mark.parametrize(
    ("system", "method"),
    [
        ("CascadeBERT 2-6", "CascadeBERT"),
        ("CascadeBERT 2-12 w/o DAR", "CascadeBERT w/o DAR"),
        ("CascadeRoBERTa 2-12 + Vanilla KD", "CascadeRoBERTa + Vanilla KD"),
        ("BERT-Complete 2L, DAR", "BERT-Complete, DAR"),
        ("BERT-of-Theseus 3L", "BERT-of-Theseus"),
        ("RoBERTa-4L", "RoBERTa-kL"),
        ("RoBERTa-base", "RoBERTa-kL"),
        ("DeeBERT", "DeeBERT"),
        ("ramps, 2nd", "ramps, 2nd"),
    ],
)
def test_a_method_is_a_name_without_numbers_of_layers(system, method):
    assert method_of(system) == method
