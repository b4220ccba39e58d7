"""A recipe's own encoders, as its file gives them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from .table import Table, Training


class _Encoder(Table):
    """An encoder of the recipe's own, learnt from mere texts.

    The texts are those of some tasks' train splits, at most `limit` of each. Its seed is its own,
    not the recipe's: it stands for a checkpoint that one would have found.
    """

    layers: int = Field(ge=1)
    tasks: list[str] = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1)
    seed: int = 0
    training: Training | None = None


class DistilledEncoder(_Encoder):
    """General distillation: an encoder of few layers, learnt from a large one.

    It stands in for a complete small model that was pre-trained as such.
    """

    method: Literal["distil"] = "distil"
    checkpoint: str


class PreTrainedEncoder(_Encoder):
    """A BERT of any size, pre-trained from scratch to fill in a `masked` share of the tokens.

    Its tokenizer, of some `vocabulary` pieces, is learnt from the same texts. A generator's texts
    never run out, and what sees none twice needs no `dropout`.
    """

    method: Literal["mlm"]
    hidden: int = Field(default=128, ge=1)
    heads: int = Field(default=2, ge=1)
    vocabulary: int = Field(default=8000, ge=100)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    masked: float = Field(default=0.15, gt=0, lt=1)

    @model_validator(mode="after")
    def _heads_share_the_units(self) -> PreTrainedEncoder:
        if self.hidden % self.heads:
            raise ValueError(
                f"hidden: expected a multiple of heads, {self.heads}, but got {self.hidden}"
            )
        return self


def _method_of(encoder: Any) -> str:
    """Say by which method an encoder is made; a table that does not say it is distilled."""
    if isinstance(encoder, dict):
        return encoder.get("method", "distil")
    return encoder.method


Encoder = Annotated[
    Annotated[DistilledEncoder, Tag("distil")] | Annotated[PreTrainedEncoder, Tag("mlm")],
    Discriminator(_method_of),
]
