"""The Live page in a real browser: typed text goes through the models, tau moves without them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

from tests.browser.conftest import serving
from tests.browser.visitor import Visitor

TABLE = "[data-testid=live-table]"


@pytest.fixture(scope="module")
def trained_server(trained) -> Iterator[str]:
    """The address of a dashboard on a run whose texts and weights are at hand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASCADELENS_DATA", str(trained.folder.parent / "data"))
        patch.setenv("CASCADELENS_CACHE", str(trained.cache))
        with serving(trained.folder.parent) as address:
            yield address


@pytest.fixture
def visitor(chromium, trained_server) -> Iterator[Visitor]:
    visiting = Visitor(chromium, trained_server, "/live?run=tiny", 1280, 900)
    yield visiting.ready()
    visiting.close()


def rows(visitor: Visitor) -> dict[str, list[str]]:
    """What the table says of each system."""
    visitor.page.locator(f"{TABLE} tbody tr").first.wait_for()
    found = visitor.page.locator(f"{TABLE} tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in found}


def type_text(visitor: Visitor, text: str) -> None:
    """Type a text and wait for its answers."""
    scores = f"document.querySelector('{TABLE}')?.innerText"
    before = visitor.page.evaluate(scores)
    area = visitor.page.get_by_role("textbox", name="Sentence")
    area.fill(text)
    area.press("Control+Enter")
    visitor.page.wait_for_function(f"old => {scores} && {scores} !== old", arg=before)


def test_an_example_is_answered_by_every_system(visitor) -> None:
    found = rows(visitor)
    assert list(found) == ["DeeBERT", "Cascade", "large"]
    for answer, sure, _, layers, milliseconds in found.values():
        assert answer in ("negative", "positive")
        assert 0.5 <= float(sure) <= 1
        assert int(layers) in (1, 2, 3, 4)
        assert float(milliseconds) > 0
    assert not visitor.errors
    assert not visitor.foreign


def test_typed_text_is_answered_and_its_markup_is_text(visitor) -> None:
    type_text(visitor, "<img src=x onerror='window.harmed=1'> a dull film 😀")
    assert not visitor.page.evaluate("window.harmed")
    assert not visitor.errors


def test_tau_moves_the_answers_without_the_server(visitor) -> None:
    slider = visitor.page.get_by_test_id("tau-range")
    slider.focus()
    slider.press("End")  # none leaves early
    visitor.wait_committed()
    assert [row[2] for row in rows(visitor).values()] == ["ramps layer 3", "large", "large"]
    assert rows(visitor)["Cascade"][3] == "4"
    visitor.sent.clear()
    visitor.hold(0.99)
    visitor.drag(0.99, 0.0, moves=20)
    leaves = f"document.querySelector('{TABLE} tbody tr td:nth-child(4)').textContent"
    visitor.page.wait_for_function(f"{leaves} === 'ramps layer 1'")
    assert rows(visitor)["DeeBERT"][3] == "1"
    assert not visitor.sent
    visitor.release()
    visitor.wait_committed()
    assert not visitor.errors
