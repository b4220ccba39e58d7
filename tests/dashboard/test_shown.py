"""Half of the examples, other temperatures, a learned criterion: what they do to pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from cascade_core import load_run, save_run, tradeoff_curve
from cascade_core.halves import halves
from cascade_core.operation import speedup_to_match
from cascade_core.per_exit import at_thresholds, search_thresholds
from dashboard.assets import SHELF
from dashboard.theme import percent, times
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up
from tests.dashboard.test_pages import cells, lab_data, markup

PAGES = ("overview", "tradeoff", "reliability", "instances")


@pytest.mark.parametrize("page", PAGES)
def test_the_evaluation_half_is_what_is_shown(open_page: Opener, runs_dir: Path, page) -> None:
    evaluation = halves(load_run(runs_dir / "good")).evaluation
    opened = open_page(page, examples="half")
    assert not opened.exception
    shown = markup(opened)
    assert "evaluation half" in shown
    assert f"n = {evaluation.instances:,}" in shown


def test_thresholds_come_from_the_other_half(open_page: Opener, runs_dir: Path) -> None:
    calibration, evaluation = halves(load_run(runs_dir / "good"))
    choosing, curve = (tradeoff_curve(run.systems["ramps"]) for run in (calibration, evaluation))
    point = curve.at_threshold(choosing.at_speedup(2.0).threshold)
    opened = open_page("tradeoff", examples="half")
    assert cells(opened, "table-matched")["ramps"][1] == percent(point.score)
    assert times(point.speedup) in markup(opened)
    assert "chosen on the other half" in markup(opened)
    assert "chosen on the other half" not in markup(open_page("tradeoff"))


def test_the_verdict_says_where_thresholds_were_chosen(open_page: Opener) -> None:
    assert "τ chosen on the other half" in markup(open_page("overview", examples="half"))
    assert "τ chosen on this split" in markup(open_page("overview"))


def test_texts_stay_with_their_examples(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    evaluation = halves(run).evaluation
    chosen = int(evaluation.ids[3])
    assert run.texts is not None
    (column,) = run.texts
    text = run.texts[column][int((run.ids == chosen).argmax())]
    opened = open_page("instances", examples="half", instance=str(chosen))
    assert text in markup(opened)
    frame = opened.dataframe[0].value
    assert frame.set_index("id").loc[chosen, column] == text
    assert len(frame) == evaluation.instances


def test_another_temperature_is_another_scale_of_tau(open_page: Opener, runs_dir: Path) -> None:
    opened = open_page("tradeoff", tau="0.9")
    before = cells(opened, "table-at-tau")
    opened.segmented_control(key="confidences").set_value("scaled").run()
    assert not opened.exception
    assert opened.query_params["confidences"] == "scaled"
    assert opened.query_params["tau"] != "0.9"
    assert cells(opened, "table-at-tau") != before
    assert "· scaled" in markup(opened)
    (said,) = [one.value for one in opened.caption if "as trained from τ" in one.value]
    trained = tradeoff_curve(load_run(runs_dir / "good").systems["cascade"]).at_speedup(2.0)
    assert f"τ = {trained.threshold:.4g} with {percent(trained.score)}" in said


def test_a_learned_criterion_draws_its_own_curves(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_run(made_up(instances=200), tmp_path / "larger")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened = open_page("tradeoff", run="larger")
    before = cells(opened, "table-matched")
    opened.selectbox(key="criterion").set_value("learned").run()
    assert not opened.exception
    after = cells(opened, "table-matched")
    assert after["ramps"] != before["ramps"]
    assert after["large"] == before["large"]


def test_thresholds_of_each_exit_are_searched_and_scored(open_page: Opener, runs_dir: Path) -> None:
    calibration, evaluation = halves(load_run(runs_dir / "good"))
    there, here = (run.systems["ramps"] for run in (calibration, evaluation))
    curve, choosing = tradeoff_curve(here), tradeoff_curve(there)
    (own,) = search_thresholds(there, choosing, [2.0])
    assert own is not None
    opened = open_page("tradeoff", system="ramps", examples="half")
    assert "table-per-exit" not in markup(opened)  # it takes seconds, and waits for a click
    opened.button(key="search-per-exit").click().run()
    shown = cells(opened, "table-per-exit")["2×"]
    assert shown[0] == percent(curve.at_threshold(choosing.at_speedup(2.0).threshold).score)
    assert shown[1] == percent(at_thresholds(here, curve, own.each).score)
    opened.run()
    assert "table-per-exit" in markup(opened)  # once asked for it stays
    opened.segmented_control(key="basis").set_value("flops").run()
    assert "table-per-exit" not in markup(opened)  # of other numbers nobody asked yet
    opened.button(key="search-per-exit").click().run()
    assert "table-per-exit" in markup(opened)
    opened.selectbox(key="system").set_value("cascade").run()
    assert "table-per-exit" not in markup(opened)
    assert "search-per-exit" not in {one.key for one in opened.button}


def test_the_same_speedup_is_chosen_on_the_other_half(open_page: Opener, runs_dir: Path) -> None:
    calibration, evaluation = halves(load_run(runs_dir / "good"))
    choosing, curves = (
        {name: tradeoff_curve(ladder) for name, ladder in run.systems.items()}
        for run in (calibration, evaluation)
    )
    wanted = speedup_to_match(choosing["cascade"].at_threshold(0.8).speedup)
    point = curves["ramps"].at_threshold(choosing["ramps"].at_speedup(wanted).threshold)
    opened = open_page("tradeoff", system="cascade", tau="0.8", mode="speed-up", examples="half")
    shown = cells(opened, "table-at-tau")["ramps"]
    assert shown[:3] == [f"{point.threshold:.10g}", times(point.speedup), percent(point.score)]
    assert "as fast as cascade on the other half" in markup(opened)
    sent = SHELF.get(lab_data(opened)["choosing"].rsplit("/", 1)[1])
    assert sent is not None
    ramps = list(curves).index("ramps")
    arrays = load(sent.content)
    np.testing.assert_array_equal(arrays[f"{ramps}/breakpoints"], choosing["ramps"].breakpoints)
    np.testing.assert_array_equal(arrays[f"{ramps}/speedup"], choosing["ramps"].speedup)
    whole = open_page("tradeoff", system="cascade", tau="0.8", mode="speed-up")
    assert "choosing" not in lab_data(whole)
    assert "as fast as cascade on these examples" in markup(whole)


def test_tau_and_pin_are_kept_for_each_meaning(open_page: Opener) -> None:
    opened = open_page("tradeoff", tau="0.9", pin="0.8@ramps")
    opened.segmented_control(key="confidences").set_value("scaled").run()
    assert "pin" not in opened.query_params
    opened.segmented_control(key="confidences").set_value("trained").run()
    assert float(opened.query_params["tau"]) == 0.9
    assert opened.query_params["pin"] == "0.8@ramps"


def test_temperatures_leave_patience_alone(open_page: Opener) -> None:
    opened = open_page("tradeoff", system="ramps", criterion="patience", tau="2.5")
    opened.segmented_control(key="confidences").set_value("scaled").run()
    assert opened.query_params["tau"] == "2.5"
    assert any("change no confidence" in one.value for one in opened.caption)


@pytest.mark.parametrize("address", [{"criterion": "oracle"}, {"confidences": "scaled"}])
def test_nothing_is_promised_of_scores_made_with_labels(open_page: Opener, address) -> None:
    opened = open_page("tradeoff", **address)
    assert "table-promises" not in markup(opened)
    assert any("owe nothing to the labels" in one.value for one in opened.info)


def test_two_runs_of_the_same_numbers_keep_their_own_names(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_up()
    texts = {"sentence": tuple(f"other {one}" for one in range(run.instances))}
    other = replace(run, name="other", label_names=("no", "yes"), texts=texts)
    assert other.identity == run.identity
    for one in (run, other):
        save_run(one, tmp_path / one.name)
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    for address in ({}, {"examples": "half", "confidences": "scaled"}):
        first = markup(open_page("instances", run=run.name, instance=str(run.ids[0]), **address))
        second = markup(open_page("instances", run="other", instance=str(run.ids[0]), **address))
        assert "run made-up" in first
        assert "run other" in second
        assert "other " in second
        assert "class 0" not in second
    shown = open_page("instances", run="other").dataframe[0].value
    assert set(shown["label"]) == {"no", "yes"}


def test_few_or_unlabelled_examples_are_not_halved(open_page: Opener) -> None:
    for run in ("one-instance", "unlabelled", "saturated"):
        opened = open_page("tradeoff", run=run, examples="half")
        assert not opened.exception
        assert "examples" not in {one.key for one in opened.segmented_control}
