"""In words, and run by run: what differs between our setting and the publication's."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from cascade_core import Run
from cascade_core.exporting.names import file_name
from cascade_core.paper.layout import AVERAGE
from cascade_core.paper.published import published_table
from cascade_core.tasks import TASKS
from cascade_core.titles import METRICS
from dashboard.paper_runs import encoder_of
from dashboard.saving import Saved
from dashboard.tables import Cell, Row, table

SO = (
    "scores themselves do not compare; ask whether systems stand in the same order, and how far "
    "apart."
)


def setting_section(number: int, runs: Mapping[str, Run]) -> None:
    """Draw it, above the tables."""
    said = {"Ours": ours(runs), "Published": published(number), "So": SO}
    st.html(
        "".join(
            f"<p class='lens-guidance'><b>{name}:</b> {html.escape(text)}</p>"
            for name, text in said.items()
        )
    )
    with st.expander("The setting, run by run"):
        _by_run(runs)


def ours(runs: Mapping[str, Run]) -> str:
    """What the runs say of how they were made; what they do not say is left out."""
    first = next(iter(runs.values()))
    reference = first.models[first.reference]
    layers = f", {reference.layers[-1]} layers" if reference.layers else ""
    wide = f" of {reference.architecture.hidden}" if layers and reference.architecture else ""
    trained = [_train_texts(run) for run in runs.values()]
    texts = _range([one for one in trained if one is not None])
    seeds = sorted({str(run.provenance["seed"]) for run in runs.values() if _has_seed(run)})
    splits = list(dict.fromkeys(run.split for run in runs.values() if run.split))
    parts = [
        f"{encoder_of(first)}{layers}{wide}",
        f"trained on {texts} texts a task" if texts else "",
        f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}" if seeds else "",
        f"scored on {', '.join(splits)}" if splits else "",
        "thresholds chosen on the same examples",
    ]
    return "; ".join(filter(None, parts)) + "."


def published(number: int) -> str:
    """The same of the paper."""
    encoder = "RoBERTa-base" if number == 6 else "BERT-base"
    train = published_table(1)["train"].tolist()
    scored = (
        "the smallest model of the cascade, bins of the ECE not stated"
        if number == 5
        else "scored by GLUE’s test server, thresholds chosen on dev"
    )
    return f"{encoder}, 12 layers of 768; trained on all {_range(train)} texts a task; {scored}."


def task_title(task: str) -> str:
    """What a column of the paper is called."""
    if task == AVERAGE:
        return "AVG"
    name, _, half = task.partition("-")
    return f"{TASKS[name].title}{'-' if half else ''}{half}"


def _by_run(runs: Mapping[str, Run]) -> None:
    printed = published_table(1).set_index("task")["train"].to_dict()
    rows = [
        Row(
            task_title(task),
            "",
            [
                Cell(run.name),
                Cell(METRICS[run.metric]),
                Cell(f"{run.split}, n = {run.instances:,}"),
                _count(_train_texts(run)),
                _count(printed.get(run.task)),
                Cell(str(run.provenance["seed"]) if _has_seed(run) else "–"),
            ],
        )
        for task, run in runs.items()
    ]
    columns = ["task", "run", "metric", "scored on", "training texts", "in the paper", "seed"]
    saved = Saved(file_name("paper", "settings"), "The runs and their settings.")
    caption = "Training texts of the paper as rounded"
    table(columns, rows, name="table-settings", caption=caption, saved=saved)


def _train_texts(run: Run) -> int | None:
    count = run.provenance.get("train_instances")
    return count if isinstance(count, int) else None


def _has_seed(run: Run) -> bool:
    return run.provenance.get("seed") is not None


def _count(number: int | None) -> Cell:
    return Cell("–", quiet=True) if number is None else Cell(f"{number:,}")


def _range(counts: Sequence[int]) -> str:
    ends = sorted({min(counts), max(counts)}) if counts else []
    return " to ".join(f"{one:,}" for one in ends)
