"""The Live page without a browser: what it shows of a text, and how it says what it needs."""

from __future__ import annotations

import csv
import io

import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

from streamlit.testing.v1 import AppTest

from dashboard.pages import live
from dashboard.saving import csv_of
from tests.dashboard.conftest import Opener
from tests.dashboard.test_pages import lab_data


@pytest.fixture
def opened(trained, monkeypatch) -> AppTest:
    """The page on a run of tiny trained models, whose texts and weights are at hand."""
    monkeypatch.setenv("CASCADELENS_RUNS", str(trained.folder.parent))
    monkeypatch.setenv("CASCADELENS_CACHE", str(trained.cache))
    monkeypatch.setenv("CASCADELENS_DATA", str(trained.folder.parent / "data"))
    test = AppTest.from_string("from dashboard.pages.live import page\npage()", default_timeout=60)
    test.query_params["run"] = "tiny"
    return test.run()


def said(page: AppTest) -> str:
    """All sentences that the page shows beside the lab."""
    return " ".join(one.value for one in [*page.info, *page.caption])


def panels(page: AppTest) -> dict[str, dict]:
    """What the lab was sent of each system."""
    data = lab_data(page)
    names = [system["name"] for system in data["systems"]]
    return dict(zip(names, data["trace"]["panels"], strict=True))


def test_starts_with_an_example_of_the_run(opened, trained):
    assert not opened.exception
    assert opened.text_area[0].label == "Sentence"
    assert opened.text_area[0].value == trained.texts[0]
    assert "tokens read by 3 models" in said(opened)
    found = panels(opened)
    assert list(found) == ["DeeBERT", "Cascade", "large"]
    for name, layers in {"DeeBERT": [1, 2, 3], "Cascade": [1, 4], "large": [3]}.items():
        assert found[name]["layers"] == layers
        assert len(found[name]["answers"]) == len(layers)
        assert len(found[name]["scores"]) == len(layers)
        assert found[name]["milliseconds"] == sorted(found[name]["milliseconds"])


def test_another_text_gives_another_trace_and_the_same_text_the_same(opened):
    first = panels(opened)["DeeBERT"]["scores"]
    area = opened.text_area[0]
    old = area.value
    area.set_value("what a terrible bore").run()
    assert panels(opened)["DeeBERT"]["scores"] != first
    opened.text_area[0].set_value(old).run()
    assert panels(opened)["DeeBERT"]["scores"] == first


def test_its_table_is_saved_as_it_stands(opened, monkeypatch):
    """What is saved says of each system what the lab shows of it at this tau."""
    kept = []
    monkeypatch.setattr(live, "save_buttons", lambda *saved_shown_key: kept.append(saved_shown_key))
    opened.session_state["lens.tau"] = 0.55
    opened.run()
    ((saved, shown, _),) = kept
    assert saved.name.endswith("-tau-0.55")
    assert opened.text_area[0].value in shown.caption
    _, *rows = csv.reader(io.StringIO(csv_of(saved, shown)))
    found = panels(opened)
    assert [row[0] for row in rows] == list(found)
    for system, answer, sure, _, layers, milliseconds in rows:
        panel = found[system]
        exit_ = panel["layers"].index(float(layers))
        assert answer == panel["answers"][exit_]
        assert float(milliseconds) == panel["milliseconds"][exit_]
        assert float(sure) == pytest.approx(panel["scores"][exit_])
        assert exit_ == len(panel["layers"]) - 1 or float(sure) > 0.55
        assert all(score <= 0.55 for score in panel["scores"][:exit_])


def test_tau_comes_with_no_new_forward_pass(opened, monkeypatch):
    def refuse(*_):
        raise AssertionError("the text was read again")

    monkeypatch.setattr("cascade_core.prediction.live.LiveModels.read", refuse)
    before = panels(opened)
    opened.session_state["lens.tau"] = 0.55
    opened.run()
    assert not opened.exception
    assert panels(opened) == before


def test_another_example_is_taken_and_may_be_changed(opened, trained):
    for _ in range(6):  # chance may take the same one again
        opened.button(key="another").click().run()
        if opened.text_area[0].value != trained.texts[0]:
            break
    assert opened.text_area[0].value in trained.texts
    assert opened.text_area[0].value != trained.texts[0]


def test_nothing_typed_is_a_sentence(opened):
    opened.text_area[0].set_value("   ").run()
    assert not opened.exception
    assert "Type a text above" in said(opened)


def test_a_long_text_is_cut_and_that_is_said(opened):
    opened.text_area[0].set_value("long " * 400).run()
    assert "cut after 64 tokens" in said(opened)


def test_the_oracle_knows_no_answer_to_a_typed_text(opened):
    opened.selectbox(key="criterion").set_value("oracle").run()
    assert not opened.exception
    assert "not to your text" in said(opened)


@pytest.mark.parametrize("run", ["good", "no-texts", "one-instance", "single-exits", "markup"])
def test_without_weights_the_page_says_how_to_get_them(
    open_page: Opener, run, tmp_path, monkeypatch
):
    monkeypatch.setenv("CASCADELENS_CACHE", str(tmp_path))
    opened = open_page("live", run)
    assert not opened.exception
    assert "no trained weights to run here" in said(opened)
