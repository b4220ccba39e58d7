"""The runs that the Paper page is about: those of GLUE tasks, one for each, of one encoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from cascade_core import Run, RunError, RunSummary, load_run
from cascade_core.paper.layout import ordered_tasks, task_column
from cascade_core.tasks import TASKS
from cascade_core.titles import METRICS
from cascade_core.weights import IMPORTED
from dashboard.memory import offer
from dashboard.run_choice import available_runs

DAMAGED = "damaged; `cascadelens runs check` says how"


class PaperRuns(NamedTuple):
    """Runs by the column of the paper that each fills; `reasons` says why others fill none."""

    by_task: Mapping[str, Run]
    reasons: Mapping[str, list[str]]

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """What decides all numbers of the page."""
        return tuple((task, run.identity) for task, run in self.by_task.items())

    @property
    def said(self) -> str:
        """The runs with their sizes, as captions of saved tables say them."""
        return ", ".join(
            f"{run.name} {run.split} n = {run.instances:,}" for run in self.by_task.values()
        )


def choose_paper_runs() -> PaperRuns:
    """All runs at hand that the paper has a column for; of several encoders one is chosen."""
    reasons: dict[str, list[str]] = {}
    encoders: dict[str, dict[str, Run]] = {}
    for name, summary in available_runs().items():
        found = _run_or_reason(summary)
        if isinstance(found, str):
            reasons.setdefault(found, []).append(name)
            continue
        column, of_encoder = task_column(found), encoders.setdefault(encoder_of(found), {})
        if column in of_encoder:
            reasons.setdefault(f"{of_encoder[column].name} is shown", []).append(name)
        else:
            of_encoder[column] = found
    chosen = encoders.get(_choose_encoder(encoders), {})
    for encoder, runs in encoders.items():
        if runs is not chosen:
            names = [run.name for run in runs.values()]
            reasons.setdefault(f"of another encoder, {encoder}", []).extend(names)
    return PaperRuns({task: chosen[task] for task in ordered_tasks(chosen)}, reasons)


def encoder_of(run: Run) -> str:
    """What the large model started from."""
    return run.models[run.reference].checkpoint or run.reference


def _choose_encoder(encoders: Mapping[str, Mapping[str, Run]]) -> str:
    """The encoder of most runs, unless another is chosen."""
    names = sorted(encoders, key=lambda name: -len(encoders[name]))
    if len(names) < 2:
        return "".join(names)
    with st.sidebar:
        return st.selectbox(
            "Encoder",
            help="Means over tasks are of one encoder.",
            **offer("encoder", names, names[0]),
        )


def _run_or_reason(summary: RunSummary) -> Run | str:
    if summary.error:
        return DAMAGED
    task = TASKS.get(summary.task)
    if task is None or task.source != "glue":
        return "not of a GLUE task"
    try:
        run = _read(str(summary.folder), (summary.folder / "run.json").stat().st_mtime_ns)
    except RunError:
        return DAMAGED
    if IMPORTED in run.provenance:
        return "imported, of systems the paper does not know"
    if not run.instances or (run.labels < 0).any():
        return "labels unknown"
    if run.metric != task.metric:
        return f"scored by {METRICS[run.metric]}, where the paper has {METRICS[task.metric]}"
    return run


@st.cache_resource(show_spinner="Reading the runs …", max_entries=32)
def _read(folder: str, written: int) -> Run:
    return load_run(Path(folder))
