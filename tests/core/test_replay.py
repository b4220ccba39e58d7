from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cascade_core import replay
from cascade_core.replay import sweep
from tests import oracles

# Few values, so that ties between instances and between exits are the rule.
SCORES = st.sampled_from([np.nan, -np.inf, 0.0, 0.25, 0.5, 0.75, 1.0, np.inf])
SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 6))
THRESHOLDS = SCORES.filter(lambda value: not np.isnan(value)) | st.floats(-1, 2)


@given(scores=arrays(np.float64, SHAPES, elements=SCORES), threshold=THRESHOLDS)
def test_replay_is_algorithm_1(scores: np.ndarray, threshold: float) -> None:
    left = replay(scores, threshold)
    assert left.dtype == np.int64
    assert left.tolist() == oracles.leave_one_by_one(scores, threshold)


def test_a_score_equal_to_the_threshold_goes_on() -> None:
    assert replay([[0.9, np.nextafter(0.9, 1)], [0, 0]], threshold=0.9).tolist() == [1, 0]


def test_nan_goes_on_and_the_last_exit_always_emits() -> None:
    scores = [[np.nan, np.nan, -np.inf], [0.2, np.nan, np.nan]]
    assert replay(scores, threshold=0.1).tolist() == [1, 1, 1]
    assert replay(scores, threshold=-np.inf).tolist() == [1, 1, 1]
    assert replay([[np.nan, -np.inf]], threshold=np.inf).tolist() == [0, 0]


def test_float32_scores_are_compared_in_float64() -> None:
    score = np.float32(0.1)  # 0.100000001490116
    assert replay(np.array([[score], [0]], dtype=np.float32), threshold=0.1).tolist() == [0]


def test_the_scores_are_left_alone() -> None:
    scores = np.zeros((2, 2))
    replay(scores, 0.5)
    np.testing.assert_array_equal(scores, np.zeros((2, 2)))


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="threshold: expected a number but got NaN"):
        replay(np.zeros((1, 1)), np.nan)
    with pytest.raises(ValueError, match=r"scores: .* got shape \[3\]"):
        replay(np.zeros(3), 0.5)
    with pytest.raises(ValueError, match="non-empty"):
        replay(np.zeros((2, 0)), 0.5)


@given(scores=arrays(np.float64, SHAPES, elements=SCORES), thresholds=st.lists(THRESHOLDS))
def test_sweep_is_replay_at_every_threshold(scores: np.ndarray, thresholds: list[float]) -> None:
    exits, instances = scores.shape
    worth = np.arange(exits * instances).reshape(scores.shape)
    found = sweep(scores, [worth])
    assert (np.diff(found.breakpoints) > 0).all()
    for threshold in [*thresholds, *found.breakpoints, np.nextafter(-np.inf, 0)]:
        left = oracles.leave_one_by_one(scores, threshold)
        state = int(found.breakpoints.searchsorted(threshold, "right"))
        counts = found.moves.counts_at(state)
        assert counts.tolist() == np.bincount(left, minlength=exits).tolist()
        assert found.totals[0][state] == worth[left, range(instances)].sum()


def test_every_state_differs_from_the_one_before() -> None:
    scores = np.random.default_rng(0).integers(0, 9, (4, 50)).astype(float)
    found = sweep(scores, [])
    states = range(len(found.breakpoints) + 1)
    counts = [found.moves.counts_at(state).tolist() for state in states]
    assert all(before != after for before, after in pairwise(counts))
