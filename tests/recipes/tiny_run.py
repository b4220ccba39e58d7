"""A whole run of tiny models, trained in seconds on made-up texts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from cascade_core.recipes.execute import execute
from cascade_core.recipes.recipe import Recipe
from cascade_core.runs import Run, load_run, save_run
from tests.models import tiny


class Trained(NamedTuple):
    """A tiny trained run: itself, its folder, where its models are kept, the texts it is about."""

    run: Run
    folder: Path
    cache: Path
    texts: list[str]


def write_tiny_recipe(place: Path, dev_texts: int, kind: str = "bert") -> Recipe:
    """Write a tiny checkpoint of a kind and texts below `place`; return the recipe that uses them.

    The texts are found with CASCADELENS_DATA at `place / "data"`.
    """
    checkpoint = str(tiny.write_checkpoint(place / "checkpoint", kind, layers=3))
    for split, count in (("train", 64), ("dev", dev_texts)):
        texts, labels = tiny.labelled_texts(count, seed=count)
        rows = [f"{text}\t{label}\n" for text, label in zip(texts, labels, strict=True)]
        path = place / "data" / "SST-2" / f"{split}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("sentence\tlabel\n" + "".join(rows))
    return Recipe.model_validate(
        {
            "name": "tiny",
            "task": "sst2",
            "pooling": "mean",
            "max_tokens": 64,
            "reference": "large",
            "training": {"epochs": 1, "learning_rate": 1e-3},
            "models": {
                "ramps": {"method": "deebert", "backbone": "large"},
                "large": {"method": "fine-tune", "checkpoint": checkpoint},
                "small": {"method": "fine-tune", "checkpoint": checkpoint, "layers": 1},
            },
            "systems": {
                "DeeBERT": {"models": ["ramps"]},
                "Cascade": {"models": ["small", "large"]},
                "large": {"models": ["large"]},
            },
        }
    )


def make_trained_run(place: Path) -> Trained:
    """The systems DeeBERT (3 exits), Cascade (1 + 1) and large (1), made by a real recipe."""
    recipe = write_tiny_recipe(place, dev_texts=48)
    texts, _ = tiny.labelled_texts(48, seed=48)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASCADELENS_DATA", str(place / "data"))
        run = execute(recipe, Console(file=io.StringIO()), place / "cache")
    save_run(run, place / "tiny")
    return Trained(load_run(place / "tiny"), place / "tiny", place / "cache", texts)
