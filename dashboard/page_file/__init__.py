"""A run as one HTML file whose tau slider works without a server and without a network."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cascade_core import BASES, Run
from cascade_core.atomic import replaced_file
from cascade_core.comparison import MATCHED, Comparison, compare
from cascade_core.exit_quality import exit_grid
from cascade_core.exporting.names import saved_name
from cascade_core.exporting.view import Asked
from cascade_core.halves import halves
from dashboard.choices import CRITERION_TITLES, Choices
from dashboard.figures.heatmap import heatmap_figure, heatmap_picture
from dashboard.figures.staircase import LONGEST
from dashboard.figures.tradeoff import tradeoff_figure
from dashboard.layout import STYLE
from dashboard.leaving import leaving_note
from dashboard.matched import matched_caption, matched_rows
from dashboard.page_file.packing import import_map, packed, packed_json, packed_plotly
from dashboard.page_file.states import pack_states
from dashboard.shown import Shown
from dashboard.tables import table_html
from dashboard.tau_lab import LAB_CSS, LAB_HTML, systems_settings
from dashboard.tradeoff_picture import tradeoff_label, tradeoff_picture
from dashboard.verdict import sentence, verdict

HERE = Path(__file__).parent


class Basis(NamedTuple):
    """What the page says where cost is counted in one basis."""

    choices: Choices
    compared: Comparison
    speedups: tuple[float, ...]


def write_page(run: Run, asked: Asked, file: Path, overwrite: bool = False) -> int:
    """Write the page to a file and return its size in bytes.

    Raises `ValueError` for a file that exists and is not to be overwritten, or as `page_html`.
    """
    if file.exists() and not overwrite:
        raise ValueError(f"{file} exists: give --overwrite to replace it, or another file")
    page = page_html(run, asked).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with replaced_file(file) as fresh:
        fresh.write_bytes(page)
    return len(page)


def page_html(run: Run, asked: Asked | None = None) -> str:
    """One page with everything in it: curves, slider, read-outs, tables, heat map, provenance.

    It holds the states of curves and no instance; of a curve of more than `LONGEST` states those
    that its picture shows. Raises `ValueError` for a run without instances, and for a basis or
    criterion that a system of the run lacks.

    >>> from cascade_core.paper.example import example_run
    >>> page = page_html(example_run())
    >>> page.count("<script"), "https://" in page.split("<script")[0]
    (6, False)
    """
    asked = asked or Asked()
    if not run.instances:
        raise ValueError(f"run {run.name}: expected instances to show but it has none")
    by_basis = _by_basis(run, asked)
    first = next(iter(by_basis.values())).choices
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return environment.get_template("page.html").render(
        choices=first,
        title=f"{first.task_title}: {first.metric_title} against speed-up",
        style=STYLE + LAB_CSS + (HERE / "page.css").read_text(encoding="utf-8"),
        lab=LAB_HTML,
        import_map=import_map(),
        about=_about(by_basis, asked),
        states=packed(pack_states({name: one.choices for name, one in by_basis.items()})),
        figures=packed_json(_figures(by_basis)),
        plotly=packed_plotly(),
        matched={name: _matched(one) for name, one in by_basis.items()},
        dis=(run.labels >= 0).any(),
        leaving=leaving_note(first.run, first.criterion),
        thinned=_thinned(first),
        longest=LONGEST,
        provenance=_provenance(run, first),
    )


def _by_basis(run: Run, asked: Asked) -> dict[str, Basis]:
    """What is shown for each cost basis that all systems have, the one asked for first."""
    shown = Shown(run, run, run)
    if asked.half:
        calibration, evaluation = halves(run)
        shown = Shown(evaluation, evaluation, run, calibration)
    several = [name for name, ladder in run.systems.items() if ladder.exits > 1]
    focus = (several or list(run.systems))[-1]
    criterion = asked.criterion or run.system_specs[focus].criterion
    bases = [one for one in BASES if all(one in of.costs for of in run.systems.values())]
    if asked.basis and asked.basis not in bases:
        raise ValueError(
            f"basis: expected one of {', '.join(bases)} for run {run.name} but got {asked.basis!r}"
        )
    found = {}
    for basis in sorted(bases, key=lambda one: one != asked.basis):
        choices = Choices(shown, focus, False, basis, criterion)
        choosing = choices.choosing if shown.calibration else None
        speedups = {*asked.speedups, *MATCHED}
        compared = compare(shown.run, choices.curves, speedups, choosing, choices.systems)
        found[basis] = Basis(choices, compared, asked.speedups)
    return found


def _about(by_basis: dict[str, Basis], asked: Asked) -> dict[str, Any]:
    """The settings of the tau lab, and what else changes with a choice."""
    first = next(iter(by_basis.values())).choices
    run = first.run
    systems = systems_settings(first.systems, first.curves, first.styles)
    for one in systems:
        one["range"] = list(first.curves[one["name"]].threshold_range)
        one["costOfReference"] = {
            basis: of.choices.curves[one["name"]].reference_cost for basis, of in by_basis.items()
        }
        one["thinned"] = len(first.curves[one["name"]]) > LONGEST
    bases = {}
    for name, (choices, compared, _) in by_basis.items():
        titles = (choices.basis_titles[name], choices.metric_title)
        bases[name] = {
            "title": choices.basis_titles[name],
            "basisTitle": choices.speedup_title,
            "figureLabel": tradeoff_label(choices),
            "fileName": saved_name(run, "trade-off", name, first.criterion),
            "start": {one: choices.start_for(one) for one in choices.systems},
            "verdict": sentence(verdict(compared, run.reference, titles)),
        }
    return {
        "systems": systems,
        "focus": first.focus,
        "instances": run.instances,
        "metric": run.metric,
        "metricTitle": first.metric_title,
        "criterionTitle": CRITERION_TITLES[first.criterion],
        "reference": run.reference,
        "tau": asked.thresholds[0] if asked.thresholds else first.start,
        "bases": bases,
        "heatmap": {
            "label": f"Difficulty inversion score of every exit in per cent, on {first.setting}",
            "fileName": saved_name(run, "dis"),
        },
    }


def _figures(by_basis: dict[str, Basis]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, one in by_basis.items():
        figures[name] = _light(tradeoff_figure(tradeoff_picture(one.choices, one.compared)))
    choices = next(iter(by_basis.values())).choices
    if (choices.run.labels >= 0).any():
        picture = heatmap_picture(exit_grid(choices.run, "dis"), choices.setting)
        figures["heatmap"] = heatmap_figure(picture)
    return {name: figure.to_plotly_json() for name, figure in figures.items()}


def _light(figure: go.Figure) -> go.Figure:
    """The figure with single-precision numbers: an eighth of a pixel in a million is not seen."""
    for trace in figure.data:
        for name in ("x", "y", "customdata"):
            if isinstance(numbers := trace[name], np.ndarray) and numbers.dtype.kind == "f":
                trace[name] = numbers.astype(np.float32)
    return figure


def _matched(one: Basis) -> str:
    heads = ["system", *(f"{wanted:g}×" for wanted in one.speedups)]
    rows = matched_rows(one.compared, one.choices.styles, one.speedups)
    return table_html(heads, rows, "table-matched", matched_caption(one.choices, one.compared))


def _thinned(choices: Choices) -> list[str]:
    return [name for name, curve in choices.curves.items() if len(curve) > LONGEST]


def _provenance(run: Run, choices: Choices) -> dict[str, str]:
    stated = {
        "run": run.name,
        "task": choices.task_title,
        "split": choices.run.split,
        "examples": f"{choices.run.instances:,}",
        "speed-up 1×": run.reference,
        "leave when sure by": CRITERION_TITLES[choices.criterion],
        "content of the run": run.identity,
        "run made on": str(run.provenance.get("date", "")),
        "hardware": str(run.provenance.get("hardware", "")),
        "page written by": f"CascadeLens {_version()}",
    }
    return {name: text for name, text in stated.items() if text}


def _version() -> str:
    try:
        return version("cascadelens")
    except PackageNotFoundError:  # run from a clone that is not installed
        return "from a clone"
