"""What became of every instance under one system: the slices of the Instances page.

Axes: N instances, E exits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ladder import ExitLadder


class Outcome(NamedTuple):
    """A slice: its title and what it means."""

    title: str
    meaning: str


OUTCOMES = {
    "left_right": Outcome("left, right", "Left before the last exit with the right answer."),
    "harmful": Outcome(
        "left, harmful",
        "Left before the last exit with a wrong answer, although the last exit would be right.",
    ),
    "both_wrong": Outcome(
        "left, wrong anyway",
        "Left before the last exit with a wrong answer, and the last exit is wrong too.",
    ),
    "needless": Outcome(
        "sent on needlessly",
        "Went to the last exit, although an earlier exit already had the right answer.",
    ),
    "needed": Outcome(
        "sent on, needed", "Went to the last exit, and no earlier exit had the right answer."
    ),
}


def outcomes(ladder: ExitLadder, left: NDArray[np.int64]) -> NDArray[np.int64]:
    """The outcome of each instance [N], an index into OUTCOMES, given the exit it left at [N].

    >>> correct = np.array([[True, False, False, True], [True, True, False, False]])
    >>> ladder = ExitLadder("a", correct=correct)
    >>> [list(OUTCOMES)[i] for i in outcomes(ladder, np.array([0, 0, 0, 1]))]
    ['left_right', 'harmful', 'both_wrong', 'needless']
    """
    correct = ladder.correct
    if correct is None:
        raise ValueError(f"outcomes: {ladder.name!r} has no labels to tell right from wrong")
    emitted = correct[left, np.arange(ladder.instances)]
    early = left < ladder.exits - 1
    earlier_right = correct[:-1].any(axis=0)
    return np.select(
        [early & emitted, early & correct[-1], early, earlier_right], [0, 1, 2, 3], default=4
    )
