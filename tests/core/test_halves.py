from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cascade_core import Category, ModelOutput, Run, SystemSpec
from cascade_core.comparison import compare, run_curves
from cascade_core.halves import halves
from cascade_core.operation import matched
from cascade_core.tradeoff import tradeoff_curve


def made_up(instances: int, seed: int = 0, classes: int = 3) -> Run:
    """A small and a large model, the large one better, with texts and levels."""
    random = np.random.default_rng(seed)
    labels = random.choice(
        classes, size=instances, p=[0.7, 0.3] if classes == 2 else [0.7, 0.2, 0.1]
    )
    truth = 2.0 * np.eye(classes)[labels]
    models = {
        name: ModelOutput(
            name, (skill * truth + random.normal(size=(instances, classes)))[None], layers=(layer,)
        )
        for name, skill, layer in (("small", 0.6, 2), ("large", 1.2, 12))
    }
    return Run(
        "made-up",
        labels=labels,
        models=models,
        split="dev",
        ids=np.arange(instances) + 100,
        tokens=np.arange(instances) + 5,
        texts={"sentence": tuple(f"text {number}" for number in range(instances))},
        categories={"level": Category.of_values([str(one % 3) for one in range(instances)])},
    )


def test_halves_share_nothing_miss_nothing_and_have_as_many_of_each_label() -> None:
    run = made_up(1_001)
    calibration, evaluation = halves(run, seed=3)
    both = np.concatenate([calibration.ids, evaluation.ids])
    assert sorted(both.tolist()) == run.ids.tolist()
    for label in range(3):
        counts = [int((one.labels == label).sum()) for one in (calibration, evaluation)]
        assert abs(counts[0] - counts[1]) <= 1
    assert calibration.split == "dev, calibration half"
    assert evaluation.split == "dev, evaluation half"


def test_everything_of_an_instance_stays_with_it() -> None:
    run = made_up(40)
    half = halves(run).evaluation
    places = half.ids - 100
    np.testing.assert_array_equal(half.labels, run.labels[places])
    np.testing.assert_array_equal(half.tokens, places + 5)
    assert half.texts == {"sentence": tuple(f"text {place}" for place in places)}
    np.testing.assert_array_equal(half.categories["level"].codes, places % 3)
    for name, output in half.models.items():
        np.testing.assert_array_equal(output.logits, run.models[name].logits[:, places])


def test_a_seed_decides_which_halves_they_are() -> None:
    run = made_up(200)
    same, again, other = (halves(run, seed).evaluation.identity for seed in (0, 0, 1))
    assert same == again != other != run.identity


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], [-1, -1, -1], [0, 0, 1]])
def test_few_or_unknown_labels_are_halved_all_the_same(labels: list[int]) -> None:
    logits = np.zeros((1, len(labels), 3))
    run = Run("few", labels=np.array(labels), models={"m": ModelOutput("m", logits)})
    assert sorted(one.instances for one in halves(run)) == [len(labels) // 2, -(-len(labels) // 2)]


def test_one_instance_cannot_be_halved() -> None:
    run = Run("one", labels=np.array([0]), models={"m": ModelOutput("m", np.zeros((1, 1, 2)))})
    with pytest.raises(ValueError, match="at least 2 instances to halve, but got 1"):
        halves(run)


def test_thresholds_chosen_on_one_half_are_scored_on_the_other() -> None:
    calibration, evaluation = halves(made_up(2_000))
    there, here = (run.compose(["small", "large"], "cascade") for run in (calibration, evaluation))
    choosing, curve = tradeoff_curve(there), tradeoff_curve(here)
    compared = compare(
        evaluation, {"small": tradeoff_curve(evaluation.systems["small"])}
    )  # intervals of thresholds chosen elsewhere need no resamples
    (cell,) = matched(here, curve, (2.0,), compared.resampled, choosing)
    assert cell.point is not None
    assert cell.point.threshold == choosing.at_speedup(2.0).threshold
    assert cell.point.score == curve.at_threshold(cell.point.threshold).score
    assert cell.point.speedup == pytest.approx(2.0, abs=0.2)
    assert cell.interval is not None
    assert cell.interval.low < cell.point.score < cell.interval.high


@pytest.mark.parametrize("metric", ["accuracy", "f1"])
def test_a_comparison_scores_thresholds_that_were_chosen_elsewhere(metric: str) -> None:
    run = replace(
        made_up(2_000, classes=2),
        metric=metric,
        system_specs={
            name: SystemSpec(models)
            for name, models in {"cascade": ("small", "large"), "small": ("small",)}.items()
        },
    )
    calibration, evaluation = halves(run)
    curves, choosing = run_curves(evaluation), run_curves(calibration)
    compared = compare(evaluation, curves, choosing=choosing)
    place = ("cascade", 1.5)
    fixed = curves["cascade"].at_threshold(choosing["cascade"].at_speedup(1.5).threshold)
    assert compared.score(place) == fixed.score
    assert compared.score(place) != curves["cascade"].at_speedup(1.5).score
    assert compared.fastest("cascade") == choosing["cascade"].speedup[0]
    (cell,) = compared.matched((1.5,))["cascade"]
    assert cell.point is not None
    assert cell.point.score == fixed.score
    interval = compared.difference(place, ("small", 1.5))
    assert interval is not None
    assert interval.low < fixed.score - curves["small"].score[0] < interval.high
    assert interval != compare(evaluation, curves, (1.5,)).difference(place, ("small", 1.5))
