"""The tables of a run and of the paper hold what the core computes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cascade_core import ModelOutput, Run, SystemSpec
from cascade_core.by_category import by_category
from cascade_core.comparison import compare, run_curves
from cascade_core.exit_quality import exit_grid
from cascade_core.exporting.paper_tables import paper_tables
from cascade_core.exporting.run_tables import exits_table, run_tables
from cascade_core.exporting.table import Table
from cascade_core.exporting.view import Asked
from cascade_core.exporting.writers import to_csv, to_html, to_latex
from cascade_core.guarantee import safe_thresholds
from cascade_core.operation import operate
from cascade_core.paper import tables as paper
from cascade_core.summaries import RECOVERED_AT, SPAN, pareto_front, summarise
from tests.dashboard.made_up import made_up, odd_runs
from tests.exporting import latex
from tests.paper.made_up import made_up as made_up_for_paper

RUN = made_up()
TABLES = run_tables(RUN).tables
CURVES = run_curves(RUN)
COMPARED = compare(RUN, CURVES)


def test_matched_holds_scores_with_their_intervals() -> None:
    frame = TABLES["matched"].frame
    for system, cells in COMPARED.matched().items():
        for cell in cells:
            name = f"{cell.wanted:g}x"
            row = frame.loc[system]
            if cell.point is None or cell.interval is None:
                assert row.filter(regex=f"^{name}").isna().all()
                continue
            assert row[name] == cell.point.score
            assert row[f"{name} speedup"] == cell.point.speedup
            assert (row[f"{name} low"], row[f"{name} high"]) == cell.interval
            several = CURVES[system].exits > 1
            assert row[f"{name} threshold"] == cell.point.threshold or not several
            assert np.isnan(row[f"{name} threshold"]) != several


def test_rows_are_the_run_s_systems_and_those_of_several_exits_where_one_needs_them() -> None:
    several = [name for name, curve in CURVES.items() if curve.exits > 1]
    assert TABLES["matched"].frame.index.tolist() == list(RUN.system_specs)
    assert TABLES["summaries"].frame.index.tolist() == several
    assert TABLES["promises"].frame.loc["1 point"].index.tolist() == several


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("matched", {f"{speedup}x": "highest" for speedup in (1, 2, 3, 4)}),
        ("operation", {"score": "highest", "ece": "lowest"}),
        ("summaries", dict.fromkeys(("mean", "lead", "recovered"), "highest")),
        ("promises", {"speedup": "highest"}),
    ],
)
def test_the_best_is_the_highest_but_for_errors(name: str, best: dict[str, str]) -> None:
    assert {one.value: one.best for one in TABLES[name].columns if one.best} == best


def test_summaries_and_promises_are_the_core_s() -> None:
    summaries = TABLES["summaries"].frame
    for one in summarise(COMPARED, *SPAN, RECOVERED_AT):
        assert one.mean
        assert summaries.loc[one.system, "mean"] == one.mean.value
        assert summaries.loc[one.system, "mean low"] == one.mean.interval.low
    promises = TABLES["promises"].frame.loc["5 points"]
    for system, promise in safe_thresholds(COMPARED, 0.05).items():
        threshold = np.nan if promise.threshold is None else promise.threshold
        np.testing.assert_equal(promises.loc[system, "threshold"], threshold)


def test_systems_at_work_are_those_of_the_threshold_or_of_the_speedup() -> None:
    at_speedups = TABLES["operation"].frame
    for at, system in at_speedups.index:
        row = at_speedups.loc[(at, system)]
        point = CURVES[system].at_speedup(float(at.removesuffix("x")))
        assert (row["speedup"], row["score"]) == (point.speedup, point.score)
    assert ("2x", "large") not in at_speedups.index
    asked = run_tables(RUN, Asked(thresholds=(0.83,))).tables
    for system, curve in CURVES.items():
        done = operate(RUN.systems[system], curve, 0.83)
        row = asked["operation"].frame.loc[("τ = 0.83", system)]
        assert (row["score"], row["ece"]) == (done.point.score, done.calibration_error)
        levels = by_category(RUN.systems[system], RUN.categories["level"], done.left)
        row = asked["by-level"].frame.loc[("τ = 0.83", system)]
        assert [row[f"level {one.name}"] for one in levels.rows] == [
            one.accuracy for one in levels.rows
        ]
        np.testing.assert_equal(row["doubt follows"], levels.doubt.value)


def test_only_levels_can_be_followed() -> None:
    assert "depth follows" in TABLES["by-level"].frame
    assert "depth follows" not in TABLES["by-kind"].frame


@pytest.mark.parametrize("quality", ["dis", "accuracy", "ece"])
def test_exits_hold_the_grid(quality: str) -> None:
    grid, frame = exit_grid(RUN, quality), TABLES[f"exits-{quality}"].frame
    depths = [str(depth) for depth in grid.depths]
    np.testing.assert_array_equal(frame[depths].to_numpy(), grid.values)
    if quality != "ece":
        lows = frame[[f"{depth} low" for depth in depths]].to_numpy()
        np.testing.assert_array_equal(lows, grid.low)
        assert (lows <= grid.values).sum() == np.isfinite(grid.values).sum()
    best = "lowest" if quality == "ece" else "highest"
    assert {column.best for column in TABLES[f"exits-{quality}"].columns} == {best}


def test_exits_whose_layers_are_not_known_are_called_by_number() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 30, 2)).astype(np.float32)
    model = ModelOutput("m", logits, cost=np.array([1.0, 3.0]))
    run = Run("imported", np.arange(30) % 2, {"m": model})
    table = exits_table(run, "dis")
    assert [column.head for column in table.columns] == ["exit 1", "exit 2"]
    assert "after each exit" in table.caption


def test_curves_hold_every_state() -> None:
    frame = TABLES["curves"].frame
    for system, curve in CURVES.items():
        np.testing.assert_array_equal(frame.loc[[system], "score"], curve.score)
        counts = frame.loc[[system], [f"exit_{at}" for at in range(curve.exits)]]
        assert (counts.sum(axis=1) == RUN.instances).all()
    assert frame.loc[["cascade"], "exit_2"].isna().all()


def test_the_front_is_the_core_s() -> None:
    frame = TABLES["front"].frame.reset_index()
    assert [tuple(row) for row in frame.to_numpy()] == list(pareto_front(CURVES))


def test_captions_say_run_split_size_basis_and_criterion() -> None:
    asked = Asked(basis="flops", criterion="entropy", speedups=(2.0,))
    tables = run_tables(RUN, asked).tables
    about = "Run made-up, REVIEWS dev, n = 60"
    assert all(about in table.caption for table in tables.values())
    assert "speed-up by FLOPs, all systems by entropy" in tables["matched"].caption
    assert tables["matched"].name == "cascadelens-made-up-dev-n60-matched-flops"
    timed = run_tables(made_up(latency=True), Asked(basis="latency")).tables["matched"]
    assert "latency on an <i>abacus</i>, 2 cores" in timed.caption


def test_systems_exit_by_their_own_criterion_unless_one_is_asked_for() -> None:
    specs = {**RUN.system_specs, "ramps": SystemSpec(("ramps",), "entropy")}
    run = dataclasses.replace(RUN, system_specs=specs)
    own = run_tables(run).tables["curves"].frame.loc["ramps"]
    same = run_tables(run, Asked(criterion="entropy")).tables["curves"].frame.loc["ramps"]
    other = run_tables(run, Asked(criterion="max_prob")).tables["curves"].frame.loc["ramps"]
    pd.testing.assert_frame_equal(own, same)
    assert not own["threshold"].equals(other["threshold"])


@pytest.mark.parametrize("name", odd_runs())
def test_every_odd_run_is_written_in_every_language(name: str) -> None:
    found = run_tables(odd_runs()[name])
    assert {"matched", "curves", "instances"} <= set(found.tables)
    for table in found.tables.values():
        _written(table)


def test_what_is_left_out_is_left_out_for_a_reason() -> None:
    runs = odd_runs()
    assert run_tables(runs["good"]).left_out == {}
    assert run_tables(runs["single-exits"]).left_out == {
        "summaries and promises": "every system has a single exit"
    }
    assert run_tables(runs["unlabelled"]).left_out == {
        "summaries and promises": "labels are unknown",
        "exits": "labels are unknown",
        "front": "labels are unknown",
    }
    assert run_tables(runs["good"], Asked(speedups=(50.0,))).left_out == {
        "systems at work": "none is 50 times as fast"
    }


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Asked(basis="joules"), "basis: expected one of layers, flops but got 'joules'"),
        (Asked(criterion="mood"), "criterion: expected one of"),
        (Asked(speedups=(0.0,)), "speed-ups: expected finite ones above 0"),
        (Asked(speedups=()), "speed-ups: expected"),
        (Asked(thresholds=(float("nan"),)), "threshold: expected a number but got NaN"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(asked: Asked, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        run_tables(RUN, asked)


def paper_runs() -> list[Run]:
    return [made_up_for_paper("sst2", seed=1), made_up_for_paper("qqp", seed=2)]


def test_the_paper_s_tables_are_rows_by_speedup_and_a_column_for_each_task() -> None:
    found = paper_tables(paper_runs()).tables
    for number, compute in ((2, paper.table_2), (3, paper.table_3), (4, paper.table_4)):
        table, computed = found[f"table-{number}"], compute(paper_runs())
        assert [column.head for column in table.columns] == ["qqp", "sst2", "average"]
        assert table.frame.index.tolist() == [
            (f"{row.band:g}x", row.system) for row in computed.rows
        ]
        for row in computed.rows:
            shown = table.frame.loc[(f"{row.band:g}x", row.system)]
            for task, cell in zip(computed.tasks, row.cells, strict=True):
                parts = [shown[task], *(shown[f"{task} {part}"] for part in ("low", "high"))]
                np.testing.assert_equal(parts, [cell.score, *cell.interval])
                assert shown[f"{task} reason"] == cell.reason
            np.testing.assert_equal(shown["average"], row.average.score)
        _written(table)


def test_table_5_has_three_columns_for_each_task() -> None:
    table = paper_tables(paper_runs()).tables["table-5"]
    heads, titles, *rows = latex.check(to_latex(table))
    assert heads == ["", r"\multicolumn{3}{c}{qqp}", r"\multicolumn{3}{c}{sst2}"]
    assert titles == ["system", *["DIS", "accuracy", "ECE"] * 2]
    assert [one.best for one in table.columns] == ["highest", "highest", "lowest"] * 2
    computed = {(row.task, row.system): row for row in paper.table_5(paper_runs()).rows}
    for system, *cells in rows:
        shown = [float(cell.removeprefix(r"\bfseries ")) for cell in cells]
        expected = [computed[task, system][3:6] for task in ("qqp", "sst2")]
        np.testing.assert_allclose(shown, 100 * np.ravel(expected), atol=0.051)
    _written(table)


def test_the_paper_s_tables_that_there_are_not_say_why() -> None:
    plain = made_up_for_paper(systems=("DeeBERT", "BERT-6L"))
    tables, left_out = paper_tables([plain])
    assert list(tables) == ["table-2"]
    assert left_out["table-4"] == left_out["table-5"] == "no run has a system that it is about"
    assert "is no RoBERTa" in left_out["table-6"]


def _written(table: Table) -> None:
    assert to_csv(table).count("\n") > len(table.frame)
    if not table.columns:
        return
    assert len(latex.check(to_latex(table))) > len(table.frame)
    page = to_html(table)
    assert "<img" not in page
    assert "<i>" not in page
