"""Compose in a real browser: sliders of stages move before Python knows, and links keep them."""

from __future__ import annotations

import pytest

TWO = "/compose?run=a-good-run&stage1=small&stage2=large"
POINT = "[...document.querySelectorAll('.lab-plot .shapelayer path')].at(-1).getAttribute('d')"
SHARES = "[...document.querySelectorAll('.lab-bar span')].map((one) => one.title)"


@pytest.fixture
def three(visit):
    """Compose with two stages to set: three models of one exit each."""
    return visit("/compose?run=three-sizes&stage1=small&stage2=middle&stage3=large").ready()


def numbers(visitor) -> list[str]:
    """What stands in the fields of both stages."""
    return [visitor.page.get_by_test_id(f"tau-number-{stage}").input_value() for stage in (1, 2)]


def wait_for_python(visitor, *taus: str) -> None:
    """Wait until Python's table is for these thresholds."""
    said = f"For τ = {', '.join(taus)}:"
    visitor.page.locator("[data-testid=table-thresholds] caption", has_text=said).wait_for()


def wait_for_address(visitor, *taus: str) -> None:
    visitor.page.wait_for_function(
        "taus => new URL(location).searchParams.get('thresholds') === taus", arg=",".join(taus)
    )


def assert_python_agrees(visitor) -> None:
    ours = visitor.row("table-thresholds", "one for each")
    assert [ours[0], ours[1]] == [visitor.read("speedup"), visitor.read("score")]
    assert ours[2] == visitor.lab_row("composed")[3]
    shares = [title.split(" instances, ")[1] for title in visitor.page.evaluate(SHARES)]
    assert [cell.split(" τ")[0].split(" the")[0] for cell in ours[3:]] == shares


def test_a_stage_moves_before_python_knows(three) -> None:
    number = three.page.get_by_test_id("tau-number-2").input_value()
    before = [three.read("speedup"), three.page.evaluate(POINT), three.page.evaluate(SHARES)]
    said = three.page.locator("[data-testid=table-thresholds]").inner_text()
    three.hold(0.3, "tau-range-1")
    three.page.wait_for_timeout(500)  # whatever the press itself has set off is over
    three.sent.clear()
    three.drag(0.3, 0.9, moves=20, slider="tau-range-1")
    after = [three.read("speedup"), three.page.evaluate(POINT), three.page.evaluate(SHARES)]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert three.page.get_by_test_id("tau-number-2").input_value() == number
    assert three.page.locator("[data-testid=table-thresholds]").inner_text() == said
    assert not three.sent
    three.release()
    wait_for_python(three, *numbers(three))
    assert_python_agrees(three)
    assert not three.errors


def test_keys_numbers_and_breakpoints_move_a_stage(three) -> None:
    first, second = (three.page.get_by_test_id(f"tau-number-{stage}") for stage in (1, 2))
    first.fill("0.8")
    first.press("Enter")
    second.fill("0.7")
    second.press("Enter")
    wait_for_python(three, "0.8", "0.7")
    slider = three.page.get_by_test_id("tau-range-2")
    slider.press("ArrowRight")
    moved = float(second.input_value())
    assert 0.7 < moved < 0.702
    wait_for_python(three, *numbers(three))
    left = three.page.evaluate(SHARES)
    three.page.locator("[data-do=next]").nth(1).click()
    above = three.page.evaluate(SHARES)
    assert above[0] == left[0]
    assert above[1] != left[1]
    three.page.locator("[data-do=previous]").nth(1).click()
    assert three.page.evaluate(SHARES) == left
    slider.press("End")
    assert three.page.evaluate(SHARES)[1].startswith("middle: 0 instances")
    three.page.get_by_test_id("tau-range-1").press("Home")
    assert three.page.evaluate(SHARES)[0].startswith("small: 300 instances")
    three.page.locator("[data-do=reset]").click()
    assert first.input_value() == second.input_value()
    wait_for_python(three, *numbers(three))
    assert_python_agrees(three)
    assert not three.errors


def test_a_link_reproduces_the_thresholds(three, visit) -> None:
    for stage, tau in ((1, "0.83"), (2, "0.91")):
        number = three.page.get_by_test_id(f"tau-number-{stage}")
        number.fill(tau)
        number.press("Enter")
    wait_for_address(three, "0.83", "0.91")
    address = three.page.url
    other = visit(address.removeprefix(address.split("/compose")[0])).ready()
    assert other.page.get_by_test_id("tau-number-1").input_value() == "0.83"
    assert other.page.get_by_test_id("tau-number-2").input_value() == "0.91"
    for name in ("speedup", "score", "early", "ece"):
        assert other.read(name) == three.read(name)
    assert_python_agrees(other)


def test_the_search_moves_the_sliders(three) -> None:
    three.page.get_by_role("radio", name="1.5×").click()
    before = numbers(three)
    three.page.get_by_role("button", name="Search thresholds for 1.5×").click()
    three.page.wait_for_function(
        "old => [1, 2].some((stage) => document.querySelector("
        "`[data-testid=tau-number-${stage}]`).value !== old[stage - 1])",
        arg=before,
    )
    wait_for_python(three, *numbers(three))
    assert float(three.read("speedup").rstrip("×")) >= 1.5
    assert_python_agrees(three)


def test_a_second_reset_is_heard_too(three) -> None:
    """It sends what was sent before; Python has set other thresholds in between."""
    start = None
    for wanted in ("1.5×", "2×"):
        three.page.get_by_role("radio", name=wanted, exact=True).click()
        three.page.get_by_role("button", name=f"Search thresholds for {wanted}").click()
        three.page.wait_for_function(
            "start => [1, 2].some((stage) => document.querySelector("
            "`[data-testid=tau-number-${stage}]`).value !== start)",
            arg=start or numbers(three)[0],
        )
        wait_for_python(three, *numbers(three))
        three.page.locator("[data-do=reset]").click()
        start = numbers(three)[0]
        wait_for_python(three, start, start)
    assert_python_agrees(three)


def test_models_are_chosen_and_the_sentence_follows(visit) -> None:
    visitor = visit(TWO).ready()
    assert visitor.page.get_by_test_id("tau-range-1").count() == 1
    assert not visitor.page.get_by_test_id("tau-range-2").count()
    assert "small → large" in visitor.page.get_by_test_id("composed").inner_text()
    visitor.page.get_by_role("combobox", name="Model 3").click()
    visitor.page.get_by_role("option", name="ramps").click()
    visitor.page.get_by_text("more than can be set by hand").wait_for()
    visitor.page.locator(".lens-chart .main-svg").first.wait_for()
    assert "small → large → ramps" in visitor.page.get_by_test_id("composed").inner_text()
    visitor.page.locator(".lab").wait_for(state="detached")
    assert not visitor.errors
    assert not visitor.foreign


@pytest.mark.parametrize("run", ["one-instance", "single-exits", "unlabelled", "markup"])
def test_odd_runs_are_composed(visit, run: str) -> None:
    visitor = visit(f"/compose?run={run}").ready()
    assert visitor.page.get_by_test_id("composed").count() == 1
    assert visitor.page.evaluate("window.harmed") is None
    assert not visitor.page.get_by_test_id("stException").count()
    assert not visitor.errors
