"""The tau lab: moves tau in the browser, tells Python where it came to rest.

Arrays and the figure are fetched by address and stay in the browser; what goes through Streamlit is
a page of settings that does not change while tau does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2 import component

from dashboard.assets import SHELF, plotly_address, scripts_address
from dashboard.charts import plain
from dashboard.choices import CRITERION_TITLES, Choices
from dashboard.memory import Pin, act, recall, remember
from dashboard.presentation import as_presented, presenting
from dashboard.tau_lab.packing import pack_costs, pack_scores

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


def tau_lab(
    choices: Choices,
    view: str,
    figure: str | None,
    figure_label: str,
    more: Mapping[str, Any] | None = None,
) -> str | None:
    """Show the lab. `view` is "tradeoff", "instances" or "live", `figure` is a `figure_address`.

    Returns the outcome chosen in the view "instances", if any. tau and the pin are remembered for
    all pages before the page runs again.
    """
    key = f"tau-lab-{view}"
    own = {"figure": figure, "figureLabel": figure_label, **(more or {})}
    result = _LAB(
        key=key,
        data=plain(_settings(choices, view) | own),
        on_tau_change=lambda: act(tau=st.session_state[key]["tau"]),
        on_pin_change=lambda: act(pin=_pin(st.session_state[key]["pin"])),
        on_outcome_change=lambda: act(outcome=st.session_state[key]["outcome"]),
    )
    return result.get("outcome")


def figure_address(build: Callable[[], go.Figure], *made_from: str) -> str:
    """Put a figure of the run where the browser fetches it; `made_from`: what else decides it."""

    def content() -> bytes:
        return (as_presented(build()).to_json() or "").encode()

    of = ("figure", recall("loaded"), "presented" if presenting() else "", *made_from)
    return SHELF.offer(of, content, "application/json")


def systems_settings(choices: Choices) -> list[dict[str, Any]]:
    """What the lab must know of each system beside its numbers."""
    return [
        {
            "name": name,
            "exits": list(choices.exit_names(name)),
            "color": choices.styles[name].color,
            "lowest": choices.curves[name].threshold_range[0],
        }
        for name in choices.systems
    ]


def _settings(choices: Choices, view: str) -> dict[str, Any]:
    run = choices.run
    seeds = recall("seeds", {})
    if seeds.get("stamp") != recall("stamp"):
        # Sent unchanged until Python itself means another tau, so that the message stays the same.
        pin = choices.pin and choices.pin._asdict()
        seeds = {"stamp": recall("stamp"), "tau": choices.tau, "pin": pin}
        remember(seeds=seeds)
    return {
        "view": view,
        "scripts": scripts_address(),
        "plotly": plotly_address(),
        "scores": SHELF.offer(
            ("scores", run.identity, choices.criterion),
            lambda: pack_scores(choices.systems, choices.criterion, run.metric),
        ),
        "costs": SHELF.offer(
            ("costs", run.identity, choices.basis),
            lambda: pack_costs(choices.systems, choices.basis),
        ),
        "systems": systems_settings(choices),
        "focus": choices.focus,
        "mode": "speedup" if choices.same_speedup else "threshold",
        "metric": run.metric,
        "metricTitle": choices.metric_title,
        "basisTitle": choices.speedup_title,
        "criterionTitle": CRITERION_TITLES[choices.criterion],
        "reference": run.reference,
        "range": list(choices.tau_range),
        "start": choices.start,
        "fileName": choices.file_name(view),
        **seeds,
    }


def _pin(value: Any) -> Pin | None:
    return Pin(str(value["system"]), float(value["tau"])) if value else None
