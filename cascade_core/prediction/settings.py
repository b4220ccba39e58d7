"""What a prediction needs to know of a run: which system, which threshold, which text columns."""

from __future__ import annotations

from collections.abc import Sequence

from ..curve import TradeoffPoint
from ..run import Run
from ..tasks import TASKS
from ..tradeoff import tradeoff_curve
from .rows import Columns, InputError


def find_system(run: Run, system: str | None) -> str:
    """Return the system's name. Raises `ValueError`, listing those there are, for no such one."""
    if system is None or system not in run.system_specs:
        known = ", ".join(run.system_specs)
        found = "none was named" if system is None else f"got {system!r}"
        raise ValueError(f"system: expected one of {known}, but {found}")
    return system


def choose_threshold(
    run: Run,
    system: str,
    threshold: float | None = None,
    speedup: float | None = None,
    basis: str = "layers",
) -> TradeoffPoint:
    """Return the point of the run's trade-off curve that a threshold or a speed-up leads to.

    A system with one exit needs neither. Raises `ValueError` for both, for neither, and for a
    speed-up that the system does not attain.

    >>> import numpy as np
    >>> from cascade_core import ModelOutput
    >>> sure, unsure = [[3.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [3.0, 0.0]]
    >>> run = Run("demo", labels=[0, 0], models={"ramps": ModelOutput("ramps", [sure, unsure])})
    >>> point = choose_threshold(run, "ramps", speedup=1.2)
    >>> round(point.threshold, 3), round(point.speedup, 3)
    (0.731, 1.333)
    """
    ladder = run.systems[system]
    curve = tradeoff_curve(ladder, run.system_specs[system].criterion, basis, run.metric)
    if threshold is not None and speedup is not None:
        raise ValueError("expected a threshold or a speed-up, but got both")
    if threshold is not None:
        return curve.at_threshold(threshold)
    if speedup is not None:
        return curve.at_speedup(speedup)
    if ladder.exits > 1:
        raise ValueError(
            f"expected a threshold or a speed-up for {system!r}, which has {ladder.exits} exits "
            f"and attains {curve.speedup[-1]:.4g}x to {curve.speedup[0]:.4g}x, but got neither"
        )
    return curve.point(0)


def text_columns(run: Run, named: Sequence[str] = ()) -> Columns:
    """Return the columns a run's models read, with the names that each may have in an input.

    `named` are the input's own names for them. Raises `InputError` for too many or too few.

    >>> from cascade_core import ModelOutput
    >>> run = Run("demo", [0], {"m": ModelOutput("m", [[[0.0, 1.0]]])}, task="qqp")
    >>> text_columns(run)["sentence2"]
    ('sentence2', 'sentence', 'question2')
    >>> text_columns(run, ["left", "right"])
    {'sentence1': ('left',), 'sentence2': ('right',)}
    """
    if task := TASKS.get(run.task):
        columns = {name: (name, *task.aliases.get(name, ())) for name in task.columns}
    else:  # a run of one's own
        own = run.texts or run.text_source.get("columns") or named or ["text"]
        columns = {name: (name,) for name in own}
    if named and len(named) != len(columns):
        raise InputError(
            f"column: expected {len(columns)}, for {' and '.join(columns)}, but got "
            f"{', '.join(named)}"
        )
    return dict(zip(columns, ((name,) for name in named), strict=True)) if named else columns
