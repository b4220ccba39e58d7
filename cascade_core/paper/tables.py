"""Tables 2 to 7 of the CascadeBERT paper from runs, one for each task, in the paper's layout.

Rows come from the names of the runs' systems and from what the systems are; `systems` chooses
others. Thresholds are chosen on the instances they are reported on, where the paper chooses on dev
and reports from GLUE's test server: compare with `published_table` in that light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..calibration import expected_calibration_error
from ..difficulty import difficulty_inversion_score
from ..run import Run
from .bands import BandTable, band_table
from .layout import ABLATED, method_of, runs_by_task
from .model_exits import confidences, right_answers

Runs = Mapping[str, Run] | Iterable[Run]
"""Runs by column, or one for each task (`runs_by_task`)."""

_WITHOUT_DAR = f"{ABLATED}DAR"


def table_2(
    runs: Runs,
    bands: Sequence[float] = (1, 2, 3, 4),
    basis: str = "layers",
    systems: Sequence[str] | None = None,
) -> BandTable:
    """Table 2, the main results: every system of the runs at about 1x, 2x, 3x and 4x.

    Arguments, rules and errors as in `band_table`; systems stand in the order of the runs.

    >>> from cascade_core.paper.example import example_run
    >>> table = table_2([example_run()])
    >>> row = table.row(3, "CascadeBERT 2-12")
    >>> round(row.average.score, 3), row.cells[0].speedup
    (0.833, 3.0)
    >>> table.row(4, "CascadeBERT 2-4-12").cells[0].reason
    ''
    """
    return _table(2, runs, lambda run, name: True, bands, basis, systems)


def table_3(
    runs: Runs,
    bands: Sequence[float] = (3,),
    basis: str = "layers",
    systems: Sequence[str] | None = None,
) -> BandTable:
    """Table 3, static distillation against the cascade, at 3x in the paper.

    Shows cascades, and systems of one exit other than BERT-kL and BERT-Complete, which learn from
    labels alone; ablations are Table 4's. Arguments, rules and errors as in `band_table`.

    >>> from cascade_core.paper.example import example_run
    >>> [row.system for row in table_3([example_run()]).rows]
    ['BERT-PKD 4L', 'CascadeBERT 2-12', 'CascadeBERT 2-4-12']
    """

    def shown(run: Run, name: str) -> bool:
        plain = method_of(name).endswith(("-kL", "-Complete"))
        static = run.systems[name].exits == 1 and not plain
        return static or _is_cascade(run, name)

    return _table(3, runs, shown, bands, basis, systems)


def table_4(runs: Runs, bands: Sequence[float] = (3, 4), basis: str = "layers") -> BandTable:
    """Table 4: cascades with and without difficulty-aware regularisation (DAR).

    Shows every system called "... w/o DAR", and before it the one of the same name without that,
    empty where no run has it. Arguments, rules and errors as in `band_table`.

    >>> from cascade_core.paper.example import example_run
    >>> [(row.band, row.system) for row in table_4([example_run()], bands=[3]).rows]
    [(3.0, 'CascadeBERT 2-12'), (3.0, 'CascadeBERT 2-12 w/o DAR')]
    """
    by_task = runs_by_task(runs)
    return band_table(4, by_task, _with_and_without(by_task), bands, basis)


class SmallModel(NamedTuple):
    """A row of Table 5: the first model of one system in one task, all shares in [0, 1].

    What is not known is NaN, and `reason` says why.
    """

    task: str
    system: str
    model: str = ""
    dis: float = np.nan
    accuracy: float = np.nan
    ece: float = np.nan
    reason: str = ""


class SmallModels(NamedTuple):
    """Table 5 from runs."""

    rows: tuple[SmallModel, ...]

    def to_frame(self) -> pd.DataFrame:
        """The rows with the columns of `published_table(5)`, and model and reason."""
        frame = pd.DataFrame.from_records(self.rows, columns=list(SmallModel._fields))
        frame.insert(1, "method", [method_of(row.system) for row in self.rows])
        return frame


def table_5(runs: Runs, bins: int = 15, ties: str = "paper") -> SmallModels:
    """Table 5: what DAR does to the smallest model, by DIS, accuracy and ECE.

    For the systems of Table 4 the last exit of their first model, over all instances; accuracy also
    where the task's metric is F1, confidence is the highest probability. DIS is Eq. 3. The paper
    does not say how many bins its ECE has.

    Args:
        runs: as in `runs_by_task`.
        bins: of `expected_calibration_error`.
        ties: of `difficulty_inversion_score`.

    Raises:
        ValueError: as these three.

    >>> from cascade_core.paper.example import example_run
    >>> for row in table_5([example_run()]).rows:
    ...     print(row.model, round(row.dis, 3), round(row.accuracy, 3), round(row.ece, 3))
    BERT-Complete 2L, DAR 1.0 0.667 0.323
    BERT-Complete 2L 0.625 0.667 0.325
    """
    by_task = runs_by_task(runs)
    rows = [
        _small_model(task, run, system, bins, ties)
        for task, run in by_task.items()
        for system in _with_and_without(by_task)
    ]
    return SmallModels(tuple(rows))


def table_6(
    runs: Runs,
    bands: Sequence[float] = (1, 3),
    basis: str = "layers",
    systems: Sequence[str] | None = None,
) -> BandTable:
    """Table 6, the same on RoBERTa: systems of the runs whose reference is a RoBERTa, at 1x and 3x.

    That is told by the name or the checkpoint of the reference; `left_out` names the other runs.
    Ablations are Table 4's. Arguments, rules and errors as in `band_table`.

    >>> from cascade_core.paper.example import example_run
    >>> table_6([example_run()]).left_out
    {'sst2-example': "its reference, 'BERT-12L', is no RoBERTa"}
    """
    by_task = runs_by_task(runs)
    kept = {task: run for task, run in by_task.items() if _is_roberta(run)}
    left_out = {
        run.name: f"its reference, {run.reference!r}, is no RoBERTa"
        for task, run in by_task.items()
        if task not in kept
    }
    names = _names(kept, lambda run, name: ABLATED not in name) if systems is None else systems
    return band_table(6, kept, names, bands, basis, left_out)


def table_7(
    runs: Runs,
    bands: Sequence[float] = (3, 4),
    basis: str = "layers",
    systems: Sequence[str] | None = None,
) -> BandTable:
    """Table 7: FastBERT against the cascade.

    Shows cascades, and systems whose name begins with FastBERT; ablations are Table 4's. Arguments,
    rules and errors as in `band_table`.

    >>> from cascade_core.paper.example import example_run
    >>> [row.system for row in table_7([example_run()], bands=[4]).rows]
    ['FastBERT', 'CascadeBERT 2-12', 'CascadeBERT 2-4-12']
    """

    def shown(run: Run, name: str) -> bool:
        return name.startswith("FastBERT") or _is_cascade(run, name)

    return _table(7, runs, shown, bands, basis, systems)


def _table(
    number: int,
    runs: Runs,
    shown: Callable[[Run, str], bool],
    bands: Sequence[float],
    basis: str,
    systems: Sequence[str] | None,
) -> BandTable:
    by_task = runs_by_task(runs)
    names = _names(by_task, shown) if systems is None else systems
    return band_table(number, by_task, names, bands, basis)


def _names(runs: Mapping[str, Run], shown: Callable[[Run, str], bool]) -> list[str]:
    """Systems of all runs that are to be shown, in the order they are first met."""
    names = [name for run in runs.values() for name in run.system_specs if shown(run, name)]
    return list(dict.fromkeys(names))


def _with_and_without(runs: Mapping[str, Run]) -> list[str]:
    ablated = _names(runs, lambda run, name: name.endswith(_WITHOUT_DAR))
    return [each for name in ablated for each in (name.removesuffix(_WITHOUT_DAR), name)]


def _is_cascade(run: Run, name: str) -> bool:
    return len(run.system_specs[name].models) > 1 and ABLATED not in name


def _is_roberta(run: Run) -> bool:
    reference = run.models[run.reference]
    return "roberta" in f"{reference.name} {reference.checkpoint}".lower()


def _small_model(task: str, run: Run, system: str, bins: int, ties: str) -> SmallModel:
    if system not in run.system_specs:
        return SmallModel(task, system, reason=f"the {task} run has no system {system!r}")
    model = run.system_specs[system].models[0]
    if (run.labels < 0).any():
        return SmallModel(task, system, model, reason=f"labels of {run.name!r} are unknown")
    right, confidence = right_answers(run, model, -1), confidences(run, model, -1)
    dis = difficulty_inversion_score(right, confidence, ties)
    ece = expected_calibration_error(confidence, right, bins)
    alike = "right" if right.all() else "wrong"
    reason = f"no DIS: all answers are {alike}" if np.isnan(dis) else ""
    return SmallModel(task, system, model, dis, float(right.mean()), ece, reason)
