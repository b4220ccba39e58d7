"""Intervals, outcomes and the verdict: against scipy, a literal loop and pencil and paper."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import binomtest

from cascade_core import (
    ExitLadder,
    exit_scores,
    expected_calibration_error,
    replay,
    tradeoff_curve,
)
from cascade_core.bootstrap import bootstrap
from cascade_core.comparison import IN_FULL, REFERENCE, Comparison
from cascade_core.halves import halves
from cascade_core.intervals import difference_interval, wilson
from cascade_core.operation import (
    Operation,
    OutOfReach,
    matched,
    operate,
    operate_all,
    speedup_to_match,
)
from cascade_core.outcomes import OUTCOMES, outcomes
from dashboard.theme import points
from dashboard.verdict import Kept, Verdict, sentence, verdict
from tests.dashboard.made_up import made_up

RUN = made_up(200)
CURVES = {name: tradeoff_curve(ladder) for name, ladder in RUN.systems.items()}
SPEEDUPS = (1.0, 3.0, 99.0)


def compared(ladders: Mapping[str, ExitLadder], reference: ExitLadder) -> Comparison:
    ladders = {**ladders, REFERENCE: reference}
    curves = {name: tradeoff_curve(ladder) for name, ladder in ladders.items()}
    return Comparison(ladders, curves, bootstrap(ladders, curves, (IN_FULL, 2.0)))


@pytest.mark.parametrize(("right", "count"), [(0, 7), (7, 7), (81, 100), (1, 1)])
def test_wilson_is_scipy_s(right: int, count: int) -> None:
    referee = binomtest(right, count).proportion_ci(method="wilson")
    assert wilson(right / count, count) == pytest.approx((referee.low, referee.high))


def test_operation_counts_what_is_emitted() -> None:
    ladder = RUN.systems["ramps"]
    logits = np.asarray(ladder.logits)
    left = replay(exit_scores(logits, "max_prob"), 0.8)
    every = np.arange(RUN.instances)
    done = operate(ladder, CURVES["ramps"], 0.8)
    right = logits[left, every].argmax(axis=1) == RUN.labels
    confidence = exit_scores(logits, "max_prob")[left, every]
    np.testing.assert_array_equal(done.left, left)
    assert done.point.score == right.mean()
    assert done.calibration_error == pytest.approx(expected_calibration_error(confidence, right))
    assert done.point.exit_counts.tolist() == np.bincount(left, minlength=6).tolist()


def test_f1_interval_contains_f1() -> None:
    run = made_up(200, metric="f1")
    ladder = run.systems["cascade"]
    done = operate(ladder, tradeoff_curve(ladder, metric="f1"), 0.8)
    assert done.interval.low < done.point.score < done.interval.high


def test_matched_and_same_speedup_say_what_is_out_of_reach() -> None:
    resampled = bootstrap(RUN.systems, CURVES, SPEEDUPS)
    cells = matched(RUN.systems["cascade"], CURVES["cascade"], SPEEDUPS, resampled)
    assert [cell.point is None for cell in cells] == [False, False, True]
    all_systems = operate_all(RUN.systems, CURVES, "ramps", 0.5, same_speedup=True)
    assert isinstance(all_systems[0], OutOfReach)
    assert all_systems[0].fastest == 1


def test_the_same_speedup_is_chosen_on_other_instances_and_said_of_these() -> None:
    calibration, evaluation = halves(made_up(200))
    curves, choosing = (
        {name: tradeoff_curve(ladder) for name, ladder in run.systems.items()}
        for run in (evaluation, calibration)
    )
    found = operate_all(evaluation.systems, curves, "cascade", 0.8, True, choosing)
    wanted = speedup_to_match(choosing["cascade"].at_threshold(0.8).speedup)
    there = choosing["ramps"].at_speedup(wanted).threshold
    assert [operation.system for operation in found] == list(curves)
    large, _, ramps, cascade = found
    assert isinstance(large, OutOfReach)
    assert isinstance(ramps, Operation)
    assert isinstance(cascade, Operation)
    assert cascade.point.threshold == 0.8
    assert ramps.point[:4] == curves["ramps"].at_threshold(there)[:4]
    here = operate_all(evaluation.systems, curves, "cascade", 0.8, True)[2]
    assert isinstance(here, Operation)
    assert here.point.threshold != there


def test_equal_answers_to_few_say_little_and_to_many_say_more() -> None:
    few, many = (
        difference_interval(right, right) for right in (np.ones(3, bool), np.ones(300, bool))
    )
    assert few.low == pytest.approx(-few.high)
    assert few.high > 0.5
    assert many.high < 0.01


def test_a_paired_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    for instances in (20, 400):
        # right alone with probability 0.10, the other alone with 0.05, both with 0.75
        drawn = rng.random((2_000, instances))
        right, other = drawn < 0.85, (drawn > 0.10) & (drawn < 0.90)
        covered = [low <= 0.05 <= high for low, high in map(difference_interval, right, other)]
        assert 0.94 <= np.mean(covered) <= 0.999, (instances, np.mean(covered))


def test_outcomes_are_those_of_a_literal_loop() -> None:
    ladder = RUN.systems["ramps"]
    correct = np.asarray(ladder.correct)
    left = operate(ladder, CURVES["ramps"], 0.9).left
    names = list(OUTCOMES)
    for n, (exit_, found) in enumerate(zip(left, outcomes(ladder, left), strict=True)):
        if exit_ < 5 and correct[exit_, n]:
            expected = "left_right"
        elif exit_ < 5:
            expected = "harmful" if correct[5, n] else "both_wrong"
        else:
            expected = "needless" if any(correct[:5, n]) else "needed"
        assert names[found] == expected


def two_systems() -> Comparison:
    """At 2x "good" is right on 9 of 10, "bad" on 6 of 10; both costs are [1, 2]."""
    right = np.ones((2, 10), dtype=bool)
    ladders = {}
    for name, wrong in (("good", 1), ("bad", 4)):
        correct = right.copy()
        correct[0, :wrong] = False
        ladders[name] = ExitLadder(
            name, correct=correct, labels=np.zeros(10, dtype=int),
            scores={"max_prob": np.full((2, 10), 0.9)}, costs={"layers": [1, 2]},
        )  # fmt: skip
    return compared(ladders, ExitLadder("big", correct=right[:1], costs={"layers": [2]}))


def test_verdict_is_computed_from_the_numbers() -> None:
    systems = two_systems()
    said = verdict(systems, "big", ("layers", "accuracy"))
    assert [(kept.system, kept.score) for kept in said.dynamic] == [("good", 0.9), ("bad", 0.6)]
    assert said.gain is not None
    assert said.gain == systems.difference(("good", 2.0), (REFERENCE, IN_FULL))
    assert said.lead == systems.difference(("good", 2.0), ("bad", 2.0))
    text = sentence(said)
    assert "At 2× speed-up (layers), good keeps 90.0 % of big’s accuracy" in text
    gain = f"{points(said.gain.low)} to {points(said.gain.high)} points"
    assert f"(90.0 % of 100.0 %; 95 % interval of the difference {gain})" in text
    assert "against bad’s 60.0 %" in text
    assert "have a 95 % interval of" in text


def test_intervals_of_the_verdict_are_nowhere_inside_those_for_fixed_thresholds() -> None:
    low, high = two_systems().difference(("good", 2.0), ("bad", 2.0)) or (np.nan, np.nan)
    fixed = difference_interval(np.arange(10) >= 1, np.arange(10) >= 4)
    assert low <= fixed.low
    assert high >= fixed.high


def test_verdict_without_labels_or_exits_is_a_sentence() -> None:
    unlabelled = made_up(labelled=False).systems
    said = verdict(compared(unlabelled, unlabelled["large"]), "large", ("layers", "accuracy"))
    assert said.gain is said.lead is None
    assert "labels of this run are unknown" in sentence(said)
    single = {name: RUN.systems[name] for name in ("large", "small")}
    said = verdict(compared(single, single["large"]), "large", ("layers", "accuracy"))
    assert "single exit" in sentence(said)


def test_of_many_systems_the_sentence_names_the_best_and_the_range_of_the_rest() -> None:
    kept = [Kept(f"system {number}", 0.9 - number / 100, 1 - number / 100) for number in range(7)]
    said = Verdict(2.0, "layers", "accuracy", "large", 0.9, kept, None, [], None, None)
    assert sentence(said) == (
        "At 2× speed-up (layers), system 0 keeps 100.0 % of large’s accuracy (90.0 % of 90.0 %) "
        "against system 1’s 99.0 %, system 2’s 98.0 %, system 3’s 97.0 %, 94.0 % to 96.0 % of 3 "
        "others."
    )
