"""Models of a run with costs of their own, and models that come without logits."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from cascade_core import (
    ExitLadder,
    ModelOutput,
    Run,
    RunError,
    SystemSpec,
    exit_scores,
    load_run,
    save_run,
    tradeoff_curve,
)
from cascade_core.criteria import confidences, known_criteria, ladder_scores
from cascade_core.exit_quality import exit_grid

LOGITS = np.random.default_rng(0).normal(size=(3, 40, 4)).astype(np.float32)
LABELS = np.arange(40) % 4
CASCADE = {"both": SystemSpec(("cheap", "dear"))}


def with_costs(**costs) -> Run:
    models = {
        name: ModelOutput(name, LOGITS[number : number + 1], cost=cost)
        for number, (name, cost) in enumerate(costs.items())
    }
    return Run("priced", LABELS, models, CASCADE, cost_unit="cents")


def answers_only(logits: np.ndarray, **more) -> ModelOutput:
    scores = {one: exit_scores(logits, one) for one in ("max_prob", "entropy", "margin")}
    return ModelOutput("m", predictions=logits.argmax(-1), scores=scores, **more)


def test_costs_of_ones_own_add_up_along_a_cascade_and_need_no_layers():
    cascade = with_costs(cheap=[0.25], dear=[4.5]).systems["both"]
    assert list(cascade.costs) == ["cost"]
    assert cascade.costs["cost"].tolist() == [0.25, 4.75]
    assert cascade.reference_cost["cost"] == 4.5
    assert cascade.exit_names == ("cheap", "dear")


def test_a_price_of_each_call_is_a_cost_of_each_instance():
    prices = np.linspace(1, 2, 40)[None]
    run = with_costs(cheap=[0.25], dear=prices)
    curve = tradeoff_curve(run.systems["both"], basis="cost")
    assert curve.cost[-1] == pytest.approx(0.25 + prices.mean())
    assert curve.speedup[-1] == pytest.approx(prices.mean() / (0.25 + prices.mean()))


def test_the_dearest_model_is_the_reference():
    run = with_costs(cheap=[7.0], dear=[3.0])
    assert run.reference == "cheap"


def test_costs_survive_the_disk_and_decide_the_identity(tmp_path):
    run = with_costs(cheap=[0.25], dear=[4.5])
    save_run(run, tmp_path / "priced")
    loaded = load_run(tmp_path / "priced", verify=True)
    assert loaded.cost_unit == "cents"
    assert loaded.models["cheap"].layers == ()
    assert loaded.models["dear"].cost == [4.5]
    assert with_costs(cheap=[0.26], dear=[4.5]).identity != run.identity


def test_a_run_without_them_is_written_as_before(run, tmp_path):
    save_run(run, tmp_path / "demo")
    header = json.loads((tmp_path / "demo" / "run.json").read_text())
    assert "cost_unit" not in header
    assert not any(name.startswith(("cost/", "scores/")) for name in header["arrays"])
    assert all("scores" not in model for model in header["models"].values())


@pytest.mark.parametrize("criterion", ["max_prob", "entropy", "margin", "patience", "oracle"])
def test_answers_and_scores_give_the_curve_that_logits_give(criterion, tmp_path):
    whole = Run("whole", LABELS, {"m": ModelOutput("m", LOGITS)})
    small = Run("small", LABELS, {"m": answers_only(LOGITS)})
    save_run(small, tmp_path / "small")
    ladders = [one.systems["m"] for one in (whole, load_run(tmp_path / "small", verify=True))]
    assert ladders[1].logits is None
    one, other = (tradeoff_curve(ladder, criterion) for ladder in ladders)
    np.testing.assert_array_equal(one.breakpoints, other.breakpoints)
    np.testing.assert_array_equal(one.score, other.score)


@pytest.mark.parametrize("quality", ["dis", "accuracy", "ece"])
def test_quality_of_exits_without_logits(quality):
    whole = Run("whole", LABELS, {"m": ModelOutput("m", LOGITS)})
    small = Run("small", LABELS, {"m": answers_only(LOGITS)})
    expected = exit_grid(whole, quality).values
    np.testing.assert_array_equal(exit_grid(small, quality).values, expected)


def test_exits_without_layers_are_counted():
    grid = exit_grid(with_costs(cheap=[1.0], dear=[2.0]), "accuracy")
    assert (grid.counted, grid.depths) == ("exit", (1,))
    assert exit_grid(Run("m", LABELS, {"m": ModelOutput("m", LOGITS)}), "dis").counted == "layer"


def test_what_a_ladder_can_exit_by():
    given = {"confidence": [[0.9, 0.5], [0.8, 0.7]]}
    bare = ExitLadder("bare", scores=given)
    assert known_criteria(bare) == ("confidence", "random")
    answering = ExitLadder(
        "a", scores=given, predictions=np.array([[0, 1], [0, 2]]), labels=np.array([0, 2])
    )
    assert known_criteria(answering) == ("confidence", "patience", "oracle", "random")
    assert ladder_scores(answering, "patience").tolist() == [[0, 0], [1, 0]]
    assert answering.correct is not None
    assert answering.correct.tolist() == [[True, False], [True, True]]
    assert np.array_equal(np.asarray(confidences(answering)), given["confidence"])
    assert confidences(ExitLadder("right", correct=np.ones((1, 2), bool))) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cost": [1.0, 2.0]}, r"cost of model 'm' should be \[3\], .* or \[3, 40\], but is \[2\]"),
        ({"cost": [1.0, 3.0, 2.0]}, "should not fall from one exit to the next, .*: add to each"),
        ({"cost": [0.0, 0.0, 0.0]}, "should be .* above 0 at the last exit"),
        ({"cost": [1.0, 2.0, np.inf]}, "cost of model 'm' should be finite"),
        ({"predictions": np.zeros((3, 40), int)}, "logits or else predictions and scores"),
    ],
)
def test_costs_that_cannot_be_are_named(change, sentence):
    with pytest.raises(RunError, match=sentence):
        dataclasses.replace(ModelOutput("m", LOGITS), **change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"scores": {}}, "'m' should have logits, or predictions and scores"),
        ({"predictions": [[-1] * 40] * 3}, r"classes from 0 on, \[E, N\], .* from -1 on"),
        ({"scores": {"max_prob": [[0.5]]}}, r"scores 'max_prob' .*finite, \[3, 40\], but are \[1"),
        ({"scores": {"max_prob": np.full((3, 40), np.nan)}}, "but are .* with NaN"),
    ],
)
def test_answers_that_cannot_be_are_named(change, sentence):
    with pytest.raises(RunError, match=sentence):
        dataclasses.replace(answers_only(LOGITS), **change)


@pytest.mark.parametrize(
    ("models", "more", "sentence"),
    [
        ([ModelOutput("a", LOGITS), answers_only(LOGITS)], {}, "all have logits, or all the same"),
        (
            [ModelOutput("a", LOGITS), ModelOutput("m", LOGITS[:1], cost=np.array([1.0]))],
            {},
            "all have layers, or all a cost",
        ),
        ([answers_only(LOGITS)], {"label_names": ("x", "y")}, "classes from 0 to 1, .* up to 3"),
        ([answers_only(LOGITS)], {"metric": "f1"}, "'f1' for 4 classes without logits"),
    ],
)
def test_models_that_do_not_compare_are_refused(models, more, sentence):
    with pytest.raises(RunError, match=sentence):
        Run("odd", LABELS, {one.name: one for one in models}, **more)
