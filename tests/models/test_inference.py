from __future__ import annotations

import numpy as np
import pytest
import torch

from cascade_core.criteria import exit_scores
from cascade_core.models.batches import encode, length_sorted_batches
from cascade_core.models.build import from_checkpoint, with_off_ramps
from cascade_core.models.checkpoints import load_tokenizer
from cascade_core.models.early_stop import Stage, stop_early
from cascade_core.models.exit_model import ExitModel
from cascade_core.models.inference import best_device, has_bfloat16, run_exits
from cascade_core.replay import replay

from . import tiny

TEXTS = {"text": tiny.texts(64, seed=3)}
BATCH_TOLERANCE = 1e-5  # confidences of one text in different batches, float32


def complete_model(checkpoint: str, **options) -> ExitModel:
    return opinionated(from_checkpoint(checkpoint, classes=3, pooling="mean", **options))


def off_ramp_model(checkpoint: str) -> ExitModel:
    return opinionated(with_off_ramps(complete_model(checkpoint), seed=1))


def opinionated(model: ExitModel) -> ExitModel:
    """Widen fresh classifiers, whose confidences would all lie close together."""
    with torch.no_grad():
        for head in model.typed_heads:
            head.classifier.weight.normal_(std=1.0)
    return model.eval()


def staged(model, checkpoint: str) -> Stage:
    tokenizer = load_tokenizer(checkpoint)
    return Stage(model, encode(tokenizer, TEXTS, 64), tokenizer)


def outputs(stage: Stage, **options) -> np.ndarray:
    return run_exits(stage.model, stage.encodings, stage.tokenizer, **options).logits


def test_batches_hold_every_text_once_within_the_budget(bert):
    stage = staged(off_ramp_model(str(bert)), str(bert))
    batches = list(length_sorted_batches(stage.encodings, stage.tokenizer, token_budget=70))
    assert sorted(np.concatenate([batch.index for batch in batches])) == list(range(64))
    assert all(batch.tensors["input_ids"].numel() <= 70 for batch in batches)
    longest = [batch.tensors["input_ids"].shape[1] for batch in batches]
    assert longest == sorted(longest, reverse=True)


def test_results_are_in_input_order_whatever_the_batches(checkpoint):
    stage = staged(off_ramp_model(checkpoint), checkpoint)
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
    tokenizer = load_tokenizer(str(bert))
    nothing = encode(tokenizer, {"text": []}, 64)
    assert run_exits(off_ramp_model(str(bert)), nothing, tokenizer).logits.shape == (4, 0, 3)


@pytest.mark.parametrize("criterion", ["max_prob", "entropy", "patience"])
@pytest.mark.parametrize("batch_size", [1, 64])
def test_replay_equals_a_pass_that_really_stops(checkpoint, criterion, batch_size):
    """The test that makes stored runs trustworthy, for an off-ramp model and for a cascade."""
    ramps = staged(off_ramp_model(checkpoint), checkpoint)
    small = staged(complete_model(checkpoint, layers=2, seed=5), checkpoint)

    def rule(logits):
        return exit_scores(logits, criterion)[-1]

    for stages, layers in (([ramps], (1, 2, 3, 4)), ([small, ramps], (2, 3, 4, 5, 6))):
        stored = np.concatenate([outputs(stage) for stage in stages])
        scores = exit_scores(stored, criterion)
        for threshold in (0.0, *np.quantile(scores[:-1], [0.2, 0.5, 0.8]), 1.0):
            stopped = stop_early(stages, rule, threshold, batch_size)
            exits = replay(scores, threshold)
            clear = np.abs(scores - threshold) > BATCH_TOLERANCE
            if criterion == "patience":  # counts: exact, so equality with the threshold is too
                clear = np.ones_like(clear)
            safe = clear.all(axis=0)
            assert safe.mean() > 0.9
            np.testing.assert_array_equal(stopped.exits[safe], exits[safe])
            predictions = stored.argmax(-1)[exits, np.arange(64)]
            np.testing.assert_array_equal(stopped.predictions[safe], predictions[safe])
            np.testing.assert_array_equal(
                stopped.layers_run[safe], np.array(layers)[stopped.exits[safe]]
            )


def test_bfloat16_moves_confidences_by_little(bert):
    if not has_bfloat16(best_device()):
        pytest.skip("this processor has no native bfloat16")
    stage = staged(off_ramp_model(str(bert)), str(bert))
    exact = exit_scores(outputs(stage), "max_prob")
    rough = exit_scores(outputs(stage, precision="bfloat16"), "max_prob")
    assert 0 < abs(exact - rough).max() < 0.05


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_processor(checkpoint):
    stage = staged(off_ramp_model(checkpoint), checkpoint)
    here = outputs(stage)
    there = outputs(stage._replace(model=stage.model.cuda()))
    np.testing.assert_allclose(here, there, atol=1e-3)
