"""The Compose page without a browser: its numbers are core's, links, odd runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest

from cascade_core import ModelOutput, Run, ladder_scores, load_run, save_run, tradeoff_curve
from cascade_core.comparison import compare
from cascade_core.halves import halves
from cascade_core.inserted_model import largest_gain, predicted_gain, stages_of
from cascade_core.intervals import Interval
from cascade_core.per_exit import at_thresholds, search_thresholds
from dashboard.assets import SHELF
from dashboard.composed_verdict import Against, sentence
from dashboard.theme import percent, points, times
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up
from tests.dashboard.made_up import three_sizes as run_of_three_sizes
from tests.dashboard.test_pages import ODD, cells, lab_data, markup


@pytest.fixture
def three_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: Opener):
    """An opener of Compose on a run with complete models of 2, 4, 6 and 6 layers, and the run."""
    save_run(run_of_three_sizes(), tmp_path / "sizes")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    return lambda **address: open_page("compose", "sizes", **address), load_run(tmp_path / "sizes")


def figure(page: AppTest) -> dict:
    """The figure of the curves."""
    parcel = SHELF.get(lab_data(page)["figure"].rsplit("/", 1)[1])
    assert parcel is not None
    return json.loads(parcel.content)


def has_lab(page: AppTest) -> bool:
    return any("tau_lab" in one.proto.component_name for one in page.get("bidi_component"))


def settle(page: AppTest, *thresholds: float) -> None:
    """What the page does when the lab sends thresholds."""
    page.session_state["lens.thresholds"] = thresholds
    page.session_state["lens.acted"] = True
    page.run()


def said(page: AppTest) -> str:
    return markup(page).split("data-testid='composed'>")[1].split("</p>")[0]


@pytest.mark.parametrize("run", ODD)
def test_page_shows_every_odd_run(open_page: Opener, runs_dir: Path, run: str) -> None:
    opened = open_page("compose", run)
    assert not opened.exception
    assert not opened.error
    assert "<img" not in markup(opened)
    several = len(load_run(runs_dir / run).models) > 1
    assert ("a cascade takes two" in str([one.value for one in opened.info])) != several
    assert ("data-testid='composed'" in markup(opened)) == several


def test_it_begins_small_to_large(three_sizes) -> None:
    opened = three_sizes[0]()
    chosen = [opened.selectbox(key=f"stage{number}").value for number in (1, 2, 3, 4)]
    assert chosen == ["small", "middle", "large", "–"]


def test_numbers_are_those_of_the_core(open_page: Opener, runs_dir: Path) -> None:
    opened = open_page("compose", stage1="small", stage2="large", thresholds="0.83")
    run = load_run(runs_dir / "good")
    ladder = run.compose(["small", "large"], "here")
    curve = tradeoff_curve(ladder)
    own = at_thresholds(ladder, curve, [0.83, 0.0])
    shown = cells(opened, "table-thresholds")
    early = (own.left == 0).mean()
    assert shown["one for each"][:2] == [times(own.speedup), percent(own.score)]
    assert shown["one for each"][3:] == [percent(early), percent(1 - early)]
    assert shown["the same for all"] == shown["one for each"]  # there is one exit to leave early at
    systems = cells(open_page("overview"), "table-matched")
    assert cells(opened, "table-matched")["composed"] == systems["cascade"]
    assert "which is cascade of this run" in said(opened)
    (line,) = [one for one in figure(opened)["data"] if one["name"] == "composed"]
    assert line["line"]["color"] not in {
        one["line"]["color"]
        for one in figure(opened)["data"]
        if one["mode"] == "lines" and one["name"] in run.systems
    }
    sent = lab_data(opened)
    assert (sent["stages"], sent["thresholds"]) == (["small"], [0.83])
    parcel = SHELF.get(sent["scores"].rsplit("/", 1)[1])
    assert parcel is not None
    np.testing.assert_array_equal(
        load(parcel.content)["0/scores"], ladder_scores(ladder, "max_prob")
    )


def test_the_sentence_compares_with_the_best_other_system(three_sizes) -> None:
    opener, run = three_sizes
    opened = opener()
    ladder = run.compose(["small", "middle", "large"], "composed")
    curve = tradeoff_curve(ladder)
    curves = {name: tradeoff_curve(system) for name, system in run.systems.items()}
    scores = {n: one.at_speedup(2).score for n, one in curves.items() if one.speedup[0] >= 2}
    best = max(scores, key=scores.__getitem__)
    found = compare(
        run, {"composed": curve, best: curves[best]}, systems={"composed": ladder, **run.systems}
    )
    interval = found.difference(("composed", 2.0), (best, 2.0))
    assert interval is not None
    assert f"the best other system, {best}, {percent(scores[best])}" in said(opened)
    assert percent(curve.at_speedup(2).score) in said(opened)
    assert f"{points(interval.low)} to {points(interval.high)}" in said(opened)


@pytest.mark.parametrize(
    ("interval", "words"),
    [((-0.01, 0.02), "may be chance"), ((0.01, 0.02), "more than chance")],
)
def test_chance_is_said_where_the_interval_holds_zero(interval, words: str) -> None:
    one = Against(2.0, 3.0, 0.9, "<b>", 0.89, Interval(*interval))
    text = sentence([one, Against(3.0, 2.5, None)], "a → b", ("layers", "accuracy"))
    assert words in text
    assert "It cannot reach 3× speed-up (layers): at most 2.50×." in text
    alone = sentence([Against(2.0, 3.0, 0.9)], "a → b", ("layers", "accuracy"))
    assert "no other system is that fast" in alone


def test_the_search_sets_the_sliders(three_sizes) -> None:
    opener, run = three_sizes
    opened = opener(examples="half")
    before = cells(opened, "table-thresholds")["one for each"]
    opened.segmented_control(key="wanted").set_value("1.5").run()
    opened.button(key="search-thresholds").click().run()
    assert not opened.exception
    calibration, evaluation = halves(run)
    there, here = (
        one.compose(["small", "middle", "large"], "") for one in (calibration, evaluation)
    )
    (found,) = search_thresholds(there, tradeoff_curve(there), [1.5])
    assert found is not None
    own = at_thresholds(here, tradeoff_curve(here), found.each)
    shown = cells(opened, "table-thresholds")["one for each"]
    assert shown[:2] == [times(own.speedup), percent(own.score)]
    assert shown != before
    assert tuple(lab_data(opened)["thresholds"]) == found.each[:2]
    assert opened.query_params["thresholds"] == ",".join(map(repr, found.each[:2]))


def test_a_speed_up_out_of_reach_is_said(open_page: Opener) -> None:
    opened = open_page("compose", stage1="large", stage2="small", stage3="–", stage4="–")
    opened.segmented_control(key="wanted").set_value("4").run()
    opened.button(key="search-thresholds").click().run()
    assert any("no thresholds make it 4×" in info.value for info in opened.info)


def test_a_stage_s_threshold_moves_its_stage_alone(three_sizes) -> None:
    opened = three_sizes[0](
        stage1="small", stage2="middle", stage3="large", stage4="–", thresholds="0.8,0.7"
    )
    before = cells(opened, "table-thresholds")["one for each"]
    stamp = lab_data(opened)["stamp"]
    settle(opened, 0.8, 0.95)
    after = cells(opened, "table-thresholds")["one for each"]
    assert after[3] == before[3]
    assert after[4] != before[4]
    assert opened.query_params["thresholds"] == "0.8,0.95"
    assert lab_data(opened)["stamp"] == stamp  # the lab keeps its own thresholds
    assert "For τ = 0.8, 0.95:" in markup(opened)


def test_other_models_hand_other_thresholds_over_to_the_lab(three_sizes) -> None:
    opened = three_sizes[0](
        stage1="small", stage2="middle", stage3="large", stage4="–", thresholds="0.8,0.7"
    )
    before = lab_data(opened)
    opened.selectbox(key="stage2").set_value("larger").run()
    after = lab_data(opened)
    assert after["stamp"] > before["stamp"]
    assert after["stages"] == ["small", "larger"]
    assert after["thresholds"] == [after["start"]] * 2
    assert after["scores"] != before["scores"]


def test_a_link_reproduces_the_cascade(three_sizes) -> None:
    opener, _ = three_sizes
    first = opener()
    first.selectbox(key="stage1").set_value("middle").run()
    first.selectbox(key="stage2").set_value("small").run()
    settle(first, 0.9, 0.6)
    address = {name: first.query_params[name] for name in ("stage1", "stage2", "stage3", "stage4")}
    again = opener(**address, thresholds=first.query_params["thresholds"])
    assert not again.warning
    assert cells(again, "table-thresholds") == cells(first, "table-thresholds")
    assert said(again) == said(first)
    assert said(first).startswith("middle → small → large")


@pytest.mark.parametrize("thresholds", ["x", "0.8", "0.8,0.7,0.6", "9,9"])
def test_thresholds_that_do_not_fit_are_brought_into_range(three_sizes, thresholds: str) -> None:
    opened = three_sizes[0](
        stage1="small", stage2="middle", stage3="large", stage4="–", thresholds=thresholds
    )
    assert not opened.exception
    sent = lab_data(opened)
    assert len(sent["thresholds"]) == 2
    assert all(sent["range"][0] <= value <= sent["range"][1] for value in sent["thresholds"])


def test_a_link_to_models_that_are_not_here_says_so(open_page: Opener) -> None:
    opened = open_page("compose", stage1="small", stage2="nowhere", thresholds="0.6")
    assert "no model 'nowhere'" in opened.warning[0].value
    assert "this is small → large instead" in opened.warning[0].value
    assert opened.query_params["stage2"] == "large"
    assert opened.query_params["thresholds"] != "0.6"
    assert not opened.run().warning


def test_no_model_is_asked_twice(open_page: Opener) -> None:
    opened = open_page("compose", stage1="small", stage2="small", stage3="–", stage4="–")
    assert any("small cannot be asked twice" in info.value for info in opened.info)
    assert not has_lab(opened)
    assert opened.query_params["stage2"] == "small"


def test_four_models_have_three_thresholds_and_no_prediction(three_sizes) -> None:
    address = {"stage1": "small", "stage2": "middle", "stage3": "large", "stage4": "larger"}
    opened = three_sizes[0](**address, thresholds="0.8,0.7,0.6")
    assert lab_data(opened)["thresholds"] == [0.8, 0.7, 0.6]
    assert len(cells(opened, "table-thresholds")["one for each"]) == 3 + 4
    assert "table-inserted" not in markup(opened)


def test_a_model_with_many_exits_has_a_curve_but_no_sliders(open_page: Opener) -> None:
    opened = open_page(
        "compose", stage1="small", stage2="ramps", stage3="large", stage4="–", thresholds="0.8"
    )
    assert any("This cascade has 8 exits" in info.value for info in opened.info)
    assert not has_lab(opened)
    assert "composed" in cells(opened, "table-matched")
    assert "thresholds" not in opened.query_params


def test_the_prediction_stands_beside_what_is_measured(three_sizes) -> None:
    opener, run = three_sizes
    opened = opener()
    three = run.compose(["small", "middle", "large"], "three")
    curve = tradeoff_curve(three)
    two = tradeoff_curve(run.compose(["small", "large"], "two"))
    point, stages = curve.at_speedup(2.0), stages_of(three)
    shown = cells(opened, "table-inserted")["2×"]
    assert shown[0] == points(predicted_gain(stages, point.exit_counts / run.instances))
    assert shown[1] == points(largest_gain(stages))
    assert shown[2] == points(point.score - two.at_speedup(2.0).score)
    assert shown[3] == percent(point.exit_counts[1] / run.instances)
    assert cells(opened, "table-stages")["middle"][1] == percent(stages[1].accuracy)


def test_another_order_has_no_bound_and_two_models_no_prediction(three_sizes) -> None:
    opener, _ = three_sizes
    opened = opener(stage1="middle", stage2="small", stage3="large", stage4="–")
    assert {row[1] for row in cells(opened, "table-inserted").values()} == {"–"}
    assert any("The bound does not hold" in one.value for one in opened.caption)
    opened.selectbox(key="stage3").set_value("–").run()
    assert "table-inserted" not in markup(opened)
    assert any("choose three models" in one.value for one in opened.info)


@pytest.mark.parametrize(
    ("key", "value"),
    [("criterion", "patience"), ("basis", "flops"), ("system", "ramps"), ("stage1", "ramps")],
)
def test_every_choice_changes_the_page(open_page: Opener, key: str, value: str) -> None:
    opened = open_page("compose", stage1="small", stage2="large", stage3="–", stage4="–")
    before = markup(opened)
    widget = opened.segmented_control if key == "basis" else opened.selectbox
    widget(key=key).set_value(value).run()
    assert not opened.exception
    assert markup(opened) != before


@pytest.mark.parametrize("choice", [{"criterion": "learned"}, {"confidences": "scaled"}])
def test_learned_scores_and_temperatures_reach_the_composed_cascade(three_sizes, choice) -> None:
    opener, _ = three_sizes
    opened = opener(examples="half", **choice)
    assert not opened.exception
    assert cells(opened, "table-matched") != cells(opener(examples="half"), "table-matched")


def test_two_models_and_one_example_are_enough(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_run(made_up(instances=1), tmp_path / "one")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened = open_page("compose", "one")
    assert not opened.exception
    shares = cells(opened, "table-thresholds")["one for each"][3:]
    assert sorted(shares) == ["0.0 %", "100.0 %"]


def test_answers_without_logits_make_cascades_too(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 80)
    models = {
        name: ModelOutput(
            name,
            predictions=np.where(random.random((1, 80)) < right, labels, 1 - labels),
            scores={"confidence": random.random((1, 80))},
            cost=np.array([cost]),
        )
        for name, right, cost in (("cheap", 0.7, 1.0), ("dear", 0.9, 9.0))
    }
    save_run(Run("calls", labels, models), tmp_path / "calls")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened = open_page("compose", "calls")
    assert not opened.exception
    assert "cheap → dear" in said(opened)
    assert "composed" in cells(opened, "table-matched")
