"""Pages in a real browser: nothing overlaps, nothing leaves the machine, data stays text."""

from __future__ import annotations

from itertools import combinations

import pytest

BLOCKS = (
    "[data-testid=page-title]", ".lens-guidance", ".lab-drive", ".lab-cards", ".lab-plot",
    ".lab-table", ".lab-chips", ".lab-answers", ".lens-committed", ".lens-verdict", ".lens-facts",
    "[data-testid=table-at-tau]", "[data-testid=table-matched]", ".lens-chart",
)  # fmt: skip
BOXES = """blocks => blocks.flatMap((block) => [...document.querySelectorAll(block)])
  .filter((element) => element.offsetHeight)
  .map((element) => element.getBoundingClientRect().toJSON())"""


@pytest.mark.parametrize("path", ["/", "/tradeoff", "/reliability", "/instances", "/compose"])
def test_nothing_overlaps_and_nothing_sticks_out(visit, path: str) -> None:
    visitor = visit(f"{path}?run=a-good-run")
    if path == "/":
        visitor.page.locator(".lens-chart .main-svg").first.wait_for()
    else:
        visitor.ready()
    for width, height in ((1280, 720), (1920, 1080)):
        visitor.page.set_viewport_size({"width": width, "height": height})
        boxes = visitor.page.evaluate(BOXES, list(BLOCKS))
        assert len(boxes) >= 4
        assert max(box["right"] for box in boxes) <= width
        for one, other in combinations(boxes, 2):
            assert apart(one, other), (one, other)
        if path == "/tradeoff":  # slider, read-outs and curve are seen without scrolling
            plot = visitor.page.locator(".lab-plot").bounding_box()
            assert plot["y"] + plot["height"] <= height
    assert not visitor.errors
    assert not visitor.foreign


def apart(one: dict[str, float], other: dict[str, float], slack: float = 1) -> bool:
    return any(
        a["right"] <= b["left"] + slack or a["bottom"] <= b["top"] + slack
        for a, b in ((one, other), (other, one))
    )


@pytest.mark.parametrize("run", ["one-instance", "single-exits", "unlabelled", "larger"])
def test_odd_runs_are_drawn(visit, run: str) -> None:
    visitor = visit(f"/tradeoff?run={run}").ready()
    visitor.page.locator(".lab-plot .main-svg").first.wait_for()
    visitor.page.get_by_role("link", name="Instances").click()
    visitor.page.locator(".lab-answers li").first.wait_for()
    assert not visitor.errors
    assert not visitor.page.get_by_test_id("stException").count()


def test_text_from_data_stays_text(visit) -> None:
    for path in ("/", "/tradeoff", "/reliability", "/instances"):
        visitor = visit(f"{path}?run=markup")
        if path == "/":
            visitor.page.locator(".lens-chart .main-svg").first.wait_for()
        else:
            visitor.ready()
        assert visitor.page.evaluate("window.harmed") is None
        assert not visitor.page.locator("img[src='x']").count()


def test_figure_is_saved_from_its_toolbar(visit) -> None:
    visitor = visit("/tradeoff?run=a-good-run").ready()
    files = {}
    for kind in ("PNG", "SVG", "CSV"):
        with visitor.page.expect_download() as download:
            visitor.page.locator(f".lab-plot .modebar-btn[data-title*='{kind}']").click()
        name = download.value.suggested_filename
        assert name.startswith("cascadelens-")
        assert name.endswith(f".{kind.lower()}")
        files[kind] = download.value.path().read_bytes()
    assert files["PNG"].startswith(b"\x89PNG")
    assert b"<svg" in files["SVG"]
    assert files["CSV"].startswith(b"system,tau,speed-up (layers),accuracy,leaves early\n")
    assert files["CSV"].count(b"\n") > 400


def test_outcomes_and_trace_move_with_the_slider(visit) -> None:
    visitor = visit("/instances?run=a-good-run&instance=1003").ready()
    counts = ".lab-chips b"
    before = visitor.page.locator(counts).all_inner_texts()
    assert sum(map(int, before)) == 400
    visitor.sent.clear()
    visitor.hold(0.05)
    visitor.drag(0.05, 0.98, moves=20)
    moved = visitor.page.locator(counts).all_inner_texts()
    assert moved != before
    assert sum(map(int, moved)) == 400
    assert visitor.page.locator(".lab-answers li").count() == 4
    assert not visitor.sent[1:]
    visitor.release()
    visitor.wait_committed()
    chip = visitor.page.get_by_test_id("outcome-needless")
    chip.click()
    number = int(chip.locator("b").inner_text())
    visitor.page.get_by_text(f"{number:,} of 400 examples ·").wait_for()


def test_arrays_travel_once(visit) -> None:
    visitor = visit("/tradeoff?run=a-good-run").ready()
    fetched: list[str] = []
    visitor.page.on("request", lambda request: fetched.append(request.url))
    number = visitor.page.get_by_test_id("tau-number")
    for tau in ("0.7", "0.8"):
        number.fill(tau)
        number.press("Enter")
        visitor.wait_committed(tau)
    assert not [address for address in fetched if "/cascadelens/data/" in address]
