from __future__ import annotations

import numpy as np
import pytest

from cascade_core import ExitLadder, tradeoff_curve
from cascade_core.deferral import LEARNED, with_learned_scores


def pair(instances: int, seed: int = 0, knows: bool = True) -> ExitLadder:
    """A cascade whose small model is wrongly sure of class 1; the large model is always right.

    Unless it `knows`, the small model's answers have nothing to do with the labels.
    """
    random = np.random.default_rng(seed)
    labels = random.integers(2, size=instances)
    says = labels if knows else random.integers(2, size=instances)
    says = np.where((says == 0) & (random.random(instances) < 0.4), 1, says)
    sure = np.where(says == 1, 3.0, -1.0) + 0.1 * random.normal(size=instances)
    small = np.stack([np.zeros(instances), sure], axis=1)
    large = 5.0 * np.eye(2)[labels]
    return ExitLadder(
        "pair", logits=np.stack([small, large]), labels=labels, costs={"layers": [2, 14]}
    )


def test_it_learns_what_confidence_does_not_tell() -> None:
    ladder = with_learned_scores(pair(2_000))
    learned, plain = (
        tradeoff_curve(ladder, criterion).at_speedup(2.0).score
        for criterion in (LEARNED, "max_prob")
    )
    assert learned > plain + 0.05


def test_scores_are_the_gain_to_expect_with_its_sign() -> None:
    ladder = with_learned_scores(pair(2_000))
    assert ladder.predictions is not None
    says = ladder.predictions[0]
    gains = -ladder.scores[LEARNED][0]
    wrongly = 1 - (np.asarray(ladder.correct)[0][says == 1]).mean()
    assert gains[says == 1].mean() == pytest.approx(wrongly, abs=0.03)
    assert gains[says == 0].mean() == pytest.approx(0, abs=0.03)


def test_no_instance_is_scored_by_trees_that_saw_it() -> None:
    """Where there is nothing to learn, scores know nothing of which answers are right."""
    ladder = with_learned_scores(pair(2_000, knows=False))
    right = np.asarray(ladder.correct)[0]
    assert ladder.predictions is not None
    for answer in (0, 1):
        score = ladder.scores[LEARNED][0][ladder.predictions[0] == answer]
        known = right[ladder.predictions[0] == answer]
        assert abs(np.corrcoef(score, known)[0, 1]) < 0.1


def test_the_same_seed_scores_alike_and_the_rest_of_the_ladder_stays() -> None:
    ladder = pair(200)
    once, again = with_learned_scores(ladder), with_learned_scores(ladder)
    np.testing.assert_array_equal(once.scores[LEARNED], again.scores[LEARNED])
    assert once.scores[LEARNED].shape == (2, 200)
    assert once.logits is not None
    np.testing.assert_array_equal(once.logits, ladder.logits)
    assert once.costs["layers"].tolist() == [2, 14]


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="at least 50 instances to learn from, but 'pair' has 49"):
        with_learned_scores(pair(49))
    bare = ExitLadder("bare", correct=np.ones((2, 60), dtype=bool))
    with pytest.raises(ValueError, match="logits and known labels, to learn from, of 'bare'"):
        with_learned_scores(bare)
