"""Long staircases as few points: what the eye sees stays, states between pixels go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLUMNS = 1200  # about as many as a chart here is wide in pixels
LONGEST = 4 * COLUMNS


def thin(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of the points that decide what a polyline over sorted x looks like.

    Per column of pixels the first, the last, the lowest and the highest point: the drawn line
    covers the same pixels as the whole one. Short lines are kept as they are.

    >>> thin(np.arange(5.0), np.zeros(5)).tolist()
    [0, 1, 2, 3, 4]
    >>> len(thin(np.linspace(0, 1, 100_000), np.random.default_rng(0).random(100_000))) <= 4 * 1200
    True
    """
    if len(x) <= LONGEST:
        return np.arange(len(x))
    span = np.abs(x - x[0])
    column = np.minimum((span / span[-1] * COLUMNS).astype(np.intp), COLUMNS - 1)
    first = np.flatnonzero(np.diff(column, prepend=-1))
    last = np.append(first[1:], len(x)) - 1
    order = np.lexsort((y, column))  # within a column from the lowest to the highest
    return np.unique(np.concatenate([first, last, order[first], order[last]]))
