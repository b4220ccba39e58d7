"""No dead control: whatever a page offers to choose changes something on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import (
    Block,
    Button,
    ButtonGroup,
    Checkbox,
    DownloadButton,
    Element,
    NumberInput,
    Radio,
    Selectbox,
    Slider,
    TextInput,
    Toggle,
    Widget,
)

from cascade_core import save_run
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up
from tests.dashboard.pictured import pictured

PAGES = ("overview", "tradeoff", "reliability", "representations", "instances", "compose", "paper")
MOST = 4  # options of one widget that are tried
SEARCHED = "rivers"


class ByTitle(ButtonGroup):
    """A group of buttons whose value is given as it reads; what it stands for is not known here."""

    @property
    def formatted_values(self) -> list[str]:
        return [str(self._value)]


def elements(block: Block) -> Iterator[Element]:
    """All elements of a page, in order."""
    for child in block.children.values():
        if isinstance(child, Block):
            yield from elements(child)
        elif isinstance(child, Element):
            yield child


def widgets(page: AppTest) -> dict[str, Widget]:
    """What can be used on a page, by key."""
    found = [one for block in (page.sidebar, page.main) for one in elements(block)]
    return {str(one.key): one for one in found if isinstance(one, Widget) and not disabled(one)}


def disabled(widget: Widget) -> bool:
    return bool(getattr(widget.proto, "disabled", False))


def others(widget: Widget) -> list[Any]:
    """Some values that a widget does not have; None for a click."""
    match widget:
        case Button():
            return [None]
        case DownloadButton():
            return []  # what it saves leaves the page as it is
        case Selectbox() | Radio() | ButtonGroup():
            return [number for number in range(len(widget.options)) if not chosen(widget, number)]
        case Toggle() | Checkbox():
            return [not widget.value]
        case Slider() | NumberInput():
            return [one for one in (widget.min, widget.max) if one != widget.value]
        case TextInput():
            return [SEARCHED]
        case _:
            raise NotImplementedError(f"this test cannot use a {type(widget).__name__}")


def chosen(widget: Any, number: int) -> bool:
    if isinstance(widget, ButtonGroup):
        return number in widget.indices
    return number == widget.index


def use(widget: Any, value: Any) -> None:
    """Use a widget as a person would."""
    match widget:
        case Button():
            widget.click()
        case Selectbox() | Radio():
            widget.select_index(value)
        case ButtonGroup():
            widget.__class__ = ByTitle
            widget.set_value(widget.options[value])
        case _:
            widget.set_value(value)
    widget.run()


def shown(page: AppTest, but: str) -> list[tuple[str, bytes]]:
    """All that a page shows but one widget."""
    found = [one for block in (page.sidebar, page.main) for one in elements(block)]
    return [
        (one.type, one.proto.SerializeToString())
        for one in found
        if not (isinstance(one, Widget) and str(one.key) == but)
    ]


@pytest.fixture
def open_full(open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a page on one of two runs that have all a page can show, pictures of layers too."""
    save_run(pictured(made_up()), tmp_path / "good")
    save_run(pictured(made_up(80, seed=1)), tmp_path / "other")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    return open_page


@pytest.mark.parametrize("page", PAGES)
def test_every_option_of_every_widget_changes_what_is_shown(open_full: Opener, page: str) -> None:
    dead = []
    for key, widget in widgets(open_full(page)).items():
        for value in others(widget)[:MOST]:
            fresh = open_full(page)
            before = shown(fresh, but=key)
            use(widgets(fresh)[key], value)
            assert not fresh.exception
            if shown(fresh, but=key) == before:
                dead.append((key, value))
    assert dead == []
