"""Every method of the papers through one recipe, on tiny random encoders."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file

from cascade_core.models.checkpoints import load_config
from cascade_core.recipes.architecture import architecture_of
from cascade_core.recipes.difficulty import Fold, difficult
from cascade_core.recipes.effort import student_share
from cascade_core.recipes.execute import execute
from cascade_core.recipes.plan import make_plan
from cascade_core.recipes.provenance import hardware
from cascade_core.recipes.recipe import Recipe, RecipeError, with_seed
from cascade_core.recipes.workshop import Workshop

from .tiny_run import write_tiny_recipe

START = {"method": "fine-tune"}
MODELS = {
    "BERT-2L": {**START, "layers": 2},
    "BERT-Complete 1L": {**START, "checkpoint": "general 1L"},
    "BERT-1L with DAR": {**START, "layers": 1, "dar": {"difficulty": "of 1L", "margin": 0.3}},
    "BERT-1L with the best margin": {
        **START,
        "layers": 1,
        "dar": {"difficulty": "of 1L", "margins": [0.1, 0.7]},
    },
    "PABEE": {"method": "pabee"},
    "FastBERT": {"method": "fastbert", "backbone": "large"},
    "BERT-KD 1L": {"method": "kd", "layers": 1, "teacher": "large"},
    "BERT-PKD 2L": {"method": "pkd", "layers": 2, "teacher": "large", "follow": "last"},
    "BERT-of-Theseus 1L": {"method": "theseus", "backbone": "large", "layers": 1},
}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A recipe with all methods, and the folder it and its texts lie in."""
    place = tmp_path_factory.mktemp("every-method")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASCADELENS_DATA", str(place / "data"))
        yield place, every_method(place)


def every_method(place: Path, kind: str = "bert") -> Recipe:
    """Write a tiny encoder of a kind and texts below `place`; return a recipe of all methods."""
    plain = write_tiny_recipe(place, dev_texts=48, kind=kind).model_dump(exclude_none=True)
    checkpoint = plain["models"]["large"]["checkpoint"]
    for name, model in MODELS.items():
        own = dict(model)
        if own["method"] not in ("fastbert", "theseus"):
            own.setdefault("checkpoint", checkpoint)
        plain["models"][name] = own
        criterion = "patience" if name == "PABEE" else "max_prob"
        plain["systems"][name] = {"models": [name], "criterion": criterion}
    plain["systems"]["CascadeBERT"] = {"models": ["BERT-1L with DAR", "large"]}
    plain["encoders"] = {"general 1L": {"checkpoint": checkpoint, "layers": 1, "tasks": ["sst2"]}}
    plain["difficulty"] = {"of 1L": {"model": "small", "folds": 2, "seeds": [1, 2]}}
    return Recipe.model_validate(plain)


@pytest.fixture(scope="module")
def made(workplace):
    place, recipe = workplace
    output = io.StringIO()
    run = execute(recipe, Console(file=output, width=200), place / "cache")
    workshop = Workshop.open(recipe, place / "cache")
    return run, workshop, make_plan(workshop), output.getvalue()


def test_each_model_has_the_exits_of_its_method(made):
    run, *_ = made
    assert {name: model.layers for name, model in run.models.items()} == {
        "large": (3,),
        "ramps": (1, 2, 3),
        "small": (1,),
        "BERT-2L": (2,),
        "BERT-Complete 1L": (1,),
        "BERT-1L with DAR": (1,),
        "BERT-1L with the best margin": (1,),
        "PABEE": (1, 2, 3),
        "FastBERT": (1, 2, 3),
        "BERT-KD 1L": (1,),
        "BERT-PKD 2L": (2,),
        "BERT-of-Theseus 1L": (1,),
    }
    assert run.systems["CascadeBERT"].exits == 2


def test_every_training_is_kept_and_none_is_done_twice(made, workplace):
    _, _, plan, printed = made
    assert all(job.stage.is_done for job in plan.jobs)
    assert len({job.stage.key for job in plan.jobs}) == len(plan.jobs)
    assert "small, seed 2, fold 1 of 2" in printed
    before = {job.name: (job.stage.folder / "stage.json").stat().st_mtime_ns for job in plan.jobs}
    place, recipe = workplace
    execute(recipe, Console(file=io.StringIO()), place / "cache")
    after = {job.name: (job.stage.folder / "stage.json").stat().st_mtime_ns for job in plan.jobs}
    assert after == before


def test_difficult_is_what_some_seed_was_wrong_about(made):
    _, workshop, plan, _ = made
    folds = [job.stage for job in plan.jobs if job.method == "cross-validation"]
    assert len(folds) == 4  # two folds under two seeds
    kept = [load_arrays(stage.folder / "held_out.safetensors") for stage in folds]
    held_out = np.concatenate([one["held_out"] for one in kept])
    texts = np.arange(len(workshop.train_texts.labels))
    assert np.array_equal(np.sort(held_out), np.repeat(texts, 2))  # each text once per seed
    wrong = np.concatenate([one["held_out"][~one["right"]] for one in kept])
    nothing = np.array([], int)
    asked = [Fold(1, 0, nothing, nothing, stage) for stage in folds]
    assert np.array_equal(np.flatnonzero(difficult(asked, len(texts))), np.unique(wrong))


def test_frozen_backbones_are_the_fine_tuned_ones(made):
    _, _, plan, _ = made
    large = load_file(plan.models["large"].stage.folder / "model.safetensors")
    for name in ("ramps", "FastBERT"):
        own = load_file(plan.models[name].stage.folder / "model.safetensors")
        shared = [key for key in large if key.startswith("encoder.")]
        assert shared
        assert all(large[key].equal(own[key]) for key in shared)


@pytest.mark.parametrize("layers", [1, 4])
def test_a_student_that_nothing_can_be_taught_patiently_is_refused(made, layers):
    _, workshop, *_ = made
    recipe = workshop.recipe
    student = recipe.models["BERT-PKD 2L"].model_copy(update={"layers": layers})
    changed = recipe.model_copy(update={"models": {**recipe.models, "BERT-PKD 2L": student}})
    with pytest.raises(RecipeError, match=rf"student of 2 to 3 layers, .* but got {layers}"):
        make_plan(replace(workshop, recipe=changed))


def test_what_decides_a_training_decides_where_it_is_kept(made, workplace):
    _, workshop, plan, _ = made
    _, recipe = workplace

    def keys(**changes) -> dict[str, str]:
        changed = replace(workshop, recipe=recipe.model_copy(update=changes))
        return {name: model.stage.key for name, model in make_plan(changed).models.items()}

    same = keys(name="other", description="in other words")
    other = keys(difficulty={"of 1L": recipe.difficulty["of 1L"].model_copy(update={"seeds": [1]})})
    differing = {name for name in same if same[name] != other[name]}
    assert same == {name: model.stage.key for name, model in plan.models.items()}
    assert differing == {"BERT-1L with DAR", "BERT-1L with the best margin"}


def test_of_several_margins_the_one_with_the_best_cascade_on_dev_is_kept(made):
    _, _, plan, _ = made
    report = plan.models["BERT-1L with the best margin"].stage.report()
    assert set(report["cascade_scores"]) == {"0.1", "0.7"}
    best = max(report["cascade_scores"].values())
    assert report["cascade_scores"][f"{report['margin']:g}"] == best
    job = f"BERT-1L with the best margin, margin {report['margin']:g}"
    (candidate,) = [one.stage for one in plan.jobs if one.name == job]
    chosen = plan.models["BERT-1L with the best margin"].stage
    weights = [(stage.folder / "model.safetensors").read_bytes() for stage in (chosen, candidate)]
    assert weights[0] == weights[1]


def test_another_seed_shares_what_stands_for_pre_trained_encoders_and_difficulty(made, workplace):
    _, workshop, plan, _ = made
    _, recipe = workplace
    reseeded = make_plan(replace(workshop, recipe=with_seed(recipe, 99)))
    kept = {job.stage.key for job in plan.jobs}
    shared = {job.method for job in reseeded.jobs if job.stage.key in kept}
    assert shared == {"general distillation", "cross-validation"}
    assert with_seed(recipe, recipe.seed).name == recipe.name
    assert with_seed(recipe, 99).name == f"{recipe.name}-seed99"


def test_the_plan_counts_what_each_training_takes(made):
    _, workshop, plan, _ = made
    effort = {job.name: job.effort() for job in plan.jobs}
    tokens = workshop.encoded(plan.models["large"].origin.checkpoint)
    train, dev = int(tokens.train.tokens.sum()), int(tokens.dev.tokens.sum())
    assert effort["large"] == (2, 3 * train, 3 * dev)  # 64 texts in batches of 32, 3 layers
    assert effort["BERT-2L"] == (2, 2 * train, 2 * dev)
    sizes = architecture_of(load_config(plan.models["large"].origin.checkpoint))
    student = student_share(sizes, train / 64, classes=2)
    assert effort["FastBERT"] == (2, pytest.approx(2 * student * train), 3 * (train + dev))
    assert effort["BERT-KD 1L"] == (2, train, dev + 3 * train)
    assert effort["general 1L"] == (2, train, 3 * train)
    assert effort["small, seed 1, fold 1 of 2"] == (1, train / 2, dev)
    assert effort["BERT-of-Theseus 1L"] == (4, 3 * train, 3 * dev)


def test_reports_say_what_was_trained(made):
    _, _, plan, _ = made
    reports = {
        name: json.loads((model.stage.folder / "stage.json").read_text())["report"]
        for name, model in plan.models.items()
    }
    assert reports["PABEE"]["exits"] == [1, 2, 3]
    assert {report["hardware"] for report in reports.values()} == {hardware()}
    assert reports["FastBERT"]["exits"] == [1, 2]
    assert reports["BERT-PKD 2L"]["exits"] == [2]


def test_more_folds_than_a_class_has_texts_are_refused(workplace, made):
    _, workshop, _, _ = made
    _, recipe = workplace
    many = {"of 1L": recipe.difficulty["of 1L"].model_copy(update={"folds": 60})}
    with pytest.raises(ValueError, match=r"difficulty\.of 1L\.folds: expected at most .* got 60"):
        make_plan(replace(workshop, recipe=recipe.model_copy(update={"difficulty": many})))
