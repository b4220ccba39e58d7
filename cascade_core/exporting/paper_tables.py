"""Tables 2 to 7 of the CascadeBERT paper from runs, laid out as the paper prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from ..paper import tables as paper
from ..paper.bands import COLUMNS, BandTable
from ..paper.layout import AVERAGE, layout, ordered_tasks, runs_by_task
from ..run import Run
from .names import file_name
from .table import PERCENT, Best, Column, Table, Tables, measured_column

TITLES = {
    2: "All systems",
    3: "Distilled models of one exit, and cascades",
    4: "Cascades with and without difficulty-aware regularisation",
    5: "Difficulty inversion score, accuracy and calibration error (ECE) of the smallest models",
    6: "Systems on RoBERTa",
    7: "FastBERT and cascades",
}
BAND_TABLES: dict[int, Callable[..., BandTable]] = {
    2: paper.table_2,
    3: paper.table_3,
    4: paper.table_4,
    6: paper.table_6,
    7: paper.table_7,
}
CELL = tuple(name for name in COLUMNS if name not in ("band", "method", "system", "task"))
HEADS = {"dis": "DIS", "accuracy": "accuracy", "ece": "ECE"}


def paper_tables(runs: Mapping[str, Run] | Iterable[Run], basis: str = "layers") -> Tables:
    """Tables 2 to 7 from runs of different tasks, by names such as "table-2".

    Raises `ValueError` as `cascade_core.paper.layout.runs_by_task`.

    >>> from cascade_core.paper.example import example_run
    >>> tables, left_out = paper_tables([example_run("sst2"), example_run("rte")])
    >>> list(tables)
    ['table-2', 'table-3', 'table-4', 'table-5', 'table-7']
    >>> scores = tables["table-2"].frame[["rte", "sst2", "average"]]
    >>> scores.loc[("3x", "CascadeBERT 2-12")].round(3).tolist()
    [0.833, 0.833, 0.833]
    >>> left_out["table-6"]
    "rte-example: its reference, 'BERT-12L', is no RoBERTa; sst2-example: its reference, 'BERT-12L',
    is no RoBERTa"
    """
    by_task = runs_by_task(runs)
    tables, left_out = {}, {}
    for number in TITLES:
        if number == 5:
            found, reasons = small_models_table(by_task), {}
        else:
            computed = BAND_TABLES[number](by_task, basis=basis)
            found, reasons = band_table(computed, by_task), computed.left_out
        if found:
            tables[f"table-{number}"] = found
        else:
            why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
            left_out[f"table-{number}"] = why or "no run has a system that it is about"
    return Tables(tables, left_out)


def band_table(computed: BandTable, runs: Mapping[str, Run]) -> Table | None:
    """One of Tables 2, 3, 4, 6 and 7: rows by band and system, a column for each task, the average.

    None where it has no row.

    >>> from cascade_core.paper.example import example_run
    >>> runs = {"sst2": example_run()}
    >>> found = band_table(paper.table_7(runs, bands=[4]), runs)
    >>> found.frame["sst2"].round(3).loc["4x"].to_dict()
    {'FastBERT': 0.667, 'CascadeBERT 2-12': 0.667, 'CascadeBERT 2-4-12': 0.667}
    """
    if not computed.rows:
        return None
    frame = layout(computed.to_frame(), CELL).infer_objects()
    tasks = ordered_tasks({task for task, _ in frame.columns})
    frame.columns = [task if part == "score" else f"{task} {part}" for task, part in frame.columns]
    frame.index = pd.MultiIndex.from_tuples(
        [(f"{band:g}x", system) for band, system in frame.index], names=["at", "system"]
    )
    # The average is over scores; it has no speed-up, threshold or interval of its own.
    frame = frame.drop(columns=[f"{AVERAGE} {part}" for part in CELL[1:-1]])
    columns = [
        measured_column(task, task, beside=f"{task} speedup")
        if task != AVERAGE
        else Column(task, task, PERCENT, "highest")
        for task in tasks
    ]
    said = (
        f"{TITLES[computed.number]}, as in Table {computed.number} of the CascadeBERT paper: the "
        "metric of each task in percent where systems are at least as fast as the row says, by "
        f"{computed.basis}, with 95 % intervals (bootstrap, never narrower than Wilson's) and the "
        "realised speed-up. The best at each speed-up is bold, a dash says that a system has no "
        "place there. Systems exit by their own criterion, at thresholds chosen on the same "
        "instances."
    )
    shown = {task: run for task, run in runs.items() if task in tasks}
    name = file_name("paper", f"table-{computed.number}", computed.basis)
    return Table(name, f"{said} {_about(shown)}", frame, tuple(columns))


def small_models_table(runs: Mapping[str, Run]) -> Table | None:
    """Table 5: DIS, accuracy and ECE of the smallest model of cascades, with DAR and without.

    None where no run has such a pair.

    >>> from cascade_core.paper.example import example_run
    >>> found = small_models_table({"sst2": example_run()})
    >>> found.frame["sst2 dis"].to_dict()
    {'CascadeBERT 2-12': 1.0, 'CascadeBERT 2-12 w/o DAR': 0.625}
    """
    computed = paper.table_5(runs).to_frame()
    if computed.empty:
        return None
    frame = layout(computed, [*HEADS, "model", "reason"]).infer_objects()
    columns = tuple(
        Column((task, HEADS[part]), f"{task} {part}", PERCENT, _better(part))
        for task, part in frame.columns
        if part in HEADS
    )
    frame.columns = [f"{task} {part}" for task, part in frame.columns]
    said = (
        f"{TITLES[5]}, as in Table 5 of the CascadeBERT paper, in percent; the best of a column is "
        "bold."
    )
    return Table(file_name("paper", "table-5"), f"{said} {_about(runs)}", frame, columns)


def _better(part: str) -> Best:
    return "lowest" if part == "ece" else "highest"


def _about(runs: Mapping[str, Run]) -> str:
    sizes = [f"{task} {run.split} n = {run.instances:,}" for task, run in runs.items()]
    return f"{', '.join(sizes)}."
