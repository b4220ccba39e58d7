"""The paper's claims held against the runs, on the Paper page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from cascade_core import Run
from cascade_core.exporting.names import file_name
from cascade_core.paper.claims import (
    CANNOT_SAY,
    CLAIMS,
    CONTRADICTS,
    SUPPORTS,
    Evidence,
    Verdicts,
    averaged,
    evidence,
)
from cascade_core.paper.verdicts_page import verdict_counts
from dashboard.memory import act, recall
from dashboard.paper_runs import PaperRuns
from dashboard.paper_setting import task_title
from dashboard.saving import Saved
from dashboard.tables import Cell, Row, table, unbroken
from dashboard.theme import points

COUNTED = (SUPPORTS, CONTRADICTS, CANNOT_SAY)


def claims_section(about: PaperRuns) -> None:
    """How many comparisons support each claim, and which; on a button, since it takes a while."""
    st.subheader("What the runs say of the paper’s claims", anchor=False)
    if recall("verdicts_of") != about.key:
        st.button(
            "Hold the claims against these runs",
            key="verdicts",
            help="Resamples every task: half a minute for seven runs.",
            on_click=act,
            kwargs={"verdicts_of": about.key},
        )
        return
    found = _verdicts(about).evidence
    by_claim = {claim: [one for one in found if one.claim == claim] for claim in CLAIMS}
    rows = [
        Row(claim, "", [Cell(str(count)) for count in verdict_counts(compared).values()])
        for claim, compared in by_claim.items()
    ]
    caption = (
        "Comparisons in single tasks by what they say of each claim: beyond chance where the 95 % "
        "interval of a difference leaves zero out"
    )
    saved = Saved(file_name("paper", "claims"), f"{about.said}.")
    table(["claim", *COUNTED], rows, name="table-claims", caption=caption, saved=saved)
    for claim, compared in by_claim.items():
        if compared:
            with st.expander(f"{claim[0].upper()}{claim[1:]}"):
                _comparisons(CLAIMS.index(claim), compared, about.said)


def _verdicts(about: PaperRuns) -> Verdicts:
    """The evidence of all tasks, gathered from one to the next."""
    shown = st.empty()
    found: list[Evidence] = []
    for number, (task, run) in enumerate(about.by_task.items()):
        said = f"Holding the claims against {task_title(task)} …"
        shown.progress(number / len(about.by_task), said)
        found.extend(_evidence(run.identity, task, run))
    shown.empty()
    return averaged(found)


@st.cache_resource(show_spinner=False, max_entries=32)
def _evidence(identity: str, task: str, _run: Run) -> tuple[Evidence, ...]:
    return evidence(task, _run)


def _comparisons(number: int, compared: Sequence[Evidence], runs: str) -> None:
    tasks = list(dict.fromkeys(one.task for one in compared))
    rows = []
    for comparison in dict.fromkeys(one.comparison for one in compared):
        found = {one.task: one for one in compared if one.comparison == comparison}
        rows.append(Row(comparison, "", [_cell(found.get(task)) for task in tasks]))
    caption = (
        "Differences in points of accuracy, DIS or ECE, with 95 % intervals; above zero is what "
        "the paper claims. Pale ones cannot say"
    )
    columns = ["comparison", *map(task_title, tasks)]
    saved = Saved(file_name("paper", f"claim-{number + 1}"), f"{runs}.")
    table(columns, rows, name=f"table-claim-{number}", caption=caption, saved=saved)


def _cell(one: Evidence | None) -> Cell:
    if one is None:
        return Cell("–", "not compared", quiet=True)
    if math.isnan(one.difference):
        return Cell("–", one.reason, quiet=True)
    low, high = one.interval
    between = unbroken(f"{points(low)} to {points(high)}")
    return Cell(points(one.difference), between, quiet=one.verdict == CANNOT_SAY)
