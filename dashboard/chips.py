"""What is selected, at the top of every page that it narrows, with what clears it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from dashboard.choices import Choices, publish
from dashboard.conditions import Condition
from dashboard.memory import recall
from dashboard.narrowing import drop
from dashboard.selection import MOST_IDS

LONGEST = 70  # characters of a chip
MEANING = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")  # characters that markdown takes for marks


def selection_chips(choices: Choices, stay: bool = False) -> None:
    """Show a chip for each condition; where no instance meets them all, the page ends here.

    `stay` keeps a page going on which one can look for others.
    """
    conditions, narrowed = choices.selected, choices.narrowed
    if not conditions:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="selection-chips"
    ):
        every = choices.everything.run.instances
        found = f"{len(narrowed.places):,} of {every:,} examples selected"
        st.html(f"<b data-testid='selection' role='status'>{found}</b>", width="content")
        for one in conditions:
            _chip(one)
        if len(conditions) > 1:
            slots = [one.slot for one in conditions]
            st.button("Clear all", key="clear-all", type="tertiary", on_click=drop, args=slots)
    for one, why in narrowed.ignored:
        st.warning(f"Not selected by {plain(one.words)}: {plain(why)}.")
    _say_what_it_means(choices, conditions)
    if choices.nothing:
        st.info("No example fits all of this. Clear one condition, or all.")
        if not stay:
            publish(choices)
            st.stop()


def plain(text: str) -> str:
    """Text as markdown that shows it as it is.

    >>> plain("a*b*")
    'a\\\\*b\\\\*'
    """
    return MEANING.sub(r"\\\1", text)


def _chip(one: Condition) -> None:
    words = one.words if len(one.words) <= LONGEST else f"{one.words[: LONGEST - 1]}…"
    st.button(
        plain(words),
        key=f"clear-{one.slot}",
        icon=":material/close:",
        help=f"Clear: select no longer by {plain(one.words)}",
        on_click=drop,
        args=[one.slot],
    )


def _say_what_it_means(choices: Choices, conditions: Sequence[Condition]) -> None:
    """What numbers of a selection are not, and what a link to it does not carry."""
    said = []
    if any(one.by_answers for one in conditions):
        said.append(
            "Selected by what models answered: scores on these examples say what happens to them, "
            "not what to expect of new ones."
        )
    if choices.shown.calibration is not None:
        said.append("Thresholds are chosen on all of the other half.")
    ids = len(recall("ids", ()))
    if ids > MOST_IDS:
        said.append(
            f"A link carries at most {MOST_IDS} examples picked by hand: these {ids:,} are not in "
            "the address."
        )
    if said:
        st.caption(" ".join(said))
