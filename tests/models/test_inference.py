from __future__ import annotations

import timeit
from typing import cast, get_args

import numpy as np
import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from cascade_core.criteria import exit_scores
from cascade_core.models.batches import encode
from cascade_core.models.exit_model import ExitModel, take_pooler
from cascade_core.models.heads import HeadKind
from cascade_core.models.inference import (
    best_device,
    best_precision,
    has_bfloat16,
    ready,
    run_exits,
)
from cascade_core.models.packed_model import PackedModel
from cascade_core.models.padded_model import PaddedModel
from cascade_core.prediction.engine import Engine, Stage
from cascade_core.replay import replay

from . import tiny
from .made_up_models import (
    off_ramp_model,
    opinionated,
    shared_pooler_model,
    staged,
    student_model,
)
from .referee import padded

TEXTS = {"text": tiny.texts(64, seed=3)}
EVERY_KIND = [off_ramp_model, shared_pooler_model, student_model]
BATCH_TOLERANCE = 1e-5  # confidences of one text in different batches, float32


def outputs(stage: Stage, texts=TEXTS, **options) -> np.ndarray:
    encodings = encode(stage.tokenizer, texts, 64)
    return run_exits(stage.model, encodings, stage.tokenizer, **options).logits


def by_transformers(stage: Stage, texts=TEXTS) -> np.ndarray:
    """What transformers' own modules make of one padded batch, logits [E, N, C]."""
    inputs = padded(stage.tokenizer, texts, np.arange(len(texts["text"])), 64)
    with torch.inference_mode():
        return stage.model.run(**inputs).logits.numpy().swapaxes(0, 1)


def undecided(stage: Stage) -> Stage:
    """Take from every exit its liking for a class, so that texts decide when exits agree."""
    liking = by_transformers(stage).mean(axis=1)
    with torch.no_grad():
        for head, bias in zip(stage.model.heads, liking, strict=True):
            cast(nn.Linear, head.classifier).bias.sub_(torch.from_numpy(bias))
    return stage


def modern_model(heads: HeadKind) -> ExitModel:
    """An encoder that is built unlike BERT: rotary positions, gated layers."""
    torch.manual_seed(2)
    config = AutoConfig.for_model(
        "modernbert",
        vocab_size=len(tiny.SPECIAL) + len(tiny.WORDS),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=48,
        pad_token_id=0,
        attn_implementation="sdpa",
    )
    config.hidden_dropout_prob = 0.0
    encoder = AutoModel.from_config(config)
    take_pooler(encoder)
    return opinionated(ExitModel(encoder, (1, 3), 3, "mean", heads))


@pytest.mark.parametrize("make", EVERY_KIND)
@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_packed_layers_give_what_transformers_gives(checkpoint, make, pooling):
    stage = staged(make(checkpoint, pooling=pooling), checkpoint)
    device = torch.device("cpu")
    assert isinstance(ready(*stage, "float32", device), PackedModel)
    np.testing.assert_allclose(
        outputs(stage, device=device), by_transformers(stage), atol=BATCH_TOLERANCE
    )


@pytest.mark.parametrize("heads", get_args(HeadKind))
def test_an_encoder_unlike_bert_runs_as_a_whole(roberta, heads):
    stage = staged(modern_model(heads), str(roberta))
    assert isinstance(ready(*stage, "float32", torch.device("cpu")), PaddedModel)
    np.testing.assert_allclose(
        outputs(stage, token_budget=100), by_transformers(stage), atol=BATCH_TOLERANCE
    )


@pytest.mark.parametrize("token_budget", [1, 150, 10**6])
@pytest.mark.parametrize(
    ("make", "criterion"), [(student_model, "max_prob"), (shared_pooler_model, "patience")]
)
def test_texts_leave_where_replay_over_all_exits_says(checkpoint, make, criterion, token_budget):
    stage = undecided(staged(make(checkpoint), checkpoint))
    logits = outputs(stage)
    scores = exit_scores(logits, criterion)
    threshold = 1.5 if criterion == "patience" else float(np.median(scores[:-1]))
    exits = replay(scores, threshold)
    assert len(np.unique(exits)) > 1
    assert (np.abs(scores - threshold) > BATCH_TOLERANCE).all()
    options = {"precision": "float32", "max_tokens": 64, "token_budget": token_budget}
    with Engine([stage], criterion, threshold, **options) as engine:
        found = engine.answer(TEXTS)
    np.testing.assert_array_equal(found.exits, exits)
    np.testing.assert_allclose(found.logits, logits[exits, np.arange(64)], atol=1e-4)


@pytest.mark.parametrize("make", EVERY_KIND)
def test_results_are_in_input_order_whatever_the_batches(checkpoint, make):
    stage = staged(make(checkpoint), checkpoint)
    one_by_one = outputs(stage, token_budget=1)
    together = outputs(stage, token_budget=10**6)
    assert together.shape == (4, 64, 3)
    assert together.std(axis=1).min() > 1e-3  # the texts are told apart, so order shows
    np.testing.assert_allclose(one_by_one, together, atol=BATCH_TOLERANCE)


def test_progress_counts_every_instance(bert):
    finished: list[int] = []
    outputs(staged(off_ramp_model(str(bert)), str(bert)), progress=finished.append)
    assert sum(finished) == 64


def test_no_texts_give_no_outputs(bert):
    stage = staged(off_ramp_model(str(bert)), str(bert))
    assert outputs(stage, {"text": []}).shape == (4, 0, 3)


def test_the_model_itself_is_left_as_it_was(bert):
    stage = staged(off_ramp_model(str(bert)), str(bert))
    before = by_transformers(stage)
    outputs(stage, precision="bfloat16" if has_bfloat16(best_device()) else "float32")
    np.testing.assert_array_equal(by_transformers(stage), before)
    assert {one.dtype for one in stage.model.parameters()} == {torch.float32}


def test_bfloat16_moves_confidences_by_little(bert):
    if not has_bfloat16(best_device()):
        pytest.skip("this processor has no native bfloat16")
    stage = staged(off_ramp_model(str(bert)), str(bert))
    exact = exit_scores(outputs(stage), "max_prob")
    rough = exit_scores(outputs(stage, precision="bfloat16"), "max_prob")
    assert 0 < abs(exact - rough).max() < 0.05


def test_the_faster_precision_is_that_of_large_products():
    """Looked at where it is clear: a third faster at least."""
    cpu, taken = torch.device("cpu"), {}
    for dtype in (torch.float32, torch.bfloat16):
        one = torch.ones(1536, 1536, dtype=dtype)
        taken[str(dtype)] = min(timeit.repeat(lambda one=one: one @ one, number=1, repeat=5))
    ratio = taken["torch.bfloat16"] / taken["torch.float32"]
    if not has_bfloat16(cpu) or ratio > 1.5:
        assert best_precision(cpu) == "float32"
    elif ratio < 1 / 1.5:
        assert best_precision(cpu) == "bfloat16"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_cuda_agrees_with_the_processor(checkpoint, precision):
    stage = staged(off_ramp_model(checkpoint), checkpoint)
    here = exit_scores(outputs(stage, device=torch.device("cpu")), "max_prob")
    there = outputs(stage, device=torch.device("cuda"), precision=precision)
    tolerance = {"float32": 1e-3, "bfloat16": 0.05}[precision]
    np.testing.assert_allclose(here, exit_scores(there, "max_prob"), atol=tolerance)
