from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from transformers import AutoModel

from cascade_core.models.build import from_checkpoint, with_off_ramps
from cascade_core.models.checkpoints import CheckpointError, load_tokenizer
from cascade_core.models.exit_model import load_exit_model

from . import tiny
from .referee import padded


@pytest.fixture
def batch(checkpoint):
    tokenizer = load_tokenizer(checkpoint)
    return padded(tokenizer, {"text": tiny.texts(5)}, np.arange(5), 64)


def test_first_layers_alone_give_what_the_whole_encoder_has_after_them(checkpoint, batch):
    whole = AutoModel.from_pretrained(checkpoint)
    hidden = whole(**batch, output_hidden_states=True).hidden_states
    model = from_checkpoint(checkpoint, classes=3, pooling="first", layers=2).eval()
    output = model.run(**batch)
    assert model.exits == (2,)
    assert output.logits.shape == (5, 1, 3)
    torch.testing.assert_close(output.pooled[:, 0], hidden[2][:, 0])


def test_heads_start_from_the_checkpoints_pooler(checkpoint, batch):
    whole = AutoModel.from_pretrained(checkpoint)
    model = from_checkpoint(checkpoint, classes=2, pooling="first")
    torch.testing.assert_close(model.typed_heads[0].dense.weight, whole.pooler.dense.weight)
    for head in with_off_ramps(model).typed_heads:
        torch.testing.assert_close(head.dense.weight, whole.pooler.dense.weight)


def test_off_ramps_leave_the_complete_model_as_it_was(checkpoint, batch):
    model = from_checkpoint(checkpoint, classes=2, pooling="mean").eval()
    before = model.run(**batch).logits
    ramps = with_off_ramps(model).eval()
    assert ramps.exits == (1, 2, 3, 4)
    torch.testing.assert_close(ramps.run(**batch).logits[:, -1:], before)


def test_mean_pooling_sees_no_padding(checkpoint):
    tokenizer = load_tokenizer(checkpoint)
    texts = {"text": ["good film", " ".join(["the story was dull"] * 6)]}
    model = from_checkpoint(checkpoint, classes=2, pooling="mean").eval()
    alone = model.run(**padded(tokenizer, texts, np.array([0]), 64)).logits
    together = model.run(**padded(tokenizer, texts, np.array([0, 1]), 64)).logits[:1]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


def test_frozen_backbone_gets_no_gradients_and_no_dropout(checkpoint, batch):
    model = with_off_ramps(from_checkpoint(checkpoint, classes=2, pooling="first"))
    model.freeze_backbone()
    model.train()
    model.run(**batch).logits[:, :-1].sum().backward()
    assert not model.encoder.training
    assert all(parameter.grad is None for parameter in model.encoder.parameters())
    assert all(parameter.grad is None for parameter in model.heads[-1].parameters())
    assert all(head.classifier.weight.grad is not None for head in model.typed_heads[:-1])
    assert [head.training for head in model.heads] == [True, True, True, False]


def test_saved_model_comes_back(checkpoint, batch, tmp_path):
    model = with_off_ramps(from_checkpoint(checkpoint, classes=2, pooling="mean")).eval()
    model.save(tmp_path)
    again = load_exit_model(tmp_path)
    assert again.exits == model.exits
    torch.testing.assert_close(again.run(**batch).logits, model.run(**batch).logits)


def test_more_layers_than_the_checkpoint_has_are_refused(checkpoint):
    with pytest.raises(CheckpointError, match="expected 1 to 4 layers .* but got 5"):
        from_checkpoint(checkpoint, classes=2, pooling="first", layers=5)


def test_weights_that_would_stay_random_are_refused(tmp_path):
    """A small checkpoint under a larger configuration, as the papers' own code loads it."""
    folder = tiny.write_checkpoint(tmp_path, "bert", layers=2)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 4}))
    with pytest.raises(CheckpointError, match="weights of a 4-layer bert .* are missing"):
        from_checkpoint(str(folder), classes=2, pooling="first")


def test_a_checkpoint_that_is_not_there_is_named_with_the_remedy(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere.*config\.json and model\.safetensors"):
        from_checkpoint(str(tmp_path / "nowhere"), classes=2, pooling="first")


def test_exits_must_lie_within_the_encoder(bert):
    model = from_checkpoint(str(bert), classes=2, pooling="first")
    with pytest.raises(ValueError, match="ascending exits within layers 1-4, but got"):
        type(model)(model.encoder, (2, 5), 2, "first")
