"""The numbers that the CascadeBERT paper prints, in the form of those computed from runs.

`published/` holds them as printed, in percent; here they are shares in [0, 1], bands are numbers,
and methods and tasks have the names that runs use. Tables 2, 3, 4, 6 and 7 are results on GLUE's
test server: numbers from runs on dev are not strictly comparable.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from .layout import AVERAGE, method_of, ordered_tasks

FOLDER = Path(__file__).with_name("published")

FILES = {
    1: "table1_datasets.csv",
    2: "table2_main.csv",
    3: "table3_distillation_3x.csv",
    4: "table4_dar_ablation.csv",
    5: "table5_dis_acc_ece.csv",
    6: "table6_roberta_3x.csv",
    7: "table7_fastbert.csv",
}
"""Which file holds which table."""

UNAVAILABLE = "the paper has no number here, or none that can be told from its text"

_PLAIN = "3x"  # the band of tables that name none
_FULL = " (1x)"  # how Table 6 marks the full model


class _Cell(NamedTuple):
    """A row of the long form of Tables 2, 3, 4, 6 and 7."""

    band: float
    method: str
    system: str
    task: str
    score: float
    speedup: float
    source: str
    reason: str


def published_table(number: int) -> pd.DataFrame:
    """A table of the CascadeBERT paper (Li et al. 2021), one row for each of its cells.

    ============ ===================================================================================
    1            task, train, dev, test, metric, difficulty_margin: sizes of the splits as rounded
                 in print, and the margin of difficulty-aware regularisation
    2, 3, 4,     band, method, system, task, score, speedup, source, reason; the task "average" is
    6, 7         the mean over the others
    5            task, method, system, dis, accuracy, ece: the smallest model of the cascade
    ============ ===================================================================================

    Scores are shares in [0, 1]: F1 for mrpc and qqp, accuracy else. `band` is the wanted speed-up,
    1.0 to 4.0. `speedup` is what stands beside the score and `source` whose result it is, both in
    Table 2 only. `system` is the row as printed, `method` what it shares with systems of runs. A
    cell without a number is NaN, and `reason` says why.

    Raises:
        ValueError: there is no such table.

    >>> table = published_table(2)
    >>> rows = table[(table.method == "DeeBERT") & (table.task == "mnli-m")]
    >>> rows[["band", "score", "speedup"]].values.tolist()
    [[2.0, 0.744, 1.87], [3.0, 0.632, 2.98], [4.0, 0.558, 4.01]]
    """
    if number not in FILES:
        raise ValueError(f"table: expected one of {', '.join(map(str, FILES))}, but got {number!r}")
    with (FOLDER / FILES[number]).open(encoding="utf-8", newline="") as file:
        printed = list(csv.DictReader(file))
    if number == 1:
        return pd.DataFrame([_dataset(row) for row in printed])
    if number == 5:
        return pd.DataFrame([_small_model(row) for row in printed])
    cells = _main_cells(printed) if number == 2 else _wide_cells(printed)
    return pd.DataFrame.from_records(list(cells), columns=list(_Cell._fields))


def _dataset(row: dict[str, str]) -> dict[str, object]:
    sizes = {split: _count(row[split]) for split in ("train", "dev", "test")}
    return {**row, **sizes, "difficulty_margin": float(row["difficulty_margin"])}


def _small_model(row: dict[str, str]) -> dict[str, object]:
    system = _system(row["method"])
    shares = {"dis": _share(row["dis"]), "accuracy": _share(row["acc"]), "ece": _share(row["ece"])}
    return {"task": row["task"], "method": method_of(system), "system": system, **shares}


def _main_cells(printed: list[dict[str, str]]) -> Iterable[_Cell]:
    """Table 2: every row in every task, and the average, which its file leaves out."""
    tasks = ordered_tasks({row["task"] for row in printed})
    numbers = {(row["band"], row["method"], row["task"]): row for row in printed}
    for band, method, source in dict.fromkeys(
        (row["band"], row["method"], row["source"]) for row in printed
    ):
        cells = [numbers.get((band, method, task), {}) for task in tasks]
        scores = [_number(cell.get("score", "")) for cell in cells]
        for task, cell, score in zip(tasks, cells, scores, strict=True):
            yield _cell(band, method, task, score, _number(cell.get("speedup", "")), source)
        # To one decimal, as in print; NaN where a task has no number, where print has a gap.
        yield _cell(band, method, AVERAGE, round(float(np.mean(scores)), 1), source=source)


def _wide_cells(printed: list[dict[str, str]]) -> Iterable[_Cell]:
    """Tables 3, 4, 6, 7: columns are tasks; the full model's row of Table 6 says it is at 1x."""
    for row in printed:
        band = "1x" if row["method"].endswith(_FULL) else row.get("band", _PLAIN)
        for name, percent in row.items():
            if name not in ("band", "method"):
                task = AVERAGE if name == "avg" else name
                yield _cell(band, row["method"], task, _number(percent))


def _cell(
    band: str, method: str, task: str, percent: float, speedup: float = np.nan, source: str = ""
) -> _Cell:
    system = _system(method)
    return _Cell(
        band=float(band.removesuffix("x")),
        method=method_of(system),
        system=system,
        task=task,
        score=_share(percent),
        speedup=speedup,
        source=source,
        reason=UNAVAILABLE if np.isnan(percent) else "",
    )


def _system(printed: str) -> str:
    """A row's name spelled out: the paper indents "w/o DAR" below CascadeBERT."""
    return f"CascadeBERT {printed}" if printed.startswith("w/o") else printed.removesuffix(_FULL)


def _number(printed: str) -> float:
    return float(printed) if printed else np.nan


def _share(percent: float | str) -> float:
    return round(float(percent) / 100, 6)  # 84.6 % is 0.846, not 0.8459999


def _count(printed: str) -> int:
    return round(1000 * float(printed.removesuffix("k")))
