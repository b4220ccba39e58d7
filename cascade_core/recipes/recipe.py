"""A recipe file: plain TOML, checked as a whole before anything is trained."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from ..criteria import CRITERIA
from ..tasks import TASKS
from .encoder_specs import Encoder
from .model_specs import DifficultyLabels, FineTuned, Model
from .table import Table, Training

SHIPPED = Path(__file__).parent


class RecipeError(ValueError):
    """A recipe that cannot be used; the sentence names the key and what was expected."""


class System(Table):
    """Models composed in the order they run; one model alone is a system as well."""

    models: list[str] = Field(min_length=1)
    criterion: str = "max_prob"
    description: str = ""


class ProjectionRequest(Table):
    """Which models' exits to project to two dimensions, and how."""

    models: list[str]
    method: Literal["tsne", "umap", "pca"] = "tsne"
    seed: int = 0


class Recipe(Table):
    """Everything that decides a run; `reference` is the model whose full cost counts as 1x.

    Trainings keep the epoch that is best on `dev`; the run is about the split `report`, or `dev`.
    The limits take at most the first so many texts: to train on, to choose by, to report on.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    task: str
    train: str = "train"
    dev: str = "dev"
    report: str | None = None
    train_limit: int | None = Field(default=None, ge=1)
    dev_limit: int | None = Field(default=None, ge=1)
    report_limit: int | None = Field(default=None, ge=1)
    pooling: Literal["first", "mean"] = "first"
    max_tokens: int = Field(default=128, ge=8)
    seed: int = 0
    reference: str
    training: Training = Training()
    encoders: dict[str, Encoder] = Field(default_factory=dict)
    difficulty: dict[str, DifficultyLabels] = Field(default_factory=dict)
    models: dict[str, Model] = Field(min_length=1)
    systems: dict[str, System] = Field(min_length=1)
    projections: list[ProjectionRequest] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _margins_are_the_tasks(cls, table: Any) -> Any:
        """Write the task's margin into each `dar` that has none."""
        task = TASKS.get(table.get("task", "")) if isinstance(table, dict) else None
        if not task or task.difficulty_margin is None:
            return table
        table = deepcopy(table)
        for model in table.get("models", {}).values():
            dar = model.get("dar") if isinstance(model, dict) else None
            if isinstance(dar, dict) and "margins" not in dar:
                dar |= {"margin": task.difficulty_margin, **dar}
        return table

    @model_validator(mode="after")
    def _names_are_known(self) -> Recipe:
        tasks = [("task", self.task)]
        tasks += [(f"encoders.{n}.tasks", t) for n, e in self.encoders.items() for t in e.tasks]
        for key, task in tasks:
            if task not in TASKS:
                known = ", ".join(TASKS)
                raise ValueError(f"{key}: expected a task out of {known}, but got {task!r}")
        for name, system in self.systems.items():
            if system.criterion not in CRITERIA:
                raise ValueError(
                    f"systems.{name}.criterion: expected one of {', '.join(CRITERIA)}, but got "
                    f"{system.criterion!r}"
                )
        teaching = [
            (f"models.{name}.{key}", getattr(model, key))
            for name, model in self.models.items()
            for key in ("backbone", "teacher")
            if hasattr(model, key)
        ]
        teaching += [(f"difficulty.{n}.model", d.model) for n, d in self.difficulty.items()]
        uses = [("reference", self.reference), *teaching]
        uses += [(f"systems.{n}.models", u) for n, s in self.systems.items() for u in s.models]
        uses += [("projections.models", used) for p in self.projections for used in p.models]
        for key, used in uses:
            if used not in self.models:
                known = ", ".join(self.models)
                raise ValueError(f"{key}: expected a model out of {known}, but got {used!r}")
        for key, used in teaching:
            model = self.models[used]
            if not isinstance(model, FineTuned) or model.dar:
                raise ValueError(
                    f"{key}: expected a model that is fine-tuned without DAR, but got {used!r}"
                )
        for name, model in self.models.items():
            if isinstance(model, FineTuned) and model.dar:
                if name == self.reference and model.dar.margins:
                    raise ValueError(
                        f"models.{name}.dar.margins: expected one margin for the reference, which "
                        f"the best of several is chosen with, but got {model.dar.margins}"
                    )
                labels = model.dar.difficulty
                if labels not in self.difficulty:
                    known = ", ".join(self.difficulty) or "none"
                    raise ValueError(
                        f"models.{name}.dar.difficulty: expected a table out of [difficulty] "
                        f"({known}), but got {labels!r}"
                    )
        return self


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Load a recipe by the name of a shipped one, or by the path of a TOML file.

    A recipe with `extends` has all that the file of that name beside it has, but for what it says
    itself; tables are merged key by key. Raises `RecipeError` with the key, what was expected there
    and what came.

    >>> load_recipe("sst2-minilm").task
    'sst2'
    """
    path = SHIPPED / f"{name}.toml"
    if not path.is_file():
        path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped_recipes())
        raise RecipeError(f"expected a recipe file or one of {known}, but got {name!r}")
    try:
        return Recipe.model_validate(_read(path))
    except ValidationError as error:
        raise RecipeError(_sentences(path, error)) from error


def with_seed(recipe: Recipe, seed: int) -> Recipe:
    """Return a recipe under another seed; its run is named after it."""
    named = {"name": f"{recipe.name}-seed{seed}", "seed": seed}
    return recipe if seed == recipe.seed else recipe.model_copy(update=named)


def _read(path: Path) -> dict[str, Any]:
    """Read a TOML file, with what it extends."""
    try:
        table = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not valid TOML: {error}") from error
    if "extends" not in table:
        return table
    base = path.parent / str(table.pop("extends"))
    if not base.is_file():
        raise RecipeError(f"{path.name}: extends: expected a TOML file beside it, but got {base}")
    return _merged(_read(base), table)


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return a table with another's keys in place of its own, tables within them merged."""
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merged(base[key], value) if both else value
    return merged


def _sentences(path: Path, error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        came = (
            ""
            if problem["type"] in ("missing", "value_error")
            else f", but got {problem['input']!r}"
        )
        message = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{path.name}: {key + ': ' if key else ''}{message}{came}")
    return "\n".join(lines)
