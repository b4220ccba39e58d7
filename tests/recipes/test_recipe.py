from __future__ import annotations

import pytest

from cascade_core.recipes.recipe import RecipeError, load_recipe, shipped_recipes

GOOD = """
name = "mine"
task = "sst2"
reference = "large"

[models.large]
method = "fine-tune"
checkpoint = "somewhere"

[models.ramps]
method = "deebert"
backbone = "large"

[systems.ramps]
models = ["ramps"]
"""


def load(tmp_path, text: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return load_recipe(str(path))


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_are_sound(name):
    assert load_recipe(name).name == name


def test_what_is_left_out_has_its_default(tmp_path):
    recipe = load(tmp_path, GOOD)
    assert (recipe.pooling, recipe.max_tokens, recipe.training.epochs) == ("first", 128, 3)


@pytest.mark.parametrize(
    ("found", "wrong", "message"),
    [
        ('task = "sst2"', 'task = "sst3"', "expected a task out of sst2, .* but got 'sst3'"),
        ('task = "sst2"', "", "task: Field required"),
        (
            'reference = "large"',
            'reference = "big"',
            "reference: expected a model .* but got 'big'",
        ),
        ('backbone = "large"', 'backbone = "big"', r"models\.ramps\.backbone: .* but got 'big'"),
        (
            'backbone = "large"',
            'backbone = "ramps"',
            "expected a fine-tuned model, but got 'ramps'",
        ),
        ('models = ["ramps"]', 'models = ["x"]', r"systems\.ramps\.models: .* but got 'x'"),
        ('models = ["ramps"]', "models = []", r"systems\.ramps\.models: .*at least 1 item"),
        ('method = "deebert"', 'method = "pabee2"', r"models\.ramps: .*'pabee2'"),
        ('name = "mine"', 'name = "mine"\nepochs = 3', "epochs: Extra inputs are not permitted"),
        ('name = "mine"', 'name = "mine"\nmax_tokens = "many"', "max_tokens: .*but got 'many'"),
        ('name = "mine"', 'name = "../mine"', r"name: .*but got '\.\./mine'"),
        ('name = "mine"', 'name = "mine', "not valid TOML"),
    ],
)
def test_errors_name_the_key_and_what_came(tmp_path, found, wrong, message):
    with pytest.raises(RecipeError, match=message):
        load(tmp_path, GOOD.replace(found, wrong))


def test_an_unknown_recipe_lists_the_shipped_ones():
    with pytest.raises(RecipeError, match="one of .*sst2-minilm.*, but got 'sst2-max'"):
        load_recipe("sst2-max")
