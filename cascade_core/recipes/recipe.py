"""A recipe file: plain TOML, checked as a whole before anything is trained."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..tasks import TASKS

SHIPPED = Path(__file__).parent


class RecipeError(ValueError):
    """A recipe that cannot be used; the sentence names the key and what was expected."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Training(_Table):
    """Hyperparameters of one training; recipe-wide, or of one model."""

    epochs: int = Field(default=3, ge=1)
    learning_rate: float = Field(default=2e-5, gt=0)
    batch_size: int = Field(default=32, ge=1)


class FineTuned(_Table):
    """A pre-trained encoder, or its first `layers` layers, fine-tuned with one exit, its last."""

    method: Literal["fine-tune"]
    checkpoint: str
    layers: int | None = Field(default=None, ge=1)
    description: str = ""
    training: Training | None = None


class OffRamps(_Table):
    """DeeBERT: the fine-tuned `backbone`, frozen, with trained off-ramps after all its layers."""

    method: Literal["deebert"]
    backbone: str
    description: str = ""
    training: Training | None = None


Model = Annotated[FineTuned | OffRamps, Field(discriminator="method")]


class System(_Table):
    """Models composed in the order they run; one model alone is a system as well."""

    models: list[str] = Field(min_length=1)
    criterion: str = "max_prob"
    description: str = ""


class ProjectionRequest(_Table):
    """Which models' exits to project to two dimensions, and how."""

    models: list[str]
    method: Literal["tsne", "umap", "pca"] = "tsne"
    seed: int = 0


class Recipe(_Table):
    """Everything that decides a run; `reference` is the model whose full cost counts as 1x."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    task: str
    train: str = "train"
    dev: str = "dev"
    train_limit: int | None = Field(default=None, ge=1)
    pooling: Literal["first", "mean"] = "first"
    max_tokens: int = Field(default=128, ge=8)
    seed: int = 0
    reference: str
    training: Training = Training()
    models: dict[str, Model] = Field(min_length=1)
    systems: dict[str, System] = Field(min_length=1)
    projections: list[ProjectionRequest] = []

    @model_validator(mode="after")
    def _names_are_known(self) -> Recipe:
        if self.task not in TASKS:
            known = ", ".join(TASKS)
            raise ValueError(f"task: expected a task out of {known}, but got {self.task!r}")
        uses = [("reference", self.reference)]
        uses += [(f"models.{n}.backbone", m.backbone) for n, m in self._off_ramps()]
        uses += [(f"systems.{n}.models", u) for n, s in self.systems.items() for u in s.models]
        uses += [("projections.models", used) for p in self.projections for used in p.models]
        for key, used in uses:
            if used not in self.models:
                known = ", ".join(self.models)
                raise ValueError(f"{key}: expected a model out of {known}, but got {used!r}")
        for name, model in self._off_ramps():
            if not isinstance(self.models[model.backbone], FineTuned):
                raise ValueError(
                    f"models.{name}.backbone: expected a fine-tuned model, "
                    f"but got {model.backbone!r}, which has off-ramps itself"
                )
        return self

    def _off_ramps(self) -> list[tuple[str, OffRamps]]:
        return [(n, m) for n, m in self.models.items() if isinstance(m, OffRamps)]


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Load a recipe by the name of a shipped one, or by the path of a TOML file.

    Raises `RecipeError` with the key, what was expected there and what came.

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
        return Recipe.model_validate(tomllib.loads(path.read_text()))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise RecipeError(_sentences(path, error)) from error


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
