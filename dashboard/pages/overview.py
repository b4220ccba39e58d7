"""Overview: what this run is, what it says in one sentence, what it took."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cascade_core import Run
from cascade_core.comparison import MATCHED
from cascade_core.exporting.names import saved_name
from cascade_core.titles import basis_titles
from cascade_core.weights import IMPORTED
from dashboard.charts import chart
from dashboard.choices import Choices, publish
from dashboard.figures.matched import Mark, MatchedPicture, matched_figure
from dashboard.glossary import glossary
from dashboard.layout import facts, page_header
from dashboard.matched import matched_table
from dashboard.saving import Saved
from dashboard.side_bar import choose
from dashboard.systems_table import systems_table
from dashboard.tables import Cell, Row, table
from dashboard.theme import percent
from dashboard.verdict import sentences, verdict

GUIDANCE = (
    "Every exit of every system was computed once on every example. Deciding where an answer "
    "leaves is therefore free: move τ on the Trade-off page and see what it buys."
)
MOST_NAMED = 20  # classes


def page() -> None:
    """Draw the page."""
    choices = choose("overview")
    page_header("Overview", choices, GUIDANCE)
    publish(choices)
    said = verdict(
        choices.compared,
        choices.run.reference,
        (choices.basis_titles[choices.basis], choices.metric_title),
    )
    first, *more = (html.escape(one) for one in sentences(said))
    rest = f" <small>{' '.join(more)}</small>" if more else ""
    st.html(f"<p class='lens-verdict' data-testid='verdict'>{first}{rest}</p>")
    glossary()
    _facts(choices)
    _picture(choices, said.baseline)
    matched_table(choices)
    st.subheader("The systems", anchor=False)
    systems_table(choices)
    _cost(choices.run)


def _facts(choices: Choices) -> None:
    run = choices.run
    facts(
        {
            "task": choices.task_title,
            "split": run.split or "–",
            "examples": choices.counted,
            "classes": _listed(run.label_names),
            "speed-up 1×": run.reference,
            "score": choices.metric_title,
            "content": choices.shown.whole.identity.removeprefix("sha256:")[:12],
        }
    )


def _picture(choices: Choices, baseline: float) -> None:
    cells = choices.compared.matched()
    marks = [
        Mark(
            cell.system, cell.wanted, cell.point.speedup, cell.point.score,
            cell.interval.low, cell.interval.high,
        )
        for row in cells.values()
        for cell in row
        if cell.point and cell.interval and not np.isnan(cell.point.score)
    ]  # fmt: skip
    if not marks:
        return
    title = f"{choices.metric_title} at matched speed-ups · {choices.setting}"
    figure = matched_figure(
        MatchedPicture(
            title=title,
            marks=marks,
            systems=list(cells),
            wanted=MATCHED,
            styles=choices.styles,
            speedup_title=choices.speedup_title,
            score_title=choices.metric_title,
            reference=choices.run.reference,
            baseline=baseline,
        )
    )
    label = title + ": " + "; ".join(
        f"{mark.system} {percent(mark.score)} at {mark.wanted:g}×" for mark in marks
    )  # fmt: skip
    chart(figure, key="matched", label=label, name=choices.file_name("matched"))


def _cost(run: Run) -> None:
    st.subheader("What it took", anchor=False)
    provenance = run.provenance
    trainings = _mapping(provenance.get("trainings"))
    rows = []
    own = any(output.cost is not None for output in run.models.values())
    priced = [basis_titles(run)["cost"]] if own else []
    for name, output in run.models.items():
        minutes = _mapping(trainings.get(name)).get("minutes")
        cells = [
            Cell(", ".join(map(str, output.layers)) or "–"),
            *([Cell("–" if output.cost is None else _costs(output.cost))] if priced else []),
            Cell("–" if minutes is None else f"{minutes:.1f}"),
            Cell(output.checkpoint or "–"),
            Cell(output.description or "–"),
        ]
        rows.append(Row(name, "", cells))
    rest = ["minutes of training", "weights", "what it is"]
    columns = ["model", "exits after layer", *priced, *rest]
    caption = "The models that the systems are made of"
    saved = Saved(saved_name(run, "models"), f"Run {run.name}.")
    table(columns, rows, name="table-models", caption=caption, saved=saved)
    if not provenance:
        st.info("This run does not say how it was made.")
        return
    facts(_made_by(provenance, trainings))
    with st.expander("Everything that was written down when the run was made"):
        st.json(dict(provenance), expanded=1)


def _made_by(provenance: Mapping[str, Any], trainings: Mapping[str, Any]) -> dict[str, str]:
    """The few facts a reader asks first, as far as the run states them."""
    reports = [_mapping(one) for one in trainings.values()]
    minutes = sum(one.get("minutes", 0) for one in reports)
    places = dict.fromkeys(one["hardware"] for one in reports if "hardware" in one)
    on = f" on {' and '.join(places)}" if places else ""
    git = _mapping(provenance.get("git"))
    dirty = " + uncommitted changes" if git.get("dirty") else ""
    libraries = _mapping(provenance.get("libraries"))
    stated = {
        "imported from": provenance.get(IMPORTED),
        "hardware": provenance.get("hardware"),
        "training": f"{minutes:.0f} minutes in all{on}" if trainings else None,
        "training examples": _number(provenance.get("train_instances")),
        "seed": provenance.get("seed", provenance.get("seeds")),
        "date": provenance.get("date"),
        "program": f"{git['revision'][:8]}{dirty}" if git.get("revision") else None,
        "libraries": ", ".join(f"{name} {libraries[name]}" for name in list(libraries)[:2]),
    }
    return {name: str(value) for name, value in stated.items() if value not in (None, "")}


def _listed(names: Sequence[str]) -> str:
    """Names of classes: all of a few, else the first ones and how many there are."""
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:3])}, … ({len(names):,})"


def _costs(cost: NDArray[np.float64]) -> str:
    """What leaving at each exit costs; the mean where instances differ."""
    of_all = cost.ndim == 2
    listed = ", ".join(f"{one:.4g}" for one in (cost.mean(axis=1) if of_all else cost))
    return f"{listed} on average" if of_all else listed


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> str | None:
    return f"{value:,}" if isinstance(value, int) else None
