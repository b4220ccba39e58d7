"""Representations in a real browser: points move, recolour under a moving tau, and are lassoed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cascade_core import save_run
from tests.browser.conftest import serving
from tests.browser.visitor import Visitor
from tests.dashboard.made_up import made_up
from tests.dashboard.pictured import pictured


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on a run with pictures of its layers."""
    runs = tmp_path_factory.mktemp("pictures")
    save_run(pictured(made_up(300)), runs / "pictured")
    with serving(runs) as address:
        yield address


@pytest.fixture
def look(chromium, pictures: str) -> Iterator:
    visitors = []

    def looked(address: str = "") -> Visitor:
        path = f"/representations?run=pictured{address}"
        visitors.append(Visitor(chromium, pictures, path, 1280, 900))
        visitors[-1].page.locator(".lab[data-ready]").wait_for()
        return visitors[-1]

    yield looked
    for visitor in visitors:
        visitor.close()


def plot(visitor: Visitor, what: str):
    return visitor.page.evaluate(f"document.querySelector('.lab-plot').{what}")


def wait(visitor: Visitor, condition: str) -> None:
    visitor.page.wait_for_function(f"(plot => {condition})(document.querySelector('.lab-plot'))")


def test_dragging_tau_recolours_without_asking_python(look) -> None:
    visitor = look("&colour=exit&system=ramps&tau=0.7")
    wait(visitor, "plot.dataset.drawn > 0")
    before = plot(visitor, "data[0].marker.color.join()")
    legend = visitor.page.locator(".lab-legend").first
    counted = legend.inner_text()
    visitor.hold(0.4)
    visitor.page.wait_for_timeout(500)
    visitor.sent.clear()
    visitor.drag(0.4, 0.9, moves=20)
    wait(visitor, f"plot.data[0].marker.color.join() !== {before!r}")
    visitor.page.wait_for_function(
        "before => document.querySelector('.lab-legend').innerText !== before", arg=counted
    )
    assert not visitor.sent
    visitor.release()
    visitor.page.wait_for_function(
        "() => document.querySelector('[data-testid=tau-committed]').textContent"
        " === document.querySelector('[data-testid=tau-number]').value"
    )
    counts = [int(one) for one in legend.locator("b").all_inner_texts()]
    assert sum(counts) == 300
    assert not visitor.errors


def test_layers_move_the_points_and_are_in_the_address(look) -> None:
    visitor = look()
    wait(visitor, "plot.dataset.drawn > 0")
    before = plot(visitor, "data[0].x[0]")
    still = plot(visitor, "data[1].x[0]")
    assert "ramps after 2 layers" in plot(visitor, "layout.annotations[0].text")
    slider = visitor.page.get_by_test_id("layer-range")
    slider.focus()
    slider.press("End")
    wait(visitor, "plot.layout.annotations[0].text.startsWith('ramps after 6 layers')")
    visitor.page.wait_for_function("new URL(location).searchParams.get('layer') === '6'")
    wait(visitor, f"plot.data[0].x[0] !== {before}")
    assert plot(visitor, "data[1].x[0]") == still  # it has two layers only
    assert not visitor.errors
    assert not visitor.foreign


def test_a_lasso_selects_in_both_pictures_and_goes_to_instances(look) -> None:
    visitor = look()
    wait(visitor, "plot.dataset.drawn > 0")
    area = visitor.page.locator(".lab-plot .nsewdrag").first.bounding_box()
    assert area
    left, top = area["x"] + 0.25 * area["width"], area["y"] + 0.25 * area["height"]
    right, bottom = area["x"] + 0.6 * area["width"], area["y"] + 0.7 * area["height"]
    visitor.page.mouse.move(left, top)
    visitor.page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        visitor.page.mouse.move(x, y, steps=6)
    visitor.page.mouse.up()
    wait(visitor, "plot.dataset.selected > 0")
    selected = int(plot(visitor, "dataset.selected"))
    assert 0 < selected < 300
    lengths = "data.map((trace) => trace.selectedpoints.length)"
    wait(visitor, f"plot.{lengths}.every((length) => length === {selected})")
    visitor.page.get_by_text(f"{selected} of 300 examples selected").wait_for()
    slider = visitor.page.get_by_test_id("layer-range")
    slider.focus()
    slider.press("End")
    wait(visitor, "plot.layout.annotations[0].text.startsWith('ramps after 6 layers')")
    assert plot(visitor, lengths) == [selected, selected]
    visitor.page.get_by_role("button", name=f"Open the {selected} selected in Instances").click()
    visitor.page.get_by_test_id("instance").wait_for()
    visitor.page.wait_for_function(
        "count => new URL(location).searchParams.get('ids')?.split(',').length === count",
        arg=selected,
    )
    chosen = visitor.page.evaluate("new URL(location).searchParams.get('ids').split(',')")
    words = visitor.page.get_by_test_id("instance").inner_text().split()
    assert words[words.index("Example") + 1] in chosen
    assert not visitor.errors


def test_a_selection_made_elsewhere_is_highlighted_and_cleared(look) -> None:
    visitor = look("&ids=1003,1005,1007")
    wait(visitor, "plot.dataset.selected === '3'")
    visitor.page.get_by_role("button", name="3 picked by hand").click()
    wait(visitor, "plot.dataset.selected === '0'")
    assert plot(visitor, "data[0].selectedpoints") is None
