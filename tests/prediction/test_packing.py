"""Packed weights: smaller, shared where they are the same, and of the same opinion."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file
from typer.testing import CliRunner

from cascade_core.cli import app
from cascade_core.prediction.live import LiveModels
from cascade_core.prediction.packing import pack_weights
from cascade_core.weights import WeightsError, systems_at_hand


@pytest.fixture
def packed(trained, tmp_path):
    """All models packed, in the layout of a cache of their own."""
    sizes = pack_weights(trained.run, list(trained.run.models), tmp_path / "stages", trained.cache)
    return tmp_path, sizes


def stage(trained, model: str) -> str:
    return trained.run.provenance["trainings"][model]["stage"]


def test_packed_models_say_what_the_run_says_but_for_rounding(packed, trained):
    cache, _ = packed
    live = LiveModels(trained.run, cache)
    assert live.systems == list(trained.run.systems)
    for number, text in enumerate(trained.texts[:8]):
        reading = live.read({"sentence1": text})
        for name, ladder in trained.run.systems.items():
            said = reading.run.models[trained.run.system_specs[name].models[-1]].logits[-1, 0]
            np.testing.assert_allclose(said, ladder.logits[-1, number], atol=0.02)


def test_what_is_shared_is_there_once(packed, trained):
    cache, sizes = packed
    ramps, large = (cache / "stages" / stage(trained, name) for name in ("ramps", "large"))
    about = json.loads((ramps / "exits.json").read_text())
    assert about["backbone"] == large.name
    assert not [name for name in load_file(ramps / "model.safetensors") if "encoder" in name]
    assert sum(1 for _ in cache.rglob("tokenizer.json")) == 1
    assert sizes["ramps"] < sizes["large"]
    original = trained.cache / "stages" / large.name / "model.safetensors"
    assert (large / "model.safetensors").stat().st_size < 0.6 * original.stat().st_size


def test_without_its_backbone_a_model_is_packed_whole(trained, tmp_path):
    pack_weights(trained.run, ["ramps"], tmp_path / "stages", trained.cache)
    assert systems_at_hand(trained.run, tmp_path) == ["DeeBERT"]
    reading = LiveModels(trained.run, tmp_path).read({"sentence1": "fine"})
    assert list(reading.run.systems) == ["DeeBERT"]


def test_shipped_weights_are_found_where_the_cache_has_none(packed, trained, tmp_path, monkeypatch):
    cache, _ = packed
    shutil.move(cache / "stages", tmp_path / "shipped" / "weights")
    monkeypatch.setattr("cascade_core.weights.shipped_runs_dir", lambda: tmp_path / "shipped")
    assert systems_at_hand(trained.run, tmp_path / "empty") == list(trained.run.systems)


def test_what_cannot_be_packed_is_told(trained, tmp_path):
    with pytest.raises(
        ValueError, match="expected a model out of ramps, large, small, but got 'x'"
    ):
        pack_weights(trained.run, ["x"], tmp_path, trained.cache)
    with pytest.raises(WeightsError, match="expected the trained weights of 'large'"):
        pack_weights(trained.run, ["large"], tmp_path, tmp_path)


def test_the_command_packs_and_says_how_much_it_is(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("CASCADELENS_CACHE", str(trained.cache))
    command = ["runs", "pack", str(trained.folder), "--output", str(tmp_path / "weights")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "Packed 3 models" in done.output
    assert sum(1 for _ in (tmp_path / "weights").rglob("model.safetensors")) == 3
    refused = CliRunner().invoke(app, [*command, "--model", "none such"])
    assert refused.exit_code == 1
    assert "expected a model out of" in " ".join(refused.output.split())
