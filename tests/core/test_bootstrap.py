from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cascade_core import ExitLadder, tradeoff_curve
from cascade_core.bootstrap import percentile_interval, resamples, scores_at_speedups
from tests.core.test_tradeoff import ladders


def drawn_ladder(ladder: ExitLadder, times: np.ndarray) -> ExitLadder:
    """The ladder of one resample: instances as often as they were drawn."""
    index = np.repeat(np.arange(ladder.instances), times)
    assert ladder.logits is not None
    assert ladder.labels is not None
    return ExitLadder(
        name=ladder.name,
        logits=ladder.logits[:, index],
        labels=ladder.labels[index],
        scores={name: one[:, index] for name, one in ladder.scores.items()},
        costs={b: c[:, index] if c.ndim == 2 else c for b, c in ladder.costs.items()},
        reference_cost={b: c[index] if np.ndim(c) else c for b, c in ladder.reference_cost.items()},
    )


@pytest.mark.parametrize("metric", ["accuracy", "f1"])
@pytest.mark.parametrize("basis", ["layers", "latency", "flops"])
@given(ladder=ladders(), speedup=st.floats(0.2, 13), seed=st.integers(0, 99))
def test_each_resample_against_a_curve_of_its_own(basis, metric, ladder, speedup, seed) -> None:
    curve = tradeoff_curve(ladder, "verifier", basis, metric)
    drawn = resamples(ladder.instances, count=3, seed=seed)
    found = scores_at_speedups(ladder, curve, [speedup], drawn)[:, 0]
    for score, times in zip(found, drawn.times, strict=True):
        own = tradeoff_curve(drawn_ladder(ladder, times), "verifier", basis, metric)
        if np.isclose(own.speedup, speedup, rtol=1e-5).any():
            continue  # rounding decides which side it is on
        fastest = speedup > own.speedup[0]
        expected = own.point(0) if fastest else own.at_speedup(speedup)
        assert score == pytest.approx(expected.score)


def test_a_fixed_model_has_the_interval_that_scipy_gives() -> None:
    correct = np.random.default_rng(1).random(300) < 0.8
    ladder = ExitLadder("fixed", correct=correct[None], costs={"layers": [2]})
    scores = scores_at_speedups(ladder, tradeoff_curve(ladder), [1], resamples(300, 5000))[:, 0]
    theirs = stats.bootstrap((correct,), np.mean, n_resamples=5000, method="percentile", rng=0)
    assert percentile_interval(scores) == pytest.approx(theirs.confidence_interval, abs=0.005)


def test_resamples_are_the_same_for_the_same_seed() -> None:
    assert (resamples(50, 4, seed=2).times == resamples(50, 4, seed=2).times).all()
    assert (resamples(50, 4, seed=2).times != resamples(50, 4, seed=3).times).any()
    assert len(resamples(50).times) == 1000
    assert len(resamples(10**6).times) == 134


def test_many_instances_are_summed_chunk_by_chunk(monkeypatch) -> None:
    random = np.random.default_rng(3)
    ladder = ExitLadder("a", correct=random.random((3, 500)) < 0.7, costs={"layers": [1, 2, 3]},
                        scores={"max_prob": random.random((3, 500))})  # fmt: skip
    curve, drawn = tradeoff_curve(ladder), resamples(500, 20)
    at_once = scores_at_speedups(ladder, curve, [1, 1.5], drawn)
    monkeypatch.setattr("cascade_core.bootstrap.CHUNK", 64)
    np.testing.assert_array_equal(scores_at_speedups(ladder, curve, [1, 1.5], drawn), at_once)


def test_labels_that_are_unknown_have_no_interval() -> None:
    ladder = ExitLadder("a", logits=np.zeros((2, 3, 2)), labels=np.array([0, -1, 1]),
                        costs={"layers": [1, 2]})  # fmt: skip
    scores = scores_at_speedups(ladder, tradeoff_curve(ladder), [1], resamples(3))
    assert np.isnan(percentile_interval(scores[:, 0])).all()


@pytest.mark.parametrize("speedup", [1.3, 2.0])
def test_intervals_of_differences_hold_what_they_promise(speedup) -> None:
    """In 300 worlds of 250 instances the true difference lies inside about 95 times in 100."""
    world = np.random.default_rng(5)
    names, instances, worlds = ("one", "two"), 100_000, 300
    hard = world.random(instances)

    def made(name: str, noise: float, of: np.ndarray) -> ExitLadder:
        confidence = np.stack([1 - hard + noise * world.random(instances), np.ones(instances)])
        right = world.random((2, instances)) < np.stack([1 - 0.6 * hard, 1 - 0.3 * hard])
        return ExitLadder(name, correct=right[:, of], scores={"max_prob": confidence[:, of]},
                          costs={"layers": [2, 8]})  # fmt: skip

    whole = np.arange(instances)
    systems = [made(name, noise, whole) for name, noise in zip(names, (0.2, 1.0), strict=True)]
    one, two = (tradeoff_curve(system).at_speedup(speedup).score for system in systems)
    inside = 0
    for number in range(worlds):
        sample = world.choice(instances, 250, replace=False)
        drawn = resamples(250, 300, seed=number)
        scores = []
        for system in systems:
            assert system.correct is not None
            part = ExitLadder(
                system.name,
                correct=system.correct[:, sample],
                scores={"max_prob": system.scores["max_prob"][:, sample]},
                costs=system.costs,
            )
            scores.append(scores_at_speedups(part, tradeoff_curve(part), [speedup], drawn)[:, 0])
        low, high = percentile_interval(scores[0] - scores[1])
        inside += low <= one - two <= high
    assert 0.91 * worlds <= inside <= 0.985 * worlds
