"""Every method on encoders other than BERT: hidden states are all that is needed of them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from cascade_core.recipes.execute import execute
from cascade_core.recipes.recipe import Recipe, RecipeError

from .test_every_method import MODELS, every_method


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["roberta", "modernbert", "electra", "deberta-v2"])
def test_every_method_runs_on_it(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("CASCADELENS_DATA", str(tmp_path / "data"))
    recipe = every_method(tmp_path, kind)
    if kind == "modernbert":  # whose layers are of two types
        with pytest.raises(RecipeError, match=r"models\.BERT-of-Theseus 1L: .*sliding_attention"):
            execute(recipe, Console(file=io.StringIO()), tmp_path / "cache")
        recipe = _without(recipe, "BERT-of-Theseus 1L")
    run = execute(recipe, Console(file=io.StringIO()), tmp_path / "cache")
    assert set(run.models) >= set(MODELS) - {"BERT-of-Theseus 1L"}
    for output in run.models.values():
        assert np.isfinite(output.logits).all()
        assert output.logits.std() > 0


def _without(recipe: Recipe, name: str) -> Recipe:
    models, systems = (
        {key: value for key, value in table.items() if key != name}
        for table in (recipe.models, recipe.systems)
    )
    return recipe.model_copy(update={"models": models, "systems": systems})
