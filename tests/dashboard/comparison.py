"""The browser's numbers against Python's: hard cases, what to ask, how answers must agree."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cascade_core import (
    ExitLadder,
    TradeoffCurve,
    TradeoffPoint,
    expected_calibration_error,
    replay,
    tradeoff_curve,
)
from cascade_core.calibration import SCHEMES, reliability_bins
from cascade_core.outcomes import outcomes
from cascade_core.per_exit import at_thresholds
from dashboard.theme import percent, times

INSTANCES = 10_000
EXITS = 7
LOWEST = 0.5
QUESTIONS = {
    "thresholds": [0.0, 0.5, 0.53, 0.6, 0.61, 0.625, 0.75, 0.9, 0.99, 1.0, 2.0],
    "speedups": [0.5, 0.9, 1.0, 1.5, 2.0, 3.0, 3.5, 6.0, 7.0, 50.0],
    "scores": [0.0, 0.5, 0.6, 0.7, 0.74, 0.8, 1.0],
    "shares": [0.0, 0.1, 1 / 3, 0.5, 0.6, 0.9, 0.95, 1.0],
    "schemes": list(SCHEMES),
    "exits": [None, 0],
    "written": [0.0, 0.8725, 0.8735, 0.0025, 0.0015, 1 / 3, 0.125, 1.135, 2.375, 2.625, 100.0],
    "stages": [  # of EXITS exits; a system of fewer takes the last of them
        [0.9, 0.8, 0.75, 0.7, 0.625, 0.6, 0.5],
        [0.5, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5],
        [0.975] * EXITS,
    ],
}


class Case(NamedTuple):
    """One system: its ladder, metric and confidences [E, N]."""

    ladder: ExitLadder
    metric: str
    confidence: NDArray[np.float64]


def cases() -> list[Case]:
    """10,000 instances each: ties, NaN and -inf, costs per instance, F1, a single exit."""
    random = np.random.default_rng(11)
    smooth = (0.5 + 0.5 * random.random((EXITS, INSTANCES), np.float32)).astype(np.float64)
    tied = np.round(smooth * 40) / 40
    holed = np.where(random.random(tied.shape) < 0.1, np.nan, tied)
    holed[random.random(tied.shape) < 0.05] = -np.inf
    unsure = np.where(random.random(tied.shape) < 0.1, np.nan, tied)
    layers = np.arange(1.0, EXITS + 1)
    operations = layers[:, None] * random.integers(10**8, 10**10, INSTANCES)
    return [
        _case(random, smooth, smooth, layers),
        _case(random, tied, tied, layers),
        _case(random, holed, unsure, operations),
        _case(random, tied, smooth, operations, "f1"),
        _case(random, tied[:1], tied[:1], layers[:1]),
    ]


def packed(systems: list[Case]) -> bytes:
    """What the browser gets."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, (ladder, metric, confidence) in enumerate(systems):
        reference = np.broadcast_to(ladder.reference_cost["cost"], ladder.instances)
        one = {
            "instances": np.array([ladder.instances], dtype=np.int32),
            "scores": np.asarray(ladder.scores["score"]),
            "confidence": confidence,
            "cost": np.ascontiguousarray(ladder.costs["cost"]),
            "reference": reference.sum(keepdims=True),
            "correct": np.ascontiguousarray(ladder.correct),
        }
        if metric == "f1":
            claimed, positive = ladder.predictions == 1, ladder.labels == 1
            one["hit"] = (claimed & positive).astype(np.uint8)
            one["miss"] = (claimed ^ positive).astype(np.uint8)
        arrays |= {f"{number}/{name}": array for name, array in one.items()}
    return save(arrays)


def questions(systems: list[Case]) -> dict[str, Any]:
    """What is looked up, for `compute` in compare.js."""
    return {
        "metrics": [case.metric for case in systems],
        "lowest": LOWEST,
        "questions": QUESTIONS,
    }


def assert_agrees(systems: list[Case], answers: list[dict[str, Any]]) -> None:
    """Exits, thresholds, counts, scores and speed-ups are equal; ECE to the last rounding."""
    assert len(answers) == len(systems)
    for case, answer in zip(systems, answers, strict=True):
        curve = tradeoff_curve(case.ladder, "score", "cost", case.metric)
        for name in ("breakpoints", "cost", "score", "speedup"):
            np.testing.assert_array_equal(answer[name], getattr(curve, name), err_msg=name)
        found = {
            "atThreshold": (curve.at_threshold, QUESTIONS["thresholds"]),
            "atSpeedup": (curve.at_speedup, QUESTIONS["speedups"]),
            "atScore": (curve.at_score, QUESTIONS["scores"]),
            "atEarlyShare": (curve.at_early_share, QUESTIONS["shares"]),
        }
        for name, (lookup, values) in found.items():
            for value, point in zip(values, answer[name], strict=True):
                _assert_same(curve, _or_none(lookup, value), point, f"{name}({value})")
        chosen = zip(QUESTIONS["speedups"], answer["thresholdAtSpeedup"], strict=True)
        for speedup, threshold in chosen:
            point = _or_none(curve.at_speedup, speedup)
            assert (point is None) == (threshold is None), speedup
            if point and point.threshold in curve.breakpoints:
                assert threshold == point.threshold
        written = [[percent(number), times(number)] for number in QUESTIONS["written"]]
        assert answer["written"] == written
        _assert_replayed(case, answer["replayed"])
        _assert_staged(case, curve, answer["staged"])


def _assert_same(
    curve: TradeoffCurve, mine: TradeoffPoint | None, theirs: dict[str, Any] | None, where: str
) -> None:
    assert (mine is None) == (theirs is None), where
    if mine is None or theirs is None:
        return
    assert theirs["score"] == mine.score, where
    assert theirs["speedup"] == mine.speedup, where
    assert abs(theirs["earlyShare"] - mine.early_share) < 1e-15, where
    # The first state's own threshold is a matter of the range a page offers.
    if theirs["state"] and len(curve.breakpoints):
        assert theirs["threshold"] == mine.threshold, where


def _assert_replayed(case: Case, answers: list[dict[str, Any]]) -> None:
    ladder, every = case.ladder, np.arange(case.ladder.instances)
    for threshold, answer in zip(QUESTIONS["thresholds"], answers, strict=True):
        left = replay(ladder.scores["score"], threshold)
        np.testing.assert_array_equal(answer["left"], left)
        assert answer["counts"] == np.bincount(left, minlength=ladder.exits).tolist()
        np.testing.assert_array_equal(answer["outcomes"], outcomes(ladder, left))
        right = np.asarray(ladder.correct)[left, every]
        sure = case.confidence[left, every]
        known = ~np.isnan(sure)
        error = expected_calibration_error(sure[known], right[known])
        assert abs(answer["calibrationError"] - error) < 1e-12
        asked = [(exit_, scheme) for exit_ in QUESTIONS["exits"] for scheme in SCHEMES]
        for (exit_, scheme), diagram in zip(asked, answer["reliability"], strict=True):
            given = known & (left == exit_) if exit_ is not None else known
            _assert_same_diagram(sure[given], right[given], scheme, diagram)


def _assert_same_diagram(
    sure: NDArray[np.float64], right: NDArray[np.bool_], scheme: str, diagram: dict[str, Any]
) -> None:
    """The same bins, to the last digit, and the same error; no answers, no bins."""
    assert diagram["n"] == sure.size
    if not sure.size:
        assert diagram["bins"] == []
        assert diagram["error"] is None
        return
    bins = reliability_bins(sure, right, scheme=scheme)
    for name in bins._fields:
        theirs = [np.nan if one[name] is None else one[name] for one in diagram["bins"]]
        np.testing.assert_array_equal(theirs, getattr(bins, name), err_msg=f"{scheme} {name}")
    rights = [one["right"] for one in diagram["bins"]]
    np.testing.assert_allclose(rights, np.nan_to_num(bins.accuracy * bins.count), atol=1e-9)
    error = expected_calibration_error(sure, right, scheme=scheme)
    assert abs(diagram["error"] - error) < 1e-12
    assert abs(diagram["accuracy"] - right.mean()) < 1e-12
    assert abs(diagram["confidence"] - sure.mean()) < 1e-12


def _assert_staged(case: Case, curve: TradeoffCurve, answers: list[dict[str, Any]]) -> None:
    ladder, scores = case.ladder, np.asarray(case.ladder.scores["score"], np.float64)
    for stages, answer in zip(QUESTIONS["stages"], answers, strict=True):
        each = stages[-ladder.exits :]
        mine = at_thresholds(ladder, curve, each)
        np.testing.assert_array_equal(answer["left"], mine.left)
        assert answer["thresholds"] == each
        assert answer["earlyShare"] == (mine.left < ladder.exits - 1).mean()
        for name in ("score", "cost", "speedup"):
            assert np.isclose(answer[name], getattr(mine, name), rtol=1e-12, atol=0), name
        for exit_, stairs in enumerate(answer["stairs"]):
            arrived = ~(scores[:exit_] > np.array(each)[:exit_, None]).any(axis=0)
            there = scores[exit_, arrived]
            np.testing.assert_array_equal(stairs, np.unique(there[np.isfinite(there)]))


def _case(
    random: np.random.Generator,
    scores: NDArray[np.float64],
    confidence: NDArray[np.float64],
    cost: NDArray[np.float64],
    metric: str = "accuracy",
) -> Case:
    exits = len(scores)
    labels = random.integers(0, 2, INSTANCES)
    right = random.random((exits, INSTANCES)) < np.linspace(0.6, 0.8, exits)[:, None]
    predictions = np.where(right, labels, 1 - labels)
    ladder = ExitLadder(
        "random",
        logits=np.eye(2, dtype=np.float32)[predictions],
        labels=labels,
        scores={"score": scores},
        costs={"cost": cost},
    )
    return Case(ladder, metric, np.ascontiguousarray(confidence))


def _or_none(lookup: Any, value: float) -> TradeoffPoint | None:
    try:
        return lookup(value)
    except ValueError:
        return None
