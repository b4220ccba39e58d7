from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cascade_core import expected_calibration_error
from cascade_core.bootstrap import resamples
from cascade_core.calibration_report import calibration_report, smooth_calibration_error

WORLDS = 200
Truth = Callable[[np.ndarray], np.ndarray]


def too_sure(confidence: np.ndarray) -> np.ndarray:
    return confidence - 0.16 * (confidence - 0.5)


def now_and_then(confidence: np.ndarray) -> np.ndarray:
    return np.clip(confidence + 0.05 * np.sin(12 * confidence), 0, 1)


def honest(confidence: np.ndarray) -> np.ndarray:
    return confidence


def drawn_from(
    truth: Truth, instances: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    confidence = 0.5 + 0.5 * random.beta(4, 1, instances)
    return confidence, random.random(instances) < truth(confidence)


@pytest.mark.parametrize(
    ("truth", "at_least"), [(too_sure, 0.88), (now_and_then, 0.85), (honest, 0.9)]
)
def test_the_interval_covers_the_error_that_is_there(truth: Truth, at_least: float) -> None:
    """95 % is asked for; a bootstrap of absolute values falls short of it somewhat."""
    random = np.random.default_rng(0)
    everything = 0.5 + 0.5 * random.beta(4, 1, 1_000_000)
    gap = truth(everything) - everything
    index = np.ceil(15 * everything).astype(int)
    true = np.abs(np.bincount(index, gap)).sum() / len(everything)
    drawn = resamples(1_000, count=200)
    covered = 0
    for _ in range(WORLDS):
        found = calibration_report(*drawn_from(truth, 1_000, random), drawn=drawn)
        covered += found.interval.low <= true + 1e-9 and true <= found.interval.high
    assert covered / WORLDS >= at_least


@pytest.mark.parametrize("scheme", ["equal-width", "equal-mass"])
def test_the_report_says_what_its_parts_say(scheme: str) -> None:
    confidence, right = drawn_from(too_sure, 3_000, np.random.default_rng(1))
    found = calibration_report(confidence, right, 10, scheme)
    assert found.error == expected_calibration_error(confidence, right, 10, scheme)
    assert found.bins.count.sum() == 3_000
    assert 0 < found.by_chance < found.error < found.interval.high
    assert found.interval.low > 0


def test_drawing_everyone_once_gives_the_error_itself() -> None:
    confidence, right = drawn_from(too_sure, 500, np.random.default_rng(2))
    once = resamples(500, count=2)._replace(times=np.ones((2, 500), dtype=np.uint8))
    found = calibration_report(confidence, right, drawn=once)
    assert found.interval == pytest.approx((found.error, found.error), abs=1e-6)


def test_the_smooth_error_agrees_where_there_is_much_to_see_and_little() -> None:
    random = np.random.default_rng(3)
    confidence, right = drawn_from(lambda one: one - 0.1, 20_000, random)
    assert smooth_calibration_error(confidence, right) == pytest.approx(0.1, abs=0.015)
    assert smooth_calibration_error(*drawn_from(honest, 20_000, random)) < 0.02


def test_nothing_to_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match="N at least 1"):
        calibration_report([], [])
