from __future__ import annotations

import numpy as np
import pytest
import torch

from cascade_core.criteria import exit_scores
from cascade_core.models.batches import encode
from cascade_core.models.inference import best_device, has_bfloat16, run_exits
from cascade_core.models.packed_model import PackedModel
from cascade_core.prediction.engine import CONFIDENCE_TOLERANCE, Answers, Engine, Stage
from cascade_core.replay import replay
from tests.models import tiny
from tests.models.made_up_models import complete_model, off_ramp_model, staged
from tests.models.referee import stop_early

COUNT = 64
TEXTS = {"text": tiny.texts(COUNT, seed=3)}


def systems(checkpoint: str) -> list[tuple[list[Stage], tuple[int, ...]]]:
    """An off-ramp model and a cascade with one, and the layers run up to each of their exits."""
    ramps = staged(off_ramp_model(checkpoint), checkpoint)
    small = staged(complete_model(checkpoint, layers=2, seed=5), checkpoint)
    return [([ramps], (1, 2, 3, 4)), ([small, ramps], (2, 3, 4, 5, 6))]


def stored(stages: list[Stage], **options) -> np.ndarray:
    """All exits of all stages, logits [E, N, C]."""
    return np.concatenate(
        [
            run_exits(s.model, encode(s.tokenizer, TEXTS, 64), s.tokenizer, **options).logits
            for s in stages
        ]
    )


def answer(stages, texts=TEXTS, **options) -> Answers:
    with Engine(stages, **{"precision": "float32", "max_tokens": 64, **options}) as engine:
        return engine.answer(texts)


def clear(scores: np.ndarray, threshold: float, tolerance: float) -> np.ndarray:
    """Texts none of whose exits is so close to the threshold that rounding decides, bool [N]."""
    return np.all(np.abs(scores - threshold) > tolerance, axis=0)


@pytest.mark.parametrize("criterion", ["max_prob", "entropy", "margin", "patience"])
@pytest.mark.parametrize("token_budget", [1, 150, 10**6])
def test_the_engine_stops_where_replay_and_the_referee_say(checkpoint, criterion, token_budget):
    """The test that makes stored runs and predictions trustworthy: three ways, one answer."""
    for stages, layers in systems(checkpoint):
        logits = stored(stages)
        scores = exit_scores(logits, criterion)
        for threshold in (0.0, *np.quantile(scores[:-1], [0.2, 0.5, 0.8]), 1.0):
            exits = replay(scores, threshold)
            # Patience counts: it is exact, so equality with the threshold is too.
            safe = clear(scores, threshold, -1 if criterion == "patience" else 1e-5)
            assert safe.mean() > 0.9
            found = answer(
                stages, criterion=criterion, threshold=threshold, token_budget=token_budget
            )
            np.testing.assert_array_equal(found.exits[safe], exits[safe])
            emitted = logits[exits, np.arange(COUNT)]
            np.testing.assert_allclose(found.logits[safe], emitted[safe], atol=1e-4)
            if token_budget > 1:
                continue
            refereed = stop_early(
                stages, TEXTS, lambda seen: exit_scores(seen, criterion)[-1], threshold, 16
            )
            np.testing.assert_array_equal(refereed.exits[safe], exits[safe])
            np.testing.assert_array_equal(refereed.predictions[safe], found.logits.argmax(-1)[safe])
            np.testing.assert_array_equal(refereed.layers_run[safe], np.array(layers)[exits[safe]])


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_decisions_are_those_of_float32_beyond_the_tolerance(bert, precision):
    if precision == "bfloat16" and not has_bfloat16(best_device()):
        pytest.skip("this processor has no native bfloat16")
    for stages, _ in systems(str(bert)):
        scores = exit_scores(stored(stages), "max_prob")
        threshold = float(np.quantile(scores, 0.2))
        safe = clear(scores, threshold, CONFIDENCE_TOLERANCE[precision])
        assert safe.sum() > 20
        found = answer(stages, threshold=threshold, precision=precision)
        np.testing.assert_array_equal(found.exits[safe], replay(scores, threshold)[safe])


def test_what_leaves_is_not_computed_any_further(bert, monkeypatch):
    """Layers really run per text, counted where they run, are those the exits account for."""
    computed = 0
    run = PackedModel._run

    def counting(self, layer, states, runs):
        nonlocal computed
        computed += sum(run.texts for run in runs)
        return run(self, layer, states, runs)

    monkeypatch.setattr(PackedModel, "_run", counting)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)  # no race in the count
    for stages, layers in systems(str(bert)):
        for threshold in (0.0, 0.5, 0.7, 1.0):
            computed = 0
            exits = answer(stages, threshold=threshold, token_budget=100).exits
            assert computed == np.array(layers)[exits].sum()


def test_many_workers_answer_as_one_does(bert, monkeypatch):
    stages = systems(str(bert))[1][0]
    alone = answer(stages, threshold=0.6, token_budget=40)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    shared = answer(stages, threshold=0.6, token_budget=40)
    np.testing.assert_array_equal(alone.exits, shared.exits)
    np.testing.assert_allclose(alone.logits, shared.logits, atol=1e-4)


def test_an_engine_leaves_torchs_threads_as_they_were(bert):
    before = torch.get_num_threads()
    answer(systems(str(bert))[0][0], token_budget=40)
    assert torch.get_num_threads() == before


def test_stages_may_read_with_different_tokenizers(bert, roberta):
    small = staged(complete_model(str(bert), layers=2), str(bert))
    large = staged(complete_model(str(roberta), seed=4), str(roberta))
    logits = stored([small, large])
    scores = exit_scores(logits, "max_prob")
    threshold = float(np.median(scores[0]))
    found = answer([small, large], threshold=threshold)
    np.testing.assert_array_equal(found.exits, replay(scores, threshold))
    assert 0 < found.exits.mean() < 1
    np.testing.assert_allclose(found.logits, logits[found.exits, np.arange(COUNT)], atol=1e-4)


def test_a_stream_answers_chunk_by_chunk(bert):
    stages = systems(str(bert))[1][0]
    whole = answer(stages, threshold=0.6)
    chunks = [{"text": TEXTS["text"][start : start + 10]} for start in range(0, COUNT, 10)]
    with Engine(stages, threshold=0.6, precision="float32", max_tokens=64) as engine:
        parts = list(engine.stream(chunks))
        assert list(engine.stream([])) == []
    assert [len(part.exits) for part in parts] == [10] * 6 + [4]
    np.testing.assert_array_equal(np.concatenate([p.exits for p in parts]), whole.exits)
    np.testing.assert_array_equal(np.concatenate([p.tokens for p in parts]), whole.tokens)


def test_a_stream_reads_one_chunk_ahead(bert):
    """So that a file of any length streams, and reading overlaps with computing."""
    read = []

    def chunks():
        for number in range(5):
            read.append(number)
            yield {"text": TEXTS["text"][:4]}

    with Engine(systems(str(bert))[0][0], max_tokens=64) as engine:
        for number, _ in enumerate(engine.stream(chunks())):
            assert len(read) == min(number + 2, 5)


def test_no_texts_give_no_answers(bert):
    found = answer(systems(str(bert))[1][0], {"text": []})
    assert [len(part) for part in found] == [0, 0, 0]


def test_cascades_refuse_what_cannot_decide(bert):
    stages = systems(str(bert))[0][0]
    with pytest.raises(ValueError, match="at least one model"):
        Engine([])
    with pytest.raises(ValueError, match="patience but got 'oracle'"):
        Engine(stages, "oracle")
    with pytest.raises(ValueError, match="NaN"):
        Engine(stages, threshold=float("nan"))
