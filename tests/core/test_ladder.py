from __future__ import annotations

import numpy as np
import pytest

from cascade_core import ExitLadder, compose

LOGITS = np.array([[[2, 0], [0, 1], [0, 1]], [[3, 0], [2, 0], [1, 1]]], dtype=np.float32)
LABELS = np.array([0, 0, 1])


def test_sizes_predictions_and_correctness_follow_from_logits_and_labels() -> None:
    ladder = ExitLadder("demo", LOGITS, LABELS, costs={"layers": [2, 14]})
    assert (ladder.exits, ladder.instances, ladder.classes) == (2, 3, 2)
    np.testing.assert_array_equal(ladder.predictions, [[0, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(ladder.correct, [[True, False, True], [True, True, False]])
    assert ladder.scorable


def test_reference_defaults_to_the_last_exit() -> None:
    per_instance = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    ladder = ExitLadder("demo", LOGITS, costs={"layers": [2, 14], "flops": per_instance})
    assert ladder.reference_cost["layers"] == 14.0
    np.testing.assert_array_equal(ladder.reference_cost["flops"], [4, 5, 6])


def test_unknown_labels_are_never_right_and_make_the_ladder_unscorable() -> None:
    ladder = ExitLadder("demo", LOGITS, np.array([0, -1, 1]))
    np.testing.assert_array_equal(ladder.correct, [[True, False, True], [True, False, False]])
    assert not ladder.scorable
    assert not ExitLadder("demo", LOGITS).scorable


def test_a_ladder_needs_no_logits() -> None:
    ladder = ExitLadder(
        "pair", correct=np.ones((2, 3), dtype=bool), scores={"verifier": LOGITS[0].T}
    )
    assert (ladder.exits, ladder.instances, ladder.classes) == (2, 3, None)
    assert ladder.predictions is None
    assert ladder.scorable


def test_arrays_are_shared_and_read_only_while_the_callers_stay_writable() -> None:
    logits = LOGITS.copy()
    ladder = ExitLadder("demo", logits, LABELS)
    assert ladder.logits is not None
    assert np.shares_memory(ladder.logits, logits)
    with pytest.raises(ValueError, match="read-only"):
        ladder.logits[0, 0, 0] = 1
    logits[0, 0, 0] = 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "expected logits, correct or scores"),
        ({"logits": LOGITS[0]}, r"logits: .*\[E, N, C\] but got shape \[3, 2\]"),
        ({"logits": LOGITS[:, :0]}, "logits: expected a non-empty array"),
        ({"logits": LOGITS, "labels": [0, 1]}, r"labels: expected shape \[3\] but got \[2\]"),
        ({"logits": LOGITS, "labels": [0, 1, 2]}, "labels: expected 0 to 1"),
        ({"logits": LOGITS, "labels": [0, 1, -2]}, "labels: .* got -2 to 1"),
        ({"logits": LOGITS, "labels": [0.0, 1.0, 1.0]}, "labels: expected integers"),
        ({"logits": LOGITS, "correct": np.ones((1, 3), bool)}, r"correct: expected shape \[2, 3\]"),
        ({"correct": np.ones((2, 3))}, "correct: expected booleans but got float64"),
        ({"logits": LOGITS, "scores": {"mine": [[1, 2, 3]]}}, r"scores\['mine'\]: expected shape"),
        ({"logits": LOGITS, "scores": {"mine": [list("abc")] * 2}}, "expected numbers"),
        ({"logits": LOGITS, "costs": {"ms": [1, 2, 3]}}, r"costs\['ms'\]: expected shape \[2\] or"),
        ({"logits": LOGITS, "costs": {"ms": [14, 2]}}, r"costs\['ms'\]: .* never fall"),
        ({"logits": LOGITS, "costs": {"ms": [1, np.inf]}}, r"costs\['ms'\]: expected finite"),
        ({"logits": LOGITS, "reference_cost": {"ms": 1}}, "reference_cost: .* no entry in costs"),
        (
            {"logits": LOGITS, "costs": {"ms": [1, 2]}, "reference_cost": {"ms": [1, 2]}},
            r"reference_cost\['ms'\]: expected a number or shape \[3\]",
        ),
        ({"logits": LOGITS, "costs": {"ms": [0, 0]}}, r"reference_cost\['ms'\]: .* above zero"),
        ({"logits": LOGITS, "exit_names": ("only",)}, "exit_names: expected 2 names"),
    ],
)
def test_what_does_not_fit_is_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExitLadder("demo", **arguments)


def test_compose_accumulates_costs_and_takes_the_last_reference() -> None:
    small = ExitLadder("2L", LOGITS[:1], LABELS, costs={"layers": [2], "flops": [[1, 2, 3]]})
    large = ExitLadder(
        "ramps", LOGITS, LABELS, costs={"layers": [6, 12], "flops": [10, 20], "ms": [1, 2]}
    )
    cascade = compose([small, large], name="mine")
    np.testing.assert_array_equal(cascade.costs["layers"], [2, 8, 14])
    np.testing.assert_array_equal(cascade.costs["flops"], [[1, 2, 3], [11, 12, 13], [21, 22, 23]])
    assert set(cascade.costs) == {"layers", "flops"}
    assert cascade.reference_cost == {"layers": 12.0, "flops": 20.0}
    assert cascade.exit_names == ("2L", "ramps 1", "ramps 2")
    np.testing.assert_array_equal(cascade.logits, np.concatenate([LOGITS[:1], LOGITS]))
    np.testing.assert_array_equal(cascade.labels, LABELS)


def test_compose_is_associative_and_takes_a_given_reference() -> None:
    parts = [
        ExitLadder(f"{layers}L", LOGITS[:1], LABELS, costs={"layers": [layers]})
        for layers in (2, 6, 12)
    ]
    at_once = compose(parts, "2-6-12", reference_cost={"layers": 24})
    in_steps = compose([compose(parts[:2], "2-6"), parts[2]], "2-6-12")
    np.testing.assert_array_equal(at_once.costs["layers"], [2, 8, 20])
    np.testing.assert_array_equal(in_steps.costs["layers"], at_once.costs["layers"])
    assert (at_once.reference_cost["layers"], in_steps.reference_cost["layers"]) == (24, 12)


def test_compose_keeps_scores_that_all_ladders_have() -> None:
    correct = np.array([[True, False]])
    first = ExitLadder("a", correct=correct, scores={"verifier": [[1, 2]], "own": [[0, 0]]})
    second = ExitLadder("b", correct=~correct, scores={"verifier": [[3, 4]]})
    cascade = compose([first, second], "a-b")
    assert set(cascade.scores) == {"verifier"}
    np.testing.assert_array_equal(cascade.scores["verifier"], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(cascade.correct, [[True, False], [False, True]])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (ExitLadder("b", LOGITS[:, :2]), "'a' and 'b' have 3 and 2 instances"),
        (ExitLadder("b", np.zeros((1, 3, 4))), "have 2 and 4 classes"),
        (ExitLadder("b", LOGITS, 1 - LABELS), "disagree in labels"),
        (ExitLadder("b", LOGITS, costs={"ms": [1, 2]}), "no cost basis in common"),
    ],
)
def test_compose_refuses_ladders_that_do_not_belong_together(
    other: ExitLadder, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compose([ExitLadder("a", LOGITS, LABELS, costs={"layers": [1, 2]}), other], "mine")


def test_compose_needs_a_ladder() -> None:
    with pytest.raises(ValueError, match="at least one ladder"):
        compose([], "nothing")
