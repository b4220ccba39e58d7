"""Replay: which exit each instance leaves at, for one threshold or for all of them.

Axes: N instances, E exits, B breakpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


def replay(scores: ArrayLike, threshold: ArrayLike) -> NDArray[np.int64]:
    """The exit each instance leaves at: the first whose score > threshold, else the last.

    Algorithm 1 of CascadeBERT. Strict: a score equal to the threshold goes on. NaN goes on. The
    last exit always emits, whatever its score.

    Args:
        scores: exit scores [E, N].
        threshold: tau, on the scale of the scores; infinite is allowed. Or one for each exit, [E],
            of which the last has no effect.

    Returns:
        int64 [N], exits counted from 0.

    Raises:
        ValueError: the scores are not [E, N], or a threshold is NaN, or there are not so many.

    >>> replay([[0.95, 0.90, np.nan], [0.60, 0.99, 0.20]], threshold=0.9).tolist()
    [0, 1, 1]
    """
    scores = np.asarray(scores)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(
            f"scores: expected a non-empty array [E, N] but got shape {list(scores.shape)}"
        )
    # Of float64, not a Python float: float32 scores must not round the threshold.
    thresholds = np.asarray(threshold, dtype=np.float64)
    if thresholds.shape not in ((), (len(scores),)):
        raise ValueError(
            f"threshold: expected a number, or {len(scores)}, one for each exit, but got shape "
            f"{list(thresholds.shape)}"
        )
    if np.isnan(thresholds).any():
        raise ValueError("threshold: expected a number but got NaN")
    leaves = scores > thresholds.reshape(-1, 1)
    leaves[-1] = True
    return leaves.argmax(axis=0).astype(np.int64)


def replay_all(scores: NDArray[Any], thresholds: NDArray[np.float64]) -> NDArray[np.intp]:
    """What `replay` says at each of T thresholds, [T, N].

    >>> replay_all(np.array([[0.95, 0.90], [0.60, 0.99]]), np.array([0.9, 1.0])).tolist()
    [[0, 1], [1, 1]]
    """
    left = np.zeros((len(thresholds), scores.shape[1]), dtype=np.intp)
    highest = np.full(scores.shape[1], -np.inf)
    for score in scores[:-1]:
        highest = np.fmax(highest, score)
        left += highest <= thresholds[:, None]
    return left


class ExitMoves(NamedTuple):
    """Who leaves where: per exit the states in which an instance comes or goes, ascending."""

    start: NDArray[np.int64]
    arrivals: tuple[NDArray[np.int64], ...]
    departures: tuple[NDArray[np.int64], ...]

    def counts_at(self, states: int | NDArray[np.intp]) -> NDArray[np.int64]:
        """Instances per exit in one state, [E], O(E log N), or in each of S states, [S, E]."""
        changes = [
            arrived.searchsorted(states, "right") - departed.searchsorted(states, "right")
            for arrived, departed in zip(self.arrivals, self.departures, strict=True)
        ]
        return self.start + np.stack(changes, axis=-1)


class Sweep(NamedTuple):
    """What `sweep` finds: state k holds for thresholds in [breakpoints[k - 1], breakpoints[k])."""

    breakpoints: NDArray[np.float64]
    moves: ExitMoves
    totals: list[NDArray[Any]]


def sweep(scores: NDArray[Any], quantities: Sequence[NDArray[Any]]) -> Sweep:
    """Replay at every threshold at once: raise it from the bottom to the top and keep the books.

    Only a score that exceeds all scores before it can be where an instance leaves. As the threshold
    passes that score, the instance moves on to its next such exit, or to the last one.

    Args:
        scores: exit scores [E, N].
        quantities: arrays [E, N] or [E, 1] to be totalled over the exits where instances leave.

    Returns:
        The distinct breakpoints, float64 [B] ascending; the moves; and per quantity its total in
        each of the B + 1 states.

    >>> found = sweep(np.array([[0.9, 0.6], [0.9, 0.8]]), [np.array([[2], [14]])])
    >>> found.breakpoints.tolist(), found.totals[0].tolist(), found.moves.counts_at(1).tolist()
    ([0.6, 0.9], [4, 16, 28], [1, 1])
    """
    start, first_totals, (thresholds, sources, targets, *changes) = _moves(scores, quantities)
    order = thresholds.argsort()
    thresholds = thresholds[order].astype(np.float64)
    # Moves at equal thresholds happen together: only the last of a group completes a state.
    complete = np.ones(len(order), dtype=bool)
    np.not_equal(thresholds[1:], thresholds[:-1], out=complete[:-1])
    states = np.cumsum(complete) - complete + 1
    arrivals, departures = (
        tuple(states[ends[order] == number] for number in range(len(start)))
        for ends in (targets, sources)
    )
    totals = [
        np.concatenate([[first], first + np.cumsum(change[order], dtype=first.dtype)[complete]])
        for first, change in zip(first_totals, changes, strict=True)
    ]
    return Sweep(thresholds[complete], ExitMoves(start, arrivals, departures), totals)


def _moves(
    scores: NDArray[Any], quantities: Sequence[NDArray[Any]]
) -> tuple[NDArray[np.int64], list[Any], list[NDArray[Any]]]:
    """Where instances leave below all breakpoints, and every move they make from there on.

    Returns:
        Instances per exit [E] and the total of each quantity in the first state; and the moves,
        unordered, as columns: threshold, exit left, exit gone to, change of each quantity.
    """
    exits, instances = scores.shape
    quantities = [np.broadcast_to(each, scores.shape) for each in quantities]
    rising = _rising(scores)
    # From the last exit backwards, `leaving` is where an instance leaves if it gets that far, and
    # `values` is what it brings along.
    leaving = np.full(instances, exits - 1, dtype=np.min_scalar_type(exits))
    values = [each[-1].copy() for each in quantities]
    moves = []
    for number in reversed(range(exits)):
        movers = np.flatnonzero(rising[number])
        changes = []
        for value, quantity in zip(values, quantities, strict=True):
            own = quantity[number, movers]
            changes.append(value[movers] - own)
            value[movers] = own
        source = np.full(len(movers), number, dtype=leaving.dtype)
        moves.append((scores[number, movers], source, leaving[movers], *changes))
        leaving[movers] = number
    columns = [np.concatenate(column) for column in zip(*moves, strict=True)]
    return np.bincount(leaving, minlength=exits), [value.sum() for value in values], columns


def _rising(scores: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a score exceeds every score before it, [E, N]; never at the last exit, NaN or -inf."""
    rising = np.zeros(scores.shape, dtype=bool)
    highest = np.full(scores.shape[1], -np.inf)
    for score, rises in zip(scores[:-1], rising, strict=False):
        np.greater(score, highest, out=rises)
        np.copyto(highest, score, where=rises)
    return rising
