"""What is remembered for all pages: in the session, and in the address so that a link says it all.

A choice has one name everywhere: it is the key of its widget, of the session and of the address.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from dashboard.selection import parse

STAGES = ("stage1", "stage2", "stage3", "stage4")  # of a cascade on Compose
PICTURES = ("left", "right", "projection", "layer", "colour")  # on Representations
SHARED = ("run", "system", "mode", "basis", "criterion", "examples", "confidences", "present")
OF_PAGE = {  # what only one page asks: it is in that page's address alone
    "tradeoff": ("span", "margin", "printed"),
    "reliability": ("quality", "category", "exit", "bins", "smooth"),
    "representations": PICTURES,
    "instances": ("instance", "sort"),
    "compose": (*STAGES, "wanted", "thresholds"),
    "paper": ("table", "part", "encoder"),
}
TEXTS = (*SHARED, *(name for names in OF_PAGE.values() for name in names if name != "thresholds"))
OR_NOTHING = ("instance", "smooth", "present", "printed")  # a link without them means none
OURS = (*TEXTS, "tau", "h", "pin", "select", "ids", "thresholds")
PREFIX = "lens."


class Pin(NamedTuple):
    """A point kept as a ghost: a system at its threshold."""

    system: str
    tau: float


def recall(name: str, default: Any = None) -> Any:
    """A remembered value."""
    return st.session_state.get(PREFIX + name, default)


def remember(**values: Any) -> None:
    """Keep values for all pages."""
    for name, value in values.items():
        st.session_state[PREFIX + name] = value


def act(**values: Any) -> None:
    """What every widget calls when it is used: keeps values, and that it was a widget.

    The browser may then still have an address we have already replaced: it must not be taken for
    a link that somebody followed.
    """
    remember(**values, acted=True)


def hand_over() -> None:
    """Have the tau lab take over tau and pin from here; until then it keeps its own."""
    remember(stamp=recall("stamp", 0) + 1)


def adopt_address(page: str) -> None:
    """Take over what the address says where it is not what we wrote ourselves."""
    address = {name: st.query_params[name] for name in OURS if name in st.query_params}
    linked = bool(address) and address != recall("published") and not recall("acted")
    remember(acted=False)
    if linked:
        remember(**{name: address[name] for name in TEXTS if name in address})
        remember(**{name: address.get(name) for name in OR_NOTHING})
        remember(tau=parse_number(address.get("tau")), pin=parse_pin(address.get("pin")))
        remember(select=parse(address.get("select")), ids=parse_ids(address.get("ids")))
        remember(tau_means=None)
        remember(thresholds=parse_numbers(address.get("thresholds")), thresholds_mean=None)
        remember(linked=(address.get("run"), address.get("h")), published=address)
    if linked or recall("page") != page:
        remember(page=page)
        hand_over()


def offer(name: str, options: Sequence[str], default: str) -> dict[str, Any]:
    """Arguments of the widget of a choice; what is no option any more gives way to the default.

    The widget shows what is remembered and remembers what is chosen: Streamlit itself forgets the
    value of a widget when another page is entered.
    """
    if recall(name) not in options:
        remember(**{name: default})
    st.session_state[name] = recall(name)

    def choose() -> None:
        act(**{name: st.session_state[name]})

    return {"options": options, "key": name, "on_change": choose}


def switch(name: str) -> dict[str, Any]:
    """Arguments of a toggle, as `offer`: what is remembered is "on", or None."""
    st.session_state[name] = recall(name) is not None

    def choose() -> None:
        act(**{name: "on" if st.session_state[name] else None})

    return {"key": name, "on_change": choose}


def publish(**values: str | None) -> None:
    """Write values into the address, with this page's own choices; what else was ours is out."""
    values["present"] = recall("present")  # on every page
    own = {name: recall(name) for name in OF_PAGE.get(recall("page", ""), ()) if name in TEXTS}
    written = {name: value for name, value in {**own, **values}.items() if value is not None}
    for name in OURS:
        if name not in written:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != written[name]:
            st.query_params[name] = written[name]
    remember(published=written)


def parse_number(text: str | None) -> float | None:
    """A finite number, or None.

    >>> parse_number("0.9"), parse_number("nan"), parse_number("x")
    (0.9, None, None)
    """
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def parse_numbers(text: str | None) -> tuple[float, ...] | None:
    """Finite numbers as an address writes them, or None.

    >>> parse_numbers("0.9,0.5"), parse_numbers("0.9,x")
    ((0.9, 0.5), None)
    """
    numbers = [parse_number(one) for one in (text or "").split(",")]
    found = tuple(one for one in numbers if one is not None)
    return found if len(found) == len(numbers) else None


def parse_pin(text: str | None) -> Pin | None:
    """A pin as an address writes it, or None.

    >>> parse_pin("0.9@DeeBERT")
    Pin(system='DeeBERT', tau=0.9)
    """
    tau, _, system = (text or "").partition("@")
    number = parse_number(tau)
    return Pin(system, number) if system and number is not None else None


def parse_ids(text: str | None) -> tuple[int, ...]:
    """Ids as an address writes them; what is no number is left out.

    >>> parse_ids("3,x,12")
    (3, 12)
    """
    return tuple(int(one) for one in (text or "").split(",") if one.strip().isdecimal())
