"""Encoders pre-trained from scratch on the project's own texts, and models that start from them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from rich.console import Console
from transformers import AutoModel, BertConfig

from cascade_core.models.batches import encode
from cascade_core.models.checkpoints import load_config, load_tokenizer
from cascade_core.models.pretraining import MaskedWords, Sizes, masking, spread, write_blank
from cascade_core.recipes import training
from cascade_core.recipes.execute import execute
from cascade_core.recipes.recipe import Recipe, RecipeError
from cascade_core.runs import load_run, save_run

TEXTS = ["The plot was gripping.", "The waiter was not rude.", "The plot was not dull."] * 20


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blank")
    write_blank(folder, TEXTS, Sizes(layers=2, hidden=16, heads=2, vocabulary=120, positions=32))
    return str(folder)


def test_a_blank_has_the_sizes_it_was_asked_for_and_reads_its_texts(blank):
    config, tokenizer = load_config(blank), load_tokenizer(blank)
    assert (config.num_hidden_layers, config.hidden_size, config.intermediate_size) == (2, 16, 64)
    assert config.vocab_size == len(tokenizer) <= 120
    read = encode(tokenizer, {"sentence": TEXTS[:1]}, 32)
    assert tokenizer.unk_token_id not in read.inputs["input_ids"]
    pair = encode(tokenizer, {"premise": TEXTS[:1], "hypothesis": TEXTS[1:2]}, 32)
    written = str(tokenizer.decode(pair.inputs["input_ids"]))
    assert written.startswith("[CLS] the plot was gripping"), written
    assert written.count("[SEP]") == 2
    assert written.endswith("[SEP]")
    types = pair.inputs["token_type_ids"].tolist()
    assert types == sorted(types)
    assert set(types) == {0, 1}
    assert encode(tokenizer, {"sentence": ["\x00"]}, 32).tokens.tolist() == [2]


def test_only_masked_tokens_are_filled_in_and_by_the_word_embeddings(blank):
    model = MaskedWords(BertConfig.from_pretrained(blank)).eval()
    ids = torch.tensor([[2, 7, 8, 9, 3]])
    labels = torch.tensor([[-100, 7, -100, -100, -100]])
    with torch.no_grad():
        loss = model(ids, torch.ones_like(ids), labels)["loss"]
        hidden = model.encoder(ids, torch.ones_like(ids)).last_hidden_state[0, 1]
        states = model.normalise(torch.nn.functional.gelu(model.dense(hidden)))
        scores = model.encoder.embeddings.word_embeddings.weight @ states + model.bias
    assert loss == pytest.approx(float(-scores.log_softmax(0)[7]))


def test_masks_are_the_share_that_was_asked_for(blank):
    tokenizer = load_tokenizer(blank)
    torch.manual_seed(0)
    rows = [tokenizer(text) for text in TEXTS * 10]
    batch = masking(tokenizer, 0.3)(rows)
    inner = (batch["input_ids"] > 4) | (batch["labels"] != -100)
    assert float((batch["labels"] != -100).sum() / inner.sum()) == pytest.approx(0.3, abs=0.03)


def test_words_are_learnt(blank):
    tokenizer = load_tokenizer(blank)
    model = MaskedWords(BertConfig.from_pretrained(blank))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    collate = masking(tokenizer, 0.15)
    losses = []
    for _ in range(40):
        batch = collate([tokenizer(text) for text in TEXTS])
        loss = model(**batch)["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_tokens_that_all_look_alike_are_seen(blank):
    tokenizer = load_tokenizer(blank)
    texts = encode(tokenizer, {"sentence": TEXTS}, 32)
    encoder = MaskedWords(BertConfig.from_pretrained(blank)).encoder
    assert spread(encoder, tokenizer, texts) > 0.3
    for weights in encoder.encoder.layer[-1].parameters():
        torch.nn.init.zeros_(weights)
    assert spread(encoder, tokenizer, texts) < 1e-6


def recipe() -> Recipe:
    """Two encoders of our own on graded reviews, an off-ramp model and a cascade of them."""
    small = {"method": "mlm", "hidden": 16, "vocabulary": 300, "tasks": ["graded-sentiment"]}
    small |= {"limit": 80, "training": {"epochs": 1, "learning_rate": 1e-3}}
    return Recipe.model_validate(
        {
            "name": "graded-tiny",
            "task": "graded-sentiment",
            "train_limit": 60,
            "dev_limit": 30,
            "report_limit": 40,
            "max_tokens": 48,
            "reference": "whole",
            "training": {"epochs": 1, "evaluations": 2, "learning_rate": 1e-3},
            "encoders": {"own 2L": {**small, "layers": 2}, "own 1L": {**small, "layers": 1}},
            "models": {
                "whole": {"method": "fine-tune", "checkpoint": "own 2L"},
                "ramps": {"method": "deebert", "backbone": "whole"},
                "small": {"method": "fine-tune", "checkpoint": "own 1L"},
            },
            "systems": {
                "DeeBERT": {"models": ["ramps"]},
                "Cascade": {"models": ["small", "whole"]},
            },
        }
    )


def test_a_graded_recipe_becomes_a_run_with_texts_and_levels(tmp_path):
    printed = io.StringIO()
    run = execute(recipe(), Console(file=printed, width=120), tmp_path / "cache")
    assert "masked words" in printed.getvalue()
    save_run(run, tmp_path / "run")
    loaded = load_run(tmp_path / "run", verify=True)
    assert loaded.instances == 40
    assert set(loaded.categories) == {"level", "reasoning"}
    assert loaded.texts is not None
    assert loaded.texts["sentence"][0]
    assert {output.checkpoint for output in loaded.models.values()} == {"own 2L", "own 1L"}
    assert str(tmp_path) not in (tmp_path / "run" / "run.json").read_text()
    trained = loaded.provenance["trainings"]["whole"]
    assert len(trained["dev_accuracy"]) == 2  # dev was asked twice in the one epoch
    again = execute(recipe(), Console(file=io.StringIO()), tmp_path / "cache")
    assert again.identity == run.identity


def test_an_encoder_that_collapsed_is_no_start_for_models(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "ALIKE", 100.0)  # no encoder's tokens differ so much
    with pytest.raises(RecipeError, match="layers collapsed.*a lower learning_rate than 0.001"):
        execute(recipe(), Console(file=io.StringIO()), tmp_path / "cache")


def test_encoders_are_kept_in_the_hubs_layout(tmp_path):
    execute(recipe(), Console(file=io.StringIO()), tmp_path / "cache")
    folders = [path.parent for path in (tmp_path / "cache").rglob("encoder/model.safetensors")]
    assert sorted(AutoModel.from_pretrained(one).config.num_hidden_layers for one in folders) == [
        1,
        2,
    ]
