"""What the tables of a run are about: the run, what was asked for, and what all of them need."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from ..comparison import MATCHED, REFERENCE, Comparison, compare, run_curves
from ..curve import TradeoffCurve, TradeoffPoint
from ..halves import halves
from ..ladder import ExitLadder
from ..run import Run
from ..summaries import RECOVERED_AT, SPAN
from ..titles import METRICS, basis_titles
from .names import saved_name

T = TypeVar("T")


class Asked(NamedTuple):
    """What tables are about: the speed-ups to compare at, the cost basis, and how systems exit.

    Without a `basis` cost is counted in the first that the run has: layers, where these are known.
    Without a `criterion` every system exits by its own. Where `thresholds` are given, tables of
    what systems do at work are for them, the same for all systems, and not for the speed-ups. With
    `half` numbers are of one half of the instances, and thresholds chosen on the other.

    >>> Asked().speedups, Asked(basis="flops").basis
    ((1.0, 2.0, 3.0, 4.0), 'flops')
    """

    speedups: tuple[float, ...] = MATCHED
    basis: str = ""
    criterion: str | None = None
    thresholds: tuple[float, ...] = ()
    half: bool = False


class View:
    """A run as it was asked for. ValueError for a basis or a criterion that a system lacks.

    >>> from cascade_core.paper.example import example_run
    >>> view = View(example_run(), Asked())
    >>> view.name("matched")
    'cascadelens-sst2-example-dev-n6-matched-layers'
    >>> view.caption("Accuracy.")
    'Accuracy. Run sst2-example, sst2 dev, n = 6; speed-up by layers, each system by its own
    criterion.'
    """

    def __init__(self, run: Run, asked: Asked):
        wanted = asked.speedups
        if not wanted or not all(0 < speedup < np.inf for speedup in wanted):
            listed = ", ".join(f"{speedup:g}" for speedup in wanted) or "none"
            raise ValueError(f"speed-ups: expected finite ones above 0 but got {listed}")
        reference = run.compose([run.reference], run.reference)
        self.asked = asked._replace(basis=asked.basis or next(iter(reference.costs)))
        self.calibration, self.run = halves(run) if asked.half else (None, run)
        self.ladders: Mapping[str, ExitLadder] = self.run.systems
        self.curves = self._curves(self.run)
        self.choosing = self._curves(self.calibration) if self.calibration else self.curves

    @classmethod
    def of(cls, run: Run, asked: Asked, compared: Comparison, elsewhere: Comparison | None) -> View:
        """The view of what was compared already; `elsewhere`: where thresholds were chosen."""
        view = cls.__new__(cls)
        view.run, view.asked = run, asked
        view.calibration = run if elsewhere else None
        view.ladders, view.curves = _systems(compared.ladders), _systems(compared.curves)
        view.choosing = _systems(compared.choosing) if compared.choosing else view.curves
        view.__dict__ |= {"compared": compared, "compared_for_choosing": elsewhere or compared}
        return view

    @cached_property
    def compared(self) -> Comparison:
        """Every system and the reference on the same resamples of the instances."""
        choosing = self.choosing if self.calibration else None
        return compare(self.run, self.curves, self._speedups, choosing)

    @cached_property
    def compared_for_choosing(self) -> Comparison:
        """The same of the instances that thresholds are chosen on."""
        if self.calibration is None:
            return self.compared
        return compare(self.calibration, self.choosing, self._speedups)

    @property
    def _speedups(self) -> set[float]:
        return {*self.asked.speedups, *SPAN, RECOVERED_AT}

    def _curves(self, run: Run) -> dict[str, TradeoffCurve]:
        return run_curves(run, self.asked.criterion, self.asked.basis)

    @property
    def labelled(self) -> bool:
        """Whether it is known what is right."""
        return bool((self.run.labels >= 0).all())

    @property
    def reached(self) -> bool:
        """Whether any system can be where it was asked for."""
        fastest = max(curve.speedup[0] for curve in self.choosing.values())
        return bool(self.asked.thresholds) or fastest >= min(self.asked.speedups)

    @property
    def several(self) -> list[str]:
        """The systems that have several exits."""
        return [name for name, curve in self.curves.items() if curve.exits > 1]

    @property
    def score(self) -> str:
        """What the metric is called."""
        return METRICS[self.run.metric]

    def threshold(self, system: str, point: TradeoffPoint | None) -> float:
        """The threshold of a point; NaN where there is no point, or no threshold as of one exit."""
        return np.nan if point is None or self.curves[system].exits == 1 else point.threshold

    @property
    def chosen(self) -> str:
        """Where thresholds are chosen, as captions say it."""
        return "on the other half of the instances" if self.calibration else "on these instances"

    def name(self, table: str) -> str:
        """The name of the file of a table that depends on the basis."""
        return saved_name(self.run, table, self.asked.basis)

    def caption(self, said: str) -> str:
        """What is said of a table, and what it is about."""
        by = self.asked.criterion
        exits = f"all systems by {by}" if by else "each system by its own criterion"
        return f"{said} {self.about}; speed-up by {self.counted}, {exits}."

    @property
    def about(self) -> str:
        """The run, its split and how many instances that has."""
        run = self.run
        where = " ".join(part for part in (run.task, run.split) if part)
        return ", ".join(filter(None, [f"Run {run.name}", where, f"n = {run.instances:,}"]))

    @property
    def counted(self) -> str:
        """What the basis counts."""
        basis = self.asked.basis
        title = basis_titles(self.run).get(basis, basis)
        hardware = (self.run.models[self.run.reference].latency or {}).get("hardware")
        return f"{title} on {hardware}" if basis == "latency" and hardware else title


def _systems(compared: Mapping[str, T]) -> dict[str, T]:
    """What was compared, without the reference."""
    return {name: one for name, one in compared.items() if name != REFERENCE}
