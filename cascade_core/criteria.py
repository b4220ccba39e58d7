"""Exit criteria: from logits to exit scores. An instance leaves where score > threshold.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .ladder import ExitLadder

CRITERIA = ("max_prob", "entropy", "margin", "patience", "oracle", "random")

CONFIDENCE = "confidence"
"""The name of ready-made scores in [0, 1], of models that come without logits."""


def exit_scores(
    logits: ArrayLike, criterion: str, labels: ArrayLike | None = None, seed: int = 0
) -> NDArray[np.float64]:
    """How sure each exit is of each instance; higher means readier to leave.

    =========== ==================================================================================
    `max_prob`  the highest softmax probability (CascadeBERT, DeeBERT as run there)
    `entropy`   1 - H(p) / ln C; DeeBERT's "H < S nats" is score > 1 - S / ln C, FastBERT's speed
                is 1 - threshold
    `margin`    the highest probability minus the second
    `patience`  how many consecutive exits up to here repeat the prediction before them, 0 at the
                first (PABEE); patience P is score > P - 0.5
    `oracle`    1 where this exit is right, else 0: an upper bound, it reads the labels
    `random`    uniform in [0, 1): a lower bound
    =========== ==================================================================================

    Computed in float64, so that saturated float32 logits make no false ties. An instance whose
    logits contain NaN has score NaN, which never exits early.

    Args:
        logits: [E, N, C].
        criterion: one of CRITERIA.
        labels: int [N], for `oracle` only; -1 (unknown) is never right.
        seed: for `random` only.

    Returns:
        float64 [E, N].

    Raises:
        ValueError: an unknown criterion, a wrong shape, or `oracle` without labels.

    >>> logits = np.log([[[0.75, 0.25], [0.5, 0.5]]])
    >>> exit_scores(logits, "max_prob").round(3).tolist()
    [[0.75, 0.5]]
    >>> exit_scores(logits, "margin").round(3).tolist()
    [[0.5, 0.0]]
    """
    logits = np.asarray(logits)
    if logits.ndim != 3 or 0 in logits.shape:
        raise ValueError(
            f"logits: expected a non-empty array [E, N, C] but got shape {list(logits.shape)}"
        )
    if criterion in _CONFIDENCES:
        confidence = _CONFIDENCES[criterion]
        # Classes first: reductions over a short last axis are slow.
        return np.stack([confidence(one.T.astype(np.float64, order="C")) for one in logits])
    if criterion == "random":
        return _random(len(logits), logits.shape[1], seed)
    if criterion not in CRITERIA:
        raise _unknown(criterion, CRITERIA)
    predictions = logits.argmax(axis=-1)
    if criterion == "patience":
        scores = _patience(predictions)
    elif labels is None:
        raise ValueError("oracle: expected labels [N], since it scores an exit by being right")
    else:
        scores = (predictions == np.asarray(labels)).astype(np.float64)
    scores[np.isnan(logits).any(axis=-1)] = np.nan
    return scores


def ladder_scores(ladder: ExitLadder, criterion: str) -> NDArray[Any]:
    """Exit scores [E, N] of a ladder: the ready-made ones of that name, else computed.

    Raises:
        ValueError: the ladder has neither scores of that name nor what computing them takes.

    >>> both_right = np.array([[True], [True]])
    >>> ladder = ExitLadder("pair", correct=both_right, scores={"verifier": [[3], [5]]})
    >>> ladder_scores(ladder, "verifier").tolist()
    [[3], [5]]
    >>> ladder_scores(ladder, "oracle").tolist()
    [[1.0], [1.0]]
    """
    if criterion in ladder.scores:
        return ladder.scores[criterion]
    if criterion == "oracle" and ladder.correct is not None:
        return ladder.correct.astype(np.float64)
    if criterion == "random":
        return _random(ladder.exits, ladder.instances, seed=0)
    if ladder.logits is None and criterion == "patience" and ladder.predictions is not None:
        return _patience(ladder.predictions)
    if ladder.logits is None:
        raise _unknown(criterion, known_criteria(ladder), f" for {ladder.name!r} (no logits)")
    return exit_scores(ladder.logits, criterion, labels=ladder.labels)


def known_criteria(ladder: ExitLadder) -> tuple[str, ...]:
    """The criteria that `ladder_scores` has for a ladder; the oracle only where labels are known.

    >>> both_right = np.array([[True], [True]])
    >>> known_criteria(ExitLadder("pair", correct=both_right, scores={"verifier": [[3], [5]]}))
    ('verifier', 'oracle', 'random')
    """
    has = {
        "patience": ladder.logits is not None or ladder.predictions is not None,
        "oracle": ladder.scorable,
        "random": True,
    }
    computed = [one for one in CRITERIA if has.get(one, ladder.logits is not None)]
    return tuple(dict.fromkeys((*ladder.scores, *computed)))


def confidences(ladder: ExitLadder) -> NDArray[np.float64] | None:
    """How probable each exit holds its answer to be, [E, N]: the highest softmax probability.

    Without logits the ready-made `max_prob` or `confidence`; None where there is neither.

    >>> confidences(ExitLadder("a", scores={"confidence": [[0.75]]}))
    array([[0.75]])
    """
    if ladder.logits is not None:
        return exit_scores(ladder.logits, "max_prob")
    return ladder.scores.get("max_prob", ladder.scores.get(CONFIDENCE))


def threshold_range(criterion: str, classes: int | None, exits: int) -> tuple[float, float]:
    """Lowest and highest threshold worth offering: from "all leave" to "none leaves early".

    `max_prob` starts at 1 / C (at 0 when C is not known), `patience` spans patience 0 to E - 1,
    the others [0, 1]. Where scores lie at the lower end, as the oracle's do, a curve's own range
    starts just below.

    Raises:
        ValueError: an unknown criterion.

    >>> threshold_range("max_prob", classes=2, exits=12)
    (0.5, 1.0)
    >>> threshold_range("patience", classes=2, exits=12)
    (-0.5, 10.5)
    """
    if criterion not in CRITERIA:
        raise _unknown(criterion, CRITERIA)
    if criterion == "patience":
        return -0.5, exits - 1.5 if exits > 1 else 0.5
    if criterion == "max_prob" and classes is not None and classes > 1:
        return 1.0 / classes, 1.0
    return 0.0, 1.0


def _max_prob(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / _exponentials(logits).sum(axis=0)


def _margin(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    exponentials = _exponentials(logits)
    total = exponentials.sum(axis=0)
    if len(logits) == 1:
        return total
    return (1.0 - np.partition(exponentials, -2, axis=0)[-2]) / total


def _entropy(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    exponentials = _exponentials(logits)
    total = exponentials.sum(axis=0)
    if len(logits) == 1:
        return total  # one class leaves no doubt: 0 / ln 1 read as zero entropy
    # H = ln S + sum(e * -ln e) / S; a probability that underflowed to 0 adds nothing.
    logarithms = np.log(exponentials, out=np.zeros_like(exponentials), where=exponentials > 0)
    entropy = np.log(total) - (exponentials * logarithms).sum(axis=0) / total
    return 1.0 - entropy / np.log(len(logits))


def _exponentials(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp(z - max z) [C, N], in place: the highest is 1, so nothing overflows."""
    with np.errstate(invalid="ignore"):  # inf - inf is NaN, which defers
        logits -= logits.max(axis=0)
    return np.exp(logits, out=logits)


_CONFIDENCES = {"max_prob": _max_prob, "entropy": _entropy, "margin": _margin}


def _patience(predictions: NDArray[np.intp]) -> NDArray[np.float64]:
    patience = np.zeros(predictions.shape)
    for number in range(1, len(predictions)):
        repeats = predictions[number] == predictions[number - 1]
        patience[number] = (patience[number - 1] + 1) * repeats
    return patience


def _random(exits: int, instances: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((exits, instances))


def _unknown(criterion: str, known: tuple[str, ...], where: str = "") -> ValueError:
    return ValueError(f"criterion: expected one of {', '.join(known)}{where} but got {criterion!r}")
