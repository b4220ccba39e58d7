"""The papers' own recipes from a hub to a run: tiny weights under the names of the real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cascade_core.runs import load_run

from ..models import loopback_hub, tiny

CHECKPOINTS = {
    "google-bert/bert-base-uncased": ("bert", 12),
    "google/bert_uncased_L-2_H-768_A-12": ("bert", 2),
    "google/bert_uncased_L-4_H-768_A-12": ("bert", 4),
    "google/bert_uncased_L-6_H-768_A-12": ("bert", 6),
    "distilbert/distilbert-base-uncased": ("distilbert", 6),
    "FacebookAI/roberta-base": ("roberta", 12),
}
# Everything is as in the recipe, but for epochs, folds and seeds.
SCRIPT = """
import sys
from pathlib import Path
from rich.console import Console
from cascade_core.recipes.execute import execute
from cascade_core.recipes.recipe import load_recipe
from cascade_core.runs import save_run

recipe = load_recipe(sys.argv[1])
assert recipe.training.epochs == 10
labels = recipe.difficulty["cross-validated"]
assert (labels.folds, len(labels.seeds)) == (8, 5)
quick = {
    "training": recipe.training.model_copy(update={"epochs": 1}),
    "difficulty": {"cross-validated": labels.model_copy(update={"folds": 2, "seeds": [1]})},
}
place = Path(sys.argv[2])
run = execute(recipe.model_copy(update=quick), Console(width=150), place / "stages")
save_run(run, place / "run")
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub on this machine with every checkpoint the recipes name, and with MRPC."""
    folder = tmp_path_factory.mktemp("hub")
    for name, (kind, layers) in CHECKPOINTS.items():
        tiny.write_checkpoint(folder / name, kind, layers, positions=130)
    for split, count in (("train", 40), ("validation", 24)):
        first, labels = tiny.labelled_texts(count, seed=count)
        second = tiny.texts(count, seed=count + 1)
        rows = {"sentence1": first, "sentence2": second, "label": labels, "idx": range(count)}
        path = folder / f"datasets/nyu-mll/glue/mrpc/{split}-00000-of-00001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_parquet(path)
    with loopback_hub.serving(folder) as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    ("recipe", "cascade", "layers"),
    [
        ("mrpc-paper", "CascadeBERT 2-6-12", [2, 8, 20]),
        ("mrpc-roberta-paper", "CascadeRoBERTa + Vanilla KD", [2, 14]),
    ],
)
def test_a_recipe_of_the_papers_goes_from_the_hub_to_a_run(hub, tmp_path, recipe, cascade, layers):
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    environment.pop("CASCADELENS_DATA", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, recipe, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = load_run(tmp_path / "run", verify=True)
    ladder = run.systems[cascade]
    assert ladder.costs["layers"].tolist() == layers
    assert ladder.reference_cost["layers"] == 12
    assert (ladder.costs["flops"] > 0).all()
    assert run.text_source["source"] == "glue"
    assert set(run.systems) == set(run.provenance["recipe"]["systems"])
