"""Which run the pages are about: the list of runs, and the chosen one read from disk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from cascade_core import (
    ExitLadder,
    Run,
    RunError,
    RunSummary,
    TradeoffCurve,
    list_runs,
    load_run,
    tradeoff_curve,
)
from cascade_core.comparison import Comparison, compare
from cascade_core.deferral import with_learned_scores
from cascade_core.runs import default_runs_folders
from dashboard.memory import offer, recall, remember

RUNS_VARIABLE = "CASCADELENS_RUNS"
HASH_LENGTH = 8


def choose_run() -> Run:
    """Draw the list of runs and return the chosen one; without a usable one the page ends here."""
    summaries = available_runs()
    if not summaries:
        looked = " and ".join(map(str, runs_folders()))
        st.info(f"There is no run in {looked} yet. Make one: cascadelens run RECIPE")
        st.stop()
    names = list(summaries)
    if recall("run") not in (None, *names):
        st.warning(f"There is no run {recall('run')!r} here; this is {names[0]!r} instead.")
    chosen = offer("run", names, names[0])

    def choose() -> None:
        chosen["on_change"]()
        if _examples(summaries[recall("run")]) != recall("examples_of"):
            remember(ids=(), instance=None)  # the same numbers mean others there

    name = st.sidebar.selectbox(
        "Run",
        help="Models and systems, computed once on one set of examples.",
        **{**chosen, "on_change": choose},
    )
    summary = summaries[name]
    if summary.error:
        st.error(summary.error)
        st.stop()
    run = _load(summary.folder)
    remember(loaded=f"{summary.folder} {_written(summary.folder)}", folder=summary.folder)
    remember(examples_of=_examples(summary))
    _warn_of_other_content(name, run)
    if not run.instances:
        st.info(f"The run {summary.name!r} has no instances: there is nothing to show.")
        st.stop()
    return run


def _examples(summary: RunSummary) -> tuple[str, str, int]:
    """What an instance's number means: which task's, of which split, and of how many."""
    return summary.task, summary.split, summary.instances


def runs_folders() -> list[Path]:
    """Where runs are looked for: the environment's folder, else the shipped ones and ./runs."""
    named = os.environ.get(RUNS_VARIABLE)
    if named:
        return [Path(named)]
    return default_runs_folders()


def short_hash(run: Run) -> str:
    """What an address says of a run's content."""
    return run.identity.removeprefix("sha256:")[:HASH_LENGTH]


@st.cache_resource(show_spinner=False, max_entries=12)
def curves_of(
    identity: str, criterion: str, basis: str, metric: str, _systems: Mapping[str, ExitLadder]
) -> dict[str, TradeoffCurve]:
    """The exact curve of every system, computed once."""
    return {
        name: tradeoff_curve(ladder, criterion, basis, metric) for name, ladder in _systems.items()
    }


@st.cache_resource(show_spinner="Learning when to go on …", max_entries=4)
def learned_systems(identity: str, _run: Run) -> dict[str, ExitLadder]:
    """All systems with learned scores, computed once."""
    return {
        name: with_learned_scores(ladder) if ladder.exits > 1 else ladder
        for name, ladder in _run.systems.items()
    }


@st.cache_resource(show_spinner="Resampling the examples …", max_entries=12)
def comparison_of(
    identity: str,
    criterion: str,
    basis: str,
    metric: str,
    _run: Run,
    _systems: Mapping[str, ExitLadder],
    _curves: Mapping[str, TradeoffCurve],
    _choosing: Mapping[str, TradeoffCurve] | None,
) -> Comparison:
    """All systems on the same resamples, computed once."""
    return compare(_run, _curves, choosing=_choosing, systems=_systems)


def available_runs() -> dict[str, RunSummary]:
    """All runs by the name of their folder; one of the same name also says where it is.

    Without the folder that was named the page ends here.
    """
    summaries: dict[str, RunSummary] = {}
    for folder in runs_folders():
        try:
            found = list_runs(folder)
        except RunError as error:
            st.error(str(error))
            st.stop()
        for summary in found:
            name = summary.folder.name
            summaries[f"{name} in {folder}" if name in summaries else name] = summary
    return summaries


def _load(folder: Path) -> Run:
    try:
        return _read(str(folder), _written(folder))
    except RunError as error:
        st.error(str(error))
        st.stop()


def _written(folder: Path) -> int:
    """When a run was written; 0 where it is not whole."""
    header = folder / "run.json"
    return header.stat().st_mtime_ns if header.exists() else 0


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(folder: str, written: int) -> Run:
    return load_run(folder)


def _warn_of_other_content(name: str, run: Run) -> None:
    about, linked = recall("linked", (None, None))
    if linked is None or about not in (None, name) or linked == short_hash(run):
        return
    st.warning(
        f"The link was made with other content (h={linked}) than this run has "
        f"(h={short_hash(run)}): its numbers may differ from those here."
    )
