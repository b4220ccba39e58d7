"""The Reliability page: what it says of exits and of categories is what the core computes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cascade_core import exit_scores, load_run, tradeoff_curve
from cascade_core.by_category import by_category
from cascade_core.calibration_report import calibration_report
from cascade_core.exit_quality import QUALITIES, exit_grid
from cascade_core.halves import halves
from cascade_core.operation import operate
from cascade_core.temperature import fit_temperatures
from dashboard.figures.heatmap import HeatmapPicture, heatmap_figure
from dashboard.theme import percent
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up
from tests.dashboard.test_pages import cells, markup

RUN = made_up()


def charts(page: AppTest) -> dict[str, dict]:
    """The figures that were sent, by the names they are saved under."""
    import json

    found = [one.proto for one in page.get("bidi_component") if "chart" in one.proto.component_name]
    return {data["fileName"]: data["figure"] for data in (json.loads(one.json)[0] for one in found)}


@pytest.mark.parametrize("quality", QUALITIES)
def test_heatmap_holds_the_quality_of_every_exit(
    open_page: Opener, runs_dir: Path, quality
) -> None:
    opened = open_page("reliability")
    opened.segmented_control(key="quality").set_value(quality).run()
    assert not opened.exception
    (figure,) = [one for name, one in charts(opened).items() if f"n60-{quality}-" in name]
    (trace,) = figure["data"]
    grid = exit_grid(load_run(runs_dir / "good"), quality)
    assert trace["y"] == list(grid.models)
    assert trace["x"] == list(map(str, grid.depths))
    shown = [[None if np.isnan(one) else f"{100 * one:.1f}" for one in row] for row in grid.values]
    assert [[text or None for text in row] for row in trace["text"]] == shown


def test_colours_of_dis_diverge_from_chance_and_a_low_error_is_the_better_one() -> None:
    def drawn(quality: str, chance: float | None, better_low: bool = False):
        picture = HeatmapPicture("t", exit_grid(RUN, quality), quality, chance, better_low)
        return heatmap_figure(picture).data[0]

    dis = drawn("dis", 0.5)
    assert (dis.zmin + dis.zmax) / 2 == pytest.approx(50)
    accuracy, error = drawn("accuracy", None), drawn("ece", None, better_low=True)
    assert accuracy.colorscale[0][1] == error.colorscale[1][1]


def test_table_by_level_is_what_the_core_computes(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    opened = open_page("reliability", tau="0.8")
    shown = cells(opened, "table-by-category")
    assert list(shown) == list(run.systems)
    for name, ladder in run.systems.items():
        curve = tradeoff_curve(ladder)
        found = by_category(ladder, run.categories["level"], operate(ladder, curve, 0.8).left)
        assert shown[name][3:] == [percent(row.accuracy) for row in found.rows]
        depth = "–" if np.isnan(found.depth.value) else f"{found.depth.value:+.2f}"
        assert shown[name][1] == depth
    assert shown["large"][1] == "–"
    assert float(shown["ramps"][1]) > 0.1  # whose examples are made harder by level


def test_categories_without_an_order_have_no_correlation(open_page: Opener) -> None:
    opened = open_page("reliability")
    opened.segmented_control(key="category").set_value("kind").run()
    assert not opened.exception
    found = re.search(r"data-testid='table-by-category'.*?</table>", markup(opened), re.S)
    assert found
    assert "follows" not in found[0]
    assert ">odd<" in found[0]
    figure = next(one for name, one in charts(opened).items() if "by-kind" in name)
    assert {tuple(trace["x"]) for trace in figure["data"]} == {("odd", "even")}


def test_tau_moves_what_is_said_of_the_levels(open_page: Opener) -> None:
    low, high = (
        cells(open_page("reliability", tau=tau), "table-by-category") for tau in ("0.55", "0.99")
    )
    assert low["ramps"][0] != high["ramps"][0]
    assert low["large"] == high["large"]


def test_a_run_that_knows_nothing_of_its_examples_has_only_the_heatmap(open_page: Opener) -> None:
    opened = open_page("reliability", "one-instance")
    assert not opened.exception
    assert "table-by-category" not in markup(opened)


def test_errors_are_those_of_the_exit_and_of_what_is_let_go(
    open_page: Opener, runs_dir: Path
) -> None:
    run = load_run(runs_dir / "good")
    ladder = run.systems["ramps"]
    opened = open_page("reliability", system="ramps", tau="0.7")
    shown = cells(opened, "table-calibration")
    left = operate(ladder, tradeoff_curve(ladder), 0.7).left
    confidence = exit_scores(np.asarray(ladder.logits), "max_prob")
    right = np.asarray(ladder.correct)
    here, every = left == 0, np.arange(run.instances)
    for (name, found), (sure, correct) in zip(
        shown.items(),
        [
            (confidence[0], right[0]),
            (confidence[0][here], right[0][here]),
            (confidence[left, every], right[left, every]),
        ],
        strict=True,
    ):
        report = calibration_report(sure, correct)
        assert found[:2] == [f"{correct.size:,}", percent(correct.mean())], name
        assert found[3:] == [percent(report.error), percent(report.by_chance)], name


def test_another_exit_and_other_bins_change_the_diagrams(open_page: Opener) -> None:
    opened = open_page("reliability", system="ramps", tau="0.7")
    before = cells(opened, "table-calibration")
    exits = opened.selectbox(key="exit")
    exits.set_value(exits.options[1]).run()
    other = cells(opened, "table-calibration")
    assert list(other) != list(before)
    opened.segmented_control(key="bins").set_value("equal-mass").run()
    assert not opened.exception
    assert cells(opened, "table-calibration") != other


def test_a_second_opinion_is_asked_for(open_page: Opener) -> None:
    opened = open_page("reliability", tau="0.7")
    columns = len(next(iter(cells(opened, "table-calibration").values())))
    opened.toggle(key="smooth").set_value(True).run()
    assert not opened.exception
    assert len(next(iter(cells(opened, "table-calibration").values()))) == columns + 1


def test_temperatures_are_those_of_the_other_half(open_page: Opener, runs_dir: Path) -> None:
    calibration, evaluation = halves(load_run(runs_dir / "good"))
    temperatures = fit_temperatures(calibration)
    opened = open_page("reliability", examples="half", confidences="scaled")
    shown = cells(opened, "table-temperatures")
    assert shown["large"][0] == f"{temperatures['large'][0]:.2f}"
    grids = [exit_grid(evaluation, "ece"), exit_grid(evaluation, "dis")]
    place = grids[0].models.index("large"), grids[0].depths.index(6)
    assert [shown["large"][1], shown["large"][3]] == [percent(one.values[place]) for one in grids]
    assert "temperatures" not in markup(open_page("reliability"))
