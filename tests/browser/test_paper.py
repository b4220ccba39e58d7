"""The Paper page in a real browser: it opens, its controls act, its choices are in the address."""

from __future__ import annotations


def test_tables_are_chosen_and_kept_in_the_address(visit) -> None:
    visitor = visit("/paper")
    table = visitor.page.get_by_test_id("table-beside")
    table.wait_for()
    before = table.inner_text()
    assert "CascadeBERT 2-6" in before
    visitor.page.get_by_role("radio", name="3:").click()
    visitor.page.wait_for_url("**table=3*")
    visitor.page.wait_for_function(
        "old => document.querySelector('[data-testid=table-beside]')?.innerText !== old", arg=before
    )
    visitor.page.locator(".lens-chart .main-svg").first.wait_for()
    assert not visitor.errors
    assert not visitor.foreign
    assert not visitor.page.get_by_test_id("stException").count()
    address = visitor.page.url
    other = visit(address.removeprefix(address.split("/paper")[0]))
    other.page.get_by_role("radio", name="3:", checked=True).wait_for()
    other.page.get_by_test_id("table-beside").wait_for()
    assert other.page.get_by_test_id("table-beside").inner_text() == table.inner_text()


def test_choices_of_other_pages_are_kept(visit) -> None:
    visitor = visit("/tradeoff?run=a-good-run&tau=0.8765").ready()
    visitor.page.get_by_role("link", name="Paper").click()
    visitor.page.get_by_test_id("table-beside").wait_for()
    visitor.page.wait_for_url("**/paper?*tau=0.8765*")
    visitor.page.get_by_role("link", name="Compose").click()
    visitor.page.get_by_test_id("composed").wait_for()
    visitor.page.wait_for_url("**/compose?*run=a-good-run*")
    assert not visitor.errors
