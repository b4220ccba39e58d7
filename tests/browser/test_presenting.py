"""What one presents with, in a real browser: presentation mode, and files of figures and tables."""

from __future__ import annotations

import csv
import io

import pytest

from tests.exporting import latex

OVERLAPS = """() => {
  const parts = ['.lens-header h1', '.lens-header p', '.st-key-leave-presentation', '.lab-drive',
    '.lab-cards', '.lab-plot', '.lab-table', '.lens-verdict', '.lens-chart', '.lens-table'];
  const boxes = parts.flatMap((name) => [...document.querySelectorAll(name)].map((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return { name, left, right: right - 1, top, bottom: bottom - 1 };
  })).filter(({ top, bottom }) => bottom > top);
  const meet = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b)).map(
    (b) => `${a.name} ${b.name}`));
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_a_presented_page_has_its_slider_and_no_overlap(visit, width: int, height: int) -> None:
    visitor = visit("/tradeoff?run=larger&present=1", width, height).ready()
    page = visitor.page
    page.locator(".lens-chart .main-svg").first.wait_for()
    for hidden in ("[data-testid=stSidebar]", ".lens-guidance", ".lab-asks", ".modebar-container"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert not page.get_by_role("button", name="LaTeX").first.is_visible()
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    before = visitor.read("speedup")
    visitor.hold(0.3)
    visitor.drag(0.3, 0.8, moves=10)
    visitor.release()
    visitor.wait_committed()
    assert visitor.read("speedup") != before


def test_escape_leaves_and_the_switch_returns(visit) -> None:
    visitor = visit("/?run=a-good-run&present=1")
    page = visitor.page
    page.get_by_test_id("stSidebar").wait_for(state="hidden")
    page.locator(".lens-chart .main-svg").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_test_id("stSidebar").wait_for(state="visible")
    page.wait_for_function("!new URL(location).searchParams.has('present')")
    page.get_by_role("button", name="Present").click()
    page.get_by_test_id("stSidebar").wait_for(state="hidden")
    page.wait_for_function("new URL(location).searchParams.get('present') === '1'")
    assert not visitor.errors


def test_a_table_is_saved_as_latex_and_csv(visit) -> None:
    visitor = visit("/?run=a-good-run")
    files = {}
    for kind in ("csv", "latex"):
        with visitor.page.expect_download() as download:
            visitor.page.locator(f".st-key-save-matched-{kind} button").first.click()
        files[download.value.suggested_filename] = download.value.path().read_text()
    name = "cascadelens-made-up-dev-n400-matched-layers-max-prob"
    assert list(files) == [f"{name}.csv", f"{name}.tex"]
    assert files[f"{name}.csv"].startswith("system,1x,1x low,1x high,1x speedup,1x threshold")
    assert latex.check(files[f"{name}.tex"])


def test_the_numbers_of_a_heat_map_are_saved_with_their_values(visit) -> None:
    visitor = visit("/reliability?run=a-good-run")
    with visitor.page.expect_download() as download:
        of_heatmap = "[aria-label*='inversion'] .modebar-btn[data-title*='CSV']"
        visitor.page.locator(of_heatmap).click()
    assert download.value.suggested_filename.startswith("cascadelens-made-up-dev-n400-dis")
    head, *rows = csv.reader(io.StringIO(download.value.path().read_text()))
    assert head[1:] == ["after layer", "y", "value"]
    values = {(row[2], row[1]): row[3] for row in rows}
    assert 0 < float(values["ramps", "1"]) <= 100
    assert values["small", "1"] == ""


def test_the_file_of_a_figure_says_the_threshold_it_shows(visit) -> None:
    visitor = visit("/tradeoff?run=a-good-run").ready()
    visitor.page.get_by_test_id("tau-number").fill("0.83")
    with visitor.page.expect_download() as download:
        visitor.page.locator(".lab-plot .modebar-btn[data-title*='SVG']").click()
    expected = "cascadelens-made-up-dev-n400-tradeoff-layers-max-prob-tau-0.83.svg"
    assert download.value.suggested_filename == expected
