"""Several systems of a run side by side: their curves, and their scores on the same resamples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Bootstrapped, Resamples, bootstrap, percentile_interval, resamples
from .criteria import known_criteria
from .curve import TradeoffCurve
from .intervals import Interval, difference_interval, hull
from .ladder import ExitLadder
from .operation import Matched, emitted, matched, operate
from .run import Run
from .tradeoff import score_of, tallies, tradeoff_curve

MATCHED = (1.0, 2.0, 3.0, 4.0)
"""Speed-ups at which systems are compared."""

REFERENCE = ""
"""What the run's reference is called among systems: a name that none of them has."""

IN_FULL = 0.0
"""The speed-up of whoever uses no exit but the last: any threshold is so fast."""

ALONG = 64  # speed-ups along all curves at which scores are resampled

Place = tuple[str, float]  # a system at a speed-up


class Comparison(NamedTuple):
    """Ladders by name with their curves, the reference among them, on the same resamples.

    Thresholds are chosen on the curves `choosing`, of other instances, where there are such.
    """

    ladders: Mapping[str, ExitLadder]
    curves: Mapping[str, TradeoffCurve]
    resampled: Bootstrapped
    choosing: Mapping[str, TradeoffCurve] | None = None

    def fastest(self, system: str) -> float:
        """The highest speed-up that a threshold of the system can be chosen for."""
        return float((self.choosing or self.curves)[system].speedup[0])

    def score(self, place: Place) -> float:
        """The score of a system where it is as fast. ValueError where it cannot be."""
        return self.curves[place[0]].at_threshold(self._threshold(*place)).score

    def matched(self, speedups: tuple[float, ...] = MATCHED) -> dict[str, list[Matched]]:
        """Every system but the reference at each speed-up; see `cascade_core.operation.matched`.

        The speed-ups must be among those that were resampled.
        """
        choosing = self.choosing or {}
        return {
            name: matched(self.ladders[name], curve, speedups, self.resampled, choosing.get(name))
            for name, curve in self.curves.items()
            if name != REFERENCE
        }

    def difference(self, one: Place, other: Place) -> Interval | None:
        """95 % interval of how far the score of one is above the other's; None without labels.

        Thresholds are refit inside each resample. Of accuracies the interval is nowhere inside the
        one for fixed thresholds, as in `cascade_core.operation.matched`. Thresholds that are chosen
        elsewhere stay fixed.
        """
        right = [self._right(*place) for place in (one, other)]
        if right[0] is None or right[1] is None:
            return None
        accuracy = self.curves[one[0]].metric == "accuracy"
        if self.choosing and not accuracy:
            drawn = resamples(len(right[0]), self.resampled.count, self.resampled.seed)
            first, second = (self._resampled(*place, drawn) for place in (one, other))
            return percentile_interval(first - second)
        fixed = difference_interval(right[0], right[1])
        if self.choosing:
            return fixed
        refit = self.resampled.difference(one, other)
        return hull(refit, fixed) if accuracy else refit

    def _threshold(self, system: str, speedup: float) -> float:
        return (self.choosing or self.curves)[system].at_speedup(speedup).threshold

    def _right(self, system: str, speedup: float) -> NDArray[np.bool_] | None:
        return emitted(self.ladders[system], self._left(system, speedup))

    def _left(self, system: str, speedup: float) -> NDArray[np.int64]:
        ladder, curve = self.ladders[system], self.curves[system]
        return operate(ladder, curve, self._threshold(system, speedup)).left

    def _resampled(self, system: str, speedup: float, drawn: Resamples) -> NDArray[np.float64]:
        """The score on each resample at the threshold chosen elsewhere, [R]."""
        ladder, metric = self.ladders[system], self.curves[system].metric
        left, every = self._left(system, speedup), np.arange(ladder.instances)
        totals = [
            drawn.times @ one[left, every].astype(np.float32) for one in tallies(ladder, metric)
        ]
        return score_of(metric, totals, ladder.instances, (len(drawn.times),))


def run_curves(
    run: Run, criterion: str | None = None, basis: str = "layers"
) -> dict[str, TradeoffCurve]:
    """The curve of every system of a run in its metric, by one criterion or by each one's own.

    Raises `ValueError` for an unknown criterion or basis.

    >>> from cascade_core.paper.example import example_run
    >>> [(name, len(curve)) for name, curve in run_curves(example_run()).items()][:3]
    [('BERT-12L', 1), ('BERT-4L', 1), ('DeeBERT', 6)]
    """
    return {
        name: tradeoff_curve(
            ladder, criterion or run.system_specs[name].criterion, basis, run.metric
        )
        for name, ladder in run.systems.items()
    }


def compare(
    run: Run,
    curves: Mapping[str, TradeoffCurve],
    speedups: Iterable[float] = MATCHED,
    choosing: Mapping[str, TradeoffCurve] | None = None,
    systems: Mapping[str, ExitLadder] | None = None,
) -> Comparison:
    """Put systems of a run and its reference on the same resamples of its instances.

    `curves` are those of the systems, all on one basis; scores are resampled at `speedups`, and all
    along the curves. `choosing` are curves of the same systems on other instances, where thresholds
    are chosen on such; `systems` their ladders, where they are not quite the run's own.

    >>> from cascade_core.paper.example import example_run
    >>> run = example_run()
    >>> found = compare(run, run_curves(run))
    >>> cascade = ("CascadeBERT 2-12", 3.0)
    >>> round(found.score(cascade), 3), found.score((REFERENCE, IN_FULL))
    (0.833, 0.8333333333333334)
    >>> [round(bound, 2) for bound in found.difference(cascade, ("DeeBERT", 3.0))]
    [-0.21, 0.71]
    >>> found.matched()["CascadeBERT 2-12"][2].point.speedup
    3.0
    """
    basis, metric = next((one.basis, one.metric) for one in curves.values())
    reference = run.compose([run.reference], REFERENCE)
    ladders = {**{name: (systems or run.systems)[name] for name in curves}, REFERENCE: reference}
    some, *_ = known_criteria(reference)  # any will do, since the reference counts in full
    whole = {**curves, REFERENCE: tradeoff_curve(reference, some, basis, metric)}
    reached = np.concatenate([one.speedup[np.isfinite(one.speedup)] for one in curves.values()])
    along = np.linspace(reached.min(), reached.max(), ALONG) if reached.size else []
    wanted = sorted({IN_FULL, *speedups, *map(float, along)})
    chosen = choosing and {**choosing, REFERENCE: whole[REFERENCE]}
    return Comparison(ladders, whole, bootstrap(ladders, whole, wanted), chosen)
