"""A recipe from nothing to a run, on a tiny random encoder and made-up texts."""

from __future__ import annotations

import io
from unittest.mock import Mock

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

from rich.console import Console
from typer.testing import CliRunner

from cascade_core.cli import app
from cascade_core.recipes import training
from cascade_core.recipes.execute import execute
from cascade_core.recipes.recipe import ProjectionRequest, Recipe, RecipeError
from cascade_core.recipes.stages import checkpoint_identity
from cascade_core.runs import load_run, save_run
from cascade_core.texts import hydrate

from ..models import tiny
from .tiny_run import write_tiny_recipe


@pytest.fixture
def recipe(tmp_path, monkeypatch) -> Recipe:
    """A recipe like the shipped one, small enough for a test; its texts lie in a local folder."""
    monkeypatch.setenv("CASCADELENS_DATA", str(tmp_path / "data"))
    projections = [ProjectionRequest(models=["ramps"], method="pca")]
    return write_tiny_recipe(tmp_path, dev_texts=24).model_copy(update={"projections": projections})


@pytest.fixture
def trainings(monkeypatch) -> list[str]:
    """The names of the models that were really trained."""
    names: list[str] = []
    train = training.train_model

    def counted(workshop, model, *arguments):
        names.append(model.name)
        train(workshop, model, *arguments)

    monkeypatch.setattr(training, "train_model", counted)
    return names


def quiet() -> Console:
    return Console(file=io.StringIO())


def test_a_recipe_becomes_a_run(recipe, tmp_path):
    save_run(execute(recipe, quiet(), tmp_path / "cache"), tmp_path / "tiny")
    run = load_run(tmp_path / "tiny", verify=True)
    assert run.models["ramps"].logits.shape == (3, 24, 2)
    assert run.systems["Cascade"].costs["layers"].tolist() == [1, 4]
    assert run.systems["Cascade"].reference_cost["layers"] == 3
    assert run.texts is None
    assert len(hydrate(run, allow_hub=False)["sentence1"]) == 24
    assert {key.layer for key in run.projections} == {1, 2, 3}
    assert list(run.separability) == [("ramps", layer) for layer in (1, 2, 3)]
    assert {one.instances for one in run.separability.values()} == {24}
    assert run.provenance["trainings"]["ramps"]["exits"] == [1, 2]
    np.testing.assert_array_equal(run.models["ramps"].logits[-1], run.models["large"].logits[-1])


def test_another_split_can_be_reported_on_with_the_same_trainings(recipe, trainings, tmp_path):
    run = execute(recipe, quiet(), tmp_path / "cache")
    dev = tmp_path / "data" / "SST-2" / "dev.tsv"
    lines = dev.read_text().splitlines()
    (dev.parent / "dev_mm.tsv").write_text("\n".join(lines[:11]) + "\n")
    elsewhere = recipe.model_copy(update={"name": "elsewhere", "report": "dev_mm"})
    other = execute(elsewhere, quiet(), tmp_path / "cache")
    assert len(trainings) == 3
    assert (other.split, other.text_source["split"], len(other.labels)) == ("dev_mm", "dev_mm", 10)
    assert len(hydrate(other, allow_hub=False)["sentence1"]) == 10
    np.testing.assert_allclose(
        other.models["ramps"].logits, run.models["ramps"].logits[:, :10], atol=1e-5
    )


def test_the_plan_says_how_long_it_may_take(recipe, tmp_path):
    said = io.StringIO()
    execute(recipe, Console(file=said, width=200), tmp_path / "cache")
    assert "of training on" in said.getvalue()
    said = io.StringIO()
    execute(recipe, Console(file=said, width=200), tmp_path / "cache")
    assert "of training on" not in said.getvalue()


def test_finished_trainings_are_kept_and_shared(recipe, trainings, tmp_path):
    first = execute(recipe, quiet(), tmp_path / "cache")
    again = execute(recipe, quiet(), tmp_path / "cache")
    assert trainings == ["large", "small", "ramps"]
    assert again.identity == first.identity
    other = recipe.model_copy(update={"name": "other", "systems": {}})
    execute(other, quiet(), tmp_path / "cache")
    assert len(trainings) == 3
    reseeded = recipe.model_copy(update={"seed": 1})
    execute(reseeded, quiet(), tmp_path / "cache")
    assert len(trainings) == 6


def test_other_labels_are_another_training(recipe, trainings, tmp_path):
    execute(recipe, quiet(), tmp_path / "cache")
    path = tmp_path / "data" / "SST-2" / "train.tsv"
    path.write_text(path.read_text().replace("\t1\n", "\t0\n", 1))
    execute(recipe, quiet(), tmp_path / "cache")
    assert len(trainings) == 6


def test_unlabelled_texts_are_refused(recipe, tmp_path):
    path = tmp_path / "data" / "SST-2" / "dev.tsv"
    path.write_text(path.read_text().replace("\t1\n", "\t-1\n", 1))
    with pytest.raises(LookupError, match="expected labelled texts .*dev.tsv has some without"):
        execute(recipe, quiet(), tmp_path / "cache")


def test_a_killed_recipe_goes_on_from_the_last_finished_training(
    recipe, trainings, tmp_path, monkeypatch
):
    with monkeypatch.context() as killed:
        killed.setattr(training.methods, "train_off_ramps", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            execute(recipe, quiet(), tmp_path / "cache")
    assert trainings == ["large", "small", "ramps"]
    execute(recipe, quiet(), tmp_path / "cache")
    assert trainings == ["large", "small", "ramps", "ramps"]


def test_a_checkpoint_is_known_by_its_content(tmp_path):
    one, same = (str(tiny.write_checkpoint(tmp_path / name)) for name in ("one", "same"))
    other = str(tiny.write_checkpoint(tmp_path / "other", seed=1))
    assert checkpoint_identity(one) == checkpoint_identity(same)
    assert checkpoint_identity(one) != checkpoint_identity(other)
    assert checkpoint_identity("some/where") == "hub:some/where"


def test_the_command_refuses_to_overwrite_and_says_so(tmp_path):
    (tmp_path / "sst2-minilm").mkdir()
    result = CliRunner().invoke(app, ["run", "sst2-minilm", "--output", str(tmp_path)])
    assert result.exit_code == 1
    assert "give --overwrite to replace it" in result.output


def test_the_command_says_what_is_wrong_with_a_recipe(tmp_path):
    result = CliRunner().invoke(app, ["run", "no-such-recipe"])
    assert result.exit_code == 1
    assert "expected a recipe file or one of" in result.output


def test_more_tokens_than_a_checkpoint_has_positions_are_refused(recipe, tmp_path):
    with pytest.raises(RecipeError, match="max_tokens: expected at most 66, .* but got 67"):
        execute(recipe.model_copy(update={"max_tokens": 67}), quiet(), tmp_path / "cache")
