from __future__ import annotations

import numpy as np
import pytest

from cascade_core import ExitLadder, tradeoff_curve
from cascade_core.guarantee import p_value, safe_threshold
from tests.dashboard.made_up import made_up

MARGIN = 0.03


def world(random: np.random.Generator, instances: int, signal: float) -> ExitLadder:
    """A small model, right less often where it is less sure, before one that is right on 0.9."""
    hard = random.random(instances)
    confidence = 1 - (signal * hard + (1 - signal) * random.random(instances))
    small = random.random(instances) < 1 - 0.5 * hard
    large = np.where(random.random(instances) < 0.7, small | (hard > 0.3), random.random() < 0.9)
    return ExitLadder(
        "cascade",
        correct=np.stack([small, large]),
        scores={"max_prob": np.stack([confidence, np.ones(instances)])},
        costs={"layers": [2, 10]},
    )


@pytest.mark.parametrize("signal", [0.2, 0.9])
def test_the_promise_is_broken_no_more_often_than_stated(monkeypatch, signal) -> None:
    """A thousand worlds of 400 instances each; the truth is looked up in one of a million."""
    monkeypatch.setattr("cascade_core.guarantee.STEPS", 40)
    random = np.random.default_rng(11)
    whole = world(random, 1_000_000, signal)
    assert whole.correct is not None
    small, large = whole.correct
    sure = whole.scores["max_prob"][0]
    order = np.argsort(-sure)
    # What leaving at the first exit costs, for so many of the surest instances.
    costs = np.cumsum(large[order].astype(int) - small[order]) / len(order)
    broken = chosen = 0
    for _ in range(1000):
        sample = random.integers(len(sure), size=400)
        ladder = ExitLadder(
            "cascade",
            correct=whole.correct[:, sample],
            scores={"max_prob": whole.scores["max_prob"][:, sample]},
            costs={"layers": [2, 10]},
        )
        curve = tradeoff_curve(ladder)
        threshold = safe_threshold(ladder, curve, large[sample], MARGIN, 0.9).threshold
        if threshold is None:
            continue
        leaving = int((sure > threshold).sum())
        broken += leaving > 0 and costs[leaving - 1] > MARGIN
        chosen += leaving > 0
    assert broken <= 0.1 * 1000
    assert chosen > 100  # it is not kept by promising nothing


def test_more_instances_allow_more() -> None:
    random = np.random.default_rng(2)
    shares = []
    for instances in (300, 30_000):
        ladder = world(random, instances, 0.9)
        assert ladder.correct is not None
        curve = tradeoff_curve(ladder)
        found = safe_threshold(ladder, curve, ladder.correct[1], MARGIN)
        shares.append(
            0 if found.threshold is None else curve.at_threshold(found.threshold).early_share
        )
    assert shares[1] > shares[0]


def test_no_promise_can_be_made_of_few_instances_or_a_worse_system() -> None:
    run = made_up(30)
    ladder = run.systems["cascade"]
    assert ladder.correct is not None
    assert safe_threshold(ladder, tradeoff_curve(ladder), ladder.correct[-1]).threshold is None
    perfect = np.ones(30, dtype=bool)
    assert safe_threshold(ladder, tradeoff_curve(ladder), perfect, 0.05).threshold is None


def test_p_values_are_rarely_small_where_the_bound_is_met() -> None:
    random = np.random.default_rng(4)
    losses = random.choice([-1, 0, 1], p=[0.05, 0.88, 0.07], size=(2000, 300))  # 0.02 expected
    values = np.array([p_value(one, 0.02) for one in losses])
    for level in (0.01, 0.05, 0.2):
        assert (values <= level).mean() <= level
    assert p_value(losses[0], 0.3) < 1e-6


def test_settings_that_make_no_sense_are_refused() -> None:
    ladder = made_up(30).systems["cascade"]
    curve, reference = tradeoff_curve(ladder), np.ones(30, dtype=bool)
    with pytest.raises(ValueError, match="a margin above 0 and a confidence between 0 and 1"):
        safe_threshold(ladder, curve, reference, margin=0)
    unknown = made_up(30, labelled=False).systems["cascade"]
    with pytest.raises(ValueError, match="expected known labels, but 'cascade' has unknown ones"):
        safe_threshold(unknown, tradeoff_curve(unknown), reference)
