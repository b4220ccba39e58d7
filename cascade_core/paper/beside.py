"""Numbers of runs beside those that the CascadeBERT paper prints, cell by cell.

A printed row stands beside the systems of runs that are of its method and in the same part of the
table; the printed cascades are of two models. Nothing is filled in: an empty cell says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..comparison import compare
from ..intervals import Interval
from ..run import Run
from . import tables
from .bands import Cell
from .claims import CASCADES, RAMPS
from .layout import ABLATED, AVERAGE, method_of, ordered_tasks, runs_by_task
from .model_exits import system_curve
from .published import published_table

QUALITIES = ("dis", "accuracy", "ece")
"""The parts of Table 5; those of the others are speed-ups, such as "3x"."""

BANDS = {
    2: tables.table_2,
    3: tables.table_3,
    4: tables.table_4,
    6: tables.table_6,
    7: tables.table_7,
}

_NOTHING = Interval(np.nan, np.nan)
_MODELS = 2  # of a printed cascade
_Rows = dict[tuple[str, str], dict[str, Cell]]  # by part and system, then by task


class Beside(NamedTuple):
    """One cell: ours and the published one; where one has no score, its `reason` says why."""

    task: str
    ours: Cell
    published: Cell

    @property
    def difference(self) -> float:
        """How far ours is above the published one; NaN where one is missing."""
        return self.ours.score - self.published.score


class Line(NamedTuple):
    """A `system` of the runs and the row `printed` of it, either "" where there is none.

    `average` is over the tasks in which whatever there is has a score, `over` so many.
    """

    part: str
    system: str
    printed: str
    cells: tuple[Beside, ...]
    average: Beside
    over: int


class BesideTable(NamedTuple):
    """A table of the paper: first lines with both sides, then what is printed, then ours alone.

    `left_out` says of systems that the table is about, and of runs, why they are not in it.
    """

    number: int
    tasks: tuple[str, ...]
    lines: tuple[Line, ...]
    left_out: Mapping[str, str]

    @property
    def parts(self) -> list[str]:
        """Speed-ups, or the qualities of Table 5."""
        return list(dict.fromkeys(line.part for line in self.lines))

    def to_frame(self) -> pd.DataFrame:
        """One row for each cell, averages too; scores are shares in [0, 1]."""
        records = [
            {
                "part": line.part,
                "system": line.system,
                "printed": line.printed,
                "task": cell.task,
                "ours": cell.ours.score,
                "low": cell.ours.interval.low,
                "high": cell.ours.interval.high,
                "speedup": cell.ours.speedup,
                "published": cell.published.score,
                "published speedup": cell.published.speedup,
                "difference": cell.difference,
                "reason": "; ".join(filter(None, [cell.ours.reason, cell.published.reason])),
            }
            for line in self.lines
            for cell in (*line.cells, line.average)
        ]
        return pd.DataFrame.from_records(records)


def beside_table(number: int, runs: Mapping[str, Run] | Iterable[Run]) -> BesideTable:
    """Table 2, 3, 4, 5, 6 or 7 of the paper from runs, and as printed.

    Speed-ups are by layers, as in print. Raises `ValueError` as `runs_by_task`.

    >>> from cascade_core.paper.example import example_run
    >>> line = beside_table(2, [example_run()]).lines[1]
    >>> line.part, line.system, line.printed
    ('2x', 'DeeBERT', 'DeeBERT')
    >>> cell = line.cells[-1]
    >>> cell.task, round(cell.ours.score, 3), cell.published.score, round(cell.difference, 3)
    ('sst2', 0.5, 0.902, -0.402)
    """
    by_task = runs_by_task(runs)
    ours, left_out = _ours(number, by_task)
    printed = _printed(number)
    tasks = tuple(ordered_tasks({*by_task, *(task for row in printed.values() for task in row)}))
    lines = []
    for part in dict.fromkeys(part for part, _ in (*printed, *ours)):
        names = {side: [name for at, name in rows if at == part]
                 for side, rows in (("ours", ours), ("printed", printed))}  # fmt: skip
        pairs = [
            (system, row)
            for system in names["ours"]
            for row in names["printed"]
            if _correspond(system, row, by_task)
        ]
        alone = [("", row) for row in names["printed"] if row not in {row for _, row in pairs}]
        alone += [(one, "") for one in names["ours"] if one not in {one for one, _ in pairs}]
        for system, row in (*pairs, *alone):
            mine = ours.get((part, system)) or _all(tasks, _why_not_ours(row, part, left_out))
            theirs = printed.get((part, row)) or _all(tasks, "not in this table of the paper")
            lines.append(_line(part, system, row, tasks, mine, theirs))
    return BesideTable(number, tasks, tuple(lines), left_out)


class Ahead(NamedTuple):
    """How far the cascade is ahead of the off-ramps in one task at a speed-up, in its metric.

    `ours` is the difference in a run, with its interval, and `published` that of printed scores.
    What there is not is NaN, and `reason` says why there is none of ours.
    """

    task: str
    speedup: float
    ours: float
    interval: Interval
    published: float
    reason: str = ""


def cascade_ahead(
    runs: Mapping[str, Run] | Iterable[Run], speedups: tuple[float, ...] = (2, 3, 4)
) -> tuple[Ahead, ...]:
    """The paper's main comparison, in every task that has a run, at each speed-up by layers.

    The cascade is the first of two models that bears the paper's name for it. Intervals are as in
    `Comparison.difference`. Raises `ValueError` as `runs_by_task`.

    >>> from cascade_core.paper.example import example_run
    >>> found = cascade_ahead([example_run()], (3,))[0]
    >>> found.task, round(found.ours, 3), round(found.published, 3)
    ('sst2', 0.333, 0.021)
    """
    found = []
    for task, run in runs_by_task(runs).items():
        cascades = [
            name
            for name, spec in run.system_specs.items()
            if name.startswith(CASCADES) and ABLATED not in name and len(spec.models) == _MODELS
        ]
        if not cascades or RAMPS not in run.system_specs:
            continue
        cascade = cascades[0]
        printed = _printed(6 if cascade.startswith("CascadeRoBERTa") else 2)
        curves = {name: system_curve(run, name, "layers") for name in (cascade, RAMPS)}
        compared = compare(run, curves, speedups)
        for speedup in speedups:
            scores = [
                printed.get((f"{speedup:g}x", name), {}).get(task, Cell()).score
                for name in (method_of(cascade), RAMPS)
            ]
            published = scores[0] - scores[1]
            slow = [name for name, curve in curves.items() if curve.speedup[0] < speedup]
            if slow:
                reason = f"{slow[0]} attains at most {curves[slow[0]].speedup[0]:.2f}x"
                found.append(Ahead(task, speedup, np.nan, _NOTHING, published, reason))
                continue
            one, other = (cascade, speedup), (RAMPS, speedup)
            interval = compared.difference(one, other) or _NOTHING  # none where labels are unknown
            ours = compared.score(one) - compared.score(other)
            found.append(Ahead(task, speedup, ours, interval, published))
    return tuple(found)


def _ours(number: int, runs: Mapping[str, Run]) -> tuple[_Rows, Mapping[str, str]]:
    if number == 5:
        return _small_models(runs), {}
    computed = BANDS[number](runs)
    rows = {
        (f"{row.band:g}x", row.system): dict(zip(computed.tasks, row.cells, strict=True))
        for row in computed.rows
    }
    return rows, computed.left_out


def _small_models(runs: Mapping[str, Run]) -> _Rows:
    """Cascades of two models only: longer ones begin with the same model."""
    rows: _Rows = {}
    for quality in QUALITIES:
        for one in tables.table_5(runs).rows:
            if _models(one.system, runs) == _MODELS:
                value = getattr(one, quality)
                cell = Cell(value, reason=one.reason if np.isnan(value) else "")
                rows.setdefault((quality, one.system), {})[one.task] = cell
    return rows


def _printed(number: int) -> _Rows:
    rows: _Rows = {}
    for record in published_table(number).to_dict("records"):
        if record["task"] == AVERAGE:
            continue
        if number == 5:
            parts = {quality: Cell(record[quality]) for quality in QUALITIES}
        else:
            cell = Cell(record["score"], record["speedup"], reason=record["reason"])
            parts = {f"{record['band']:g}x": cell}
        for part, cell in parts.items():
            rows.setdefault((part, record["system"]), {})[record["task"]] = cell
    return rows


def _correspond(system: str, printed: str, runs: Mapping[str, Run]) -> bool:
    method = method_of(system)
    cascade = method.startswith(CASCADES)
    return method == method_of(printed) and (not cascade or _models(system, runs) == _MODELS)


def _models(system: str, runs: Mapping[str, Run]) -> int:
    """How many models a system has, in the first run that has it; none in no run."""
    specs = [run.system_specs[system] for run in runs.values() if system in run.system_specs]
    return len(specs[0].models) if specs else 0


def _all(tasks: Iterable[str], reason: str) -> dict[str, Cell]:
    return {task: Cell(reason=reason) for task in tasks}


def _why_not_ours(printed: str, part: str, left_out: Mapping[str, str]) -> str:
    said = [
        f"{system}: {why}"
        for system, why in left_out.items()
        if method_of(system) == method_of(printed)
    ]
    return "; ".join(said) or f"no run has such a system for {part}"


def _line(
    part: str,
    system: str,
    printed: str,
    tasks: tuple[str, ...],
    ours: Mapping[str, Cell],
    published: Mapping[str, Cell],
) -> Line:
    no_run, no_column = Cell(reason="no run of this task"), Cell(reason="task not in this table")
    cells = tuple(
        Beside(task, ours.get(task, no_run), published.get(task, no_column)) for task in tasks
    )
    both = [
        cell
        for cell in cells
        if not (system and np.isnan(cell.ours.score))
        and not (printed and np.isnan(cell.published.score))
    ]
    average = Beside(
        AVERAGE, _mean([cell.ours for cell in both]), _mean([cell.published for cell in both])
    )
    return Line(part, system, printed, cells, average, len(both))


def _mean(cells: list[Cell]) -> Cell:
    if not cells:
        return Cell(reason="no task that both have")
    return Cell(float(np.mean([cell.score for cell in cells])), reason=cells[0].reason)
