"""A saved page in a real browser: from a file, offline, its slider gives Python's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cascade_core import Run
from cascade_core.exporting.view import Asked
from cascade_core.halves import halves
from cascade_core.operation import Operation, operate_all
from cascade_core.tradeoff import tradeoff_curve
from dashboard.figures.staircase import LONGEST
from dashboard.page_file import write_page
from dashboard.theme import percent, times
from tests.dashboard.made_up import made_up

PATIENCE = 60_000


class Saved:
    """A saved page that somebody opened."""

    def __init__(self, window: Any, file: Path, width: int = 1280, height: int = 720):
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page = window.new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.page.locator(".lab[data-ready]").wait_for(timeout=PATIENCE)

    def set(self, tau: float) -> None:
        self.page.get_by_test_id("tau-number").fill(repr(tau))

    def read(self, name: str) -> str:
        return self.page.get_by_test_id(f"readout-{name}").inner_text()

    def row(self, system: str) -> list[str]:
        return self.page.locator(f"[data-system='{system}'] td").all_inner_texts()

    @property
    def point(self) -> tuple[float, float]:
        """Where the ring of the system in focus is drawn."""
        shape = "document.querySelector('.lab-plot').layout.shapes.at(-1)"
        return tuple(self.page.evaluate(f"[{shape}.xanchor, {shape}.yanchor]"))


@pytest.fixture
def opened(chromium, tmp_path: Path) -> Iterator[Any]:
    pages = []

    def open_page(run: Run, asked: Asked | None = None, **size: int) -> Saved:
        file = tmp_path / "page.html"
        write_page(run, asked or Asked(), file, overwrite=True)
        chromium.set_offline(True)
        pages.append(Saved(chromium, file, **size))
        return pages[-1]

    yield open_page
    chromium.set_offline(False)
    for one in pages:
        one.page.close()


def assert_python_agrees(
    saved: Saved, run: Run, basis: str, tau: float, same: bool, chosen_on: Run | None = None
) -> None:
    curves, choosing = (
        {name: tradeoff_curve(one, "max_prob", basis, run.metric) for name, one in of.items()}
        for of in (run.systems, (chosen_on or run).systems)
    )
    for done in operate_all(run.systems, curves, "cascade", tau, same, choosing):
        if not isinstance(done, Operation):
            continue
        threshold, speedup, score, interval, _, error = saved.row(done.system)
        assert (speedup, score) == (times(done.point.speedup), percent(done.point.score))
        assert interval == " to ".join(percent(end) for end in done.interval)
        assert error == percent(done.calibration_error)
        if curves[done.system].exits > 1:
            assert float(threshold) == pytest.approx(done.point.threshold, rel=1e-9)


@pytest.mark.parametrize("metric", ["accuracy", "f1"])
def test_the_slider_of_a_file_gives_python_s_numbers(opened, metric: str) -> None:
    run = made_up(307, metric=metric)  # a prime: no tie of rounding
    saved = opened(run)
    for tau in (0.5, 0.61, 0.75, 0.9, 0.987, 1.0):
        saved.set(tau)
        assert saved.read("tau") == f"{tau:g}"
        assert_python_agrees(saved, run, "layers", tau, same=False)
    saved.page.locator("select[name=mode]").select_option("speedup")
    saved.page.locator("select[name=basis]").select_option("flops")
    saved.set(0.8)
    saved.page.locator("[data-testid=readout-tau]", has_text="0.8").wait_for()
    assert_python_agrees(saved, run, "flops", 0.8, same=True)
    assert "FLOPs" in saved.page.get_by_test_id("verdict").inner_text()
    assert not saved.errors
    assert [url for url in saved.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_of_half_a_run_the_same_speedup_is_that_of_the_other_half(opened) -> None:
    calibration, evaluation = halves(made_up(307))
    saved = opened(made_up(307), Asked(half=True))
    saved.page.locator("select[name=mode]").select_option("speedup")
    for tau in (0.61, 0.8, 0.93):
        saved.set(tau)
        saved.page.locator("[data-testid=readout-tau]", has_text=f"{tau:g}").wait_for()
        assert_python_agrees(saved, evaluation, "layers", tau, same=True, chosen_on=calibration)
    assert not saved.errors


def test_the_point_follows_mouse_keys_and_breakpoints(opened) -> None:
    run = made_up(300)
    saved = opened(run)
    curve = tradeoff_curve(run.systems["cascade"])
    box = saved.page.get_by_test_id("tau-range").bounding_box()
    before = saved.point
    saved.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    assert saved.point != before
    slider = saved.page.get_by_test_id("tau-range")
    slider.press("ArrowLeft")
    tau = float(saved.read("tau"))
    here = curve.at_threshold(tau)
    assert saved.point == pytest.approx((here.speedup, 100 * here.score))
    saved.page.locator("[data-do=next]").click()
    state = int(curve.breakpoints.searchsorted(tau, "right"))
    following = curve.point(state + 1)
    assert saved.point == pytest.approx((following.speedup, 100 * following.score))
    assert not saved.errors


def test_another_system_gets_its_own_range_and_the_heat_map_is_drawn(opened) -> None:
    saved = opened(made_up(300, latency=True))
    saved.page.locator("select[name=focus]").select_option("ramps")
    saved.page.locator("[data-text=threshold-title]", has_text="ramps").wait_for()
    assert saved.page.locator(".page-heatmap .heatmaplayer").count() == 1
    assert "inversion score" in saved.page.locator(".page-heatmap").get_attribute("aria-label")
    assert saved.page.evaluate("document.documentElement.lang") == "en"
    assert saved.page.title() == "REVIEWS: accuracy against speed-up"


def test_a_thinned_curve_says_the_threshold_that_its_numbers_are_of(opened) -> None:
    run = made_up(3000)
    saved = opened(run)
    curve = tradeoff_curve(run.systems["ramps"])
    assert len(curve) > LONGEST
    saved.page.locator("select[name=focus]").select_option("ramps")
    for tau in (0.6, 0.75, 0.9):
        saved.set(tau)
        shown = float(saved.read("tau"))
        assert tau - 0.01 < shown <= tau
        there = curve.at_threshold(shown + 1e-9)
        assert saved.read("speedup") == times(there.speedup)
        assert saved.read("score") == percent(there.score)


def test_nothing_sticks_out_on_a_phone(opened) -> None:
    saved = opened(made_up(300), width=390, height=844)
    assert saved.page.evaluate("document.documentElement.scrollWidth") == 390
    assert not saved.errors
