"""The tau lab: moves tau in the browser, tells Python where it came to rest.

Arrays and the figure are fetched by address and stay in the browser; what goes through Streamlit is
a page of settings that does not change while tau does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from cascade_core import ExitLadder, TradeoffCurve
from cascade_core.outcomes import OUTCOMES
from dashboard.assets import SHELF, plotly_address, scripts_address
from dashboard.charts import Clicked, plain
from dashboard.choices import CRITERION_TITLES, Choices, exit_names
from dashboard.composed import Composed
from dashboard.conditions import HasOutcome
from dashboard.memory import Pin, act, recall, remember
from dashboard.narrowing import drop, pick
from dashboard.presentation import as_presented, presenting
from dashboard.slices import move_slices, slice_at
from dashboard.start import start_of
from dashboard.tau_lab.packing import pack_choosing, pack_costs, pack_scores
from dashboard.theme import COMPOSED_STYLE, SystemStyle

_HERE = Path(__file__).parent
# Streamlit loads a component's script from memory, where a plain import has no base address.
_SCRIPT = """
export default async function (component) {
  const { mount } = await import(new URL(component.data[0].scripts + "/lab.js", location.origin));
  return mount(component);
}
"""
LAB_HTML, LAB_CSS = ((_HERE / name).read_text(encoding="utf-8") for name in ("lab.html", "lab.css"))
_LAB = component(
    "cascadelens.tau_lab",
    html=LAB_HTML,
    css=LAB_CSS,
    js=_SCRIPT,
    isolate_styles=False,
)


class Moved(NamedTuple):
    """The systems a lab moves; `made_from` is what decides their arrays besides the run."""

    systems: Mapping[str, ExitLadder]
    curves: Mapping[str, TradeoffCurve]
    styles: Mapping[str, SystemStyle]
    focus: str
    range: tuple[float, float]
    start: float
    made_from: tuple[str, ...] = ()


def tau_lab(
    choices: Choices,
    view: str,
    figure: str | None,
    figure_label: str,
    more: Mapping[str, Any] | None = None,
    on_point: Callable[[Clicked], None] | None = None,
) -> None:
    """Show the lab. `view` is one of lab.js, `figure` is a `figure_address`.

    `on_point` is called with a point of the figure that is clicked, in views that can be clicked;
    tau, the pin and the outcome that is selected in the view "instances" are remembered for all
    pages before the page runs again.
    """
    focus = choices.focus
    moved = Moved(
        choices.systems, choices.curves, choices.styles, focus, choices.tau_range, choices.start
    )
    settings = _settings(choices, view, moved) | _choosing(choices)
    own = {"figure": figure, "figureLabel": figure_label, **(more or {})}
    _show(choices, view, settings | own, on_point)


def stages_lab(
    choices: Choices, made: Composed, span: tuple[float, float], figure: str, figure_label: str
) -> None:
    """Show the lab with a slider, the ends of which are `span`, for each stage but the last.

    Their thresholds are remembered as tau is; whoever else changes them calls `hand_over`.
    """
    one = made.name
    moved = Moved(
        {one: made.ladder},
        {one: made.curve},
        {one: COMPOSED_STYLE},
        one,
        span,
        start_of(made.choosing),
        made.models,
    )
    own = {
        "figure": figure,
        "figureLabel": figure_label,
        "stages": list((made.ladder.exit_names or ())[:-1]),
    }
    _show(choices, "compose", _settings(choices, "compose", moved) | own)


def _show(
    choices: Choices,
    view: str,
    settings: Mapping[str, Any],
    on_point: Callable[[Clicked], None] | None = None,
) -> None:
    key = f"tau-lab-{view}"

    def told(name: str) -> Any:
        return st.session_state[key][name]

    def sent(name: str) -> Any:
        return told(name)["value"]

    def move() -> None:
        if view == "instances":
            move_slices(choices, sent("tau"))
        else:
            act(tau=sent("tau"))

    def select() -> None:
        outcome = told("outcome")
        if outcome in OUTCOMES:
            pick(slice_at(HasOutcome, outcome, choices))
        elif outcome:  # "none"
            drop(HasOutcome.kind)

    def click() -> None:
        point = told("point")
        if on_point and point:
            on_point(Clicked(**point))

    _LAB(
        key=key,
        data=plain(settings),
        on_tau_change=move,
        on_thresholds_change=lambda: act(thresholds=tuple(map(float, sent("thresholds")))),
        on_pin_change=lambda: act(pin=_pin(sent("pin"))),
        on_outcome_change=select,
        on_point_change=click,
        on_layer_change=lambda: act(layer=str(sent("layer"))),
        on_ids_change=lambda: act(ids=tuple(map(int, told("ids") or ()))),
    )


def figure_address(build: Callable[[], go.Figure], *made_from: str) -> str:
    """Put a figure of the run where the browser fetches it; `made_from`: what else decides it."""

    def content() -> bytes:
        return (as_presented(build()).to_json() or "").encode()

    of = ("figure", recall("loaded"), "presented" if presenting() else "", *made_from)
    return SHELF.offer(of, content, "application/json")


def systems_settings(
    systems: Mapping[str, ExitLadder],
    curves: Mapping[str, TradeoffCurve],
    styles: Mapping[str, SystemStyle],
) -> list[dict[str, Any]]:
    """What the lab must know of each system beside its numbers."""
    return [
        {
            "name": name,
            "exits": list(exit_names(ladder)),
            "color": styles[name].color,
            "lowest": curves[name].threshold_range[0],
        }
        for name, ladder in systems.items()
    ]


def _settings(choices: Choices, view: str, moved: Moved) -> dict[str, Any]:
    run, systems, focus = choices.run, moved.systems, moved.focus
    seeds = recall("seeds", {})
    if seeds.get("stamp") != recall("stamp"):
        # Sent unchanged until Python itself means another tau, so that the message stays the same.
        pin = choices.pin and choices.pin._asdict()
        thresholds = recall("thresholds")
        seeds = {
            "stamp": recall("stamp"), "tau": choices.tau, "pin": pin, "thresholds": thresholds
        }  # fmt: skip
        remember(seeds=seeds)
    return {
        "view": view,
        "scripts": scripts_address(),
        "plotly": plotly_address(),
        "scores": SHELF.offer(
            ("scores", run.identity, choices.criterion, *moved.made_from),
            lambda: pack_scores(systems, choices.criterion, run.metric),
        ),
        "costs": SHELF.offer(
            ("costs", run.identity, choices.basis, *moved.made_from),
            lambda: pack_costs(systems, choices.basis),
        ),
        "systems": systems_settings(systems, moved.curves, moved.styles),
        "focus": focus,
        "mode": "speedup" if choices.same_speedup else "threshold",
        "metric": run.metric,
        "metricTitle": choices.metric_title,
        "basisTitle": choices.speedup_title,
        "criterionTitle": CRITERION_TITLES[choices.criterion],
        "reference": run.reference,
        "range": list(moved.range),
        "start": moved.start,
        "fileName": choices.file_name(view),
        **seeds,
    }


def _choosing(choices: Choices) -> dict[str, Any]:
    """Where the browser finds what thresholds are chosen on, if that is not what is shown."""
    other = choices.shown.calibration
    if other is None or not choices.same_speedup:
        return {}
    address = SHELF.offer(
        ("choosing", other.identity, *choices.key[1:]), lambda: pack_choosing(choices.choosing)
    )
    return {"choosing": address}


def _pin(value: Any) -> Pin | None:
    return Pin(str(value["system"]), float(value["tau"])) if value else None
