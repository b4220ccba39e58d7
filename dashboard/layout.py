"""What every page has: its title, its style, what its numbers are for."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path

import streamlit as st

from cascade_core import TradeoffCurve
from dashboard.chips import selection_chips
from dashboard.choices import Choices
from dashboard.figures.staircase import LONGEST
from dashboard.presentation import presentation_switch

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def page_header(title: str, choices: Choices, guidance: str, stay: bool = False) -> None:
    """Title, what the numbers are about, one sentence of guidance, and what is selected.

    Where nothing is what it should be to be selected, the page ends here, unless it is to `stay`.
    """
    header(title, f"{choices.setting} · run {choices.run.name}", guidance)
    selection_chips(choices, stay)


def header(title: str, setting: str, guidance: str) -> None:
    """The same on a page that is not about one run."""
    presentation_switch()
    st.html(
        f"<style>{STYLE}</style>"
        f"<header class='lens-header'><h1 data-testid='page-title'>{html.escape(title)}</h1>"
        f"<p>{html.escape(setting)}</p></header>"
        f"<p class='lens-guidance'>{html.escape(guidance)}</p>"
    )


def committed(choices: Choices) -> None:
    """Say which threshold the tables below are for: what Python last received."""
    where = "the other half of the examples" if choices.shown.calibration else "these examples"
    compared = (
        f"each system with the τ at which it is as fast as {choices.focus} on {where}"
        if choices.same_speedup
        else "the same τ for every system"
    )
    st.html(
        f"<p class='lens-committed'>For τ = <b data-testid='tau-committed'>{choices.tau:.10g}</b>, "
        f"{html.escape(compared)}</p>"
    )


def facts(stated: Mapping[str, str]) -> None:
    """Names with their values, side by side."""
    items = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>"
        for name, value in stated.items()
    )
    st.html(f"<dl class='lens-facts'>{items}</dl>")


def say_if_thinned(curves: Iterable[TradeoffCurve], saved: str) -> None:
    """Say it where a curve is longer than what is drawn of it; `saved`: what the CSV holds."""
    states = max(len(curve) for curve in curves)
    if states > LONGEST:
        st.caption(
            f"A curve of more than {LONGEST:,} states is drawn by those that decide each column of "
            f"pixels: what you see is exact until you zoom in. All numbers are exact; {saved}."
        )
