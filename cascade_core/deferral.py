"""A learned criterion: how much an answer would gain from going on, read off what is known so far.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .criteria import exit_scores
from .ladder import ExitLadder

LEARNED = "learned"
FOLDS = 5
FEWEST = 50
TREES = 40
MOST_CLASSES = 10  # of which the answer itself is told


def with_learned_scores(ladder: ExitLadder, seed: int = 0) -> ExitLadder:
    """A ladder with ready-made scores "learned": minus what going on to the last exit should gain.

    For each exit but the last, 40 small trees (scikit-learn's gradient boosting) learn from what
    this exit and the one before it say, that is their confidences, margins and entropies, how many
    exits have agreed, and the answer, the difference "last exit right" - "this exit right", which
    is -1, 0 or 1. The score is minus the expected difference: at threshold -0.02 an answer leaves
    where going on should gain less than two points. Scores are cross-fitted: those of each fifth of
    the instances come from trees that saw the other four.

    Its weakness: the trees learn from labels of the instances they are used on, if not the same
    ones; a run must have some hundreds, and elsewhere they would have to be learnt again.

    Args:
        ladder: with logits and known labels, at least 50 instances.
        seed: of the folds.

    Raises:
        ValueError: what is missing.

    >>> random = np.random.default_rng(0)
    >>> labels = random.integers(2, size=200)
    >>> sure = np.where(labels, 4.0, -4.0)
    >>> small = np.stack([np.zeros(200), np.where(random.random(200) < 0.5, sure, 0.1)], axis=1)
    >>> large = np.stack([np.zeros(200), sure], axis=1)
    >>> ladder = ExitLadder("a", logits=np.stack([small, large]), labels=labels)
    >>> scores = with_learned_scores(ladder).scores["learned"]
    >>> unsure = np.abs(small[:, 1]) < 1  # right for every other one, the large model for all
    >>> bool(scores[0, unsure].mean() < -0.4 < -0.1 < scores[0, ~unsure].mean())
    True
    """
    if ladder.logits is None or ladder.correct is None or not ladder.scorable:
        raise ValueError(f"expected logits and known labels, to learn from, of {ladder.name!r}")
    if ladder.instances < FEWEST:
        raise ValueError(
            f"expected at least {FEWEST} instances to learn from, but {ladder.name!r} has "
            f"{ladder.instances}"
        )
    features = _features(ladder.logits)
    scores = np.zeros((ladder.exits, ladder.instances))
    for exit_ in range(ladder.exits - 1):
        known = np.concatenate(features[: exit_ + 1][-2:], axis=1)  # of this exit, and before it
        gain = ladder.correct[-1].astype(np.float64) - ladder.correct[exit_]
        scores[exit_] = -_expected(known, gain, seed)
    return replace(ladder, scores={**ladder.scores, LEARNED: scores})


def _expected(
    features: NDArray[np.float64], gain: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """What trees that saw other folds expect of each instance, [N]."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    trees = HistGradientBoostingRegressor(
        max_iter=TREES, max_leaf_nodes=8, min_samples_leaf=20, random_state=0
    )
    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    return np.asarray(cross_val_predict(trees, features, gain, cv=folds))


def _features(logits: NDArray) -> list[NDArray[np.float64]]:
    """What each exit says of each instance, [N, features] by exit."""
    predictions = logits.argmax(axis=-1)
    confidences = [exit_scores(logits, name) for name in ("max_prob", "margin", "entropy")]
    agreed = exit_scores(logits, "patience")
    told = logits.shape[-1] <= MOST_CLASSES
    return [
        np.column_stack(
            [
                *(confidence[exit_] for confidence in confidences),
                agreed[exit_],
                *(predictions[exit_] == one for one in range(logits.shape[-1] if told else 0)),
            ]
        ).astype(np.float64)
        for exit_ in range(len(logits))
    ]
