from __future__ import annotations

import numpy as np
import pytest

from cascade_core import ModelOutput, Run, exit_scores, expected_calibration_error
from cascade_core.exit_quality import exit_grid
from cascade_core.temperature import at_temperatures, fit_temperature, fit_temperatures


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


def run_of(logits: np.ndarray, labels: np.ndarray) -> Run:
    """A run of one model, `ramps`, from logits [E, N, C]."""
    return Run("a", labels=labels, models={"ramps": ModelOutput("ramps", logits)})


def test_each_exit_has_its_own_and_unknown_labels_count_for_nothing() -> None:
    logits, labels = honest(4_000, 3)
    half = np.where(np.arange(4_000) % 2, labels, -1)
    run = run_of(np.stack([2 * logits, 0.5 * logits]), half)
    assert fit_temperatures(run)["ramps"] == pytest.approx([2, 0.5], rel=0.1)
    assert fit_temperature(logits, half) == fit_temperature(logits[1::2], labels[1::2])


def test_temperatures_make_an_exit_honest_and_change_no_answer() -> None:
    logits, labels = honest(4_000, 2)
    trained = run_of(np.stack([4 * logits, logits]), labels)
    scaled = at_temperatures(trained, fit_temperatures(trained))
    before, after = (run.systems["ramps"] for run in (trained, scaled))
    np.testing.assert_array_equal(before.correct, after.correct)
    right = np.asarray(before.correct)[0]
    sure = [exit_scores(np.asarray(one.logits), "max_prob")[0] for one in (before, after)]
    assert expected_calibration_error(sure[0], right) > 0.1
    assert expected_calibration_error(sure[1], right) < 0.03


def test_with_two_classes_the_difficulty_inversion_score_stays() -> None:
    logits, labels = honest(4_000, 2)
    trained = run_of(np.stack([1.4 * logits, 0.7 * logits]), labels)
    scaled = at_temperatures(trained, fit_temperatures(trained))
    before, after = (exit_grid(run, "dis").values for run in (trained, scaled))
    assert before == pytest.approx(after, abs=1e-6)


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="expected some that are known"):
        fit_temperature(np.zeros((2, 2)), np.array([-1, -1]))
