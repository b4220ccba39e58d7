from __future__ import annotations

import numpy as np
import pytest

from cascade_core import (
    ExitLadder,
    difficulty_inversion_score,
    exit_scores,
    expected_calibration_error,
)
from cascade_core.temperature import fit_temperature, fit_temperatures, scaled


def honest(instances: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is how probable each label is, and labels that were drawn so."""
    random = np.random.default_rng(seed)
    logits = 1.5 * random.normal(size=(instances, classes))
    noisy = logits + random.gumbel(size=logits.shape)  # the highest is drawn by softmax(logits)
    return logits, noisy.argmax(axis=1)


@pytest.mark.parametrize("planted", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_planted_temperature_is_found(planted: float, classes: int) -> None:
    logits, labels = honest(20_000, classes)
    assert fit_temperature(planted * logits, labels) == pytest.approx(planted, rel=0.05)


def test_no_other_temperature_says_more_of_the_labels() -> None:
    logits, labels = honest(500, 4)

    def surprise(temperature: float) -> float:
        exponentials = np.exp(logits / temperature)
        right = exponentials[np.arange(500), labels] / exponentials.sum(axis=1)
        return -np.log(right).mean()

    found = fit_temperature(logits, labels)
    assert all(surprise(found) <= surprise(other) + 1e-9 for other in np.geomspace(0.1, 10, 201))


def test_each_exit_has_its_own_and_unknown_labels_count_for_nothing() -> None:
    logits, labels = honest(4_000, 3)
    half = np.where(np.arange(4_000) % 2, labels, -1)
    ladder = ExitLadder("a", logits=np.stack([2 * logits, 0.5 * logits]), labels=half)
    assert fit_temperatures(ladder) == pytest.approx([2, 0.5], rel=0.1)
    assert fit_temperature(logits, half) == fit_temperature(logits[1::2], labels[1::2])


def test_scaling_makes_an_exit_honest_and_changes_no_answer() -> None:
    logits, labels = honest(4_000, 2)
    ladder = ExitLadder("a", logits=np.stack([4 * logits, logits]), labels=labels)
    cool = scaled(ladder, fit_temperatures(ladder))
    assert ladder.correct is not None
    assert cool.correct is not None
    assert cool.logits is not None
    np.testing.assert_array_equal(cool.correct, ladder.correct)
    right = ladder.correct[0]
    before, after = (exit_scores(np.asarray(one.logits), "max_prob")[0] for one in (ladder, cool))
    assert expected_calibration_error(before, right) > 0.1
    assert expected_calibration_error(after, right) < 0.03
    # With two classes the order of confidences stays, but for what rounds to 1 before.
    unlike = before < 1
    dis = [difficulty_inversion_score(right[unlike], one[unlike]) for one in (before, after)]
    assert dis[0] == pytest.approx(dis[1], abs=1e-12)


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="expected some that are known"):
        fit_temperature(np.zeros((2, 2)), np.array([-1, -1]))
    bare = ExitLadder("bare", correct=np.array([[True]]))
    with pytest.raises(ValueError, match="expected logits and labels, to fit temperatures"):
        fit_temperatures(bare)
    with pytest.raises(ValueError, match="expected logits, to scale them, of 'bare'"):
        scaled(bare, np.ones(1))
