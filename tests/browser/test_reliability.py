"""Reliability in a real browser: its diagrams follow tau before Python knows of it, and agree."""

from __future__ import annotations

import pytest

PAGE = "/reliability?run=a-good-run&system=ramps&tau=0.7"
PATHS = "[...document.querySelectorAll('.lab-plot {} path')].map((one) => one.getAttribute('d'))"
# The bars of what moves are shapes; the first diagram, of all examples, is of traces.
MOVING, STILL = PATHS.format(".shapelayer"), PATHS.format(".subplot.xy .bars")


def errors(visitor) -> dict[str, list[str]]:
    """The rows of the lab's table, without tau."""
    rows = visitor.page.locator("[data-testid=lab-errors] tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


def assert_python_agrees(visitor) -> None:
    """n, accuracy, mean confidence and ECE in Python's table are those of the lab."""
    tau = f"{float(visitor.committed):.4g}"
    for name, cells in errors(visitor).items():
        there = name.replace("at τ", f"at τ = {tau}")
        visitor.page.get_by_role("rowheader", name=there, exact=True).first.wait_for()
        theirs = visitor.row("table-calibration", there)
        assert [cell.split(" %")[0] for cell in theirs[:4]] == [
            cell.split(" %")[0] for cell in cells
        ], name


def test_diagrams_move_before_python_knows(visit) -> None:
    visitor = visit(PAGE).ready()
    visitor.page.locator("[data-testid=lab-errors] tbody tr").first.wait_for()
    bars, whole = visitor.page.evaluate(MOVING), visitor.page.evaluate(STILL)
    before = errors(visitor)
    assert len(bars) > 20
    assert len(whole) > 5
    visitor.hold(0.4)
    visitor.page.wait_for_timeout(500)  # whatever the press itself has set off is over
    visitor.sent.clear()
    visitor.drag(0.4, 0.8, moves=20)
    assert visitor.page.evaluate(MOVING) != bars
    after = errors(visitor)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"layer 1, let go at τ", "all exits at τ"}
    assert visitor.page.evaluate(STILL) == whole
    assert not visitor.sent
    assert visitor.committed == "0.7"
    visitor.release()
    visitor.wait_committed()
    assert_python_agrees(visitor)
    assert not visitor.errors


@pytest.mark.parametrize("key", ["Home", "End"])
def test_the_ends_of_the_slider_are_drawn(visit, key: str) -> None:
    visitor = visit(PAGE).ready()
    visitor.page.get_by_test_id("tau-range").press(key)
    visitor.wait_committed()
    found = errors(visitor)
    assert found["layer 1, let go at τ"][0] == {"Home": "400", "End": "0"}[key]
    assert found["all exits at τ"][0] == "400"
    if key == "Home":
        assert_python_agrees(visitor)
    assert not visitor.errors


def test_bins_and_exit_change_the_diagrams(visit) -> None:
    visitor = visit(PAGE).ready()
    visitor.page.locator("[data-testid=lab-errors] tbody tr").first.wait_for()
    before, bars = errors(visitor), visitor.page.evaluate(STILL)
    visitor.page.get_by_role("radio", name="equally filled").click()
    visitor.page.wait_for_function(f"old => String({STILL}) !== old", arg=",".join(bars))
    assert errors(visitor)["all exits at τ"][3] != before["all exits at τ"][3]
    assert_python_agrees(visitor)
    visitor.page.get_by_role("combobox", name="Exit of ramps").click()
    visitor.page.get_by_role("option", name="layer 3").click()
    visitor.page.get_by_role("rowheader", name="layer 3, let go at τ", exact=True).wait_for()
    assert_python_agrees(visitor)
    assert not visitor.errors


def test_a_bin_says_its_numbers_and_all_are_saved(visit) -> None:
    visitor = visit(PAGE).ready()
    visitor.page.locator(".lab-plot").scroll_into_view_if_needed()
    last = "[...document.querySelectorAll('.lab-plot .subplot.x3y3 .bars path')].at(-1)"
    visitor.page.wait_for_function(f"{last}?.getBoundingClientRect().width > 4")
    box = visitor.page.evaluate(f"{last}.getBoundingClientRect().toJSON()")
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.locator(".lab-plot .hovertext", has_text="sure").first.wait_for()
    with visitor.page.expect_download() as download:
        visitor.page.locator(".lab-plot .modebar-btn[data-title*='CSV']").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "tau,answers,above,up to,n,right,mean confidence,accuracy"
    given = [line.split(",") for line in lines if '"' not in line]
    assert sum(int(row[4]) for row in given if row[1] == "all exits at τ") == 400
