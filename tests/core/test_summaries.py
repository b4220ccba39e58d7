from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cascade_core import ExitLadder, TradeoffCurve, tradeoff_curve
from cascade_core.comparison import Comparison, compare
from cascade_core.summaries import Measured, gap_recovered, mean_score, pareto_front, summarise
from tests.core.test_tradeoff import ladders
from tests.dashboard.made_up import made_up


def curves_of(*systems: ExitLadder) -> dict[str, TradeoffCurve]:
    return {str(n): tradeoff_curve(one, "verifier") for n, one in enumerate(systems)}


@given(st.lists(ladders(), min_size=1, max_size=3))
def test_the_front_is_what_no_state_beats(systems: list[ExitLadder]) -> None:
    curves = curves_of(*systems)
    states = [pair for c in curves.values() for pair in zip(c.speedup, c.score, strict=True)]
    front = {(point.speedup, point.score) for point in pareto_front(curves)}
    unbeaten = {
        (fast, good)
        for fast, good in states
        if not any(f >= fast and g >= good and (f, g) != (fast, good) for f, g in states)
    }
    assert front == unbeaten
    for point in pareto_front(curves):
        assert curves[point.system].at_threshold(point.threshold).score == point.score


def test_unknown_labels_have_no_front() -> None:
    systems = made_up(labelled=False).systems
    curves = {name: tradeoff_curve(ladder) for name, ladder in systems.items()}
    assert pareto_front(curves) == []


@given(ladder=ladders(), low=st.floats(0.5, 2), width=st.floats(0.1, 3))
def test_the_mean_is_that_of_many_speedups(ladder: ExitLadder, low: float, width: float) -> None:
    curve = tradeoff_curve(ladder, "verifier")
    mean = mean_score(curve, low, low + width)
    if low + width > curve.speedup[0]:
        assert np.isnan(mean)
        return
    middles = low + width * (np.arange(4000) + 0.5) / 4000
    many = np.mean([curve.at_speedup(one).score for one in middles])
    assert mean == pytest.approx(many, abs=0.01)


def test_a_mean_needs_a_stretch() -> None:
    with pytest.raises(ValueError, match="expected low < high but got 2 and 2"):
        mean_score(tradeoff_curve(made_up().systems["ramps"]), 2, 2)


def compared(run) -> Comparison:
    return compare(run, {name: tradeoff_curve(one) for name, one in run.systems.items()})


def test_summaries_by_hand() -> None:
    """A cascade of a free random choice between two models lies on the line that joins them."""
    run = made_up(2000)
    found = {one.system: one for one in summarise(compared(run), 1.0, 2.0, 2.0)}
    assert list(found) == ["ramps", "cascade"]
    ramps = found["ramps"]
    curve = tradeoff_curve(run.systems["ramps"])
    scores = {name: tradeoff_curve(run.systems[name]).score[0] for name in ("small", "large")}
    assert isinstance(ramps.mean, Measured)
    assert isinstance(ramps.lead, Measured)
    assert isinstance(ramps.recovered, Measured)
    assert ramps.mean.value == mean_score(curve, 1, 2)
    at = curve.at_speedup(2).score
    assert ramps.recovered.value == pytest.approx(gap_recovered(at, *scores.values()))
    # "small" costs 2 layers of 6, "large" all 6; the line is read at costs of 3 to 6 layers.
    speedups = np.linspace(1, 2, 2001)
    line = np.interp(6 / speedups, [2, 6], list(scores.values()))
    own = [curve.at_speedup(one).score for one in speedups]
    assert ramps.lead.value == pytest.approx(np.mean(own - line), abs=0.003)
    for one in (ramps.mean, ramps.lead, ramps.recovered):
        assert one.interval.low < one.value < one.interval.high


def test_what_a_system_cannot_have_it_has_not() -> None:
    run = made_up(200)
    cascade = {one.system: one for one in summarise(compared(run), 1.0, 4.0, 4.0)}["cascade"]
    assert cascade[1:] == (None, None, None)  # it attains 3x
    alone = made_up(200, systems=("ramps",))
    (only,) = summarise(compared(alone), 1.0, 4.0, 2.0)
    assert only.mean is not None
    assert only.lead is only.recovered is None
    unknown = made_up(200, labelled=False)
    assert all(one[1:] == (None,) * 3 for one in summarise(compared(unknown), 1.0, 2.0, 2.0))
