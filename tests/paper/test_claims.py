"""The claims of the CascadeBERT paper against loops over instances, and on runs made to obey."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_core.model_output import ModelOutput
from cascade_core.paper.claims import (
    CANNOT_SAY,
    CASCADE,
    CLAIMS,
    CONTRADICTS,
    DEPTH,
    REGULARISED,
    SHALLOW,
    SUPPORTS,
    Evidence,
    verdicts,
)
from tests import oracles
from tests.paper.made_up import left_by_hand, made_up

RUN = made_up("sst2", instances=300, seed=3)
FOUND = verdicts([RUN])


def _evidence(comparison: str, task: str = "sst2") -> Evidence:
    (one,) = [each for each in FOUND.evidence if (each.comparison, each.task) == (comparison, task)]
    return one


def _right(model: str, exit: int = -1) -> np.ndarray:
    return RUN.models[model].logits[exit].argmax(-1) == RUN.labels


def test_every_claim_has_evidence():
    assert tuple(dict.fromkeys(one.claim for one in FOUND.evidence)) == CLAIMS


def test_accuracy_is_compared_at_equal_depth():
    one = _evidence("BERT-Complete 2L - BERT-2L, accuracy")
    differences = _right("BERT-Complete 2L").astype(float) - _right("BERT-2L").astype(float)
    assert (one.claim, one.n) == (DEPTH, 300)
    assert one.difference == pytest.approx(np.mean(differences))
    # the plain standard error, but for the two instances that the interval adds
    assert one.error == pytest.approx(np.std(differences) / np.sqrt(300), rel=0.01)
    assert _evidence("BERT-2L - DeeBERT's layer 2, accuracy").difference == pytest.approx(
        _right("BERT-2L").mean() - _right("DeeBERT", 1).mean()
    )


def test_shallow_exits_are_compared_on_what_leaves_there():
    one = _evidence(
        "BERT-Complete 2L - DeeBERT's layer 2, accuracy where DeeBERT exits there at 2x"
    )
    by_hand = left_by_hand(RUN, "DeeBERT", 2)
    assert by_hand is not None
    leaves = np.array(by_hand[0]) == 1
    assert one.n == leaves.sum() > 0
    expected = _right("BERT-Complete 2L")[leaves].mean() - _right("DeeBERT", 1)[leaves].mean()
    assert one.difference == pytest.approx(expected)


def test_cascade_and_off_ramps_are_compared_at_the_same_speedup():
    one = _evidence("CascadeBERT 2-6 - DeeBERT, accuracy at 2x")
    scores = []
    for system, chain in (
        ("CascadeBERT 2-6", [_right("BERT-Complete 2L, DAR"), _right("BERT-6L")]),
        ("DeeBERT", [_right("DeeBERT", exit) for exit in range(6)]),
    ):
        by_hand = left_by_hand(RUN, system, 2)
        assert by_hand is not None
        scores.append(np.mean([chain[exit][n] for n, exit in enumerate(by_hand[0])]))
    assert one.claim == CASCADE
    assert one.difference == pytest.approx(scores[0] - scores[1])


def test_a_speedup_out_of_reach_is_said_to_be_so():
    one = _evidence("CascadeBERT 2-6 - DeeBERT, accuracy at 4x")
    assert np.isnan(one.difference)
    assert "CascadeBERT 2-6" in one.reason
    assert one.verdict == CANNOT_SAY


def test_ranking_is_compared_by_dis_with_an_error_by_resampling():
    one = _evidence("BERT-Complete 2L, DAR - BERT-Complete 2L, DIS")
    values = []
    for model in ("BERT-Complete 2L, DAR", "BERT-Complete 2L"):
        sure = [oracles.confidence(logits, "max_prob") for logits in RUN.models[model].logits[0]]
        values.append(
            oracles.difficulty_inversion_score(_right(model).tolist(), sure, tied_credit=1)
        )
    assert one.claim == REGULARISED
    assert one.difference == pytest.approx(values[0] - values[1])
    low, high = one.interval
    assert low < one.difference < high
    assert 0.01 < one.error < 0.1


def test_the_average_has_the_error_of_a_mean_of_independent_differences():
    both = verdicts([RUN, made_up("mrpc", instances=200, seed=4)])
    first, second, average = (
        one for one in both.evidence if one.comparison == "BERT-Complete 2L - BERT-2L, accuracy"
    )
    assert average.task == "average"
    assert average.n == first.n + second.n
    assert average.difference == pytest.approx((first.difference + second.difference) / 2)
    assert average.error == pytest.approx(np.hypot(first.error, second.error) / 2)


@pytest.mark.parametrize(
    ("better", "verdict"), [("BERT-Complete 2L", SUPPORTS), ("BERT-2L", CONTRADICTS)]
)
def test_a_plain_difference_is_told(better, verdict):
    models = dict(RUN.models)
    right = np.eye(2)[RUN.labels][None] * 3
    models[better] = ModelOutput(better, right, (2,))
    found = verdicts([made_up("sst2", instances=300, seed=3, models=models)])
    (one, _) = [
        each for each in found.evidence if each.comparison == "BERT-Complete 2L - BERT-2L, accuracy"
    ]
    assert one.verdict == verdict


def test_a_handful_of_instances_tells_nothing():
    """All of a few may differ alike, which leaves no spread to judge by."""
    assert Evidence(DEPTH, "a - b", "sst2", n=3, difference=1.0, error=0.0).verdict == CANNOT_SAY
    assert Evidence(DEPTH, "a - b", "sst2", n=300, difference=1.0, error=0.0).verdict == SUPPORTS


def test_unknown_labels_are_refused():
    with pytest.raises(ValueError, match="expected known labels"):
        verdicts([made_up("sst2", unknown=2)])


def test_the_frame_has_a_row_for_each_comparison_and_task():
    frame = FOUND.to_frame()
    assert len(frame) == len(FOUND.evidence)
    assert set(frame.verdict) <= {SUPPORTS, CONTRADICTS, CANNOT_SAY}
    assert (frame.dropna().low <= frame.dropna().high).all()
    assert SHALLOW in set(frame.claim)
