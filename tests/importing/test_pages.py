"""Every page works on imported runs, or says in a sentence why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cascade_core import save_run
from cascade_core.importing import import_run
from tests.dashboard.test_pages import lab_data, markup
from tests.importing.conftest import INSTANCES, LABELS, frame, made_up_logits

MARKUP = "<img src=x>"
PAGES = ("overview", "tradeoff", "reliability", "instances", "live")
RUNS = (
    "ramps", "priced", "answers", "wide", "many-classes", "unlabelled", "half-labelled",
    "one-exit", "one-instance", "markup",
)  # fmt: skip


def import_all(folder: Path) -> None:
    """Import a run of every kind into `folder/runs`."""

    def keep(name: str, arrays: dict, **options) -> None:
        np.savez(folder / f"{name}.npz", **arrays)
        save_run(import_run(folder / f"{name}.npz", **options), folder / "runs" / name)

    ramps = made_up_logits(3)
    level = np.arange(INSTANCES) % 3 + 1
    keep("ramps", {"logits": ramps, "labels": LABELS, "level": level}, categories=["level"])
    keep("unlabelled", {"logits": ramps})
    keep("half-labelled", {"logits": ramps, "labels": np.where(level == 1, LABELS, -1)})
    keep("one-exit", {"logits": ramps[0], "labels": LABELS})
    keep("one-instance", {"logits": ramps[:, :1], "labels": LABELS[:1]}, costs={"": [0, 1, 2]})
    wide = made_up_logits(2, INSTANCES, 300)
    keep("wide", {"logits": wide, "labels": np.arange(INSTANCES)})
    keep("many-classes", {"logits": wide[:, :, :60], "labels": np.arange(INSTANCES)})
    answers = {
        "predictions/mini": (LABELS + (level == 3)) % 3,
        "scores/mini": np.linspace(0.2, 0.9, INSTANCES),
        "predictions/large": LABELS,
        "scores/large": np.linspace(0.5, 1, INSTANCES),
        "cost/large": np.linspace(1, 2, INSTANCES),
        "labels": LABELS,
        "level": level,
    }
    keep("answers", answers, costs={"mini": [0.1]}, cost_unit="cents", categories=["level"])
    table = frame("probabilities").assign(place=[MARKUP] * INSTANCES)
    table.to_csv(folder / "priced.csv", index=False)
    options = {"costs": {"small": [0.5], "ramps": [1, 2.5]}, "texts": ["caption"]}
    priced = import_run(folder / "priced.csv", cost_unit="US cents", **options)
    save_run(priced, folder / "runs" / "priced")
    renamed = {column: column.replace("small", MARKUP) for column in table}
    pd.DataFrame(table).rename(columns=renamed).to_csv(folder / "markup.csv", index=False)
    marked = import_run(
        folder / "markup.csv",
        costs={MARKUP: [1], "ramps": [2, 3]},
        cost_unit=MARKUP,
        texts=["place"],
        categories=["place"],
    )
    save_run(marked, folder / "runs" / "markup")


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with imported runs of every kind."""
    folder = tmp_path_factory.mktemp("imported")
    import_all(folder)
    return folder / "runs"


@pytest.fixture
def open_page(imported: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    monkeypatch.setenv("CASCADELENS_RUNS", str(imported))

    def opened(page: str, run: str, **address: str) -> AppTest:
        test = AppTest.from_string(
            f"from dashboard.pages.{page} import page\npage()", default_timeout=30
        )
        for name, value in {"run": run, **address}.items():
            test.query_params[name] = value
        return test.run()

    return opened


def test_every_kind_is_there(imported):
    assert sorted(RUNS) == sorted(path.name for path in imported.iterdir())


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_every_imported_run(open_page, page, run):
    opened = open_page(page, run)
    assert not opened.exception
    assert not opened.error
    assert "page-title" in markup(opened)
    assert "<img" not in markup(opened)


@pytest.mark.parametrize("run", ["answers", "wide", "priced"])
@pytest.mark.parametrize("page", ["tradeoff", "instances"])
def test_every_criterion_on_offer_can_be_taken(open_page, page, run):
    opened = open_page(page, run)
    offered = opened.selectbox(key="criterion").options
    assert len(offered) >= 4
    for criterion in offered:
        opened.selectbox(key="criterion").select(criterion).run()
        assert not opened.exception


def test_costs_of_ones_own_are_what_axes_say(open_page):
    opened = open_page("tradeoff", "priced")
    assert opened.segmented_control(key="basis").options == ["cost in US cents"]
    assert lab_data(opened)["basisTitle"] == "speed-up (cost in US cents)"
    assert "speed-up (cost in US cents)" in markup(opened)
    assert "2× speed-up (cost in US cents)" in markup(open_page("overview", "priced"))


def test_cost_by_category_is_in_the_runs_own_unit(open_page):
    shown = markup(open_page("reliability", "answers"))
    assert "0.1 cents · DIS" in shown
    assert "layers" not in shown
    assert "layers · DIS" in markup(open_page("reliability", "ramps"))


def test_overview_names_costs_and_the_file_they_came_from(open_page):
    shown = markup(open_page("overview", "answers"))
    assert ">1.5 on average<" in shown
    assert "answers.npz" in shown
    assert "0, 1, 2, … (300)" in markup(open_page("overview", "wide"))


def test_live_says_that_the_models_are_not_here(open_page):
    said = open_page("live", "ramps").info[0].value
    assert "was imported from what its models said; they themselves are not here" in said


def test_instances_list_the_answers_of_models_without_logits(open_page):
    listed = open_page("instances", "answers").dataframe[0].value
    assert set(listed["answer"]) <= set("012")
    assert {"outcome", "exit score", "level"} <= set(listed)


def test_nobody_is_asked_for_texts_where_instances_have_none(open_page):
    assert not open_page("instances", "ramps").info
    assert "picture 3" in markup(open_page("instances", "priced", ids="103"))


def test_without_labels_the_overview_says_so(open_page):
    assert "labels of this run are unknown" in markup(open_page("overview", "unlabelled"))


def test_of_very_many_instances_the_first_are_listed(open_page, monkeypatch):
    monkeypatch.setattr("dashboard.instance_list.MOST_LISTED", 10)
    opened = open_page("instances", "ramps")
    assert len(opened.dataframe[0].value) == 10
    assert any("the first 10:" in caption.value for caption in opened.caption)
