"""Difficulty inversion: do confident exits get the easy instances right?

Axis: N instances.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import NORMAL_95, Interval


def difficulty_inversion_score(
    correct: ArrayLike, confidence: ArrayLike, ties: str = "paper"
) -> float:
    """Difficulty inversion score (DIS): the share of pairs ranked right; higher is better.

    An instance is difficult when the exit is wrong on it. A pair (difficult i, easy j) is inverted
    when i has the higher confidence, and DIS = 1 - inverted / (easy * difficult). CascadeBERT,
    Eq. 1-2, as its text describes them; the inequality printed in Eq. 1 is the wrong way round for
    the sum it is used in. Difficulty labels from cross-validation may stand in for `correct`
    (True = easy).

    Args:
        correct: bool [N], True where the exit is right.
        confidence: float [N].
        ties: "paper" counts a tied pair as ranked right, as the formula does; "half" counts half of
            it, which makes DIS the area under the ROC curve of correctness by confidence.

    Returns:
        A number in [0, 1]; NaN when all instances are easy or all are difficult.

    Raises:
        ValueError: shapes differ, a confidence is NaN, or an unknown `ties`.

    >>> difficulty_inversion_score([True, True, False], [0.9, 0.6, 0.7])
    0.5
    """
    if ties not in ("paper", "half"):
        raise ValueError(f"ties: expected paper or half but got {ties!r}")
    inverted, tied, pairs = _count_pairs(correct, confidence)
    if ties == "half":
        # In halves, so that the counts stay integers until the one division.
        return (2 * (pairs - inverted) - tied) / (2 * pairs) if pairs else np.nan
    return (pairs - inverted) / pairs if pairs else np.nan


def tied_pair_share(correct: ArrayLike, confidence: ArrayLike) -> float:
    """The share of (difficult, easy) pairs with equal confidence; NaN when there is no pair.

    Arguments and errors as in `difficulty_inversion_score`.

    >>> tied_pair_share([True, True, False], [0.9, 0.7, 0.7])
    0.5
    """
    _, tied, pairs = _count_pairs(correct, confidence)
    return tied / pairs if pairs else np.nan


def difficulty_inversion_interval(correct: ArrayLike, confidence: ArrayLike) -> Interval:
    """The 95 % interval of a DIS over new instances, as many easy and as many difficult ones.

    DeLong, DeLong and Clarke-Pearson (1988), for a share of pairs with ties ranked right: its
    variance is that of each easy one's share of difficult ones ranked right, over their number, and
    the other way round; the normal interval is taken of the log odds. A DIS of 0 or 1 has no
    variance: its interval is the exact one of as many independent pairs as there are.

    Arguments and errors as in `difficulty_inversion_score`. NaN when there is no pair.

    >>> correct, confidence = [True] * 50 + [False] * 50, np.arange(100) % 50
    >>> [round(bound, 2) for bound in difficulty_inversion_interval(correct, confidence)]
    [0.4, 0.62]
    """
    easy_mask, confidence = _checked(correct, confidence)
    easy, difficult = np.sort(confidence[easy_mask]), np.sort(confidence[~easy_mask])
    fewer = min(len(easy), len(difficult))
    if not fewer:
        return Interval(np.nan, np.nan)
    of_easy = difficult.searchsorted(easy, "right") / len(difficult)
    of_difficult = 1 - easy.searchsorted(difficult, "left") / len(easy)
    score = float(of_easy.mean())
    within = score * (1 - score)
    if not within:
        furthest = 0.025 ** (1 / fewer)
        return Interval(furthest, 1.0) if score else Interval(0.0, 1 - furthest)
    squares = (
        ((one - score) ** 2).sum() / max(len(one) - 1, 1) / len(one)
        for one in (of_easy, of_difficult)
    )
    half = NORMAL_95 * np.sqrt(sum(squares)) / within
    odds = np.log(score / (1 - score))
    low, high = 1 / (1 + np.exp(-(odds - half))), 1 / (1 + np.exp(-(odds + half)))
    return Interval(float(low), float(high))


def worst_inversions(
    correct: ArrayLike, confidence: ArrayLike, most: int = 50
) -> NDArray[np.int64]:
    """The most inverted (difficult, easy) pairs, no instance in two of them, [P, 2], worst first.

    The surest wrong answer is paired with the least sure right one, the next with the next, for as
    long as the wrong one is the surer. `most` is how many pairs are wanted; other arguments and
    errors as in `difficulty_inversion_score`.

    >>> worst_inversions([True, True, False, False], [0.9, 0.6, 0.7, 0.8]).tolist()
    [[3, 1]]
    """
    easy_mask, confidence = _checked(correct, confidence)
    easy, difficult = np.flatnonzero(easy_mask), np.flatnonzero(~easy_mask)
    easy = easy[confidence[easy].argsort(kind="stable")][:most]
    difficult = difficult[(-confidence[difficult]).argsort(kind="stable")][:most]
    pairs = min(len(easy), len(difficult))
    easy, difficult = easy[:pairs], difficult[:pairs]
    inverted = confidence[difficult] > confidence[easy]  # first all that are, then all that are not
    return np.column_stack([difficult, easy])[inverted]


def _count_pairs(correct: ArrayLike, confidence: ArrayLike) -> tuple[int, int, int]:
    """Inverted, tied and all (difficult, easy) pairs, O(N log N)."""
    easy_mask, confidence = _checked(correct, confidence)
    easy = np.sort(confidence[easy_mask])
    difficult = np.sort(confidence[~easy_mask])
    below = int(easy.searchsorted(difficult, "left").sum())
    not_above = int(easy.searchsorted(difficult, "right").sum())
    return below, not_above - below, len(easy) * len(difficult)


def _checked(
    correct: ArrayLike, confidence: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    correct = np.asarray(correct)
    confidence = np.asarray(confidence, dtype=np.float64)
    if correct.ndim != 1 or correct.shape != confidence.shape:
        raise ValueError(
            "correct and confidence: expected the same shape [N] "
            f"but got {list(correct.shape)} and {list(confidence.shape)}"
        )
    if np.isnan(confidence).any():
        raise ValueError("confidence: expected numbers but got NaN, which has no rank")
    return correct.astype(bool), confidence
