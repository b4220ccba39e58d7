from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cascade_core.models.batches import encode
from cascade_core.models.build import from_checkpoint, with_off_ramps
from cascade_core.models.checkpoints import load_tokenizer
from cascade_core.models.methods import fine_tune, train_off_ramps
from cascade_core.models.training import LabelledTexts, Setting, TrainingOptions

from . import tiny

OPTIONS = TrainingOptions(epochs=3, learning_rate=2e-3, batch_size=16, seed=1)


@pytest.fixture
def setting(bert, tmp_path) -> Setting:
    tokenizer = load_tokenizer(str(bert))

    def labelled(count: int, seed: int) -> LabelledTexts:
        texts, labels = tiny.labelled_texts(count, seed)
        return LabelledTexts(encode(tokenizer, {"text": texts}, 32), np.array(labels))

    return Setting(
        train=labelled(320, seed=1),
        dev=labelled(40, seed=2),
        tokenizer=tokenizer,
        options=OPTIONS,
        folder=tmp_path / "training",
    )


def small_model(bert: Path):
    return from_checkpoint(str(bert), classes=2, pooling="mean", layers=2, seed=1)


def test_fine_tuning_learns_and_keeps_the_best_epoch(bert, setting):
    model = small_model(bert)
    report = fine_tune(model, setting)
    best = max(accuracy for (accuracy,) in report.dev_accuracy)
    assert report.exits == (2,)
    assert len(report.dev_accuracy) == OPTIONS.epochs
    assert report.dev_accuracy[report.best_epoch - 1] == (best,)
    assert best > 0.9


def test_same_seed_same_model(bert, setting, tmp_path):
    models = [small_model(bert) for _ in range(2)]
    for number, model in enumerate(models):
        fine_tune(model, setting._replace(folder=tmp_path / str(number)))
    for one, other in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_trains_with_the_attention_that_is_quick_here(bert, setting):
    model = small_model(bert)
    used = set()

    def note(done: int, total: int) -> None:
        used.add(model.encoder.config._attn_implementation)

    before = model.encoder.config._attn_implementation
    fine_tune(model, setting._replace(progress=note))
    assert used == {before if torch.cuda.is_available() else "eager"}
    assert model.encoder.config._attn_implementation == before


def test_second_stage_changes_the_off_ramps_only(bert, setting):
    model = with_off_ramps(small_model(bert), seed=1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    report = train_off_ramps(model, setting)
    changed = {
        name for name, tensor in model.state_dict().items() if not tensor.equal(before[name])
    }
    assert report.exits == (1,)
    assert changed == {f"heads.0.{part}" for part in (
        "dense.weight", "dense.bias", "classifier.weight", "classifier.bias"
    )}  # fmt: skip


def test_interrupted_training_goes_on_from_its_last_epoch(bert, setting):
    class Killed(Exception):
        pass

    steps: list[int] = []

    def killed_in_the_second_epoch(done: int, total: int) -> None:
        if done == total // OPTIONS.epochs + 2:
            raise Killed

    with pytest.raises(Killed):
        fine_tune(small_model(bert), setting._replace(progress=killed_in_the_second_epoch))
    half_written = setting.folder / "checkpoint-30"  # as a kill in the middle of saving leaves it
    half_written.mkdir()
    (half_written / "model.safetensors").write_bytes(b"half")
    resumed = small_model(bert)
    counting = setting._replace(progress=lambda done, total: steps.append(done))
    report = fine_tune(resumed, counting)
    assert steps[0] == 21  # twenty steps an epoch: the first one was not run again
    assert report.resumed
    assert len(report.dev_accuracy) == OPTIONS.epochs

    straight = small_model(bert)
    elsewhere = setting._replace(folder=setting.folder.with_name("straight"))
    assert fine_tune(straight, elsewhere).dev_accuracy == report.dev_accuracy
