from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cascade_core import ExitLadder, TradeoffCurve, exit_scores, replay, tradeoff_curve
from tests import oracles, six_texts

SCORES = st.sampled_from([np.nan, -np.inf, 0.0, 0.25, 0.5, 0.75, 1.0, np.inf])


@st.composite
def ladders(draw: st.DrawFn) -> ExitLadder:
    """Small two-class ladders with many ties, every kind of strange score, three kinds of cost."""
    exits, instances = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    shape = (exits, instances)
    classes = draw(arrays(np.int8, shape, elements=st.integers(0, 1)))
    step = st.sampled_from([0.0, 0.1, 1.0, 3.7])
    return ExitLadder(
        name="drawn",
        logits=np.eye(2, dtype=np.float32)[classes],
        labels=draw(arrays(np.int64, instances, elements=st.integers(0, 1))),
        scores={"verifier": draw(arrays(np.float64, shape, elements=SCORES))},
        costs={
            "layers": np.arange(1, exits + 1),
            "latency": 0.3 + np.cumsum(draw(arrays(np.float64, exits, elements=step))),
            "flops": 0.3 + np.cumsum(draw(arrays(np.float64, shape, elements=step)), axis=0),
        },
        reference_cost={"layers": 12, "flops": np.linspace(1, 2, instances)},
    )


def states(curve: TradeoffCurve) -> range:
    return range(len(curve))


@pytest.mark.parametrize("basis", ["layers", "latency", "flops"])
@given(ladder=ladders(), extra=st.floats(-1, 2))
def test_every_state_against_a_literal_replay(basis: str, ladder: ExitLadder, extra: float) -> None:
    accuracy = tradeoff_curve(ladder, "verifier", basis)
    f1 = tradeoff_curve(ladder, "verifier", basis, metric="f1")
    assert (np.diff(accuracy.breakpoints) > 0).all()
    assert len(accuracy) == len(accuracy.cost) == len(accuracy.score) == len(accuracy.speedup)
    reference = np.mean(ladder.reference_cost[basis])
    assert accuracy.reference_cost == pytest.approx(reference, rel=1e-15)
    inside = [*accuracy.breakpoints, np.nextafter(-np.inf, 0), extra]
    for threshold in inside:
        left = oracles.leave_one_by_one(ladder.scores["verifier"], threshold)
        point = accuracy.at_threshold(threshold)
        assert ladder.correct is not None
        assert ladder.predictions is not None
        assert ladder.labels is not None
        assert point.exit_counts.tolist() == np.bincount(left, minlength=ladder.exits).tolist()
        assert point.early_share == sum(e < ladder.exits - 1 for e in left) / len(left)
        assert point.score == oracles.accuracy(ladder.correct, left)
        cost = oracles.mean_cost(ladder.costs[basis], left)
        assert point.cost == pytest.approx(cost, rel=1e-15)
        assert point.speedup == pytest.approx(reference / cost, rel=1e-15)
        expected = oracles.f1(ladder.predictions, ladder.labels.tolist(), left)
        assert f1.at_threshold(threshold).score == pytest.approx(expected, rel=1e-15)


@given(ladder=ladders())
def test_each_state_is_found_again_by_its_own_threshold(ladder: ExitLadder) -> None:
    curve = tradeoff_curve(ladder, "verifier")
    for state in states(curve):
        point = curve.point(state)
        again = curve.at_threshold(point.threshold)
        assert again.exit_counts.tolist() == point.exit_counts.tolist()
        assert again.exit_counts.tolist() == curve.exit_counts_at(state).tolist()
        left = replay(ladder.scores["verifier"], point.threshold)
        assert np.bincount(left, minlength=ladder.exits).tolist() == point.exit_counts.tolist()


@given(ladder=ladders(), wanted=st.floats(0, 13), share=st.floats(-0.5, 1.5))
def test_inverse_lookups_against_a_scan_of_all_states(
    ladder: ExitLadder, wanted: float, share: float
) -> None:
    curve = tradeoff_curve(ladder, "verifier")
    early = [curve.exit_counts_at(state)[:-1].sum() / ladder.instances for state in states(curve)]
    for lookup, value, fits, choose in (
        (curve.at_speedup, wanted, curve.speedup >= wanted, max),
        (curve.at_score, wanted / 13, curve.score >= wanted / 13, min),
        (curve.at_early_share, share, np.array(early) >= share, max),
    ):
        matching = np.flatnonzero(fits)
        if len(matching) == 0:
            with pytest.raises(ValueError, match="attains"):
                lookup(value)
        else:
            expected = curve.point(int(choose(matching)))
            found = lookup(value)
            assert found[:4] == expected[:4]
            assert found.exit_counts.tolist() == expected.exit_counts.tolist()


@given(ladder=ladders())
def test_every_attained_value_can_be_asked_for(ladder: ExitLadder) -> None:
    curve = tradeoff_curve(ladder, "verifier")
    for state in states(curve):
        point = curve.point(state)
        assert curve.at_speedup(point.speedup).speedup == point.speedup
        assert curve.at_score(point.score).speedup >= point.speedup
        assert curve.at_early_share(point.early_share).early_share == point.early_share


def test_the_six_texts() -> None:
    ladder = six_texts.six_texts_ladder()
    curve = tradeoff_curve(ladder)
    np.testing.assert_allclose(curve.breakpoints, six_texts.BREAKPOINTS, atol=1e-7)
    np.testing.assert_array_equal(curve.cost, six_texts.COST)
    np.testing.assert_array_equal(curve.speedup, six_texts.SPEEDUP)
    np.testing.assert_array_equal(curve.score, np.array(six_texts.RIGHT) / 6)
    f1 = tradeoff_curve(ladder, metric="f1")
    np.testing.assert_array_equal(f1.score, six_texts.F1)
    assert curve.threshold_range == (0.5, 1.0)
    point = curve.at_threshold(0.82)
    assert (point.threshold, point.cost, point.speedup, point.early_share) == (0.82, 8, 1.5, 0.5)
    assert point.exit_counts.tolist() == [3, 3]
    assert curve.at_speedup(3).threshold == pytest.approx(0.60)
    assert curve.at_speedup(2.5).speedup == 3  # no threshold gives 2.5x; 3x is the next that does
    assert curve.at_score(0.8).speedup == 1.2
    assert curve.at_early_share(0.5).threshold == pytest.approx(0.80)
    assert curve.at_threshold(0).threshold == 0
    assert curve.at_speedup(6).threshold == 0.5


def test_the_official_repositorys_mrpc_figures() -> None:
    """408 examples through a [2, 14] cascade over 12 layers; threshold, speed-up, exits at 2L."""
    published = [
        (0.6, 4.121212121212121, 377),
        (0.7, 3.2125984251968505, 349),
        (0.8, 2.632258064516129, 321),
        (0.9, 2.125, 284),
    ]
    # Confidences that let just that many leave at each of the four thresholds.
    leaving = [count for _, _, count in published]
    sizes = -np.diff([408, *leaving, 0])
    scores = np.repeat([0.55, 0.65, 0.75, 0.85, 0.95], sizes)
    ladder = ExitLadder(
        "CascadeBERT",
        correct=np.ones((2, 408), dtype=bool),
        scores={"max_prob": np.stack([scores, scores])},
        costs={"layers": [2, 14]},
        reference_cost={"layers": 12},
    )
    curve = tradeoff_curve(ladder)
    for threshold, speedup, early in published:
        point = curve.at_threshold(threshold)
        assert point.exit_counts.tolist() == [early, 408 - early]
        assert point.speedup == speedup
        assert curve.at_speedup(speedup).exit_counts.tolist() == [early, 408 - early]


def test_costs_with_fractions_do_not_drift() -> None:
    instances = 20_000
    scores = np.random.default_rng(0).random((3, instances))
    latency = [0.1, 0.7, 1.3]
    per_instance = np.multiply.outer(latency, np.linspace(0.1, 3, instances))
    ladder = ExitLadder(
        "ramps",
        correct=scores > 0.5,
        scores={"max_prob": scores},
        costs={"latency": latency, "flops": per_instance},
    )
    for basis in ladder.costs:
        curve = tradeoff_curve(ladder, basis=basis)
        assert curve.speedup[-1] == 1  # all at the last exit, which is the reference
        assert (np.diff(curve.cost) >= 0).all()
        for threshold in (0.0, 0.3, 0.6, 0.9, 0.999):
            left = replay(scores, threshold).tolist()
            expected = oracles.mean_cost(ladder.costs[basis], left)
            assert curve.at_threshold(threshold).cost == pytest.approx(expected, rel=4e-16)


def test_a_static_model_is_one_point_whatever_the_criterion() -> None:
    static = ExitLadder("BERT-12L", correct=np.array([[True, False]]), costs={"layers": [12]})
    for criterion in ("max_prob", "patience", "oracle", "verifier"):
        curve = tradeoff_curve(static, criterion)
        assert len(curve) == 1
        assert (curve.score[0], curve.speedup[0]) == (0.5, 1)
        assert curve.at_threshold(0.9).exit_counts.tolist() == [2]
        assert curve.at_early_share(0).early_share == 0
        low, high = curve.threshold_range
        assert low < high


def test_a_cascade_that_always_defers_is_slower_than_its_reference() -> None:
    curve = tradeoff_curve(six_texts.six_texts_ladder())
    assert curve.at_threshold(1).speedup == 12 / 14


def test_oracle_and_random_bound_the_criteria() -> None:
    ladder = six_texts.six_texts_ladder()
    best = tradeoff_curve(ladder, "oracle")
    assert best.at_score(1).exit_counts.tolist() == [4, 2]  # each text has a model that is right
    assert len(tradeoff_curve(ladder, "random")) == 7


def test_patience_on_a_ladder_of_off_ramps() -> None:
    logits = np.eye(2, dtype=np.float32)[[[0, 0], [0, 1], [0, 1], [1, 1]]]
    ladder = ExitLadder("PABEE", logits, np.array([0, 1]), costs={"layers": [1, 2, 3, 4]})
    curve = tradeoff_curve(ladder, "patience")
    assert curve.breakpoints.tolist() == [0, 1, 2]
    assert curve.at_threshold(0.5).exit_counts.tolist() == [0, 1, 1, 0]
    assert curve.at_threshold(-0.5).exit_counts.tolist() == [2, 0, 0, 0]


def test_unknown_labels_leave_the_score_undefined_and_the_speedup_known() -> None:
    logits = six_texts.LOGITS
    for labels in (None, np.full(6, -1), np.array([1, 0, 1, 1, 0, -1])):
        ladder = ExitLadder("2-12", logits, labels, costs={"layers": [2, 14]})
        for metric in ("accuracy", "f1"):
            curve = tradeoff_curve(ladder, metric=metric)
            assert np.isnan(curve.score).all()
            assert curve.at_speedup(2).cost == 6
            with pytest.raises(ValueError, match="labels are unknown"):
                curve.at_score(0.5)


def test_f1_is_zero_where_it_is_undefined() -> None:
    logits = np.eye(2, dtype=np.float32)[[[0, 0, 0]]]
    ladder = ExitLadder("never", logits, np.zeros(3, dtype=int), costs={"layers": [1]})
    assert tradeoff_curve(ladder, metric="f1").score.tolist() == [0]


def test_free_exits_are_infinitely_fast() -> None:
    scores = np.array([[0.5, 0.9], [0, 0]])
    ladder = ExitLadder(
        "prior first", correct=scores > 0, scores={"max_prob": scores}, costs={"layers": [0, 12]}
    )
    curve = tradeoff_curve(ladder)
    assert curve.speedup.tolist() == [np.inf, 2, 1]
    assert curve.at_speedup(np.inf).exit_counts.tolist() == [2, 0]


def test_representative_thresholds_below_the_range_and_at_infinity() -> None:
    scores = np.array([[0.5, np.inf], [0, 0]])
    ladder = ExitLadder(
        "edges",
        logits=np.zeros((2, 2, 2), dtype=np.float32),
        labels=np.zeros(2, dtype=int),
        scores={"max_prob": scores},
        costs={"layers": [1, 2]},
    )
    curve = tradeoff_curve(ladder)
    assert curve.at_speedup(2).threshold == np.nextafter(0.5, 0)  # the range starts at 1/C = 0.5
    assert curve.at_speedup(1).threshold == np.inf
    assert replay(scores, np.inf).tolist() == [1, 1]


@pytest.mark.parametrize("criterion", ["max_prob", "oracle", "own"])
def test_at_the_lowest_threshold_offered_all_leave_at_once(criterion: str) -> None:
    scores = np.array([[0.5, 0.5, 0.9], [0.2, 0.2, 0.2]])
    ladder = ExitLadder(
        "many lowest scores",
        correct=np.array([[False, True, True], [True, True, True]]),
        scores={"max_prob": scores, "oracle": np.array([[0, 1, 1], [1, 1, 1]]), "own": scores},
        costs={"layers": [1, 2]},
    )
    curve = tradeoff_curve(ladder, criterion)
    low, high = curve.threshold_range
    assert curve.at_threshold(low).exit_counts.tolist() == [3, 0]
    assert curve.at_threshold(high).exit_counts.tolist()[1] > 0
    assert curve.at_speedup(curve.speedup[0]).threshold >= low


def test_float32_and_float64_scores_make_the_same_curve() -> None:
    scores = exit_scores(six_texts.LOGITS, "max_prob").astype(np.float32)
    curves = [
        tradeoff_curve(
            ExitLadder("x", correct=scores > 0, scores={"own": each}, costs={"layers": [2, 14]}),
            "own",
        )
        for each in (scores, scores.astype(np.float64))
    ]
    assert curves[0].breakpoints.dtype == np.float64
    np.testing.assert_array_equal(curves[0].breakpoints, curves[1].breakpoints)
    assert curves[0].threshold_range == curves[1].threshold_range
    below = np.nextafter(np.float64(scores[0].min()), 0)
    assert curves[0].threshold_range == (below, scores[0].max())


def test_wrong_input_is_named() -> None:
    ladder = six_texts.six_texts_ladder()
    with pytest.raises(ValueError, match="basis: expected one of layers but got 'flops'"):
        tradeoff_curve(ladder, basis="flops")
    with pytest.raises(ValueError, match="metric: expected accuracy or f1 but got 'recall'"):
        tradeoff_curve(ladder, metric="recall")
    with pytest.raises(ValueError, match="criterion: expected one of"):
        tradeoff_curve(ladder, "certainty")
    three = ExitLadder("nli", np.zeros((1, 2, 3)), np.array([0, 2]), costs={"layers": [12]})
    with pytest.raises(ValueError, match="two classes but 'nli' has 3 classes"):
        tradeoff_curve(three, metric="f1")
    without_logits = ExitLadder("x", correct=np.ones((1, 1), bool), costs={"layers": [1]})
    with pytest.raises(ValueError, match="'x' has no logits"):
        tradeoff_curve(without_logits, metric="f1")
    curve = tradeoff_curve(ladder)
    for lookup in (curve.at_threshold, curve.at_speedup, curve.at_score, curve.at_early_share):
        with pytest.raises(ValueError, match="expected a number but got NaN"):
            lookup(np.nan)
    with pytest.raises(ValueError, match="at most 6x but got 7x; '2-12' .* attains 0.8571x to 6x"):
        curve.at_speedup(7)
    with pytest.raises(IndexError):
        curve.exit_counts_at(7)


def test_a_curve_s_frame_has_every_state():
    ladder = six_texts.six_texts_ladder()
    curve = tradeoff_curve(ladder)
    frame = curve.to_frame()
    assert len(frame) == len(curve)
    for state, row in enumerate(frame.to_dict("records")):
        point = curve.point(state)
        assert [row["exit_0"], row["exit_1"]] == point.exit_counts.tolist()
        for name in ("threshold", "speedup", "cost", "score", "early_share"):
            assert row[name] == getattr(point, name)


def test_the_frame_of_a_single_exit_has_one_row_in_which_nobody_leaves_early():
    ladder = ExitLadder("a", correct=np.array([[True, False]]), costs={"layers": [2]})
    frame = tradeoff_curve(ladder).to_frame()
    assert frame[["score", "early_share", "exit_0"]].values.tolist() == [[0.5, 0.0, 2.0]]
