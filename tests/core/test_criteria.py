from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cascade_core import CRITERIA, ExitLadder, exit_scores, ladder_scores, replay, threshold_range
from tests import oracles

SOFTMAX_CRITERIA = ("max_prob", "entropy", "margin")


@pytest.mark.parametrize("criterion", SOFTMAX_CRITERIA)
@given(
    logits=arrays(
        np.float32,
        array_shapes(min_dims=3, max_dims=3, max_side=4).filter(lambda shape: shape[2] > 1),
        elements=st.floats(-120, 120, width=32) | st.sampled_from([-np.inf, 0.0, 1.0]),
    ).filter(lambda logits: np.isfinite(logits).any(axis=-1).all())
)
def test_softmax_criteria_against_their_definitions(criterion: str, logits: np.ndarray) -> None:
    scores = exit_scores(logits, criterion)
    expected = [[oracles.confidence(one, criterion) for one in row] for row in logits]
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, expected, rtol=1e-12, atol=1e-12)


@given(arrays(np.int8, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.integers(0, 2)))
def test_patience_counts_repeated_predictions(predictions: np.ndarray) -> None:
    scores = exit_scores(np.eye(3)[predictions], "patience")
    expected = np.transpose([oracles.patience(column) for column in predictions.T])
    np.testing.assert_array_equal(scores, expected)


@pytest.mark.parametrize("patience", [0, 1, 2, 3])
def test_patience_p_runs_at_least_p_plus_one_exits(patience: int) -> None:
    logits = np.eye(2)[np.zeros((5, 1), dtype=int)]
    scores = exit_scores(logits, "patience")
    assert replay(scores, threshold=patience - 0.5).tolist() == [patience]


def test_oracle_reads_the_labels() -> None:
    logits = np.eye(2)[[[0, 1, 1], [1, 1, 0]]]
    scores = exit_scores(logits, "oracle", labels=[0, 0, -1])
    np.testing.assert_array_equal(scores, [[1, 0, 0], [0, 0, 0]])
    with pytest.raises(ValueError, match="oracle: expected labels"):
        exit_scores(logits, "oracle")


def test_random_is_uniform_and_repeats_with_its_seed() -> None:
    logits = np.zeros((3, 1000, 2))
    scores = exit_scores(logits, "random", seed=3)
    np.testing.assert_array_equal(scores, exit_scores(logits, "random", seed=3))
    assert (scores != exit_scores(logits, "random", seed=4)).all()
    assert scores.min() >= 0
    assert scores.max() < 1
    assert abs(scores.mean() - 0.5) < 0.02


@pytest.mark.parametrize("criterion", SOFTMAX_CRITERIA)
@pytest.mark.parametrize(("dtype", "gap"), [(np.float32, 120), (np.float16, 18)])
def test_saturated_logits_are_certain_and_never_nan(criterion: str, dtype: type, gap: int) -> None:
    scores = exit_scores(np.array([[[gap, 0], [0, -gap], [0, 0]]], dtype=dtype), criterion)
    np.testing.assert_allclose(scores[0, :2], 1, atol=1e-6)
    assert scores[0, 2] == (0.5 if criterion == "max_prob" else 0)


def test_float32_saturation_makes_no_ties_in_float64() -> None:
    gaps = np.array([17, 18, 20, 25, 30], dtype=np.float32)
    logits = np.stack([gaps, np.zeros_like(gaps)], axis=-1)[None]
    in_float32 = np.float32(1) / (np.float32(1) + np.exp(-gaps))
    assert len(np.unique(in_float32)) == 1
    for criterion in SOFTMAX_CRITERIA:
        assert (np.diff(exit_scores(logits, criterion)[0]) > 0).all()


@pytest.mark.parametrize("criterion", [name for name in CRITERIA if name != "random"])
def test_nan_logits_score_nan_and_defer(criterion: str) -> None:
    logits = np.array([[[np.nan, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    scores = exit_scores(logits, criterion, labels=[1, 1])
    np.testing.assert_array_equal(np.isnan(scores), [[True, False], [False, False]])
    assert replay(scores, threshold=-1.0).tolist() == [1, 0]


@pytest.mark.parametrize("criterion", SOFTMAX_CRITERIA)
def test_infinite_logits_warn_nobody(criterion: str) -> None:
    scores = exit_scores(np.array([[[np.inf, 0.0], [0.0, -np.inf]]]), criterion)
    assert np.isnan(scores[0, 0])  # inf - inf is undefined, so it defers
    assert scores[0, 1] == 1


@pytest.mark.parametrize("criterion", SOFTMAX_CRITERIA)
def test_a_single_class_leaves_no_doubt(criterion: str) -> None:
    np.testing.assert_array_equal(exit_scores(np.zeros((2, 3, 1)), criterion), np.ones((2, 3)))


def test_for_two_classes_the_softmax_criteria_order_alike_and_for_three_they_do_not() -> None:
    logits = np.random.default_rng(0).normal(scale=3, size=(1, 500, 3))
    two = [exit_scores(logits[..., :2], name)[0].argsort() for name in SOFTMAX_CRITERIA]
    np.testing.assert_array_equal(two[0], two[1])
    np.testing.assert_array_equal(two[0], two[2])
    three = [exit_scores(logits, name)[0].argsort() for name in SOFTMAX_CRITERIA]
    assert len({tuple(order) for order in three}) == 3


def test_deebert_entropy_rule_in_nats_is_a_threshold() -> None:
    logits = np.random.default_rng(1).normal(size=(1, 200, 3))
    nats = np.array([[-sum(p * np.log(p) for p in oracles.probabilities(z)) for z in logits[0]]])
    leaves = exit_scores(logits, "entropy") > 1 - 0.4 / np.log(3)
    np.testing.assert_array_equal(leaves, nats < 0.4)


def test_threshold_ranges_span_all_leave_to_none_leaves_early() -> None:
    assert threshold_range("max_prob", classes=3, exits=2) == (1 / 3, 1.0)
    assert threshold_range("max_prob", classes=None, exits=2) == (0.0, 1.0)
    assert threshold_range("entropy", classes=3, exits=2) == (0.0, 1.0)
    low, high = threshold_range("patience", classes=2, exits=4)
    scores = exit_scores(np.eye(2)[np.zeros((4, 1), dtype=int)], "patience")
    assert (replay(scores, low).tolist(), replay(scores, high).tolist()) == ([0], [3])
    for criterion in CRITERIA:
        low, high = threshold_range(criterion, classes=1, exits=1)
        assert low < high


def test_ready_made_scores_come_first() -> None:
    logits = np.zeros((1, 2, 2))
    ladder = ExitLadder(
        "a", logits, np.array([0, 1]), scores={"max_prob": [[7, 8]], "own": [[1, 2]]}
    )
    np.testing.assert_array_equal(ladder_scores(ladder, "max_prob"), [[7, 8]])
    np.testing.assert_array_equal(ladder_scores(ladder, "own"), [[1, 2]])
    np.testing.assert_array_equal(ladder_scores(ladder, "margin"), [[0, 0]])
    np.testing.assert_array_equal(ladder_scores(ladder, "oracle"), [[1, 0]])
    np.testing.assert_array_equal(
        ladder_scores(ladder, "random"), exit_scores(logits, "random", seed=0)
    )


def test_unknown_criteria_and_shapes_are_named() -> None:
    with pytest.raises(ValueError, match="expected one of max_prob, .* but got 'certainty'"):
        exit_scores(np.zeros((1, 1, 2)), "certainty")
    with pytest.raises(ValueError, match="but got 'certainty'"):
        threshold_range("certainty", 2, 2)
    with pytest.raises(ValueError, match=r"logits: .* got shape \[2, 2\]"):
        exit_scores(np.zeros((2, 2)), "max_prob")
    without_logits = ExitLadder("pair", correct=np.ones((2, 1), bool), scores={"own": [[1], [2]]})
    known = r"own, oracle, random for 'pair' \(no logits\) but got 'margin'"
    with pytest.raises(ValueError, match=known):
        ladder_scores(without_logits, "margin")
