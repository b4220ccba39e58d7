from __future__ import annotations

import sys

import numpy as np
import pytest

from cascade_core.benching import bench
from cascade_core.benching.breakdown import PARTS, break_down
from cascade_core.benching.growth import measure_growth
from cascade_core.benching.machine import matrix_rate
from cascade_core.benching.peers import Peer, Unavailable, as_bert_classifier, peers
from cascade_core.benching.reference_way import texts_per_second
from cascade_core.benching.speedups import (
    POOLED,
    counted,
    latency_milliseconds,
    measure_speedups,
    settings_at,
)
from cascade_core.benching.timing import interleaved
from cascade_core.benching.untrained import made_up_texts, tokenizer
from cascade_core.costs import Architecture, flop_costs
from cascade_core.models.batches import encode
from cascade_core.models.build import with_one_exit
from cascade_core.models.walk import torch_threads
from cascade_core.prediction.engine import Answers, Engine, Stage


@pytest.fixture(scope="module")
def settings(subject):
    found, out_of_reach = settings_at(
        subject.systems, subject.reference, [1.5, 2, 100], subject.outputs(), subject.precision
    )
    assert len(out_of_reach) == 2
    assert out_of_reach[0].startswith("off-ramps 4L: ")
    return found


def test_functions_are_timed_in_turn_after_a_warm_round():
    called = []
    found = interleaved({name: lambda name=name: called.append(name) for name in "ab"}, 3)
    assert "".join(called) == "ab" * 4
    assert [len(one.runs) for one in found.values()] == [3, 3]


def test_made_up_texts_are_as_long_as_mnlis():
    tokens = encode(tokenizer(), made_up_texts(2000), 128).tokens
    assert 36 < tokens.mean() < 42
    assert tokens.min() >= 4
    assert made_up_texts(5) == made_up_texts(5)


def test_thresholds_give_the_wanted_speedup_by_count(subject, settings):
    """A ratio of a few texts steps: the nearest threshold at or above what is wanted."""
    assert [one.name for one in settings] == [
        "off-ramps 4L at 1.5x",
        "off-ramps 4L at 2x",
        "cascade 1-4 at 1.5x",
        "cascade 1-4 at 2x",
    ]
    for setting in settings:
        with Engine(setting.stages, threshold=setting.threshold, **subject.options) as engine:
            _, flops = counted(subject.reference, setting.stages, engine.answer(subject.texts))
        assert setting.wanted is not None
        assert setting.wanted <= flops < 1.25 * setting.wanted


def test_counting_charges_earlier_models_too(subject):
    cascade = subject.systems[1]
    tokens = np.array([10, 30], np.int32)
    answers = Answers(np.array([0, 1]), np.zeros((2, 3), np.float32), tokens)
    layers, flops = counted(subject.reference, cascade.stages, answers)
    assert layers == 4 / ((1 + 5) / 2)

    def cost(depth: int) -> np.ndarray:
        shape = Architecture(depth, 32, 128, 2)
        return flop_costs(shape, [depth], tokens, classes=3, pooler=True)[0]

    spent = (cost(1)[0] + cost(1)[1] + cost(4)[1]) / 2
    assert flops == pytest.approx(cost(4).mean() / spent)


def test_measured_rows_stand_setting_by_setting_and_batch_by_batch(subject, settings):
    rows = measure_speedups(
        subject.reference, settings, subject.texts, [16, POOLED], repeats=1, **subject.options
    )
    assert [(row.system, row.batch) for row in rows] == [
        (one.name, batch) for one in settings for batch in (16, POOLED)
    ]
    for row in rows:
        assert row.kept == row.measured / row.counted_flops
        assert row.texts_per_second > 0
        assert row.counted_flops >= 1.5


def test_latency_rises_from_exit_to_exit(subject):
    stages = {"ramps": subject.systems[0].stages[0], "large": subject.reference}
    found = latency_milliseconds(stages, subject.texts, POOLED, repeats=1, **subject.options)
    assert {name: len(times) for name, times in found.items()} == {"ramps": 4, "large": 1}
    for times in found.values():
        assert times[0] > 0
        assert (np.diff(times) >= 0).all()


def test_the_breakdown_covers_the_whole_time(subject, settings):
    setting = settings[0]
    with (
        torch_threads(1),
        Engine(setting.stages, threshold=setting.threshold, **subject.options) as engine,
    ):
        found = break_down(engine, subject.texts)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert all(found.seconds[part] > 0 for part in PARTS)  # the engine names every part
    assert 0 < found.attention < found.seconds["layers"]


def test_float32_agrees_with_itself(subject, settings):
    labelled = subject._replace(labels=np.zeros(subject.count, np.int64))
    for row in bench.agreements(labelled, settings, subject.outputs()):
        assert row.accuracy_change == 0
        assert row.same_beyond_tolerance
        assert row.same_exits > 0.9


def test_the_full_model_is_held_against_the_matrix_rate(subject):
    found = bench.full_model(subject, repeats=1)
    assert found.texts == 40
    assert found.share > 0  # and below 1 on a machine that is idle
    tokens = encode(subject.reference.tokenizer, subject.texts, 128).tokens
    spent = flop_costs(Architecture(4, 32, 128, 2), [4], tokens, classes=3, pooler=True)[0]
    assert found.tokens == tokens.sum()
    assert found.rate / found.texts_per_second == pytest.approx(spent.mean())
    assert matrix_rate(subject.device, "float32", repeats=1) > 1e9


def test_the_papers_way_runs_everything(subject):
    cascade = subject.systems[1].stages
    some = {"text": subject.texts["text"][:4]}
    assert texts_per_second(cascade, some, repeats=1) > 0


def test_growth_is_measured_in_a_process_of_its_own():
    found = measure_growth(300, 3)
    assert (found.texts, found.exits) == (300, 3)
    assert found.seconds > 0
    assert found.peak_mebibytes > 50


def test_a_peer_with_other_logits_is_no_peer():
    exact = np.zeros((4, 3), np.float32)
    assert bench._difference(Peer("same", lambda: exact, 1e-3), exact) == 0
    with pytest.raises(ValueError, match="expected other to give the engine's logits within 0.001"):
        bench._difference(Peer("other", lambda: exact + 1, 1e-3), exact)


def test_peers_get_the_same_function_and_say_when_they_are_not_there(subject, monkeypatch):
    stage = Stage(with_one_exit(subject.reference.model, "first"), subject.reference.tokenizer)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "openvino", None)
    found = list(peers(stage, subject.texts, 128))
    absent = [one.name for one in found if isinstance(one, Unavailable)]
    assert absent == ["CrossEncoder", "ONNX Runtime", "OpenVINO"]
    exact = subject.outputs().logits([stage], "float32")[0]
    plain = [one for one in found if isinstance(one, Peer)]
    assert [one.name for one in plain] == ["transformers float32", "transformers bfloat16"]
    for peer in plain:
        assert bench._difference(peer, exact) <= peer.tolerance


def test_only_a_bert_read_by_its_first_token_has_peers(subject):
    with pytest.raises(ValueError, match="4 exits on the first token"):
        as_bert_classifier(subject.systems[0].stages[0].model)
    found = list(peers(subject.systems[0].stages[0], subject.texts, 128))
    reasons = [one.reason for one in found if isinstance(one, Unavailable)]
    assert len(reasons) == len(found) == 4
    assert {reason[:30] for reason in reasons} == {"expected a BERT with one exit "}


def test_a_peer_that_fails_costs_no_other_measurement(subject, monkeypatch):
    def one_that_differs(stage, *_):
        yield Peer("other", lambda: np.full((subject.count, 3), 9.0, np.float32), 1e-3)

    monkeypatch.setattr(bench, "peers", one_that_differs)
    (row,) = bench.against_peers(subject, repeats=1)
    assert np.isnan(row.texts_per_second)
    assert "does not run the same model" in row.note
