"""What makes one margin better than another."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_core.ladder import ExitLadder
from cascade_core.recipes.margins import SPEEDUPS, cascade_score, copy_result
from cascade_core.recipes.stages import stage_for

RIGHT = np.array([[True, False, True, True], [True, True, True, False]])
SURE = np.array([[0.9, 0.8, 0.7, 0.6]])


def _ladder(name: str, layers: float, right: np.ndarray) -> ExitLadder:
    scores = {"max_prob": SURE}
    return ExitLadder(name, correct=right[None], scores=scores, costs={"layers": [layers]})


def test_the_score_is_the_mean_over_evenly_spaced_speedups():
    """Four instances leave one by one, the surest first: a literal search at each speed-up."""
    expected = []
    for wanted in np.linspace(1, 6, SPEEDUPS):
        for defer in (4, 3, 2, 1, 0):  # the highest threshold that is fast enough
            cost = (4 * 1 + defer * 6) / 4
            if 6 / cost >= wanted - 1e-12:
                stay = 4 - defer
                expected.append((RIGHT[0, :stay].sum() + RIGHT[1, stay:].sum()) / 4)
                break
    score = cascade_score(_ladder("small", 1, RIGHT[0]), _ladder("large", 6, RIGHT[1]), "accuracy")
    assert score == pytest.approx(np.mean(expected))
    assert len(expected) == SPEEDUPS


def test_a_small_model_that_knows_its_errors_scores_higher():
    large = _ladder("large", 6, np.array([True, True, True, True]))
    knows = cascade_score(_ladder("a", 1, np.array([True, True, False, False])), large, "accuracy")
    does_not = cascade_score(
        _ladder("b", 1, ~np.array([True, True, False, False])), large, "accuracy"
    )
    assert knows > does_not


def test_a_candidate_is_kept_without_what_says_that_it_is_done(tmp_path):
    """Killed while files are copied, the choice must not look made."""
    chosen, choice = (stage_for({"one": name}, tmp_path) for name in ("candidate", "choice"))
    with chosen.lock():
        (chosen.folder / "model.safetensors").write_bytes(b"weights")
        chosen.finish({"best_epoch": 2})
    copied = copy_result(chosen, choice)
    assert sorted(path.name for path in choice.folder.iterdir()) == ["model.safetensors"]
    assert copied == chosen.report()
    assert not choice.is_done
