from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from cascade_core import difficulty_inversion_score, exit_scores, tied_pair_share
from cascade_core.difficulty import difficulty_inversion_interval
from tests import oracles, six_texts

INSTANCES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([-np.inf, 0.5, 0.6, 0.7, 1.0, np.inf])), max_size=12
)


@given(INSTANCES)
def test_scores_against_all_pairs(instances: list[tuple[bool, float]]) -> None:
    correct = [each for each, _ in instances]
    confidence = [each for _, each in instances]
    paper = oracles.difficulty_inversion_score(correct, confidence, tied_credit=1)
    half = oracles.difficulty_inversion_score(correct, confidence, tied_credit=0.5)
    untied = oracles.difficulty_inversion_score(correct, confidence, tied_credit=0)
    assert difficulty_inversion_score(correct, confidence) == pytest.approx(paper, nan_ok=True)
    assert difficulty_inversion_score(correct, confidence, ties="half") == pytest.approx(
        half, nan_ok=True
    )
    assert tied_pair_share(correct, confidence) == pytest.approx(paper - untied, nan_ok=True)


@pytest.mark.parametrize("decimals", [1, 2, 12])
def test_half_credit_is_scikit_learns_area_under_the_curve(decimals: int) -> None:
    random = np.random.default_rng(decimals)
    confidence = random.random(2000).round(decimals)
    easy = random.random(2000) < confidence
    expected = roc_auc_score(easy, confidence)
    assert difficulty_inversion_score(easy, confidence, ties="half") == pytest.approx(
        expected, abs=1e-12
    )


def test_the_six_texts() -> None:
    confidence = exit_scores(six_texts.LOGITS, "max_prob")[0]
    correct = six_texts.LOGITS[0].argmax(axis=-1) == six_texts.LABELS
    assert difficulty_inversion_score(correct, confidence) == six_texts.INVERSION_SCORE


def test_a_perfect_and_a_perverse_ranking() -> None:
    correct = np.array([True, True, False, False])
    assert difficulty_inversion_score(correct, [0.9, 0.8, 0.7, 0.6]) == 1
    assert difficulty_inversion_score(correct, [0.6, 0.7, 0.8, 0.9]) == 0
    for ties, expected in {"paper": 1, "half": 0.5}.items():
        assert difficulty_inversion_score(correct, np.ones(4), ties=ties) == expected
    assert tied_pair_share(correct, np.ones(4)) == 1


@pytest.mark.parametrize("correct", [[], [True], [False], [True, True], [False, False]])
def test_undefined_without_both_kinds(correct: list[bool]) -> None:
    confidence = np.ones(len(correct))
    assert math.isnan(difficulty_inversion_score(correct, confidence))
    assert math.isnan(difficulty_inversion_score(correct, confidence, ties="half"))
    assert math.isnan(tied_pair_share(correct, confidence))


def test_counts_do_not_overflow() -> None:
    confidence = np.arange(200_000.0)
    correct = confidence < 100_000  # all 10^10 pairs inverted
    assert difficulty_inversion_score(correct, confidence) == 0


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected the same shape \[N\] but got \[2\] and \[1\]"):
        difficulty_inversion_score([True, False], [0.5])
    with pytest.raises(ValueError, match="got NaN"):
        difficulty_inversion_score([True, False], [0.5, np.nan])
    with pytest.raises(ValueError, match="ties: expected paper or half but got 'none'"):
        difficulty_inversion_score([True, False], [0.5, 0.5], ties="none")


@pytest.mark.parametrize("ease", [0.5, 1.5, 3.0])
def test_the_interval_covers_the_score_of_ever_more_instances(ease: float) -> None:
    random = np.random.default_rng(7)

    def drawn(instances: int) -> tuple[np.ndarray, np.ndarray]:
        easy = random.random(instances) < 0.8
        return easy, np.tanh(random.normal(ease * easy, 1)).round(2)  # with ties

    truth = difficulty_inversion_score(*drawn(400_000))
    found = [difficulty_inversion_interval(*drawn(300)) for _ in range(400)]
    covered = np.mean([low <= truth <= high for low, high in found])
    assert 0.92 <= covered <= 0.98


def test_the_interval_of_a_perfect_ranking_is_not_empty_and_that_of_no_pair_is_unknown() -> None:
    low, high = difficulty_inversion_interval([True, True, False], [0.9, 0.8, 0.1])
    assert (round(low, 3), high) == (0.025, 1.0)
    low, high = difficulty_inversion_interval([True, False, False], [0.1, 0.8, 0.9])
    assert (low, round(high, 3)) == (0.0, 0.975)
    assert np.isnan(difficulty_inversion_interval([True, True], [0.9, 0.8])).all()
