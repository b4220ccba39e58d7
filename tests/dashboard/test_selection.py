"""What is selected on pages without a browser: it narrows all of them, is said, and is cleared."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cascade_core import load_run, save_run, tradeoff_curve
from cascade_core.difficulty import difficulty_inversion_score
from cascade_core.halves import halves
from dashboard.theme import percent, times
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up
from tests.dashboard.test_pages import cells, lab_data, markup

PAGES = ("overview", "tradeoff", "reliability", "instances", "compose")
LEVEL = "category:level:2"
OF_PAGE = {
    "tradeoff": {"span": "1-2", "margin": "5"},
    "reliability": {"quality": "ece", "category": "kind", "bins": "equal-mass", "smooth": "on"},
    "instances": {"instance": "1005", "sort": "label, descending"},
    "compose": {"stage1": "small", "stage2": "large", "stage3": "–", "stage4": "–", "wanted": "3"},
}


@pytest.mark.parametrize("page", PAGES)
def test_a_selection_narrows_every_page_and_is_cleared(
    open_page: Opener, runs_dir: Path, page: str
) -> None:
    n = int((load_run(runs_dir / "good").categories["level"].codes == 1).sum())
    opened = open_page(page, select=LEVEL)
    assert not opened.exception
    assert f"{n} of 60 examples selected" in markup(opened)
    assert f"n = {n} of 60 selected: level 2" in markup(opened)
    assert opened.query_params["select"] == LEVEL
    opened.button(key="clear-category level").click().run()
    assert "selected" not in markup(opened)
    assert "n = 60 " in markup(opened)
    assert "select" not in opened.query_params


def test_live_asks_about_no_selection(open_page: Opener) -> None:
    opened = open_page("live", select=LEVEL)
    assert "examples selected" not in markup(opened)
    assert opened.query_params["select"] == LEVEL


def test_numbers_are_those_of_the_selected_examples(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    some = run.only(np.flatnonzero(run.categories["level"].codes == 1), run.split)
    opened = open_page("tradeoff", tau="0.83", select=LEVEL)
    at_tau, matched = cells(opened, "table-at-tau"), cells(opened, "table-matched")
    for name, ladder in some.systems.items():
        curve = tradeoff_curve(ladder)
        point = curve.at_threshold(0.83)
        assert at_tau[name][1:3] == [times(point.speedup), percent(point.score)]
        if curve.exits > 1:
            assert matched[name][1] == percent(curve.at_speedup(2.0).score)
    assert "as those of the run were" in " ".join(one.value for one in opened.info)
    assert "table-promises" not in markup(opened)


def test_tau_and_its_range_do_not_depend_on_the_selection(open_page: Opener) -> None:
    whole, some = (lab_data(open_page("tradeoff", **one)) for one in ({}, {"select": LEVEL}))
    for name in ("tau", "range", "start"):
        assert whole[name] == some[name]
    assert whole["scores"] != some["scores"]


def test_the_other_half_stays_whole(open_page: Opener, runs_dir: Path) -> None:
    calibration, evaluation = halves(load_run(runs_dir / "good"))
    some = evaluation.only(
        np.flatnonzero(evaluation.categories["level"].codes == 1), evaluation.split
    )
    choosing, curve = (tradeoff_curve(run.systems["ramps"]) for run in (calibration, some))
    point = curve.at_threshold(choosing.at_speedup(2.0).threshold)
    opened = open_page("tradeoff", examples="half", select=LEVEL)
    assert cells(opened, "table-matched")["ramps"][1] == percent(point.score)
    assert any("all of the other half" in one.value for one in opened.caption)


def test_a_chart_shows_what_the_other_conditions_leave(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    opened = open_page("reliability", select=f"{LEVEL};inverted:ramps:layer 1", category="level")
    shown = markup(opened)
    assert "· DIS" in shown  # the table by level
    assert list(cells(opened, "table-by-category")) == ["large", "small", "ramps", "cascade"]
    heads = shown[shown.index("table-by-category") :]
    for level in ("1", "2", "3"):  # of all levels that hold inverted pairs of the whole run
        assert f"<th scope='col'>{level}</th>" in heads
    level = np.flatnonzero(run.categories["level"].codes == 1)
    ramps = run.models["ramps"]
    dis = difficulty_inversion_score(
        (ramps.answers(0) == run.labels)[level], ramps.confidences(0)[level]
    )
    figure = next(
        one.proto.json for one in opened.get("bidi_component") if "heatmap" in one.proto.json
    )
    assert f'"{100 * dis:.1f}"' in figure
    assert f"n = {len(level)} of 60 selected" in figure


def test_a_cell_is_opened_from_the_box_beside_it(open_page: Opener) -> None:
    opened = open_page("reliability")
    opened.selectbox(key="cell").set_value("ramps, layer 1").run()
    assert opened.query_params["select"] == "inverted:ramps:layer 1"
    assert cells(opened, "table-pairs")
    assert any("not what to expect of new ones" in one.value for one in opened.caption)
    opened.segmented_control(key="quality").set_value("accuracy").run()
    opened.selectbox(key="cell").set_value("ramps, layer 2").run()
    assert opened.query_params["select"] == "wrong:ramps:layer 2"
    opened.selectbox(key="bin").select_index(1).run()
    assert "sure:cascade:small:" in opened.query_params["select"]
    opened.button(key="clear-all").click().run()
    assert "select" not in opened.query_params


def test_bins_of_what_is_let_go_hold_all_of_it(open_page: Opener) -> None:
    """One bin after the other of the second and third diagram: as many as the table below says."""
    opened = open_page("reliability", tau="0.8", system="ramps")
    rows = list(cells(opened, "table-calibration").values())
    for diagram, row in zip(("let go at τ", "all exits at τ"), rows[1:], strict=True):
        names = [one for one in opened.selectbox(key="bin").options if one.startswith(diagram)]
        found = 0
        for name in names:
            opened.selectbox(key="bin").set_value(name).run()
            assert not opened.exception
            assert opened.selectbox(key="bin").value == name
            said = re.search(r"([\d,]+) of 60 examples selected", markup(opened))
            assert said
            found += int(said[1])
            assert list(cells(opened, "table-calibration").values()) == rows  # of everything
        assert str(found) == row[0]


def test_a_part_of_a_bar_holds_as_many_as_it_says(open_page: Opener, runs_dir: Path) -> None:
    ramps = load_run(runs_dir / "good").systems["ramps"]
    counts = tradeoff_curve(ramps).at_threshold(0.8).exit_counts
    opened = open_page("tradeoff", tau="0.8", system="ramps")
    opened.selectbox(key="leaving").set_value("ramps: layer 2").run()
    assert f"{counts[1]} of 60 examples selected" in markup(opened)
    assert opened.selectbox(key="leaving").value == "ramps: layer 2"
    opened.session_state["lens.tau"] = 0.9  # what another τ does to the same examples
    opened.run()
    assert f"{counts[1]} of 60 examples selected" in markup(opened)
    assert opened.selectbox(key="leaving").value == "any"


def test_filters_of_instances_are_the_selection(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    opened = open_page("instances")
    opened.selectbox(key="only level").set_value("2").run()
    opened.selectbox(key="label").set_value("class 1").run()
    assert opened.query_params["select"] == f"{LEVEL};label:class 1"
    wanted = run.ids[(run.categories["level"].codes == 1) & (run.labels == 1)]
    assert opened.dataframe[0].value["id"].tolist() == wanted.tolist()
    linked = open_page("instances", select=opened.query_params["select"])
    assert linked.selectbox(key="only level").value == "2"
    assert linked.dataframe[0].value.equals(opened.dataframe[0].value)
    opened.selectbox(key="label").set_value("any").run()
    assert opened.query_params["select"] == LEVEL


def test_the_opened_example_is_not_the_selection(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    inside = run.ids[run.categories["level"].codes == 1]
    outside = run.ids[run.categories["level"].codes == 0]
    opened = open_page("instances", select=LEVEL, instance=str(inside[3]))
    assert f"Example <b>{inside[3]}</b>" in markup(opened)
    assert len(opened.dataframe[0].value) == len(inside)
    elsewhere = open_page("instances", select=LEVEL, instance=str(outside[3]))
    assert f"Example <b>{outside[3]}</b>" not in markup(elsewhere)
    assert any("not among those selected" in one.value for one in elsewhere.caption)


def test_the_order_of_the_list_is_in_the_address(open_page: Opener) -> None:
    opened = open_page("instances", sort="exit score, descending")
    assert (np.diff(opened.dataframe[0].value["exit score"]) <= 0).all()
    opened.selectbox(key="sort").set_value("tokens").run()
    assert opened.query_params["sort"] == "tokens"
    assert (np.diff(opened.dataframe[0].value["tokens"]) >= 0).all()


def test_hand_picked_ids_are_a_selection_too(open_page: Opener) -> None:
    opened = open_page("tradeoff", ids="1003,1005,1007,1009")
    assert "4 of 60 examples selected" in markup(opened)
    assert opened.query_params["ids"] == "1003,1005,1007,1009"
    opened.button(key="clear-ids").click().run()
    assert "ids" not in opened.query_params


def test_too_many_ids_for_a_link_are_said(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_run(made_up(900), tmp_path / "larger")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened = open_page("instances", run="larger")
    opened.session_state["lens.ids"] = tuple(range(1000, 1500))
    opened.run()
    assert "500 of 900 examples selected" in markup(opened)
    assert "ids" not in opened.query_params
    assert any("these 500 are not in the address" in one.value for one in opened.caption)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("select", ["category:level:9", "inverted:nobody:layer 1", "harmful"])
def test_what_a_run_cannot_select_by_is_said(open_page: Opener, page: str, select: str) -> None:
    opened = open_page(page, select=select)
    assert not opened.exception
    assert "Not selected by" in opened.warning[0].value
    assert "60 of 60 examples selected" in markup(opened)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_selected_is_a_sentence(open_page: Opener, page: str) -> None:
    opened = open_page(page, select="search:no such word")
    assert not opened.exception
    assert "No example fits" in opened.info[-1].value
    assert opened.query_params["select"] == "search:no such word"
    opened.button(key="clear-search").click().run()
    assert "60" in markup(opened)


@pytest.mark.parametrize("run", ["f1", "three-classes", "unlabelled", "answers", "latency"])
@pytest.mark.parametrize("page", PAGES)
def test_one_example_may_be_all_that_is_selected(open_page: Opener, page: str, run: str) -> None:
    number = "7" if run == "answers" else "1007"
    opened = open_page(page, run, ids=number)
    assert not opened.exception
    assert "1 of 60 examples selected" in markup(opened)


@pytest.mark.parametrize("page", ["tradeoff", "compose"])
def test_learned_scores_are_learned_on_all_examples(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    save_run(made_up(200), tmp_path / "larger")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened = open_page(page, run="larger", criterion="learned", ids="1003,1005,1008")
    assert not opened.exception
    assert opened.query_params["criterion"] == "learned"
    assert "3 of 200 examples selected" in markup(opened)


@pytest.mark.parametrize("page", OF_PAGE)
def test_an_address_holds_what_its_page_asks_and_no_more(open_page: Opener, page: str) -> None:
    asked = {name: value for of in OF_PAGE.values() for name, value in of.items()}
    opened = open_page(page, **asked)
    opened.run()
    address = {name: opened.query_params.get(name) for name in asked}
    assert address == {name: OF_PAGE[page].get(name) for name in asked}


@pytest.mark.parametrize("page", [*PAGES, "live"])
def test_a_link_to_other_content_says_so_on_every_page(open_page: Opener, page: str) -> None:
    assert "other content" in open_page(page, h="00000000", select=LEVEL).warning[0].value


def test_what_was_picked_by_hand_is_of_the_examples_it_was_picked_from(open_page: Opener) -> None:
    opened = open_page("instances", ids="1001,1002")
    assert "2 of 60 selected" in markup(opened)
    opened.selectbox(key="run").set_value("no-tokens").run()  # the same task, split and size
    assert "2 of 60 selected" in markup(opened)
    opened.selectbox(key="run").set_value("answers").run()
    assert not opened.exception
    assert opened.session_state["lens.ids"] == ()


def test_figure_1_s_cases_are_one_choice_away(open_page: Opener) -> None:
    opened = open_page("instances", system="cascade")  # which has no exit inside a model: all have
    box = opened.selectbox(key="figure-1")
    assert box.options == ["any", "small right, ramps after layer 2 wrong"]
    box.set_value(box.options[1]).run()
    run = made_up()
    wrong = run.models["ramps"].answers(1) != run.labels
    count = (wrong & (run.models["small"].answers(0) == run.labels)).sum()
    assert f"{count} of 60 selected" in markup(opened)
    assert opened.query_params["select"] == "complete-alone:ramps:layer 2:small:0.0"
