"""What a trade-off curve knows: its states, and the way from any wish to the state that grants it.

Axes: N instances, E exits, B breakpoints.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .replay import ExitMoves

if TYPE_CHECKING:
    import pandas as pd


class TradeoffPoint(NamedTuple):
    """One state of a curve: what a threshold buys. Score and shares lie in [0, 1].

    `exit_counts` [E] says how many instances leave at each exit.

    >>> TradeoffPoint(0.9, 0.8, 4.0, 3.0, np.array([5, 1]), early_share=5 / 6).speedup
    3.0
    """

    threshold: float
    score: float
    cost: float
    speedup: float
    exit_counts: NDArray[np.int64]
    early_share: float


@dataclass(frozen=True, eq=False)
class TradeoffCurve:
    """All states a ladder can be in under one criterion, from the lowest threshold to the highest.

    State k holds for thresholds in [breakpoints[k - 1], breakpoints[k]); there are B + 1. Cost and
    speed-up are monotone along the states, the score need not be.

    Attributes:
        name, criterion, basis, metric: what was asked for; `name` is the ladder's.
        threshold_range: lowest and highest threshold worth offering.
        breakpoints: float64 [B], ascending, distinct.
        cost: mean cost per instance, float64 [B + 1].
        score: accuracy or F1 in [0, 1], float64 [B + 1]; NaN when a label is unknown.
        speedup: mean reference cost / mean cost, float64 [B + 1].
        reference_cost: mean cost of speed-up 1x.
        exits, instances: E and N.

    >>> from cascade_core import tradeoff_curve
    >>> from cascade_core.paper.example import example_run
    >>> curve = tradeoff_curve(example_run().systems["CascadeBERT 2-12"])
    >>> len(curve), curve.speedup.round(2).tolist()
    (6, [6.0, 3.0, 2.0, 1.5, 1.2, 0.86])
    >>> curve.point(1).speedup, curve.exit_counts_at(1).tolist()
    (3.0, [5, 1])
    >>> curve.at_threshold(0.7).speedup, curve.at_speedup(2.5).speedup
    (2.0, 3.0)
    >>> curve.at_score(0.9).speedup, curve.at_early_share(0.5).exit_counts.tolist()
    (2.0, [3, 3])
    >>> curve.thresholds(np.array([1, 2])).round(2).tolist()
    [0.62, 0.65]
    >>> curve.to_frame().round(2).loc[:2, ["speedup", "score", "exit_0", "exit_1"]]
       speedup  score  exit_0  exit_1
    0      6.0   0.67       6       0
    1      3.0   0.83       5       1
    2      2.0   1.00       4       2
    """

    name: str
    criterion: str
    basis: str
    metric: str
    threshold_range: tuple[float, float]
    breakpoints: NDArray[np.float64]
    cost: NDArray[np.float64]
    score: NDArray[np.float64]
    speedup: NDArray[np.float64]
    reference_cost: float
    exits: int
    instances: int
    moves: ExitMoves = field(repr=False)

    def __len__(self) -> int:
        return len(self.breakpoints) + 1

    def exit_counts_at(self, state: int) -> NDArray[np.int64]:
        """Instances leaving at each exit [E] in one state; -1 is the last, as in a list."""
        return self.moves.counts_at(range(len(self))[state])

    def point(self, state: int) -> TradeoffPoint:
        """One state, with its lowest threshold: a breakpoint for all but the first state."""
        state = range(len(self))[state]
        counts = self.moves.counts_at(state)
        return TradeoffPoint(
            threshold=self._threshold_in(state),
            score=float(self.score[state]),
            cost=float(self.cost[state]),
            speedup=float(self.speedup[state]),
            exit_counts=counts,
            early_share=int(counts[:-1].sum()) / self.instances,
        )

    def thresholds(self, states: NDArray[np.intp]) -> NDArray[np.float64]:
        """The lowest threshold of each of some states: a breakpoint for all but the first state."""
        return np.array([self._threshold_in(state) for state in states])

    def at_threshold(self, threshold: float) -> TradeoffPoint:
        """The point at a threshold. ValueError when it is NaN."""
        state = int(self.breakpoints.searchsorted(_number("threshold", threshold), "right"))
        return self.point(state)._replace(threshold=float(threshold))

    def at_speedup(self, speedup: float) -> TradeoffPoint:
        """The highest threshold that is still at least this fast. ValueError when none is."""
        # Speed-up never rises along the states: search it from its slow end.
        slower = int(self.speedup[::-1].searchsorted(_number("speed-up", speedup), "left"))
        if slower == len(self):
            raise self._out_of_reach("speed-up", speedup, self.speedup[-1], self.speedup[0], "x")
        return self.point(len(self) - 1 - slower)

    def at_score(self, score: float) -> TradeoffPoint:
        """The fastest point that scores at least this. ValueError when none does."""
        if np.isnan(self.score[0]):
            raise ValueError(f"{self.metric}: {self.name!r} has none, since labels are unknown")
        state = int(self._best_so_far.searchsorted(_number(self.metric, score), "left"))
        if state == len(self):
            raise self._out_of_reach(self.metric, score, self.score.min(), self.score.max())
        return self.point(state)

    def at_early_share(self, share: float) -> TradeoffPoint:
        """The highest threshold at which at least this share leaves before the last exit.

        ValueError when there is none.
        """
        total = self.instances
        least = bisect_left(range(total + 1), _number("share", share), key=lambda n: n / total)
        most = total - int(self.moves.start[-1])
        if least > most:
            raise self._out_of_reach("share of early exits", share, 0.0, most / total)
        # So many may still move on to the last exit; the next one after them ends the state.
        spare = most - least
        arrivals = self.moves.arrivals[-1]
        return self.point(int(arrivals[spare]) - 1 if spare < len(arrivals) else len(self) - 1)

    def to_frame(self) -> pd.DataFrame:
        """All states, one row each: threshold, speedup, cost, score, early_share, exit_0, exit_1 ..

        `exit_0` and so on count the instances that leave there; the threshold is the lowest of its
        state.
        """
        import pandas as pd  # the only thing here that needs more than numpy

        counts = self.moves.counts_at(np.arange(len(self)))
        columns = {
            "threshold": np.concatenate([[self._threshold_in(0)], self.breakpoints]),
            "speedup": self.speedup,
            "cost": self.cost,
            "score": self.score,
            "early_share": counts[:, :-1].sum(axis=1) / self.instances,
        }
        leaving = {f"exit_{number}": count for number, count in enumerate(counts.T)}
        return pd.DataFrame({**columns, **leaving})

    @cached_property
    def _best_so_far(self) -> NDArray[np.float64]:
        return np.maximum.accumulate(self.score)

    def _threshold_in(self, state: int) -> float:
        if state:
            return float(self.breakpoints[state - 1])
        lowest = self.threshold_range[0]
        if not len(self.breakpoints) or lowest < self.breakpoints[0]:
            return lowest
        return float(np.nextafter(self.breakpoints[0], -np.inf))

    def _out_of_reach(
        self, what: str, wanted: float, low: float, high: float, unit: str = ""
    ) -> ValueError:
        return ValueError(
            f"{what}: expected at most {high:.4g}{unit} but got {wanted:.4g}{unit}; "
            f"{self.name!r} under {self.criterion} attains {low:.4g}{unit} to {high:.4g}{unit}"
        )


def _number(name: str, value: float) -> float:
    if np.isnan(value):
        raise ValueError(f"{name}: expected a number but got NaN")
    return value
