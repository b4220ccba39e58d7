"""Figures hold the numbers they were given."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

import dashboard.figures
from cascade_core import ExitLadder, load_run, tradeoff_curve
from cascade_core.by_category import by_category
from cascade_core.calibration import reliability_bins
from cascade_core.operation import operate
from cascade_core.runs import shipped_runs_dir
from cascade_core.summaries import pareto_front
from dashboard.figures.exits import ExitShares, exits_figure
from dashboard.figures.levels import LevelsPicture, levels_figure
from dashboard.figures.matched import Mark, MatchedPicture, matched_figure
from dashboard.figures.reliability import ReliabilityPanel, ReliabilityPicture, reliability_figure
from dashboard.figures.staircase import COLUMNS, thin
from dashboard.figures.trace import TracePanel, TracePicture, places, trace_figure, trace_height
from dashboard.figures.tradeoff import (
    FRONT,
    PLOT,
    Band,
    Printed,
    TradeoffPicture,
    tradeoff_figure,
)
from dashboard.printed import results_of
from dashboard.theme import system_styles
from tests.dashboard.made_up import made_up

RUN = made_up()
STYLES = system_styles(RUN.systems)
CURVES = [tradeoff_curve(ladder) for ladder in RUN.systems.values()]


def layout(figure: go.Figure) -> Any:
    return figure.layout  # plotly makes its attributes up as it goes


def picture(curves=CURVES) -> TradeoffPicture:
    return TradeoffPicture("title", curves, STYLES, reference="large")


def test_figures_are_drawn_without_streamlit() -> None:
    """As in a notebook: every module of figures, and a plain figure of the library."""
    names = [path.stem for path in Path(dashboard.figures.__path__[0]).glob("[a-z]*.py")]
    assert "tradeoff" in names
    imported = "; ".join(f"import dashboard.figures.{name}" for name in names)
    code = f"import sys; {imported}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "plotly" in done.stdout.split()
    assert "streamlit" not in done.stdout.split()
    assert type(tradeoff_figure(picture())) is go.Figure


def test_tradeoff_draws_every_state_as_an_exact_staircase() -> None:
    traces = {trace.name: trace for trace in tradeoff_figure(picture()).data}
    for curve in CURVES:
        trace = traces[curve.name]
        np.testing.assert_array_equal(np.sort(trace.x), np.sort(curve.speedup))
        np.testing.assert_array_equal(trace.y, 100 * curve.score[::-1])
    assert traces["ramps"].line.shape == "vh"
    assert traces["large"].mode == "markers"


@pytest.mark.parametrize("wanted", np.linspace(1, 5.9, 23))
def test_staircase_passes_through_what_a_speedup_buys(wanted: float) -> None:
    curve = next(curve for curve in CURVES if curve.name == "ramps")
    trace = next(trace for trace in tradeoff_figure(picture()).data if trace.name == "ramps")
    # Vertical first, then horizontal: the value at x is that of the next point to the right.
    drawn = trace.y[np.searchsorted(trace.x, wanted, "left")]
    assert drawn == 100 * curve.at_speedup(wanted).score


def test_a_band_is_an_area_that_goes_with_its_curve_and_is_not_cut() -> None:
    band = Band(np.array([1.0, 2.0]), np.array([0.2, 0.3]), np.array([0.98, 0.99]))
    figure = tradeoff_figure(picture()._replace(bands={"ramps": band}))
    area, curve = (trace for trace in figure.data if trace.legendgroup == "ramps")
    assert (area.x.tolist(), area.y.tolist()) == ([1, 2, 2, 1], [20, 30, 99, 98])
    assert (area.fill, area.showlegend, curve.name) == ("toself", False, "ramps")
    bottom, top = layout(figure).yaxis.range
    assert bottom < 20
    assert top > 99


def test_the_front_of_all_systems_waits_in_the_legend() -> None:
    front = pareto_front({curve.name: curve for curve in CURVES})
    trace = tradeoff_figure(picture()._replace(front=front)).data[-1]
    assert (trace.name, trace.visible) == (FRONT, "legendonly")
    assert trace.y.tolist() == [100 * point.score for point in reversed(front)]
    assert trace.text[0] == front[-1].system


def test_scores_in_reach_have_room_and_the_emphasis_is_thicker() -> None:
    figure = tradeoff_figure(picture()._replace(reach=[0.2], emphasis="ramps"))
    assert layout(tradeoff_figure(picture())).yaxis.range[0] > 20
    assert layout(figure).yaxis.range[0] < 20
    widths = {one.name: one.line.width for one in figure.data if one.mode == "lines"}
    assert widths["ramps"] > widths["cascade"]


def test_tradeoff_shades_what_is_slower_than_the_reference() -> None:
    figure = tradeoff_figure(picture())
    low, high = layout(figure).xaxis.range
    assert low < 1 < high
    assert (layout(figure).shapes[0].x0, layout(figure).shapes[0].x1) == (low, 1)
    assert "large" in layout(figure).annotations[0].text


def test_tradeoff_of_one_point_has_a_range() -> None:
    figure = tradeoff_figure(picture([CURVES[0]]))
    assert layout(figure).xaxis.range[0] < 1 < layout(figure).xaxis.range[1]
    unknown = tradeoff_curve(made_up(labelled=False).systems["ramps"])
    assert layout(tradeoff_figure(picture([unknown]))).yaxis.range == (0.0, 1.0)


def test_the_legend_stands_under_the_plot_which_stays_as_high() -> None:
    single = next(curve for curve in CURVES if curve.exits == 1)
    names = [f"BERT-{number}L, a long name" for number in range(8)]
    curves = [dataclasses.replace(single, name=name) for name in names]
    few, many = (
        layout(tradeoff_figure(picture(some)._replace(styles=system_styles(names))))
        for some in (curves[:1], curves)
    )
    assert few.showlegend
    assert many.height > few.height
    assert many.legend.y < 0
    assert {one.height - one.margin.t - one.margin.b for one in (few, many)} == {PLOT}


def test_thinned_line_covers_the_same_pixels() -> None:
    random = np.random.default_rng(0)
    x, y = np.sort(random.random(200_000)), random.random(200_000).cumsum()
    keep = thin(x, y)
    assert len(keep) <= 4 * COLUMNS
    column = np.minimum(((x - x[0]) / (x[-1] - x[0]) * COLUMNS).astype(int), COLUMNS - 1)
    for reduce in (np.minimum, np.maximum):
        whole, thinned = np.full((2, COLUMNS), np.nan)
        reduce.at(whole := np.full(COLUMNS, y[0]), column, y)
        reduce.at(thinned := np.full(COLUMNS, y[0]), column[keep], y[keep])
        np.testing.assert_array_equal(whole, thinned)
    assert {0, len(x) - 1} <= set(keep)


def test_reliability_draws_its_bins_and_leaves_room_for_those_of_the_lab() -> None:
    bins = reliability_bins([0.9, 0.9, 0.6, 0.2], [True, False, True, False], bins=2)
    panels = [ReliabilityPanel("exit", bins), ReliabilityPanel("exit at τ")]
    figure: Any = reliability_figure(ReliabilityPicture("t", panels, lowest=0.1))
    drawn, left = (
        {one.meta["part"]: one for one in figure.data if one.meta and one.meta["diagram"] == number}
        for number in (0, 1)
    )
    assert list(drawn) == list(left) == ["accuracy", "confidence", "right", "wrong"]
    np.testing.assert_allclose(drawn["accuracy"].x, [30, 75])
    np.testing.assert_allclose(drawn["accuracy"].width, [40, 50])
    np.testing.assert_allclose(drawn["accuracy"].y, [0, 200 / 3])
    np.testing.assert_allclose(drawn["confidence"].x, [20, 80])
    assert [list(drawn[part].y) for part in ("right", "wrong")] == [[0, 2], [1, 1]]
    assert {one.opacity for one in drawn.values()} == {1}
    assert {(len(one.x), one.opacity) for one in left.values()} == {(0, 0)}


def test_exit_bars_add_up() -> None:
    rows = [ExitShares("ramps", ("layer 1", "layer 2"), np.array([0.25, 0.75]))]
    figure = exits_figure("title", rows, STYLES)
    assert [trace.x[0] for trace in figure.data] == [25, 75]
    assert figure.data[1].text == "layer 2 75 %"


def test_trace_has_a_panel_per_system() -> None:
    panels = [
        TracePanel(name, ("layer 1", "layer 2"), np.array([1.0, 2.0]), np.full((2, 2), 0.5))
        for name in ("a", "b", "c", "d")
    ]
    styles = list(system_styles("abcd").values())
    figure = trace_figure(TracePicture("title", panels, styles, ("no", "yes"), "patience", 2.0))
    assert len(figure.data) == 4 * 3
    assert list(figure.data[2].y) == [0.5, 1.0]
    assert [trace.xaxis for trace in figure.data[2::3]] == [place.xaxis for place in places(4)]
    assert layout(figure).height == trace_height(4) > trace_height(3)


def test_matched_marks_carry_their_intervals() -> None:
    marks = [Mark("ramps", 2.0, 2.1, 0.8, 0.7, 0.9)]
    figure = matched_figure(
        MatchedPicture("t", marks, ["ramps", "large"], (1.0, 2.0), STYLES, "x", "y", "large", 0.9)
    )
    assert figure.data[0].y == (80,)
    assert figure.data[0].error_y.array == pytest.approx([10])
    assert figure.data[0].error_y.arrayminus == pytest.approx([10])


def test_long_curves_stay_small_in_the_browser() -> None:
    random = np.random.default_rng(0)
    ladder = ExitLadder(
        "big",
        correct=random.random((14, 10_000)) < 0.8,
        scores={"max_prob": random.random((14, 10_000))},
        costs={"layers": np.arange(1, 15)},
    )
    figure = tradeoff_figure(
        picture([tradeoff_curve(ladder)])._replace(styles=system_styles(["big"]))
    )
    assert len(figure.data[0].x) <= 4 * COLUMNS


def numbers(figure: go.Figure) -> list[list[Any]]:
    """What its CSV button saves, as JSON carries it."""
    return json.loads(figure.to_json() or "")["layout"]["meta"]["numbers"]


def test_marks_beside_each_other_are_saved_with_their_speedup() -> None:
    marks = [Mark("ramps", 2.0, 2.03, 0.8, 0.75, 0.85), Mark("cascade", 2.0, 2.1, 0.9, 0.8, 0.95)]
    about = (["ramps", "cascade"], [1.0, 2.0], STYLES, "speed-up (layers)", "accuracy", "large", 1)
    head, *rows = numbers(matched_figure(MatchedPicture("title", marks, *about)))
    assert head[:4] == [
        "system",
        "speed-up (layers), at least",
        "speed-up (layers)",
        "accuracy in %",
    ]
    assert [row[:3] for row in rows] == [["ramps", 2, 2.03], ["cascade", 2, 2.1]]
    assert rows[0][3:] == pytest.approx([80, 75, 85])


def test_a_trace_is_saved_system_by_system_with_scores_as_they_are() -> None:
    panels = [
        TracePanel(name, ("1", "2"), np.array([-3.0, 4.0]), np.array([[0.9, 0.1], [0.2, 0.8]]))
        for name in ("one", "other")
    ]
    styles = [STYLES["ramps"]] * 2
    made = TracePicture("title", panels, styles, ("no", "yes"), "score", unit=4.0, lowest=-0.75)
    figure = trace_figure(made)
    head, *rows = numbers(figure)
    assert head == ["system", "exit", "score", "probability of no", "probability of yes"]
    assert rows[1] == ["one", "2", 4.0, 0.2, 0.8]
    assert [row[0] for row in rows] == ["one", "one", "other", "other"]
    assert layout(figure).yaxis.range[0] < -0.75


def test_levels_are_saved_with_cost_and_accuracy_apart() -> None:
    ladder = RUN.systems["ramps"]
    left = operate(ladder, tradeoff_curve(ladder), 0.8).left
    found = by_category(ladder, RUN.categories["level"], left)
    head, *rows = numbers(levels_figure(LevelsPicture("title", "level", [found], STYLES)))
    assert head[:4] == ["system", "level", "layers", "accuracy in %"]
    assert [row[1] for row in rows[:3]] == ["1", "2", "3"]
    assert rows[0][2] == pytest.approx(found.rows[0].cost)


def test_published_results_lie_over_the_curves_and_have_room() -> None:
    results = [
        Printed("DeeBERT", "DeeBERT", "ramps", 9.0, 0.2),
        Printed("BERT-kL", "BERT-6L", None, 2.0, 0.9),
        Printed("BERT-kL", "BERT-4L", None, 3.0, 0.8),
    ]
    figure = tradeoff_figure(picture()._replace(printed=results))
    traces = {trace.name: trace for trace in figure.data}
    kl = traces["BERT-kL, published"]
    assert (list(kl.x), list(kl.y), list(kl.text)) == ([2, 3], [90, 80], ["BERT-6L", "BERT-4L"])
    assert traces["DeeBERT, published"].marker.color == STYLES["ramps"].color
    assert layout(figure).xaxis.range[1] > 9
    assert layout(figure).yaxis.range[0] < 20


def test_table_2_is_matched_to_a_run_by_method() -> None:
    results = results_of(load_run(shipped_runs_dir() / "mnli-minilm"))
    assert len(results) == 13  # 1x, and four systems at 2x, 3x and 4x
    (one,) = [one for one in results if (one.method, one.speedup) == ("DeeBERT", 2.98)]
    assert (one.like, one.score) == ("DeeBERT", 0.632)
