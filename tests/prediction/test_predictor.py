"""The Python twin: it answers as replay over the run does, and says what it cannot do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cascade_core.criteria import exit_scores, ladder_scores
from cascade_core.prediction.predictor import Predictor
from cascade_core.replay import replay
from cascade_core.runs import ModelOutput, Run, SystemSpec
from cascade_core.tradeoff import tradeoff_curve

from . import toy

TOLERANCE = 1e-5  # confidences of one text in different batches, float32


@pytest.mark.parametrize("system", ["DeeBERT", "Cascade", "large"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_it_answers_as_replay_over_its_run(trained, system, share):
    run = trained.run
    ladder = run.systems[system]
    scores = ladder_scores(ladder, "max_prob")
    threshold = float(np.quantile(scores, share))
    with Predictor.from_run(
        run, system, threshold=threshold, cache=trained.cache, precision="float32"
    ) as predictor:
        found = predictor(trained.texts)
    exits = replay(scores, threshold)
    everyone = np.arange(run.instances)
    safe = (np.abs(scores - threshold) > TOLERANCE).all(axis=0)
    assert safe.mean() > 0.9
    np.testing.assert_array_equal(found.exits[safe], exits[safe])
    labels = np.array(run.label_names)[ladder.predictions[exits, everyone]]
    np.testing.assert_array_equal(found.labels[safe], labels[safe])
    np.testing.assert_array_equal(found.layers[safe], ladder.costs["layers"][exits][safe])
    emitted = exit_scores(ladder.logits, "max_prob")[exits, everyone]
    np.testing.assert_allclose(found.probability[safe], emitted[safe], atol=TOLERANCE)
    operations = ladder.costs["flops"][exits, everyone] / 1e9
    np.testing.assert_allclose(found.gflops[safe], operations[safe])
    names = [ladder.exit_names[number] for number in exits]
    assert found.exit_names[safe].tolist() == np.array(names)[safe].tolist()


def test_a_speedup_is_looked_up_on_the_runs_own_curve(trained):
    options = {"cache": trained.cache, "precision": "float32"}
    for basis in ("layers", "flops"):
        curve = tradeoff_curve(trained.run.systems["DeeBERT"], basis=basis)
        middle = float(np.median(curve.speedup))
        with Predictor.from_run(
            trained.run, "DeeBERT", speedup=middle, basis=basis, **options
        ) as predictor:
            assert predictor.threshold == curve.at_speedup(middle).threshold
            assert predictor.expected.speedup >= middle
            counted = tradeoff_curve(trained.run.systems["DeeBERT"])
            expected = counted.at_threshold(predictor.threshold).speedup
            assert predictor.expected_speedup == expected


def test_one_exit_needs_no_threshold(trained):
    with Predictor.from_run(trained.run, "large", cache=trained.cache) as predictor:
        assert predictor.expected.speedup == 1
        assert set(predictor(trained.texts[:3]).layers) == {3}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "threshold or a speed-up for 'Cascade', which has 2 exits and attains 0.75x to 3x"),
        ({"threshold": 0.9, "speedup": 2}, "but got both"),
        ({"speedup": 9}, "expected at most 3x but got 9x"),
        ({"threshold": float("nan")}, "expected a number but got NaN"),
        ({"threshold": 0.9, "basis": "watts"}, "expected one of layers, flops but got 'watts'"),
    ],
)
def test_what_cannot_be_had_is_said_before_any_model_is_loaded(trained, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        Predictor.from_run(trained.run, "Cascade", cache=trained.cache / "nowhere", **options)


@pytest.mark.parametrize("system", [None, "Cascade 2-6"])
def test_an_unknown_system_is_answered_with_those_there_are(trained, system):
    with pytest.raises(ValueError, match="expected one of DeeBERT, Cascade, large"):
        Predictor.from_run(trained.run, system, threshold=0.9)


def test_weights_that_are_not_at_hand_come_with_a_remedy(trained, tmp_path):
    with pytest.raises(LookupError, match="train them with `cascadelens run tiny`"):
        Predictor.from_run(trained.run, "Cascade", threshold=0.9, cache=tmp_path)


def test_texts_come_as_a_list_a_column_or_a_table(predictor):
    found = predictor(["a warm film", "  a   warm film "])
    assert found.labels[0] == found.labels[1]
    assert predictor.engine.asked == ["a warm film"] * 2  # spaces as models have seen them
    np.testing.assert_array_equal(found.exits, predictor({"sentence": ["a warm film"] * 2}).exits)
    table = pd.DataFrame({"id": [7, 8], "sentence": ["a warm film"] * 2})
    for columns in (table, table["sentence"], np.array(["a warm film"] * 2)):
        np.testing.assert_array_equal(found.exits, predictor(columns).exits)


def test_no_texts_have_no_answers(predictor):
    for nothing in ([], {"sentence": []}):
        found = predictor(nothing)
        assert [len(values) for values in found] == [0] * 6


@pytest.fixture
def pairs() -> Predictor:
    logits = np.zeros((2, 3, 2))
    spec = {"pair": SystemSpec(("m",))}
    run = Run("pairs", np.array([0, 1, 1]), {"m": ModelOutput("m", logits)}, spec, task="mrpc")
    return toy.predictor(run, "pair", threshold=0.4)


def test_pairs_come_as_pairs_or_as_columns(pairs):
    pairs([("left", "right"), ["up", "down"]])
    pairs({"#1 String": ["left", "up"], "sentence2": ["right", "down"]})
    assert pairs.engine.asked == ["left right", "up down"] * 2


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ("one string", "expected a list of pairs of strings but got one string"),
        (["left", "right"], r"texts\[0\]: expected 2 strings but got 'left'"),
        ([("left", "right"), ("up",)], r"texts\[1\]: expected 2 strings but got \('up',\)"),
        ([("left", "right"), ("up", None)], r"texts\[1\]: .* sentence2 but got null"),
        ([("left", " ")], r"texts\[0\]: expected text in sentence2 but it is empty"),
        ({"sentence1": ["left"]}, "column sentence2 or #2 String but got sentence1"),
        ({"sentence1": ["left"], "sentence2": []}, r"columns of one length but got \[0, 1\]"),
    ],
)
def test_what_is_no_text_is_refused(pairs, texts, sentence):
    with pytest.raises(ValueError, match=sentence):
        pairs(texts)


def test_predictions_become_a_table(predictor):
    frame = predictor(["a warm film", "a song"]).to_frame()
    assert list(frame) == ["labels", "probability", "exits", "exit_names", "layers", "gflops"]
    assert len(frame) == 2


def test_costs_are_unknown_without_an_architecture(run):
    small = dataclasses.replace(run.models["small"], architecture=None)
    unknown = dataclasses.replace(run, models={**run.models, "small": small})
    assert np.isnan(toy.predictor(unknown)(["a song"]).gflops).all()
