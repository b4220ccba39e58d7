"""The paper's main comparison as a figure, on the Paper page."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from cascade_core import Run
from cascade_core.exporting.names import file_name
from cascade_core.paper.beside import Ahead, cascade_ahead
from dashboard.charts import chart
from dashboard.figures.ahead import AheadMark, AheadPicture, ahead_figure
from dashboard.paper_runs import PaperRuns
from dashboard.paper_setting import task_title
from dashboard.theme import points


def ahead_section(about: PaperRuns) -> None:
    """How far the cascade is ahead of DeeBERT, ours beside the published."""
    found = _ahead(about.key, about.by_task)
    if not found:
        st.info("No run has both DeeBERT and a CascadeBERT of two models: nothing to draw.")
        return
    marks = [
        AheadMark(
            task_title(one.task), one.speedup, one.ours, one.interval.low, one.interval.high,
            one.published,
        )
        for one in found
    ]  # fmt: skip
    splits = ", ".join(dict.fromkeys(run.split for run in about.by_task.values() if run.split))
    title = " · ".join(
        filter(None, ["Cascade of two models − DeeBERT", splits, "speed-up by layers"])
    )
    label = f"{title}, in points: " + "; ".join(
        f"{mark.task} at {mark.speedup:g}×: {_said('ours', mark.ours)}, "
        f"{_said('published', mark.published)}"
        for mark in marks
    )
    picture = AheadPicture(title, "points of accuracy or F1", marks)
    chart(
        ahead_figure(picture),
        key="paper-ahead",
        label=label,
        name=file_name("paper", "ahead", "layers"),
    )
    empty: dict[tuple[float, str], list[str]] = {}
    for one in found:
        if one.reason:
            empty.setdefault((one.speedup, one.reason), []).append(task_title(one.task))
    for (speedup, reason), tasks in empty.items():
        st.caption(f"None of ours at {speedup:g}× in {', '.join(tasks)}: {reason}.")


@st.cache_resource(show_spinner="Comparing cascades and off-ramps …", max_entries=4)
def _ahead(key: tuple[tuple[str, str], ...], _runs: Mapping[str, Run]) -> tuple[Ahead, ...]:
    return cascade_ahead(_runs)


def _said(whose: str, difference: float) -> str:
    return f"{whose} {'–' if math.isnan(difference) else points(difference)}"
