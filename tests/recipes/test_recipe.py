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
            "fine-tuned without DAR, but got 'ramps'",
        ),
        ('models = ["ramps"]', 'models = ["x"]', r"systems\.ramps\.models: .* but got 'x'"),
        (
            'models = ["ramps"]',
            'models = ["ramps"]\ncriterion = "sureness"',
            r"systems\.ramps\.criterion: expected one of max_prob, .* but got 'sureness'",
        ),
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


def test_a_recipe_has_what_it_extends_but_for_what_it_says_itself(tmp_path):
    (tmp_path / "base.toml").write_text(GOOD)
    own = 'extends = "base.toml"\nname = "own"\n[models.large]\nlayers = 2\n'
    recipe = load(tmp_path, own)
    assert (recipe.name, recipe.task) == ("own", "sst2")
    large = recipe.models["large"].model_dump()
    assert (large["checkpoint"], large["layers"]) == ("somewhere", 2)
    assert "ramps" in recipe.models


def test_what_is_extended_must_be_there(tmp_path):
    with pytest.raises(RecipeError, match=r"mine\.toml: extends: .*nothing\.toml"):
        load(tmp_path, 'extends = "nothing.toml"\n')


METHODS = """
[models.student]
method = "kd"
checkpoint = "somewhere"
teacher = "large"

[models.careful]
method = "fine-tune"
checkpoint = "small"
dar = { difficulty = "of large", margin = 0.3 }

[difficulty."of large"]
model = "large"

[encoders.small]
checkpoint = "somewhere"
layers = 2
tasks = ["sst2"]
"""


@pytest.mark.parametrize(
    ("found", "wrong", "message"),
    [
        ('teacher = "large"', 'teacher = "big"', r"models\.student\.teacher: .* got 'big'"),
        ('teacher = "large"', 'teacher = "careful"', r"without DAR, but got 'careful'"),
        ('model = "large"', 'model = "ramps"', r"difficulty\.of large\.model: .* got 'ramps'"),
        (
            'difficulty = "of large"',
            'difficulty = "of all"',
            r"models\.careful\.dar\.difficulty: .*\(of large\), but got 'of all'",
        ),
        ("margin = 0.3", "margin = 1.3", r"dar\.margin: .*less than 1, but got 1.3"),
        ("margin = 0.3", "margins = [1.3]", r"dar\.margins\.0: .*less than 1, but got 1.3"),
        ("margin = 0.3", "margin = 0.3, margins = [0.1]", r"dar: expected margin or margins"),
        ('tasks = ["sst2"]', 'tasks = ["sst3"]', r"encoders\.small\.tasks: .* got 'sst3'"),
        ("layers = 2", "layers = 0", r"encoders\.small\.distil\.layers: .* got 0"),
    ],
)
def test_methods_name_what_they_need(tmp_path, found, wrong, message):
    assert load(tmp_path, GOOD + METHODS).difficulty["of large"].folds == 8
    with pytest.raises(RecipeError, match=message):
        load(tmp_path, GOOD + METHODS.replace(found, wrong))
