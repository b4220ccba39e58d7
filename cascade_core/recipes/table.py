"""Tables of a recipe file: what all have in common, and the one that several contain."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Table(BaseModel):
    """What is read stays as it is, and a key that nothing reads is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Training(Table):
    """Hyperparameters of one training; recipe-wide, or of one model."""

    epochs: int = Field(default=3, ge=1)
    learning_rate: float = Field(default=2e-5, gt=0)
    batch_size: int = Field(default=32, ge=1)
    evaluations: int = Field(default=1, ge=1)
