"""Which systems each table shows, and the numbers of Table 5."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cascade_core.model_output import ModelOutput
from cascade_core.outputs import SystemSpec
from cascade_core.paper import tables
from cascade_core.paper.layout import layout
from cascade_core.run import Run
from tests import oracles
from tests.paper.made_up import SYSTEMS, left_by_hand, made_up, score_by_hand

TWO_RUNS = [made_up("qnli", seed=1), made_up("mnli", "dev_mm", classes=3, seed=2)]


def shown(table) -> list[tuple[float, str]]:
    return [(row.band, row.system) for row in table.rows]


def test_table_2_hides_no_system():
    table = tables.table_2(TWO_RUNS)
    assert {row.system for row in table.rows} | set(table.left_out) == set(SYSTEMS)


def test_table_3_has_what_was_distilled_and_cascades():
    assert shown(tables.table_3(TWO_RUNS)) == [(3, "CascadeBERT 2-6"), (3, "CascadeBERT 2-3-6")]
    assert shown(tables.table_3(TWO_RUNS, bands=[2])) == [
        (2, "BERT-PKD 3L"),
        (2, "CascadeBERT 2-6"),
        (2, "CascadeBERT 2-3-6"),
    ]
    assert set(tables.table_3(TWO_RUNS).left_out) == {"BERT-PKD 3L"}


def test_a_method_nobody_knows_is_shown():
    run = made_up()
    novel = dataclasses.replace(
        run,
        system_specs={**run.system_specs, "Novel 3L": SystemSpec(("BERT-3L",))},
    )
    assert (2, "Novel 3L") in shown(tables.table_2([novel]))
    assert (2, "Novel 3L") in shown(tables.table_3([novel], bands=[2]))


def test_table_4_pairs_a_cascade_with_its_ablation():
    table = tables.table_4(TWO_RUNS, bands=[2, 4])
    pair = ["CascadeBERT 2-6", "CascadeBERT 2-6 w/o DAR"]
    assert shown(table) == [(band, name) for band in (2, 4) for name in pair]
    run = TWO_RUNS[0]
    for name in pair:
        expected = left_by_hand(run, name, 2)
        assert expected is not None
        cell = table.row(2, name).cells[1]
        assert cell.score == pytest.approx(score_by_hand(run, name, expected[0]))
        assert cell.speedup == pytest.approx(expected[1])
        assert "attains 0.75x to 3.00x, not 4x" in table.row(4, name).cells[1].reason


def test_table_4_names_a_cascade_that_only_its_ablation_is_of():
    run = made_up(systems=("CascadeBERT 2-6 w/o DAR",))
    table = tables.table_4([run], bands=[2])
    assert shown(table) == [(2, "CascadeBERT 2-6 w/o DAR")]
    assert table.left_out == {"CascadeBERT 2-6": "the sst2 run has no system 'CascadeBERT 2-6'"}
    assert tables.table_4([made_up(systems=("DeeBERT",))]).rows == ()


def test_table_5_is_dis_accuracy_and_ece_of_the_small_models():
    made = tables.table_5(TWO_RUNS, bins=10)
    assert [(row.task, row.system, row.model) for row in made.rows] == [
        (task, system, SYSTEMS[system][0])
        for task in ("mnli-mm", "qnli")
        for system in ("CascadeBERT 2-6", "CascadeBERT 2-6 w/o DAR")
    ]
    runs = {"qnli": TWO_RUNS[0], "mnli-mm": TWO_RUNS[1]}
    for row in made.rows:
        run = runs[row.task]
        logits = run.models[row.model].logits[0]
        right = [int(np.argmax(logits[n])) == run.labels[n] for n in range(run.instances)]
        sure = [oracles.confidence(logits[n], "max_prob") for n in range(run.instances)]
        assert row.dis == pytest.approx(oracles.difficulty_inversion_score(right, sure, 1.0))
        assert row.accuracy == pytest.approx(sum(right) / len(right))
        assert row.ece == pytest.approx(oracles.expected_calibration_error(sure, right, 10))
        assert row.reason == ""


def test_table_5_is_accuracy_where_the_metric_is_f1():
    run = made_up("qqp")
    (row, _) = tables.table_5([run]).rows
    predictions = run.models[row.model].logits[0].argmax(axis=-1)
    assert run.metric == "f1"
    assert row.accuracy == pytest.approx(float(np.mean(predictions == run.labels)))


def test_table_5_says_why_a_number_is_missing():
    right = made_up(labels=np.zeros(60, int))
    sure = np.tile([[[3.0, 0.0]]], (1, 60, 1))
    small = ModelOutput("BERT-Complete 2L", sure, (2,))
    right = dataclasses.replace(right, models={**right.models, "BERT-Complete 2L": small})
    lacking = made_up("rte", systems=("DeeBERT",))
    unknown = made_up("qnli", unknown=1)
    rows = {(row.task, row.system): row for row in tables.table_5([right, lacking, unknown]).rows}
    perfect = rows["sst2", "CascadeBERT 2-6 w/o DAR"]
    assert math.isnan(perfect.dis)
    assert (perfect.accuracy, perfect.reason) == (1.0, "no DIS: all answers are right")
    absent = rows["rte", "CascadeBERT 2-6"]
    assert absent.reason == "the rte run has no system 'CascadeBERT 2-6'"
    unlabelled = rows["qnli", "CascadeBERT 2-6"]
    assert unlabelled.reason == "labels of 'qnli dev' are unknown"
    for row in (absent, unlabelled):
        assert all(math.isnan(value) for value in (row.dis, row.accuracy, row.ece))


def test_table_5_lays_out_like_the_published_one():
    frame = tables.table_5(TWO_RUNS).to_frame()
    wide = layout(frame, ["dis", "accuracy", "ece"])
    assert wide.shape == (2, 6)
    assert frame["method"].tolist() == ["CascadeBERT", "CascadeBERT w/o DAR"] * 2
    assert tables.table_5([made_up(systems=("DeeBERT",))]).to_frame().empty


def on_roberta(task: str, seed: int) -> Run:
    run = made_up(task, seed=seed)
    large = dataclasses.replace(run.models["BERT-6L"], checkpoint="somewhere/RoBERTa-base")
    return dataclasses.replace(run, models={**run.models, "BERT-6L": large})


def test_table_6_has_runs_on_roberta_only():
    table = tables.table_6([on_roberta("sst2", 1), made_up("qnli"), on_roberta("rte", 2)])
    assert table.tasks == ("rte", "sst2")
    assert table.left_out["qnli dev"] == "its reference, 'BERT-6L', is no RoBERTa"
    systems = {system for _, system in shown(table)}
    assert {"BERT-6L", "DeeBERT", "CascadeBERT 2-6"} <= systems
    assert "CascadeBERT 2-6 w/o DAR" not in systems
    assert {band for band, _ in shown(table)} == {1, 3}


def test_table_6_of_other_runs_is_empty_and_says_so():
    table = tables.table_6([made_up("qnli")], systems=["DeeBERT"])
    assert (table.tasks, table.rows) == ((), ())
    assert set(table.left_out) == {"qnli dev", "DeeBERT"}
    assert table.to_frame().empty


def test_table_7_has_fastbert_and_cascades():
    names = ["FastBERT", "CascadeBERT 2-6", "CascadeBERT 2-3-6"]
    table = tables.table_7(TWO_RUNS)
    assert shown(table) == [(band, name) for band in (3, 4) for name in names]
    expected = left_by_hand(TWO_RUNS[0], "FastBERT", 3)
    assert expected is not None
    cell = table.row(3, "FastBERT").cells[1]
    assert cell.speedup == pytest.approx(expected[1])
    assert cell.score == pytest.approx(score_by_hand(TWO_RUNS[0], "FastBERT", expected[0]))


@pytest.mark.parametrize("table", [tables.table_2, tables.table_3, tables.table_6, tables.table_7])
def test_rows_can_be_chosen(table):
    chosen = table([on_roberta("sst2", 1)], bands=[2], systems=["PABEE", "DeeBERT"])
    assert shown(chosen) == [(2, "PABEE"), (2, "DeeBERT")]
    assert table([on_roberta("sst2", 1)], systems=[]).rows == ()
