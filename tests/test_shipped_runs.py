"""The runs that come with the project: whole, with the figures they state, and no borrowed text."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_core.paper.claims import verdicts
from cascade_core.paper.tables import table_2
from cascade_core.paper.verdicts_page import page
from cascade_core.recipes.recipe import Recipe, load_recipe
from cascade_core.runs import list_runs, load_run, shipped_runs_dir
from cascade_core.tasks import find_task, is_graded
from cascade_core.texts import hydrate, read_examples

MNLI = ("mnli-minilm", "mnli-mm-minilm")
SUMMARIES = list_runs(shipped_runs_dir())
RUNS = [summary.folder for summary in SUMMARIES]
ON_GLUE = [summary.folder for summary in SUMMARIES if not is_graded(summary.task)]


@pytest.fixture(params=RUNS, ids=lambda folder: folder.name)
def shipped(request):
    return load_run(request.param, verify=True)


@pytest.fixture(params=ON_GLUE, ids=lambda folder: folder.name)
def on_glue(request):
    return load_run(request.param)


def test_the_first_run_is_there():
    assert "sst2-minilm" in {folder.name for folder in RUNS}


def test_scores_are_those_its_training_reported(shipped):
    """Logits, labels and provenance tell one story; bfloat16 in training may cost half a point."""
    if shipped.split != shipped.provenance["recipe"]["dev"]:
        pytest.skip("its trainings were scored on another split than it reports on")
    for name, training in shipped.provenance["trainings"].items():
        output = shipped.models[name]
        accuracy = (output.logits.argmax(-1) == shipped.labels).mean(axis=1)
        reported = training["dev_accuracy"][training["best_epoch"] - 1]
        exits = [output.layers.index(layer) for layer in training["exits"]]
        np.testing.assert_allclose(accuracy[exits], reported, atol=0.005)


def test_the_header_names_the_recipe_that_made_it(shipped):
    expected = load_recipe(shipped.name)
    made_by = Recipe.model_validate(shipped.provenance["recipe"])
    # Pictures may be added later: `cascadelens runs project`.
    assert made_by == expected.model_copy(update={"projections": made_by.projections})
    assert list(shipped.systems) == list(expected.systems)


def test_the_two_mnli_runs_are_of_the_same_models():
    matched, mismatched = (load_run(shipped_runs_dir() / name) for name in MNLI)
    assert matched.provenance["trainings"] == mismatched.provenance["trainings"]
    assert matched.instances != mismatched.instances


def test_projections_cover_what_the_recipe_asks_for(shipped):
    asked = [model for one in load_recipe(shipped.name).projections for model in one.models]
    there = {(key.model, key.layer) for key in shipped.projections}
    assert there == {(model, layer) for model in asked for layer in shipped.models[model].layers}
    known_by = {"tsne": "perplexity", "umap": "neighbours", "pca": "pca_dimensions"}
    for key, projection in shipped.projections.items():
        assert projection.coordinates.shape == (shipped.instances, 2)
        assert {known_by[key.method], "vectors"} <= set(projection.parameters)


def test_texts_of_glue_are_hydrated_and_never_shipped(on_glue, glue_folder):
    task = find_task(on_glue.task)
    examples = read_examples(task, on_glue.split)
    assert on_glue.texts is None
    assert hydrate(on_glue, allow_hub=False) == examples.texts
    np.testing.assert_array_equal(on_glue.labels, examples.labels)
    np.testing.assert_array_equal(on_glue.ids, examples.ids)


def test_the_verdicts_are_what_these_runs_say():
    """Written by `cascadelens runs verdicts cached_runs --output cached_runs/VERDICTS.md`."""
    written = (shipped_runs_dir() / "VERDICTS.md").read_text(encoding="utf-8")
    runs = [load_run(folder) for folder in ON_GLUE]
    assert written == page(verdicts(runs), table_2(runs))


def test_all_together_are_small():
    sizes = [path.stat().st_size for path in shipped_runs_dir().rglob("*") if path.is_file()]
    assert sum(sizes) < 40e6
