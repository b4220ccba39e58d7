"""Temperature scaling: one number for each exit that makes its confidences honest.

Axes: N instances, E exits, C classes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .ladder import UNKNOWN_LABEL, ExitLadder

RANGE = (0.05, 20.0)


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature T for which softmax(logits / T) says most of the labels (Guo et al. 2017).

    It has the least negative log-likelihood, between 0.05 and 20. Above 1 the exit was too sure,
    below 1 not sure enough. Which class is the most probable does not change.

    Args:
        logits: [N, C].
        labels: [N]; unknown ones are left out.

    Raises:
        ValueError: no label is known.

    >>> logits = np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]])
    >>> round(fit_temperature(logits, np.array([0, 0, 0, 1])), 3)  # three of four: 4 / ln 3
    3.641
    """
    from scipy.optimize import minimize_scalar  # which importing cascade_core must not pay for

    known = labels != UNKNOWN_LABEL
    if not known.any():
        raise ValueError("labels: expected some that are known, to fit a temperature, but got none")
    shifted = logits[known].astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    right = shifted[np.arange(len(shifted)), labels[known]]

    def surprise(log_temperature: float) -> float:
        cooled = np.exp(-log_temperature)
        return float(np.mean(np.log(np.exp(cooled * shifted).sum(axis=1)) - cooled * right))

    found = minimize_scalar(surprise, bounds=tuple(np.log(RANGE)), method="bounded")
    return float(np.exp(found.x))


def fit_temperatures(ladder: ExitLadder) -> NDArray[np.float64]:
    """The temperature of every exit of a ladder, [E]. ValueError without logits or labels.

    >>> logits = np.array([[[4.0, 0.0]] * 4, [[8.0, 0.0]] * 4])
    >>> ladder = ExitLadder("a", logits=logits, labels=np.array([0, 0, 0, 1]))
    >>> fit_temperatures(ladder).round(3).tolist()  # three of four: 4 / ln 3 and 8 / ln 3
    [3.641, 7.282]
    """
    if ladder.logits is None or ladder.labels is None:
        raise ValueError(f"expected logits and labels, to fit temperatures, of {ladder.name!r}")
    return np.array([fit_temperature(one, ladder.labels) for one in ladder.logits])


def scaled(ladder: ExitLadder, temperatures: NDArray[np.float64]) -> ExitLadder:
    """A ladder with each exit's logits divided by its temperature, [E].

    Answers stay the same. So does, with two classes, the order of confidences within an exit, and
    with it DIS; with more, two instances may change places. Which exits one threshold chooses does
    change.

    >>> ladder = ExitLadder("a", logits=np.array([[[2.0, 0.0]], [[4.0, 0.0]]]), costs={"n": [1, 2]})
    >>> scaled(ladder, np.array([2.0, 4.0])).logits.tolist()
    [[[1.0, 0.0]], [[1.0, 0.0]]]
    """
    if ladder.logits is None:
        raise ValueError(f"expected logits, to scale them, of {ladder.name!r}")
    return replace(ladder, logits=ladder.logits / temperatures[:, None, None])
