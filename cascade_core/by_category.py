"""What a system does in each category of instances, and whether it follows their true difficulty.

Axes: N instances, E exits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .criteria import confidences, exit_scores
from .difficulty import difficulty_inversion_score
from .intervals import NORMAL_95, Interval, wilson
from .ladder import ExitLadder
from .operation import emitted
from .outputs import Category

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 4
"""Instances below which a rank correlation has no interval."""


class InCategory(NamedTuple):
    """One category's n instances: how many leave where, and how well.

    `cost` is the mean number of layers run, or of what else is counted, `early` the share that
    leaves before the last exit, `accuracy` that of the answers emitted, with its 95 % interval;
    `dis` is the difficulty inversion score of the first exit within the category. NaN where labels
    are unknown.
    """

    name: str
    n: int
    cost: float
    early: float
    accuracy: float
    interval: Interval
    dis: float


class RankCorrelation(NamedTuple):
    """Spearman's rank correlation with a 95 % interval; NaN where one side is all the same."""

    value: float
    interval: Interval


class ByCategory(NamedTuple):
    """What one system does in each category.

    Where categories are levels, in ascending order: `depth` correlates an instance's level with
    the cost it ran up, `doubt` with how unsure the first exit is of it. 1 follows difficulty
    perfectly, 0 not at all.
    """

    system: str
    rows: tuple[InCategory, ...]
    depth: RankCorrelation
    doubt: RankCorrelation

    def to_frame(self) -> pd.DataFrame:
        """One row for each category, with the fields of `InCategory`, the interval as two."""
        import pandas as pd

        records = [(*row[:5], *row.interval, row.dis) for row in self.rows]
        return pd.DataFrame.from_records(
            records, columns=[*InCategory._fields[:5], "low", "high", "dis"]
        )


def by_category(
    ladder: ExitLadder, category: Category, left: NDArray[np.int64], basis: str = "layers"
) -> ByCategory:
    """What a system does in each category, where instances leave at exits `left` [N].

    Cost is counted on `basis`, one of the ladder's.

    >>> logits = np.array([[[3.0, 0], [2, 0], [1, 0], [0.5, 0]], [[9.0, 0]] * 4])
    >>> ladder = ExitLadder("a", logits=logits, labels=np.zeros(4, int), costs={"layers": [2, 6]})
    >>> found = by_category(ladder, Category(("1", "2"), [0, 0, 1, 1]), np.array([0, 0, 0, 1]))
    >>> [(row.name, row.cost) for row in found.rows], round(found.doubt.value, 3)
    ([('1', 2.0), ('2', 4.0)], 0.894)
    >>> found.to_frame().round(2)[["name", "n", "cost", "accuracy", "low", "high"]]
      name  n  cost  accuracy   low  high
    0    1  2   2.0       1.0  0.34   1.0
    1    2  2   4.0       1.0  0.34   1.0
    """
    costs = ladder.costs[basis]
    cost = costs[left] if costs.ndim == 1 else costs[left, np.arange(ladder.instances)]
    right = emitted(ladder, left)
    unsure = _doubt_of_the_first_exit(ladder)
    rows = []
    for code, name in enumerate(category.names):
        members = np.flatnonzero(category.codes == code)
        if not members.size:
            continue
        accuracy = np.nan if right is None else float(right[members].mean())
        rows.append(
            InCategory(
                name=name,
                n=members.size,
                cost=float(cost[members].mean()),
                early=float((left[members] < ladder.exits - 1).mean()),
                accuracy=accuracy,
                interval=wilson(accuracy, members.size),
                dis=_inversion(ladder, unsure, members),
            )
        )
    doubt = np.zeros(ladder.instances) if unsure is None else unsure
    return ByCategory(
        ladder.name,
        tuple(rows),
        depth=rank_correlation(category.codes, cost),
        doubt=rank_correlation(category.codes, doubt),
    )


def is_order(category: Category) -> bool:
    """Whether categories are levels: their names are whole numbers in ascending order.

    >>> is_order(Category(("1", "2", "10"), [0])), is_order(Category(("easy", "hard"), [0]))
    (True, False)
    """
    if not all(name.isdecimal() for name in category.names):
        return False
    return [*map(int, category.names)] == sorted(map(int, category.names))


def rank_correlation(one: NDArray, other: NDArray) -> RankCorrelation:
    """Spearman's rank correlation of two arrays [N], ties sharing their mean rank.

    The interval is Bonett and Wright's (2000): tanh(atanh r +- 1.96 sqrt((1 + r^2 / 2) / (N - 3))).

    >>> round(rank_correlation(np.arange(5), np.array([1, 3, 2, 4, 5])).value, 3)
    0.9
    """
    from scipy.stats import rankdata

    nothing = Interval(np.nan, np.nan)
    if len(one) < FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return RankCorrelation(np.nan, nothing)
    value = float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
    if abs(value) >= 1:
        return RankCorrelation(value, Interval(value, value))
    half = NORMAL_95 * np.sqrt((1 + value**2 / 2) / (len(one) - 3))
    centre = np.arctanh(value)
    return RankCorrelation(
        value, Interval(float(np.tanh(centre - half)), float(np.tanh(centre + half)))
    )


def _doubt_of_the_first_exit(ladder: ExitLadder) -> NDArray[np.float64] | None:
    if ladder.logits is not None:
        return -exit_scores(ladder.logits[:1], "max_prob")[0]
    sure = confidences(ladder)
    return None if sure is None else -sure[0]


def _inversion(
    ladder: ExitLadder, unsure: NDArray[np.float64] | None, members: NDArray[np.int64]
) -> float:
    if unsure is None or ladder.correct is None or not ladder.scorable:
        return np.nan
    return difficulty_inversion_score(ladder.correct[0, members], -unsure[members])
