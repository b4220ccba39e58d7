"""Every page for every reader: no serious fault by axe-core, by keyboard alone, on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from cascade_core.runs import shipped_runs_dir
from dashboard.app import PAGES
from tests.browser.conftest import serving
from tests.browser.screenshots import THEMES, settle

PHONE = {"width": 390, "height": 844}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
SERIOUS = ("serious", "critical")
# What sticks out of the window and does not lie in something that scrolls by itself.
OUTSIDE = """() => [...document.querySelectorAll(".stMainBlockContainer *")].filter((one) => {
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || box.right <= innerWidth + 1) return false;
  for (let at = one; at && !at.matches(".stMainBlockContainer"); at = at.parentElement) {
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(at).overflowX)) return false;
  }
  return true;
}).map((one) => one.outerHTML.slice(0, 160))"""
# Titles and legends of a figure that lie on each other.
COLLIDING = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((figure) => {
  const written = ".infolayer .legend, .infolayer [class^=g-] text, .infolayer .annotation-text";
  const all = [...figure.querySelectorAll(written)];
  const boxes = all.map((one) => [one, one.getBoundingClientRect()]);
  const shown = boxes.filter(([, box]) => box.width && box.height);
  return shown.flatMap(([one, a], i) => shown.slice(i + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3,
  ).map(([other]) => `${one.textContent.slice(0, 60)} | ${other.textContent.slice(0, 60)}`));
})"""
# What has the focus, and whether it looks other than without it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const around = [one, one.parentElement, one.closest("[role=group]") ?? one];
  const look = () => around.map((of) => {
    const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(of);
    return [outline, boxShadow, borderColor, backgroundColor].join();
  }).join();
  const focused = look();
  one.blur();
  const seen = look() !== focused;
  one.focus();
  const name = one.ariaLabel || one.dataset.testid || one.innerText || one.type;
  return { what: `${one.tagName} ${name}`, test: one.dataset.testid, seen };
}"""


@pytest.fixture(scope="module")
def shipped(chromium):
    with serving(shipped_runs_dir()) as address:
        yield address


@pytest.fixture
def window(chromium):
    """Open a window whose person prefers a theme."""
    opened = []

    def open_window(theme: str = "light"):
        context = chromium.browser.new_context(color_scheme=theme)
        context.set_default_timeout(60_000)
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(window, shipped: str, path: str, theme: str) -> None:
    page = window(theme)
    page.goto(shipped + path)
    settle(page)
    options = {"runOnly": {"type": "tag", "values": STANDARDS}}
    found = Axe().run(page, context=".stApp", options=options).response["violations"]
    serious = {
        one["id"]: [
            node["html"][:200] + " | " + node["failureSummary"] for node in one["nodes"][:5]
        ]
        for one in found
        if one["impact"] in SERIOUS
    }
    assert not serious


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_cut_off_on_a_phone(window, shipped: str, path: str) -> None:
    page = window()
    page.set_viewport_size(PHONE)
    page.goto(shipped + path)
    settle(page)
    assert page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_no_title_lies_on_another(window, shipped: str, path: str, width: int) -> None:
    page = window()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(shipped + path)
    settle(page)
    assert page.evaluate(COLLIDING) == []


def test_a_figure_follows_a_phone_that_is_turned(window, shipped: str) -> None:
    page = window()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{shipped}/reliability")
    settle(page)
    figure = page.locator(".lab-plot").first
    numbers = "one => one.data.map((trace) => Array.from(trace.y ?? []))"
    before, high = figure.evaluate(numbers), figure.bounding_box()["height"]
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        f"document.querySelector('.lab-plot').getBoundingClientRect().height > {2 * high}"
    )
    assert figure.evaluate(numbers) == before
    assert page.evaluate(COLLIDING) == []


def test_every_figure_says_what_it_shows(window, shipped: str) -> None:
    page = window()
    for path in PAGES:
        page.goto(shipped + path)
        settle(page)
        labels = page.locator(".lens-chart, .lab-plot").evaluate_all(
            "all => all.filter((one) => one.offsetHeight).map((one) => "
            "(one.matches('[aria-label]') ? one : one.querySelector('[aria-label]'))?.ariaLabel)"
        )
        assert all(label and len(label) > 20 for label in labels), (path, labels)


def test_tau_is_reached_and_moved_by_keyboard_and_focus_is_seen(window, shipped: str) -> None:
    page = window()
    page.goto(f"{shipped}/tradeoff")
    settle(page)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found:
            seen.append(found)
        if found and found["test"] == "tau-range":
            break
    assert seen[-1]["test"] == "tau-range"
    assert [one["what"] for one in seen if not one["seen"]] == []
    before = page.get_by_test_id("readout-tau").inner_text()
    page.keyboard.press("ArrowLeft")
    assert page.get_by_test_id("readout-tau").inner_text() != before
