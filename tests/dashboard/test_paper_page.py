"""The Paper page without a browser: its numbers are core's and the paper's, on odd folders too."""

from __future__ import annotations

import csv
import dataclasses
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cascade_core import ModelOutput, Run, load_run, save_run
from cascade_core.exporting.table import PERCENT
from cascade_core.paper.claims import CLAIMS, verdicts
from cascade_core.paper.published import FILES, FOLDER
from cascade_core.paper.tables import table_2, table_3, table_5
from cascade_core.paper.verdicts_page import verdict_counts
from cascade_core.weights import IMPORTED
from dashboard.figures.ahead import AheadMark, AheadPicture, ahead_figure
from dashboard.theme import points
from tests.dashboard.made_up import made_up as no_glue
from tests.dashboard.test_pages import cells, markup
from tests.paper.made_up import made_up

Opener = Callable[..., AppTest]
RUNS = [made_up(task, seed=seed) for seed, task in enumerate(("mrpc", "rte", "sst2"))]
COLUMNS = ("mnli-m", "mnli-mm", "mrpc", "qnli", "qqp", "rte", "sst2")


@pytest.fixture
def open_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the page on a folder of just these runs, as an address would."""
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))

    def opened(*runs: Run, **address: str) -> AppTest:
        for run in runs:
            save_run(run, tmp_path / run.name.replace(" ", "-"))
        test = AppTest.from_string(
            "from dashboard.pages.paper import page\npage()", default_timeout=60
        )
        for name, value in address.items():
            test.query_params[name] = value
        return test.run()

    return opened


def large_of(checkpoint: str) -> dict[str, ModelOutput]:
    """Models of which the large one started from a checkpoint."""
    models = made_up().models
    return {**models, "BERT-6L": dataclasses.replace(models["BERT-6L"], checkpoint=checkpoint)}


def said(page: AppTest) -> str:
    """All sentences of the page."""
    return " ".join(one.value for one in [*page.info, *page.caption, *page.error, *page.warning])


def printed(number: int, **where: str) -> list[dict[str, str]]:
    """Rows of the paper's own file."""
    with (FOLDER / FILES[number]).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if where.items() <= row.items()]


def test_ours_are_core_s_and_published_are_the_paper_s(open_paper: Opener) -> None:
    opened = open_paper(*RUNS)
    assert not opened.exception
    shown = cells(opened, "table-beside")
    row = table_2(RUNS).row(2, "CascadeBERT 2-6")
    ours = {task: PERCENT.write(cell.score) for task, cell in zip(
        ("mrpc", "rte", "sst2"), row.cells, strict=True)}  # fmt: skip
    found = dict(zip((*COLUMNS, "average"), shown["CascadeBERT 2-6"], strict=True))
    assert found == {
        **dict.fromkeys(COLUMNS, "–"),
        **ours,
        "average": PERCENT.write(row.average.score),
    }
    theirs = {row["task"]: row["score"] for row in printed(2, band="2x", method="CascadeBERT")}
    found = dict(zip(COLUMNS, shown["CascadeBERT, published"][:-1], strict=True))
    assert found == theirs
    mean = sum(float(theirs[task]) for task in ours) / 3
    assert shown["CascadeBERT, published"][-1] == f"{mean:.1f}"
    difference = row.cells[2].score - float(theirs["sst2"]) / 100
    assert f"ours {points(difference)}" in markup(opened).replace("\N{NO-BREAK SPACE}", " ")


def test_every_table_opens_and_shows_its_own_numbers(open_paper: Opener) -> None:
    opened = open_paper(*RUNS)
    for number in "34567":
        before = markup(opened)
        opened.segmented_control(key="table").set_value(number).run()
        assert not opened.exception
        assert markup(opened) != before
        assert f"Table {number}, " in markup(opened)
        assert opened.query_params["table"] == number


def test_rows_of_one_side_alone_say_so(open_paper: Opener) -> None:
    opened = open_paper(*RUNS, table="3")
    shown = cells(opened, "table-beside")
    assert shown["none of ours"] == ["–"] * 8
    assert shown["DistilBERT, published"][0] == printed(3, method="DistilBERT")[0]["mnli-m"]
    assert "None of ours beside DistilBERT, BERT-PKD" in said(opened)
    alone = cells(opened, "table-ours-alone")
    score = table_3(RUNS).row(3, "CascadeBERT 2-3-6").cells[0].score
    assert alone["CascadeBERT 2-3-6"][2] == PERCENT.write(score)


def test_part_of_the_table_follows_its_control(open_paper: Opener) -> None:
    opened = open_paper(*RUNS, table="5")
    first = table_5(RUNS).rows
    for quality in ("dis", "accuracy", "ece"):
        opened.segmented_control(key="part").set_value(quality).run()
        shown = cells(opened, "table-beside")
        ours = [getattr(one, quality) for one in first if one.system == "CascadeBERT 2-6"]
        assert [shown["CascadeBERT 2-6"][at] for at in (1, 4, 5)] == [*map(PERCENT.write, ours)]
    opened.segmented_control(key="table").set_value("7").run()
    assert opened.segmented_control(key="part").value == "3x"  # Table 7 has no ECE


def test_saved_table_has_both_sides_and_no_nan(
    open_paper: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {}
    monkeypatch.setattr(
        "dashboard.tables.save_buttons", lambda saved, shown, key: kept.update({key: saved})
    )
    open_paper(*RUNS)
    saved = kept["save-beside"]
    head, *rows = saved.numbers
    assert saved.name == "cascadelens-paper-table-2-2x-beside"
    found = [dict(zip(head, row, strict=True)) for row in rows]
    (row,) = [
        one
        for one in found
        if (one["part"], one["system"], one["task"]) == ("3x", "CascadeBERT 2-6", "sst2")
    ]
    cell = table_2(RUNS).row(3, "CascadeBERT 2-6").cells[2]
    assert (row["ours"], row["low"], row["high"]) == (cell.score, *cell.interval)
    assert row["published"] == 0.909
    assert row["difference"] == cell.score - 0.909
    assert not any(isinstance(one, float) and math.isnan(one) for row in rows for one in row)
    assert all(one["reason"] for one in found if one["ours"] == "" or one["published"] == "")


def test_claims_are_counted_on_request(open_paper: Opener) -> None:
    opened = open_paper(*RUNS)
    assert "table-claims" not in markup(opened)
    opened.button(key="verdicts").click().run()
    assert not opened.exception
    shown = cells(opened, "table-claims")
    evidence = verdicts(RUNS).evidence
    for claim in CLAIMS:
        counts = verdict_counts([one for one in evidence if one.claim == claim])
        assert shown[claim] == [str(count) for count in counts.values()]
    ahead = cells(opened, "table-claim-2")["CascadeBERT 2-6 - DeeBERT, accuracy at 2x"]
    of = [one for one in evidence if one.comparison.startswith("CascadeBERT 2-6 - DeeBERT")]
    assert ahead == [points(one.difference) for one in of if one.comparison.endswith("at 2x")]


def test_what_differs_in_the_setting_is_said(open_paper: Opener) -> None:
    run = made_up("sst2", provenance={"seed": 7, "train_instances": 1234})
    shown = markup(open_paper(run))
    assert "6 layers" not in shown.split("Published:")[1].split("</p>")[0]
    assert "6 layers; trained on 1,234 texts a task; seed 7; scored on dev" in shown
    assert "BERT-base, 12 layers of 768; trained on all 2,500 to 393,000 texts a task" in shown
    assert cells(open_paper(), "table-settings")["SST-2"][3:] == ["1,234", "67,000", "7"]


@pytest.mark.parametrize("table", ["2", "5", "6"])
def test_one_task_alone(open_paper: Opener, table: str) -> None:
    opened = open_paper(RUNS[2], table=table)
    assert not opened.exception
    assert "1 run, one for each task" in markup(opened)


def test_odd_systems_alone(open_paper: Opener) -> None:
    opened = open_paper(made_up(systems=("BERT-6L",)))
    assert not opened.exception
    assert "nothing to draw" in said(opened)
    opened.button(key="verdicts").click().run()
    assert not opened.exception


def test_no_folder_and_no_run_are_sentences(
    open_paper: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_paper()
    assert "no run of a GLUE task" in said(opened)
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path / "nowhere"))
    assert "nowhere" in opened.run().error[0].value
    assert not opened.exception


def test_runs_the_paper_has_no_column_for_are_named(open_paper: Opener, tmp_path: Path) -> None:
    others = [
        no_glue(),
        made_up("graded-nli", classes=3, name="graded"),
        made_up("rte", name="own", provenance={IMPORTED: "mine.npz"}),
        made_up("qqp", name="secret", unknown=1),
        made_up("qnli", name="by F1", metric="f1"),
    ]
    alone = open_paper(*others)
    assert not alone.exception
    assert "no run of a GLUE task" in said(alone)
    opened = open_paper(RUNS[2], made_up("sst2", name="sst2 other"))
    for folder, content in {"cut-short": b"\x08", "no-header": b""}.items():
        save_run(RUNS[0], tmp_path / folder)
        file = "run.json" if folder == "no-header" else "arrays.safetensors"
        (tmp_path / folder / file).write_bytes(content)
    opened.run()
    assert not opened.exception
    assert "Not on this page: cut-short, no-header (damaged" in said(opened)
    assert "graded, made-up (not of a GLUE task)" in said(opened)
    assert "own (imported" in said(opened)
    assert "secret (labels unknown)" in said(opened)
    assert "by-F1 (scored by F1, where the paper has accuracy)" in said(opened)
    assert "sst2-other (sst2 dev is shown)" in said(opened)
    assert "1 run, one for each task" in markup(opened)


def test_runs_of_another_encoder_are_another_page(open_paper: Opener) -> None:
    def of(task: str, checkpoint: str) -> Run:
        return made_up(task, name=f"{task} {checkpoint}", models=large_of(checkpoint))

    opened = open_paper(of("rte", "bert"), of("sst2", "bert"), of("sst2", "roberta"))
    assert "2 runs, one for each task" in markup(opened)
    assert "sst2 roberta (of another encoder, roberta)" in said(opened)
    opened.selectbox(key="encoder").set_value("roberta").run()
    assert not opened.exception
    assert "1 run, one for each task" in markup(opened)
    opened.segmented_control(key="table").set_value("6").run()
    assert cells(opened, "table-beside")["DeeBERT"][4] != "–"


def test_address_of_other_pages_is_kept(open_paper: Opener) -> None:
    address = {"run": "sst2-dev", "system": "DeeBERT", "tau": "0.8", "pin": "0.6@PABEE"}
    opened = open_paper(*RUNS, **address)
    opened.segmented_control(key="table").set_value("4").run()
    kept = {name: opened.query_params[name] for name in address}
    assert kept == address


def test_choices_survive_a_visit(open_paper: Opener, tmp_path: Path) -> None:
    open_paper(*RUNS)
    test = AppTest.from_string(
        "import streamlit as st\n"
        "from dashboard.pages import paper, tradeoff\n"
        "(paper if st.session_state.get('away') else tradeoff).page()",
        default_timeout=60,
    )
    test.query_params["run"], test.query_params["tau"] = "rte-dev", "0.75"
    before = dict(test.run().query_params)
    test.session_state["away"] = True
    test.query_params.clear()  # as when a page is entered by its link in the side bar
    away = dict(test.run().query_params)
    assert before.items() <= away.items()
    test.session_state["away"] = False
    test.query_params.clear()
    assert before.items() <= dict(test.run().query_params).items()
    assert load_run(tmp_path / "rte-dev").name in markup(test)


def test_texts_from_data_are_escaped(open_paper: Opener) -> None:
    evil = "<img src=x onerror=alert(1)>"
    opened = open_paper(made_up("sst2", name="evil", split=evil, models=large_of(evil)))
    assert not opened.exception
    assert "&lt;img" in markup(opened)
    assert "<img" not in markup(opened)


def test_no_other_page_waits_for_pandas() -> None:
    code = "import sys, dashboard.pages.navigation; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_figure_holds_ours_and_published() -> None:
    marks = [
        AheadMark("SST-2", 2, 0.01, -0.02, 0.03, 0.05),
        AheadMark("SST-2", 4, math.nan, math.nan, math.nan, 0.2),
    ]
    drawn: Any = ahead_figure(AheadPicture("title", "points", marks))
    ours, theirs = drawn.data[:2]
    assert list(ours.y) == [1.0]
    assert list(ours.error_y.array) == pytest.approx([2.0])
    assert list(ours.error_y.arrayminus) == pytest.approx([3.0])
    assert list(theirs.y) == [5.0]
    assert [trace.y[0] for trace in drawn.data[3:]] == [20.0]
