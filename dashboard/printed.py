"""The CascadeBERT paper's results, to lay over the curves of a run of the same task."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cascade_core import Run
from cascade_core.tasks import TASKS
from dashboard.choices import Choices
from dashboard.figures.tradeoff import Printed
from dashboard.memory import recall, switch


def printed_switch(choices: Choices) -> None:
    """A toggle for the published numbers, where the paper has the run's task, and what they are."""
    if not _comparable(choices):
        return
    st.toggle(
        "Published numbers",
        help="Table 2 of the CascadeBERT paper, in the same figure.",
        **switch("printed"),
    )
    if recall("printed"):
        st.caption(
            f"Published: BERT-base of 12 layers, scored by GLUE’s test server; here 1× is "
            f"{choices.run.reference}, scored on {choices.run.split or 'these examples'}. Compare "
            "how far systems stand apart, not scores. The Paper page has them all in tables."
        )


def printed_results(choices: Choices) -> list[Printed]:
    """What is laid over the curves: nothing unless it was asked for."""
    if not recall("printed") or not _comparable(choices):
        return []
    return results_of(choices.run)


def results_of(run: Run) -> list[Printed]:
    """Table 2's results on a run's task, each with the first system of the run of its method."""
    from cascade_core.paper.layout import (  # pandas, only when it is asked for
        method_of,
        task_column,
    )
    from cascade_core.paper.published import published_table

    of_method: dict[str, str] = {}
    for name in run.system_specs:
        of_method.setdefault(method_of(name), name)
    table = published_table(2)
    rows = table.loc[table.task == task_column(run), ["method", "system", "speedup", "score"]]
    return [
        Printed(method, system, of_method.get(method), speedup, score)
        for method, system, speedup, score in rows.itertuples(index=False, name=None)
        if np.isfinite([speedup, score]).all()
    ]


def _comparable(choices: Choices) -> bool:
    """Whether it is a task of the paper, with labels, in whose speed-up the paper counts."""
    task = TASKS.get(choices.run.task)
    of_paper = task is not None and task.difficulty_margin is not None
    return of_paper and choices.basis == "layers" and bool((choices.run.labels >= 0).any())
