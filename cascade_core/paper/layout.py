"""What the paper's tables share: names of methods, order of tasks, long rows laid out wide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import pandas as pd

from ..run import Run

TASKS = ("mnli-m", "mnli-mm", "mrpc", "qnli", "qqp", "rte", "sst2")
"""Columns of Table 2 in the paper's order; the two dev sets of MNLI are two columns."""

AVERAGE = "average"
"""The last column: the mean over all columns before it."""

ABLATED = " w/o "

_SIZES = re.compile(r"\s+\d+(?:L|(?:-\d+)+)(?=[\s,]|$)")  # " 3L", " 2-3-6"
_DEPTH = re.compile(r"-(?:\d+L|base)(?=[\s,]|$)")  # "-4L", "-base"


def method_of(system: str) -> str:
    """The method that a system or model is of: its name without numbers of layers.

    The paper's BERT-kL stands for the first k layers of BERT, and for all of them ("BERT-base").
    What a published row and a row from a run have in common.

    >>> method_of("CascadeBERT 2-3-6 w/o DAR"), method_of("BERT-PKD 3L")
    ('CascadeBERT w/o DAR', 'BERT-PKD')
    >>> method_of("BERT-4L"), method_of("BERT-base")
    ('BERT-kL', 'BERT-kL')
    """
    return _DEPTH.sub("-kL", _SIZES.sub("", system))


def task_column(run: Run) -> str:
    """The column that a run fills: its task; for MNLI which of its two dev or test sets.

    >>> from cascade_core.paper.example import example_run
    >>> [task_column(example_run("mnli", split)) for split in ("dev", "dev_mm")]
    ['mnli-m', 'mnli-mm']
    """
    task = run.task or run.name
    if task != "mnli":
        return task
    return "mnli-mm" if run.split.endswith(("_mm", "mismatched")) else "mnli-m"


def runs_by_task(runs: Mapping[str, Run] | Iterable[Run]) -> dict[str, Run]:
    """Runs by the column each fills, in the paper's order, tasks it does not have after it.

    Args:
        runs: by column, or one for each task; see `task_column`.

    Raises:
        ValueError: there is no run, two fill the same column, or one is called "average".

    >>> from cascade_core.paper.example import example_run
    >>> list(runs_by_task([example_run("sst2"), example_run("mrpc")]))
    ['mrpc', 'sst2']
    """
    if isinstance(runs, Mapping):
        named = cast(Mapping[str, Run], runs).items()
    else:
        named = [(task_column(run), run) for run in runs]
    columns: dict[str, Run] = {}
    for column, run in named:
        if column in columns:
            raise ValueError(
                f"runs: expected one for each task, but {columns[column].name!r} and {run.name!r} "
                f"are both of {column}; name their columns in a mapping"
            )
        columns[column] = run
    if not columns or AVERAGE in columns:
        raise ValueError(
            f"runs: expected at least one, none in column {AVERAGE!r}, but got {list(columns)}"
        )
    return {column: columns[column] for column in ordered_tasks(columns)}


def ordered_tasks(columns: Iterable[str]) -> list[str]:
    """Columns in the paper's order, others after them, the average last."""
    order = {task: number for number, task in enumerate(TASKS)} | {AVERAGE: len(TASKS) + 1}
    return sorted(columns, key=lambda column: order.get(column, len(TASKS)))


def layout(frame: pd.DataFrame, values: Sequence[str] = ("score", "speedup")) -> pd.DataFrame:
    """A long table as the paper prints it: a row for each band and system, a column for each task.

    Args:
        frame: long, from `BandTable.to_frame` or `published_table`, with columns band, system, task
            and `values`; without bands (Table 5) a row for each system.
        values: what stands in a cell.

    Returns:
        Rows and columns in the order of the paper; column labels are (task, value).

    >>> from cascade_core.paper.published import published_table
    >>> wide = layout(published_table(2))
    >>> float(wide.loc[(4.0, "CascadeBERT"), ("sst2", "score")])
    0.903
    """
    rows = [name for name in ("band", "system") if name in frame]
    columns = pd.MultiIndex.from_tuples(
        [(task, value) for task in ordered_tasks(frame["task"].unique()) for value in values],
        names=["task", None],
    )
    wide = frame.pivot(index=rows, columns="task", values=list(values)).swaplevel(axis=1)
    order = frame.drop_duplicates(rows).set_index(rows).index
    return wide.reindex(index=order, columns=columns)
