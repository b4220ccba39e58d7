"""Tables by bands of wanted speed-up: what every system scores in every task at about 2x, 3x, 4x.

The machinery of Tables 2, 3, 4, 6 and 7. Nothing is filled in: a cell without a number says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..bootstrap import Resamples, bootstrap, resamples
from ..costs import BASES
from ..curve import TradeoffCurve
from ..intervals import Interval
from ..operation import matched
from ..run import Run
from ..tradeoff import tradeoff_curve
from .layout import AVERAGE, method_of

NEAR = 0.1
"""A speed-up is near a band's when it is off by at most this share of it."""

_NOTHING = Interval(np.nan, np.nan)


class Cell(NamedTuple):
    """Score in [0, 1] with its 95 % interval, the realised speed-up and the threshold for it.

    The threshold of a single exit is NaN, since it has none. Where there is no score, it is NaN and
    `reason` says why.
    """

    score: float = np.nan
    speedup: float = np.nan
    threshold: float = np.nan
    interval: Interval = _NOTHING
    reason: str = ""


class Row(NamedTuple):
    """One system in one band; `cells` follow the table's tasks, `average` is the mean over them.

    The average is NaN unless every task has a score: means over different tasks do not compare.
    """

    band: float
    system: str
    method: str
    cells: tuple[Cell, ...]
    average: Cell


class BandTable(NamedTuple):
    """A table of the paper from runs: rows by band and system, a cell for each task.

    `left_out` says of systems that the table is about, and of runs, why they have no row or column.
    """

    number: int
    basis: str
    tasks: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: Mapping[str, str]

    def row(self, band: float, system: str) -> Row:
        """One row. KeyError when there is none; `left_out` may say why."""
        for row in self.rows:
            if (row.band, row.system) == (band, system):
                return row
        raise KeyError(f"Table {self.number} has no row for {system!r} at {band:g}x")

    def to_frame(self) -> pd.DataFrame:
        """One row for each cell, averages too, with the columns of `published_table` and more."""
        records = [
            (row.band, row.method, row.system, task, *cell[:3], *cell.interval, cell.reason)
            for row in self.rows
            for task, cell in zip((*self.tasks, AVERAGE), (*row.cells, row.average), strict=True)
        ]
        return pd.DataFrame.from_records(records, columns=list(COLUMNS))


COLUMNS = (
    *("band", "method", "system", "task"),
    *("score", "speedup", "threshold", "low", "high", "reason"),
)


def band_table(
    number: int,
    runs: Mapping[str, Run],
    systems: Sequence[str],
    bands: Sequence[float],
    basis: str = "layers",
    left_out: Mapping[str, str] | None = None,
) -> BandTable:
    """Every system in every task at every wanted speed-up, as Table 2 of the paper.

    A system of several exits is set to its highest threshold that is at least as fast as wanted, on
    the instances it is reported on, and has a row in every band but 1x, which is the full model's.
    It can be much faster than wanted where few thresholds differ (PABEE's do by whole layers), and
    slower only where its fastest state is near the band, see `NEAR`. A system of one exit has one
    speed-up and a row where that is near the band's. Scores are in the metric of each run, and
    every system exits by its own criterion.

    Args:
        number: of the table.
        runs: by task, see `runs_by_task`.
        systems: names, in the order of rows in a band.
        bands: wanted speed-ups.
        basis: which cost is counted, "layers", "flops" or "latency".
        left_out: reasons to hand on in the result.

    Raises:
        ValueError: unknown basis, or a band that is not above zero.

    >>> from cascade_core.paper.example import example_run
    >>> table = band_table(0, {"sst2": example_run()}, ["CascadeBERT 2-12", "BERT-4L"], [2, 3])
    >>> [(row.band, row.system, round(row.average.score, 3)) for row in table.rows]
    [(2.0, 'CascadeBERT 2-12', 1.0), (3.0, 'CascadeBERT 2-12', 0.833), (3.0, 'BERT-4L', 0.667)]
    """
    if basis not in BASES:
        raise ValueError(f"basis: expected one of {', '.join(BASES)}, but got {basis!r}")
    wanted = tuple(dict.fromkeys(float(band) for band in bands))
    if not all(band > 0 for band in wanted):
        raise ValueError(f"bands: expected speed-ups above zero, but got {list(bands)}")
    placed: dict[tuple[float, str], Row] = {}
    reasons = dict(left_out or {})
    shown = tuple(dict.fromkeys(systems))
    found = [_of_task(task, run, shown, wanted, basis) for task, run in runs.items()]
    for system, *by_task in zip(shown, *found, strict=True):
        for at, band in enumerate(wanted):
            if any(task.belongs[at] for task in by_task):
                cells = tuple(task.cells[at] for task in by_task)
                average = _average(runs, cells)
                placed[band, system] = Row(band, system, method_of(system), cells, average)
        if not any(name == system for _, name in placed):
            why = dict.fromkeys(task.reason for task in by_task)
            reasons[system] = "; ".join(why) or "there is no run to look for it in"
    rows = [placed[band, name] for band in wanted for name in shown if (band, name) in placed]
    return BandTable(number, basis, tuple(runs), tuple(rows), reasons)


class _InBands(NamedTuple):
    """One system in one task: a cell for each band, and whether it has a place there.

    `reason` says for all bands together why it has none where it has none.
    """

    cells: list[Cell]
    belongs: list[bool]
    reason: str = ""


def _of_task(
    task: str, run: Run, systems: Sequence[str], bands: tuple[float, ...], basis: str
) -> list[_InBands]:
    """All systems in one task, on the same resamples of its instances."""
    drawn = resamples(run.instances)
    return [_in_bands(task, run, system, bands, basis, drawn) for system in systems]


def _in_bands(
    task: str, run: Run, system: str, bands: tuple[float, ...], basis: str, drawn: Resamples
) -> _InBands:
    if system not in run.system_specs:
        return _nowhere(f"the {task} run has no system {system!r}", bands)
    ladder = run.systems[system]
    try:
        curve = tradeoff_curve(ladder, run.system_specs[system].criterion, basis, run.metric)
    except ValueError as error:  # no such basis in this run, mostly
        return _nowhere(str(error), bands)
    if ladder.exits == 1:
        return _single(_cells(run, curve, (float(curve.speedup[0]),), drawn)[0], bands)
    reason = "the 1x band is for systems of one exit"
    fastest = float(curve.speedup[0])
    wanted = tuple(min(band, fastest) if _near(fastest, band) else band for band in bands)
    cells = [
        Cell(reason=reason) if band == 1 else cell
        for band, cell in zip(bands, _cells(run, curve, wanted, drawn), strict=True)
    ]
    return _InBands(cells, [band != 1 for band in bands], reason)


def _nowhere(reason: str, bands: tuple[float, ...]) -> _InBands:
    return _InBands([Cell(reason=reason) for _ in bands], [False for _ in bands], reason)


def _single(only: Cell, bands: tuple[float, ...]) -> _InBands:
    """A system of one exit, with the one cell it has."""

    def away(*bands: float) -> str:
        listed = ", ".join(f"{band:g}x" for band in bands)
        return f"its one speed-up, {only.speedup:.2f}x, is not near {listed}"

    belongs = [_near(only.speedup, band) for band in bands]
    cell = only._replace(threshold=np.nan)
    cells = [
        cell if near else Cell(reason=away(band)) for band, near in zip(bands, belongs, strict=True)
    ]
    return _InBands(cells, belongs, away(*bands))


def _near(speedup: float, band: float) -> bool:
    # Rounded, so that 1.8 is within a tenth of 2 in floating point too.
    return round(abs(speedup / band - 1), 9) <= NEAR


def _cells(
    run: Run, curve: TradeoffCurve, wanted: tuple[float, ...], drawn: Resamples
) -> list[Cell]:
    ladder = run.systems[curve.name]
    resampled = bootstrap({curve.name: ladder}, {curve.name: curve}, wanted, drawn)
    cells = []
    for match in matched(ladder, curve, wanted, resampled):
        if match.point is None or match.interval is None:
            attains = f"{curve.speedup[-1]:.2f}x to {curve.speedup[0]:.2f}x"
            cells.append(Cell(reason=f"attains {attains}, not {match.wanted:g}x"))
            continue
        score, speedup, threshold = match.point.score, match.point.speedup, match.point.threshold
        reason = "" if np.isfinite(score) else f"labels of {run.name!r} are unknown"
        cells.append(Cell(score, speedup, threshold, match.interval, reason))
    return cells


def _average(tasks: Mapping[str, Run], cells: Sequence[Cell]) -> Cell:
    missing = [task for task, cell in zip(tasks, cells, strict=True) if np.isnan(cell.score)]
    if missing:
        return Cell(reason=f"no score in {', '.join(missing)}")
    return Cell(float(np.mean([cell.score for cell in cells])))
