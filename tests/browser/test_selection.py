"""A selection in a real browser: made by a click, seen on every page, in a link, cleared."""

from __future__ import annotations

from playwright.sync_api import Locator, TimeoutError

from tests.browser.screenshots import settle
from tests.browser.visitor import Visitor


def selected(visitor: Visitor) -> str:
    return visitor.page.get_by_test_id("selection").inner_text()


def address_with(visitor: Visitor, part: str) -> str:
    """The address, once it has come to hold this."""
    visitor.page.wait_for_function("part => decodeURIComponent(location).includes(part)", arg=part)
    return visitor.page.url


def listed(visitor: Visitor) -> str:
    """What the list of instances says of its length."""
    caption = visitor.page.get_by_text("Tick a row to open it")
    caption.wait_for()
    return caption.inner_text().split(" · ")[0]


def point_and_click(visitor: Visitor, figure: Locator, across: float, down: float) -> None:
    """Click in a figure, at shares of its size, once it has said what is there.

    Before that plotly.js takes no click; and what is above a figure may still move it.
    """
    said = visitor.page.locator(".hoverlayer .hovertext").first
    for _ in range(60):
        box = figure.bounding_box()
        assert box
        at = (box["x"] + across * box["width"], box["y"] + down * box["height"])
        visitor.page.mouse.move(at[0] + 2, at[1])
        visitor.page.mouse.move(*at)
        try:
            said.wait_for(timeout=1000)
        except TimeoutError:
            continue
        break
    visitor.page.mouse.click(*at)


def test_a_cell_selects_its_pairs_and_a_link_carries_them(visit, server: str, chromium) -> None:
    visitor = visit("/reliability?run=a-good-run")
    figure = visitor.page.locator(".lens-chart.lens-clickable .nsewdrag").first
    figure.wait_for()
    # Six layers wide, three models high: "ramps" is the third.
    point_and_click(visitor, figure, 1 / 12, 5 / 6)
    visitor.page.get_by_test_id("selection").wait_for()
    chip = visitor.page.get_by_role("button", name="worst inverted pairs of ramps after layer 1")
    chip.wait_for()
    said = selected(visitor)
    count = int(said.split()[0])
    assert said == f"{count} of 400 examples selected"
    assert 0 < count <= 100
    visitor.page.get_by_test_id("table-pairs").wait_for()

    visitor.page.get_by_role("link", name="Instances").click()
    assert listed(visitor) == f"{count} of 400 examples"
    visitor.page.get_by_test_id("tau-number").fill("0.77")
    visitor.page.get_by_test_id("tau-number").press("Enter")
    visitor.wait_committed("0.77")
    link = address_with(visitor, "select=inverted:ramps:layer")

    context = chromium.browser.new_context()
    fresh = Visitor(context, server, link.removeprefix(server), 1280, 720)
    fresh.ready()
    assert selected(fresh) == said
    assert listed(fresh) == f"{count} of 400 examples"
    assert fresh.committed == "0.77"
    assert fresh.page.get_by_test_id("instance").inner_text() == (
        visitor.page.get_by_test_id("instance").inner_text()
    )
    fresh.page.get_by_role("link", name="Trade-off").click()
    fresh.page.get_by_text("n = " + said.removesuffix(" examples selected")).first.wait_for()

    clear = fresh.page.get_by_role("button", name="worst inverted pairs of ramps after layer 1")
    clear.focus()
    fresh.page.keyboard.press("Enter")
    fresh.page.get_by_test_id("selection").wait_for(state="detached")
    fresh.page.wait_for_function("!location.search.includes('select=')")
    assert not visitor.errors + fresh.errors
    fresh.close()
    context.close()


def test_a_slice_goes_with_tau_on_instances_and_stays_elsewhere(visit) -> None:
    visitor = visit("/instances?run=a-good-run&tau=0.7").ready()
    chip = visitor.page.get_by_test_id("outcome-needless")
    chip.click()
    address_with(visitor, "outcome:cascade:needless:0.7:")
    visitor.page.locator("[data-testid=outcome-needless][aria-pressed=true]").wait_for()
    number = visitor.page.get_by_test_id("tau-number")
    number.fill("0.9")
    number.press("Enter")
    address_with(visitor, "outcome:cascade:needless:0.9:")
    visitor.page.get_by_text(
        f"{chip.locator('b').inner_text()} of 400 examples selected"
    ).wait_for()
    assert chip.get_attribute("aria-pressed") == "true"
    visitor.page.get_by_role("link", name="Trade-off").click()
    visitor.page.get_by_test_id("lab-row").first.wait_for()  # of Trade-off, not of Instances
    before = selected(visitor)
    number.fill("0.8")
    number.press("Enter")
    visitor.wait_committed("0.8")
    assert selected(visitor) == before
    visitor.page.get_by_role("link", name="Instances").click()
    visitor.page.locator("[data-testid=outcome-needless][aria-pressed=false]").wait_for()
    assert not visitor.errors


def test_a_part_of_a_bar_is_clicked(visit) -> None:
    visitor = visit("/tradeoff?run=a-good-run&tau=0.8").ready()
    part = visitor.page.locator(".lens-chart.lens-clickable .bars path").first
    part.scroll_into_view_if_needed()
    point_and_click(visitor, part, 1 / 2, 1 / 2)
    address_with(visitor, "select=exit:ramps:layer")
    assert "of 400 examples selected" in selected(visitor)
    assert not visitor.errors


def test_rows_that_are_ticked_are_opened_and_selected(visit) -> None:
    visitor = visit("/instances?run=a-good-run", height=1600).ready()
    table = visitor.page.locator(".stDataFrame canvas").first
    table.wait_for()
    row = 35  # pixels; the head is as high
    for number, opened in ((1, "1000"), (3, "1002")):
        settle(visitor.page)  # what is above the table may still move it
        box = table.bounding_box()
        assert box
        visitor.page.mouse.click(box["x"] + 20, box["y"] + row * (number + 0.5))
        visitor.page.get_by_test_id("instance").get_by_text(opened, exact=True).wait_for()
    visitor.page.get_by_role("button", name="Select the 2 ticked").click()
    visitor.page.get_by_role("button", name="2 picked by hand").wait_for()
    assert selected(visitor) == "2 of 400 examples selected"
    assert address_with(visitor, "ids=1000,1002")
    visitor.page.get_by_role("link", name="Trade-off").click()
    visitor.page.get_by_text("n = 2 of 400 selected").first.wait_for()
    assert not visitor.errors
