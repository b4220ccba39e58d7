"""Pictures of layers for a run that was made without them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cascade_core.cli import app
from cascade_core.prediction import represent_run as module
from cascade_core.prediction.represent_run import represent_run
from cascade_core.runs import RunError, load_run, save_run
from cascade_core.texts import TextError
from cascade_core.weights import WeightsError


@pytest.fixture
def folder(trained, tmp_path, monkeypatch) -> Path:
    """A copy of the tiny run on disk, with its texts and trained weights at hand."""
    monkeypatch.setenv("CASCADELENS_DATA", str(trained.cache.parent / "data"))
    monkeypatch.setenv("CASCADELENS_CACHE", str(trained.cache))
    return Path(shutil.copytree(trained.folder, tmp_path / "run"))


def test_a_run_is_enlarged_and_stays_what_it_was(folder, trained):
    told = []
    made = represent_run(folder, "ramps", ["pca"], progress=lambda *one: told.append(one))
    run = load_run(folder, verify=True)
    assert run.identity == trained.run.identity == made.identity
    assert [(key.layer, key.method) for key in run.projections] == [(n, "pca") for n in (1, 2, 3)]
    assert {key.layer for key in run.separability} == {1, 2, 3}
    assert run.provenance == trained.run.provenance
    assert told[0] == ("reading the texts with ramps", 0, 48)
    assert ("reading the texts with ramps", 48, 48) in told
    assert told[-1] == ("done", 6, 6)


def test_more_is_added_to_what_is_there(folder):
    represent_run(folder, "ramps", ["pca"])
    before = load_run(folder)
    represent_run(folder, "small", ["tsne"], seed=5)
    after = load_run(folder)
    assert len(after.projections) == len(before.projections) + 1 == 4
    for key, projection in before.projections.items():
        np.testing.assert_array_equal(after.projections[key].coordinates, projection.coordinates)
    assert next(p.seed for k, p in after.projections.items() if k.model == "small") == 5


def test_what_is_not_at_hand_is_said_and_the_run_is_left_alone(folder, monkeypatch, tmp_path):
    before = (folder / "run.json").read_bytes()
    with pytest.raises(WeightsError, match="cascadelens run tiny"):
        represent_run(folder, "ramps", ["pca"], cache=tmp_path)
    monkeypatch.setenv("CASCADELENS_DATA", str(tmp_path))
    with pytest.raises(TextError):
        represent_run(folder, "ramps", ["pca"])
    with pytest.raises(RunError, match="a model of run 'tiny' out of ramps, large, small, but got"):
        represent_run(folder, "other", ["pca"])
    assert (folder / "run.json").read_bytes() == before


def test_a_read_only_place_is_said_before_the_work(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(module, "hydrate", lambda *_: pytest.fail("worked in vain"))
    with pytest.raises(RunError, match="copy the run into a folder of your own"):
        represent_run(folder, "ramps", ["pca"])


def test_a_disk_that_refuses_is_said(folder, monkeypatch):
    def refuse(*_):
        raise OSError("Read-only file system")

    monkeypatch.setattr(module, "save_run", refuse)
    with pytest.raises(RunError, match=r"cannot be written to \(Read-only file system\)"):
        represent_run(folder, "small", ["pca"])


def test_another_run_that_took_the_place_is_not_overwritten(folder, run, monkeypatch):
    monkeypatch.setattr(module, "represent", lambda *_: save_run(run, folder))
    with pytest.raises(RunError, match="another took its place"):
        represent_run(folder, "small", ["pca"])
    assert load_run(folder).name == run.name


def test_the_command_says_what_it_did(folder):
    arguments = ["runs", "project", str(folder), "--model", "small", "--method", "pca"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "Projected small" in done.output
    assert [key.method for key in load_run(folder).projections] == ["pca"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--method", "cubism"], "--method: expected tsne, umap, pca, but got 'cubism'"),
        (["--model", "other"], "expected a model of run 'tiny'"),
    ],
)
def test_the_command_says_what_is_wrong(folder, arguments, sentence):
    done = CliRunner().invoke(app, ["runs", "project", str(folder), *arguments])
    assert done.exit_code == 1
    assert sentence in done.stderr
