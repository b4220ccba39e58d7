from __future__ import annotations

import numpy as np
import pytest

from cascade_core import ExitLadder, compose, tradeoff_curve
from cascade_core.inserted_model import (
    Stage,
    is_between,
    largest_gain,
    predicted_gain,
    stages_of,
)

STAGES = (Stage(0.60, 2.0), Stage(0.80, 3.0), Stage(0.90, 12.0))
INSTANCES = 200_000


def by_definition(stages, leave: np.ndarray) -> float:
    """Eq. 8, with the counts of the smaller cascade from its conditions, Eq. 11, solved."""
    before, inserted, after = stages
    cost = leave @ np.cumsum([stage.cost for stage in stages])
    total = leave.sum()
    # s_i + s_{i+1} = total and s_i L_i + s_{i+1} (L_i + L_{i+1}) = cost
    went_on = (cost - total * before.cost) / after.cost
    old = (total - went_on) * before.accuracy + went_on * after.accuracy
    new = leave @ np.array([before.accuracy, inserted.accuracy, after.accuracy])
    return float(new - old)


@pytest.mark.parametrize("leave", [[0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0, 1, 0], [1, 0, 0]])
def test_the_formula_is_what_its_conditions_lead_to(leave: list[float]) -> None:
    assert predicted_gain(STAGES, leave) == pytest.approx(by_definition(STAGES, np.array(leave)))


def independent(stages) -> list[ExitLadder]:
    """Models whose confidence says nothing, so that each is as accurate on any part as on all."""
    random = np.random.default_rng(0)
    return [
        ExitLadder(
            f"{stage.cost:g}L",
            correct=(random.random(INSTANCES) < stage.accuracy)[None],
            scores={"sure": random.random((1, INSTANCES))},
            costs={"layers": [stage.cost]},
        )
        for stage in stages
    ]


@pytest.mark.parametrize("speedup", [1.2, 2.0, 3.0])
def test_a_cascade_in_which_the_assumptions_hold_gains_what_is_predicted(speedup: float) -> None:
    small, middle, large = independent(STAGES)
    two, three = compose([small, large], "two"), compose([small, middle, large], "three")
    point = tradeoff_curve(three, "sure").at_speedup(speedup)
    measured = point.score - tradeoff_curve(two, "sure").at_speedup(speedup).score
    predicted = predicted_gain(stages_of(three), point.exit_counts / INSTANCES)
    chance = 3 * np.sqrt(0.5 / INSTANCES)
    assert abs(predicted) > chance
    assert measured == pytest.approx(predicted, abs=chance)


def test_no_prediction_is_above_the_bound() -> None:
    random = np.random.default_rng(1)
    highest = 0.0
    for _ in range(500):
        accuracies, costs = np.sort(random.random(3)), np.sort(random.random(3))
        stages = [Stage(*one) for one in zip(accuracies, costs, strict=True)]
        predicted = predicted_gain(stages, random.dirichlet([0.3, 0.3, 0.3]))
        assert predicted <= largest_gain(stages) + 1e-12
        highest = max(highest, predicted)
    assert highest > 0.3


def test_costs_of_a_stage_are_its_own_means() -> None:
    right = np.ones((1, 2), dtype=bool)
    small = ExitLadder("small", correct=right, costs={"flops": [[1.0, 3.0]]})
    large = ExitLadder("large", correct=~right, costs={"flops": [[10.0, 30.0]]})
    cascade = compose([small, large], "both")
    assert stages_of(cascade, "flops") == (Stage(1.0, 2.0), Stage(0.0, 20.0))
    with pytest.raises(ValueError, match="expected one of flops but got 'layers'"):
        stages_of(cascade)


@pytest.mark.parametrize(("cost", "accuracy"), [(2.0, 0.7), (12.0, 0.7), (5.0, 0.59), (5.0, 0.91)])
def test_another_size_or_accuracy_is_not_between(cost: float, accuracy: float) -> None:
    assert is_between(STAGES)
    assert not is_between([STAGES[0], Stage(accuracy, cost), STAGES[2]])


def test_what_cannot_be_predicted_is_said() -> None:
    unlabelled = ExitLadder("unlabelled", logits=np.zeros((1, 2, 2)), costs={"layers": [1]})
    with pytest.raises(ValueError, match="'unlabelled' has none"):
        stages_of(unlabelled)
    with pytest.raises(ValueError, match="M_i, M\\* and M_\\(i\\+1\\) but got 2"):
        predicted_gain(STAGES[:2], [0.5, 0.4, 0.1])
    with pytest.raises(ValueError, match="more than 0 but got 0"):
        largest_gain([*STAGES[:2], Stage(0.9, 0.0)])
    for shares in ([0.5, 0.5], [0.6, 0.6, 0.1], [-0.1, 0.6, 0.5]):
        with pytest.raises(ValueError, match="expected three parts of 1"):
            predicted_gain(STAGES, shares)
