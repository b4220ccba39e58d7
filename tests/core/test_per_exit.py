from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cascade_core import ExitLadder, TradeoffCurve, tradeoff_curve
from cascade_core.per_exit import Thresholds, at_thresholds, search_thresholds


def made_up(seed: int, instances: int, exits: int = 3, ties: bool = True) -> ExitLadder:
    """Later exits are better, and surer where they are right; some scores are equal or NaN."""
    random = np.random.default_rng(seed)
    skill = np.linspace(0.5, 0.9, exits)[:, None]
    correct = random.random((exits, instances)) < skill
    scores = np.clip(0.3 * correct + random.random((exits, instances)), 0, 1)
    scores = scores.round(1) if ties else scores
    scores[0, : instances // 10] = np.nan
    costs = np.cumsum(random.integers(1, 5, size=exits))
    return ExitLadder("made-up", correct=correct, scores={"sure": scores}, costs={"layers": costs})


def best_of_all(ladder: ExitLadder, curve: TradeoffCurve, speedup: float) -> Thresholds:
    """Every combination of breakpoints, tried one by one."""
    scores = ladder.scores["sure"]
    possible = [[-1.0, *np.unique(one[np.isfinite(one)])] for one in scores[:-1]]
    tried = [at_thresholds(ladder, curve, [*each, 0.0]) for each in product(*possible)]
    return max((one for one in tried if one.speedup >= speedup - 1e-9), key=lambda one: one.score)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("speedup", [1.2, 1.6, 2.5])
def test_the_search_comes_near_the_best_there_is(seed: int, speedup: float) -> None:
    ladder = made_up(seed, instances=60)
    curve = tradeoff_curve(ladder, "sure")
    if curve.speedup[0] < speedup:
        return
    (found,) = search_thresholds(ladder, curve, [speedup])
    assert found is not None
    best = best_of_all(ladder, curve, speedup)
    assert found.score <= best.score
    assert found.score >= best.score - 0.05  # three of sixty; a local optimum


@pytest.mark.parametrize("seed", range(40))
def test_of_f1_too_it_is_never_worse_though_accuracy_is_what_is_searched(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = (random.random(150) < 0.1).astype(int)
    logits = random.normal(size=(3, 150, 2)) + np.eye(2)[labels]
    ladder = ExitLadder("a", logits=logits, labels=labels, costs={"layers": [1, 2, 4]})
    curve = tradeoff_curve(ladder, metric="f1")
    for speedup, found in zip(
        (1.2, 2.0), search_thresholds(ladder, curve, [1.2, 2.0]), strict=True
    ):
        assert found is not None
        assert found.score >= curve.at_speedup(speedup).score


@pytest.mark.parametrize("seed", range(20))
def test_it_is_never_worse_than_one_threshold_for_all(seed: int) -> None:
    ladder = made_up(seed, instances=300, exits=5, ties=seed % 2 == 0)
    curve = tradeoff_curve(ladder, "sure")
    speedups = [1.0, 1.3, 1.7, 2.2]
    for wanted, found in zip(speedups, search_thresholds(ladder, curve, speedups), strict=True):
        if found is None:
            assert curve.speedup[0] < wanted
            continue
        shared = curve.at_speedup(wanted)
        assert found.speedup >= wanted - 1e-9
        assert found.score >= shared.score


def test_it_finds_what_one_threshold_cannot() -> None:
    """The first exit is sure and wrong, the second unsure and right."""
    right = np.array([[False] * 50 + [True] * 50, [True] * 100, [True] * 100])
    sure = np.array([[0.8] * 50 + [0.9] * 50, [0.5] * 100, [1.0] * 100])
    ladder = ExitLadder("a", correct=right, scores={"sure": sure}, costs={"layers": [1, 2, 10]})
    curve = tradeoff_curve(ladder, "sure")
    (found,) = search_thresholds(ladder, curve, [5.0])
    assert found is not None
    assert (found.score, curve.at_speedup(5.0).score) == (1.0, 0.5)
    assert found.each[0] == pytest.approx(0.8)
    assert found.each[1] < 0.5


def test_the_same_threshold_for_each_is_the_curve() -> None:
    ladder = made_up(3, instances=200, exits=4)
    curve = tradeoff_curve(ladder, "sure")
    for threshold in (-1.0, 0.3, 0.75, 1.0):
        point = curve.at_threshold(threshold)
        found = at_thresholds(ladder, curve, [threshold] * 4)
        assert (found.score, found.speedup) == pytest.approx((point.score, point.speedup))
        assert np.bincount(found.left, minlength=4).tolist() == point.exit_counts.tolist()


def test_costs_by_instance_and_f1_are_what_the_curve_has() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 80, 2))
    costs = np.cumsum(random.random((3, 80)) + 0.1, axis=0)
    labels = random.integers(2, size=80)
    ladder = ExitLadder("a", logits=logits, labels=labels, costs={"flops": costs})
    curve = tradeoff_curve(ladder, "max_prob", "flops", "f1")
    point, found = curve.at_threshold(0.7), at_thresholds(ladder, curve, [0.7] * 3)
    assert (found.score, found.cost) == pytest.approx((point.score, point.cost))
    assert search_thresholds(ladder, curve, [1.5, 1000.0])[1] is None


@pytest.mark.parametrize(
    "ladder",
    [
        ExitLadder("one", correct=np.array([[True]]), costs={"layers": [1]}),
        ExitLadder(
            "unknown",
            logits=np.zeros((2, 1, 2)),
            labels=np.array([-1]),
            costs={"layers": [1, 2]},
        ),
    ],
    ids=lambda ladder: ladder.name,
)
def test_what_cannot_be_searched_is_said(ladder: ExitLadder) -> None:
    with pytest.raises(ValueError, match=f"known labels and several exits.*{ladder.name}"):
        search_thresholds(ladder, tradeoff_curve(ladder), [1.0])
