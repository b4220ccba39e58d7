"""What a model inserted into a cascade should bring: Appendix C of the CascadeBERT paper.

Between two neighbours of a cascade, M_i and M_{i+1}, comes a model M* of a size in between, and
thresholds move so that the speed-up stays. From accuracies, costs and how many leave where one can
say how much accuracy that gains, before anything is measured.

It assumes that each model is as accurate on any part of the instances as on all of them (which
would make confidences useless), that only the thresholds of the three move, and of more than two
models before that those who go further do not pay for M*. So it says little where confidences are
good: a model is then far more accurate on what it lets go of than on all. The more alike the
models are, the smaller the predicted gain, and the sooner chance is larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .ladder import ExitLadder


class Stage(NamedTuple):
    """A model of a cascade: its accuracy on all instances, and what it alone costs.

    `accuracy` a in [0, 1]; `cost` L > 0 in any unit, such as layers: not the cumulative one.
    """

    accuracy: float
    cost: float


def stages_of(ladder: ExitLadder, basis: str = "layers") -> tuple[Stage, ...]:
    """The models of a cascade of complete models, which have one exit each; costs are means.

    Raises `ValueError` when labels or the basis are unknown.

    >>> from cascade_core.paper.example import example_run
    >>> ladder = example_run().systems["CascadeBERT 2-4-12"]
    >>> [(round(stage.accuracy, 3), stage.cost) for stage in stages_of(ladder)]
    [(0.667, 2.0), (0.833, 4.0), (0.833, 12.0)]
    """
    if ladder.correct is None or not ladder.scorable:
        raise ValueError(f"expected known labels, for accuracies, but {ladder.name!r} has none")
    if basis not in ladder.costs:
        raise ValueError(f"basis: expected one of {', '.join(ladder.costs)} but got {basis!r}")
    cumulative = [float(cost.mean()) for cost in ladder.costs[basis]]
    before = [0.0, *cumulative[:-1]]
    return tuple(
        Stage(float(right.mean()), cost - paid)
        for right, cost, paid in zip(ladder.correct, cumulative, before, strict=True)
    )


def predicted_gain(stages: Sequence[Stage], shares: ArrayLike) -> float:
    """How much accuracy M* brings at the same speed-up, by Eq. 13.

    T = s* (a* - a_i) - L* / L_{i+1} (s_{i+1} + s*) (a_{i+1} - a_i): whoever leaves at M* gains over
    M_i, and M* is paid for by letting some leave at M_i who went on to M_{i+1}.

    Args:
        stages: M_i, M*, M_{i+1}.
        shares: of all instances, those that leave at each in the cascade with M*, s_i, s* and
            s_{i+1}; in the paper these are counts over N.

    Returns:
        A difference of accuracies; 0.01 is one point.

    Raises:
        ValueError: not three of each, shares that are none, or a free M_{i+1}.

    >>> stages = Stage(0.8, 2), Stage(0.86, 4), Stage(0.9, 12)
    >>> [round(predicted_gain(stages, one), 3) for one in ([0.5, 0.4, 0.1], [0.5, 0.1, 0.4])]
    [0.007, -0.011]
    """
    before, inserted, after = _checked(stages)
    leave = np.asarray(shares, np.float64)
    if leave.shape != (3,) or leave.min() < 0 or leave.sum() > 1 + 1e-9:
        raise ValueError(f"shares: expected three parts of 1 but got {leave.tolist()}")
    _, at_inserted, at_after = leave.tolist()
    paid = inserted.cost / after.cost * (at_after + at_inserted)
    return at_inserted * (inserted.accuracy - before.accuracy) - paid * (
        after.accuracy - before.accuracy
    )


def largest_gain(stages: Sequence[Stage]) -> float:
    """What no M* between two neighbours can gain more than, wherever thresholds are.

    (a_{i+1} - a_i) (1 - L_i / L_{i+1}), the product of Eq. 14 and of 1 less Eq. 15 for the two; it
    holds for `is_between`. (The text calls both equations' terms non-increasing in the number of
    models; the ratio of Eq. 15 rises when a model comes between, and so the bound falls.)

    Raises `ValueError` for other than three stages, or a free M_{i+1}.

    >>> round(largest_gain([Stage(0.8, 2), Stage(0.86, 6), Stage(0.9, 12)]), 4)
    0.0833
    """
    before, _, after = _checked(stages)
    return (after.accuracy - before.accuracy) * (1 - before.cost / after.cost)


def is_between(stages: Sequence[Stage]) -> bool:
    """Whether M* is what Appendix C asks for: between the two in cost, and not outside in accuracy.

    L_i < L* < L_{i+1} and a_i <= a* <= a_{i+1}. Raises `ValueError` as the others do.

    >>> is_between([Stage(0.8, 2), Stage(0.86, 6), Stage(0.9, 12)])
    True
    """
    before, inserted, after = _checked(stages)
    return (
        before.cost < inserted.cost < after.cost
        and before.accuracy <= inserted.accuracy <= after.accuracy
    )


def _checked(stages: Sequence[Stage]) -> Sequence[Stage]:
    if len(stages) != 3:
        raise ValueError(f"stages: expected M_i, M* and M_(i+1) but got {len(stages)}")
    if stages[-1].cost <= 0:
        raise ValueError(f"cost of M_(i+1): expected more than 0 but got {stages[-1].cost:g}")
    return stages
