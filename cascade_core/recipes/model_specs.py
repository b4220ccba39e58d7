"""A recipe's models, by the methods that train them, as its file gives them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .table import Table, Training


class DifficultyLabels(Table):
    """Which training texts are difficult: some cross-validated copy of `model` is wrong there.

    Train is split into `folds`; for every seed and fold, a copy is trained on the other folds.
    """

    model: str
    folds: int = Field(default=8, ge=2)
    seeds: list[int] = Field(default=[0], min_length=1)


Margin = Annotated[float, Field(gt=0, lt=1)]


class DifficultyAware(Table):
    """Difficulty-aware regularisation (DAR) by difficulty labels of the recipe.

    Where no margin is given it is the one that Table 1 of the CascadeBERT paper has for the task,
    if it has one.
    Of `margins`, each is trained, and the one whose cascade does best on dev is kept.
    """

    difficulty: str
    margin: Margin | None = None
    margins: list[Margin] | None = Field(default=None, min_length=1)
    weight: float = Field(default=0.5, gt=0)
    pairs: Literal["all", "sampled"] = "all"

    @model_validator(mode="after")
    def _has_one_or_several(self) -> DifficultyAware:
        if (self.margin is None) == (self.margins is None):
            raise ValueError(
                f"expected margin or margins, but got {self.margin} and {self.margins}"
            )
        return self


class _Model(Table):
    description: str = ""
    training: Training | None = None


class FromCheckpoint(_Model):
    """Starts from an encoder, or its first layers: a folder, a hub id or one of `encoders`."""

    checkpoint: str
    layers: int | None = Field(default=None, ge=1)


class FromModel(_Model):
    """Starts from another model of the recipe, fine-tuned."""

    backbone: str


class FineTuned(FromCheckpoint):
    """An encoder fine-tuned with one exit, its last; with DAR where `dar` says so."""

    method: Literal["fine-tune"]
    dar: DifficultyAware | None = None


class OffRamps(FromModel):
    """DeeBERT: the `backbone`, frozen, with trained off-ramps after all its layers."""

    method: Literal["deebert"]


class Students(FromModel):
    """FastBERT: the `backbone`, frozen, with students after its layers that learn from its end."""

    method: Literal["fastbert"]


class JointExits(FromCheckpoint):
    """PABEE: encoder, one shared pooler and a classifier after every layer, trained together."""

    method: Literal["pabee"]


class Distilled(FromCheckpoint):
    """Vanilla knowledge distillation from a fine-tuned `teacher`; from a complete one: BERT-PD."""

    method: Literal["kd"]
    teacher: str
    alpha: float = Field(default=0.5, ge=0, le=1)
    temperature: float = Field(default=5.0, gt=0)


class PatientlyDistilled(FromCheckpoint):
    """Patient distillation (PKD): its hidden states follow the teacher's as well.

    `follow` every so many of the teacher's layers ("skip"), or those before its last ("last").
    """

    method: Literal["pkd"]
    teacher: str
    alpha: float = Field(default=0.5, ge=0, le=1)
    temperature: float = Field(default=5.0, gt=0)
    weight: float = Field(default=100.0, gt=0)
    follow: Literal["skip", "last"] = "skip"


class Successors(FromModel):
    """BERT-of-Theseus: `layers` successors take the places of the backbone's layers by and by.

    With probability min(1, `slope` t + `start`) at step t; then they are trained alone.
    """

    method: Literal["theseus"]
    layers: int = Field(ge=1)
    start: float = Field(default=0.5, ge=0, le=1)
    slope: float = Field(default=0.0, ge=0)


Model = Annotated[
    FineTuned | OffRamps | Students | JointExits | Distilled | PatientlyDistilled | Successors,
    Field(discriminator="method"),
]
