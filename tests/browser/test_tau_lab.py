"""The tau lab in a real browser: it moves at once, Python follows on release, both agree."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from dashboard.assets import scripts_address
from tests.dashboard.comparison import assert_agrees, cases, packed, questions

GOOD = "/tradeoff?run=a-good-run"


def assert_python_agrees(visitor) -> None:
    """What Python's table says of every system is what the lab's own table says."""
    for system in ("large", "small", "ramps", "cascade"):
        tau, speedup, score, interval, _, error = visitor.lab_row(system)
        theirs = visitor.row("table-at-tau", system)
        assert [*theirs[:4], theirs[5]] == [tau, speedup, score, interval, error]
    focus = visitor.row("table-at-tau", "cascade")
    assert [visitor.read(name) for name in ("tau", "speedup", "score", "early", "ece")] == [
        focus[0], focus[1], focus[2], focus[4], focus[5]
    ]  # fmt: skip


def test_drag_draws_every_move_and_tells_python_at_the_end(visit) -> None:
    visitor = visit(GOOD).ready()
    visitor.hold(0.3)
    visitor.page.wait_for_function("document.querySelector('.lab').dataset.moves > 1")
    before, committed = visitor.moves, visitor.committed
    visitor.sent.clear()
    visitor.drag(0.3, 0.8, moves=60)
    visitor.page.wait_for_function(
        "enough => document.querySelector('.lab').dataset.moves >= enough", arg=before + 60
    )
    assert visitor.moves == before + 60
    assert not visitor.sent
    assert visitor.committed == committed != visitor.read("tau")
    visitor.release()
    visitor.wait_committed()
    assert len(visitor.sent) == 1
    assert_python_agrees(visitor)
    assert not visitor.errors


def test_keyboard_moves_and_settles(visit) -> None:
    visitor = visit(GOOD).ready()
    slider = visitor.page.get_by_test_id("tau-range")
    slider.focus()
    start = float(visitor.read("tau"))
    slider.press("ArrowRight")
    assert float(visitor.read("tau")) == pytest.approx(start + 0.001)
    slider.press("PageDown")
    assert float(visitor.read("tau")) == pytest.approx(start - 0.024)
    slider.press("Home")
    assert visitor.read("tau") == "0.5"
    slider.press("End")
    assert visitor.read("tau") == "1"
    assert visitor.read("early") == "0.0 %"
    visitor.wait_committed("1")
    assert_python_agrees(visitor)


def test_asking_for_a_speedup_finds_its_threshold(visit) -> None:
    visitor = visit(GOOD).ready()
    field = visitor.page.locator("[data-ask=speedup]")
    field.fill("1.5x")
    field.press("Enter")
    visitor.wait_committed()
    assert 1.5 <= float(visitor.read("speedup").rstrip("×")) < 1.6
    assert_python_agrees(visitor)
    field.fill("30x")
    field.press("Enter")
    note = visitor.page.locator("[data-text=note]")
    assert "cannot reach" in note.inner_text()
    assert "0.75× to 3.00×" in note.inner_text()


def test_asking_for_a_score_and_a_share(visit) -> None:
    visitor = visit(GOOD).ready()
    early = visitor.page.locator("[data-ask=early]")
    early.fill("40 %")
    early.press("Enter")
    visitor.wait_committed()
    assert float(visitor.read("early").rstrip(" %")) >= 40
    score = visitor.page.locator("[data-ask=score]")
    score.fill("100%")
    score.press("Enter")
    assert "cannot reach" in visitor.page.locator("[data-text=note]").inner_text()


def test_breakpoints_number_and_reset(visit) -> None:
    visitor = visit(GOOD).ready()
    start, counted = visitor.read("tau"), visitor.read("early")
    visitor.page.locator("[data-do=next]").click()
    assert float(visitor.read("tau")) > float(start)
    visitor.page.locator("[data-do=previous]").click()
    assert visitor.read("early") == counted
    number = visitor.page.get_by_test_id("tau-number")
    number.fill("0.9")
    assert visitor.read("tau") == "0.9"
    number.press("Enter")
    visitor.wait_committed("0.9")
    visitor.page.locator("[data-do=reset]").click()
    visitor.wait_committed(start)


def test_slider_follows_the_share_that_leaves(visit) -> None:
    visitor = visit(GOOD).ready()
    visitor.page.locator("[data-do=scale]").select_option("share")
    visitor.hold(0.5)
    visitor.drag(0.5, 0.6, moves=3)
    visitor.release()
    visitor.wait_committed()
    assert float(visitor.read("early").rstrip(" %")) == pytest.approx(40, abs=2)


def test_same_speedup_gives_each_its_threshold(visit) -> None:
    visitor = visit(f"{GOOD}&tau=0.9&mode=speed-up").ready()
    taus = {system: visitor.lab_row(system)[0] for system in ("ramps", "cascade")}
    assert taus["ramps"] != taus["cascade"] == "0.9"
    assert "only 1.00×" in visitor.lab_row("large")[1] or visitor.lab_row("large")[2] != "–"
    ours = visitor.row("table-at-tau", "ramps")
    assert ours[:3] == visitor.lab_row("ramps")[:3]


def test_with_halves_the_same_speed_up_is_that_of_the_other_half(visit) -> None:
    visitor = visit(f"{GOOD}&tau=0.8&mode=speed-up&examples=half").ready()
    before = visitor.lab_row("ramps")
    assert before[:3] == visitor.row("table-at-tau", "ramps")[:3]
    visitor.hold(0.6)
    visitor.drag(0.6, 0.5, moves=5)
    visitor.release()
    visitor.wait_committed()
    ours = visitor.lab_row("ramps")
    assert ours[:3] == visitor.row("table-at-tau", "ramps")[:3]
    assert ours[0] != before[0]
    assert not visitor.errors


def test_pin_stays_as_a_ghost_with_differences(visit) -> None:
    visitor = visit(f"{GOOD}&tau=0.9").ready()
    speedup = float(visitor.read("speedup").rstrip("×"))
    visitor.page.locator("[data-do=pin]").click()
    visitor.page.wait_for_url("**pin=*")
    number = visitor.page.get_by_test_id("tau-number")
    number.fill("0.6")
    number.press("Enter")
    visitor.wait_committed("0.6")
    gained = float(visitor.read("speedup").rstrip("×")) - speedup
    note = visitor.page.locator("[data-text=speedup-note]").inner_text()
    assert note.endswith("× against the pin")
    assert float(note.split("×")[0].replace("+", "")) == pytest.approx(gained, abs=0.011)


def test_axes_stay_while_tau_moves(visit) -> None:
    visitor = visit(GOOD).ready()
    axes = "[...document.querySelectorAll('.lab-plot :is(.xtick, .ytick)')].map(t => t.innerHTML)"
    before = visitor.page.evaluate(axes)
    visitor.hold(0.2)
    visitor.drag(0.2, 0.9, moves=5)
    assert visitor.page.evaluate(axes) == before
    visitor.release()


def test_shared_link_reproduces_the_view(visit) -> None:
    visitor = visit(f"{GOOD}&system=ramps&basis=flops&criterion=entropy").ready()
    visitor.page.locator("[data-do=pin]").click()
    visitor.hold(0.4)
    visitor.drag(0.4, 0.7, moves=4)
    visitor.release()
    visitor.wait_committed()
    visitor.page.wait_for_url("**pin=*")
    address = visitor.page.url
    other = visit(address.removeprefix(address.split("/tradeoff")[0])).ready()
    for name in ("tau", "speedup", "score", "early", "ece"):
        assert other.read(name) == visitor.read(name)
    notes = [one.page.locator("[data-text=speedup-note]").inner_text() for one in (visitor, other)]
    assert notes[0] == notes[1] != ""
    assert other.page.locator("[data-text=speedup-title]").inner_text() == "speed-up (FLOPs)"
    assert "h=" in address


def test_tau_goes_along_to_other_pages(visit) -> None:
    visitor = visit(f"{GOOD}&tau=0.8765&basis=flops&mode=speed-up&system=ramps").ready()
    visitor.page.get_by_role("link", name="Overview").click()
    visitor.page.get_by_test_id("verdict").wait_for()
    visitor.page.wait_for_url("**/?*basis=flops*")
    visitor.page.get_by_role("link", name="Instances").click()
    visitor.page.locator(".lab-chips").wait_for()
    visitor.ready()
    assert visitor.read("tau") == visitor.committed == "0.8765"
    visitor.page.get_by_role("link", name="Trade-off").click()
    visitor.page.locator(".lab-table").wait_for()
    visitor.ready()
    assert visitor.read("tau") == "0.8765"
    for choice in ("tau=0.8765", "basis=flops", "mode=speed-up", "system=ramps"):
        assert choice in visitor.page.url
    assert not visitor.errors


def test_criterion_and_basis_change_the_lab(visit) -> None:
    visitor = visit(GOOD).ready()
    visitor.page.get_by_role("radio", name="FLOPs").click()
    visitor.page.get_by_text("speed-up (FLOPs)").first.wait_for()
    visitor.page.wait_for_function(
        "document.querySelector('[data-text=speedup-title]').textContent === 'speed-up (FLOPs)'"
    )
    visitor.page.locator(".lab-plot .xtitle", has_text="FLOPs").wait_for()
    assert_python_agrees(visitor)


def test_numbers_equal_python_s_on_10000_instances(visit) -> None:
    visitor = visit(GOOD)
    systems = cases()
    source = Path(__file__).parents[1].joinpath("dashboard", "compare.js").read_text()
    answers = visitor.page.evaluate(
        """async ({ source, scripts, arrays, questions }) => {
          const blob = new Blob([source], { type: "text/javascript" });
          const { compute, MODULES } = await import(URL.createObjectURL(blob));
          const lab = {};
          for (const name of MODULES)
            lab[name] = await import(`${location.origin}${scripts}/${name}.js`);
          const buffer = Uint8Array.from(atob(arrays), (c) => c.charCodeAt(0)).buffer;
          return JSON.stringify(compute(lab, buffer, questions));
        }""",
        {
            "source": source,
            "scripts": scripts_address(),
            "arrays": base64.b64encode(packed(systems)).decode(),
            "questions": questions(systems),
        },
    )
    assert_agrees(systems, json.loads(answers))
