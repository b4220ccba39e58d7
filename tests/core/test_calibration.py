from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_core import (
    exit_scores,
    expected_calibration_error,
    null_calibration_error,
    reliability_bins,
)
from tests import oracles, six_texts

# On the edges of 5 and 10 bins, beside them, and anywhere.
CONFIDENCES = st.sampled_from(
    [0.0, 0.1, 0.2, 0.3, 0.6, 0.7, 1.0, np.nextafter(0.2, 1)]
) | st.floats(0, 1)
INSTANCES = st.lists(st.tuples(CONFIDENCES, st.booleans()), min_size=1, max_size=20)


def netcal_error(confidence: np.ndarray, correct: np.ndarray, bins: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it imports warns about itself
        from netcal.metrics import ECE
    return np.asarray(ECE(bins).measure(confidence, correct.astype(int))).item()


def torchmetrics_error(confidence: np.ndarray, correct: np.ndarray, bins: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from torchmetrics.functional.classification import binary_calibration_error
    # Its binary task takes a probability and a 0/1 outcome: just a confidence and its correctness.
    outcome = torch.tensor(correct).int()
    return float(binary_calibration_error(torch.tensor(confidence), outcome, bins, "l1"))


@given(instances=INSTANCES, bins=st.sampled_from([1, 2, 5, 10, 15]))
def test_error_against_the_formula(instances: list[tuple[float, bool]], bins: int) -> None:
    confidence, correct = zip(*instances, strict=True)
    expected = oracles.expected_calibration_error(confidence, correct, bins)
    assert expected_calibration_error(confidence, correct, bins) == pytest.approx(
        expected, abs=1e-14
    )


@given(instances=INSTANCES, bins=st.sampled_from([1, 2, 5, 15]))
@pytest.mark.parametrize("scheme", ["equal-width", "equal-mass"])
def test_bins_add_up_to_the_error(
    scheme: str, instances: list[tuple[float, bool]], bins: int
) -> None:
    confidence, correct = map(np.array, zip(*instances, strict=True))
    found = reliability_bins(confidence, correct, bins, scheme)
    filled = found.count > 0
    assert found.count.sum() == len(confidence)
    np.testing.assert_array_equal(np.isnan(found.accuracy), ~filled)
    np.testing.assert_array_equal(found.lower[1:], found.upper[:-1])
    gaps = np.abs(found.accuracy - found.confidence)[filled]
    expected = (found.count[filled] * gaps).sum() / len(confidence)
    error = expected_calibration_error(confidence, correct, bins, scheme)
    assert error == pytest.approx(expected, abs=1e-14)


@given(instances=INSTANCES, bins=st.sampled_from([1, 2, 5, 15]))
def test_equal_mass_never_splits_equal_confidences(
    instances: list[tuple[float, bool]], bins: int
) -> None:
    confidence, correct = map(np.array, zip(*instances, strict=True))
    found = reliability_bins(confidence, correct, bins, "equal-mass")
    inside = [
        np.count_nonzero((confidence > low) & (confidence <= high))
        for low, high in zip([-1, *found.upper[:-1]], found.upper, strict=True)
    ]
    assert found.count.tolist() == inside
    distinct, copies = np.unique(confidence, return_counts=True)
    if len(distinct) == len(confidence):
        assert found.count.max() <= -(-len(confidence) // bins)
    assert found.count.max() <= -(-len(confidence) // bins) + copies.max() - 1


@pytest.mark.parametrize("bins", [10, 15])
def test_inside_the_bins_netcal_and_torchmetrics_agree(bins: int) -> None:
    random = np.random.default_rng(bins)
    confidence = random.uniform(0.01, 0.99, 3000)
    correct = random.random(3000) < confidence**2
    error = expected_calibration_error(confidence, correct, bins)
    assert netcal_error(confidence, correct, bins) == pytest.approx(error, abs=1e-12)
    assert torchmetrics_error(confidence, correct, bins) == pytest.approx(error, abs=1e-6)


@pytest.mark.parametrize(
    ("edge", "neighbour", "ours", "netcal", "torchmetrics"),
    [
        (0.0, 0.1, True, True, True),
        (0.2, 0.15, True, False, False),  # ours are (a, b], theirs [a, b)
        (0.2, 0.25, False, True, True),
        (1.0, 0.9, True, True, False),  # torchmetrics gives 1.0 a bin of its own
    ],
)
def test_at_the_edges_of_five_bins_they_differ(
    edge: float, neighbour: float, ours: bool, netcal: bool, torchmetrics: bool
) -> None:
    """True: an instance on the edge shares a bin with its neighbour, so their gaps may cancel."""
    confidence, correct = np.array([edge, neighbour]), np.array([edge < 0.5, edge >= 0.5])
    apart = np.abs(correct - confidence).sum() / 2
    together = abs((correct - confidence).sum()) / 2
    for error, shared in (
        (expected_calibration_error, ours),
        (netcal_error, netcal),
        (torchmetrics_error, torchmetrics),
    ):
        expected = together if shared else apart
        assert error(confidence, correct, 5) == pytest.approx(expected, abs=1e-12)


def test_float32_confidences_are_taken_as_the_numbers_they_are() -> None:
    above = np.array([0.3], dtype=np.float32)  # 0.300000012
    assert reliability_bins(above, [True], bins=10).count.argmax() == 3
    assert reliability_bins(above.astype(np.float64).round(3), [True], bins=10).count.argmax() == 2


def test_the_six_texts() -> None:
    confidence = exit_scores(six_texts.LOGITS, "max_prob")[0]
    correct = six_texts.LOGITS[0].argmax(axis=-1) == six_texts.LABELS
    error = expected_calibration_error(confidence, correct, bins=3)
    assert error == pytest.approx(six_texts.CALIBRATION_ERROR, abs=1e-7)
    assert reliability_bins(confidence, correct, bins=3).count.tolist() == [0, 1, 5]


def test_the_null_error_is_what_chance_alone_gives() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 400)
    chance = [
        expected_calibration_error(confidence, random.random(400) < confidence) for _ in range(300)
    ]
    assert null_calibration_error(confidence) == pytest.approx(np.mean(chance), rel=0.05)
    assert null_calibration_error(np.ones(50)) == 0
    large = null_calibration_error(random.uniform(0.5, 1, 40_000), draws=20)
    assert large < null_calibration_error(confidence) / 5


def test_a_calibrated_and_an_overconfident_model() -> None:
    correct = np.arange(100) < 70
    assert expected_calibration_error(np.full(100, 0.7), correct) == pytest.approx(0, abs=1e-12)
    assert expected_calibration_error(np.ones(100), correct) == pytest.approx(0.3)


def test_wrong_input_is_named() -> None:
    for confidence, correct in (([0.5], [True, False]), ([], []), ([[0.5]], [[True]])):
        with pytest.raises(ValueError, match=r"expected the same shape \[N\], N at least 1"):
            expected_calibration_error(confidence, correct)
    for outside in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match=r"confidence: expected probabilities in \[0, 1\]"):
            reliability_bins([0.5, outside], [True, True])
    with pytest.raises(ValueError, match="bins: expected at least 1 but got 0"):
        expected_calibration_error([0.5], [True], bins=0)
    with pytest.raises(ValueError, match="scheme: expected one of .* but got 'equal'"):
        expected_calibration_error([0.5], [True], scheme="equal")
