"""General distillation: a shallow encoder that says of any text what a deep one says.

A stand-in for small models that were pre-trained as such, where none are at hand: it makes a
complete encoder of few layers from a large one and texts without labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from transformers import PreTrainedModel

from .layers import describe_layers, layers_of


def layers_to_follow(layers: int, teacher_layers: int) -> tuple[int, ...]:
    """Return which of a teacher's layers those of a student follow: evenly spaced, the last last.

    >>> layers_to_follow(2, 6), layers_to_follow(3, 12)
    ((3, 6), (4, 8, 12))
    """
    return tuple(round(teacher_layers * number / layers) for number in range(1, layers + 1))


class GeneralDistillation(nn.Module):
    """A student encoder and its frozen teacher; its output is the loss, for transformers' Trainer.

    The loss is the mean squared error of token states, the embeddings' and those of each student
    layer against the teacher layer it follows, summed; padding does not count. The student starts
    as the teacher's embeddings and the layers it follows.
    """

    accepts_loss_kwargs = False

    def __init__(self, teacher: PreTrainedModel, layers: int):
        super().__init__()
        deep = teacher.config.num_hidden_layers
        if not 1 <= layers < deep:
            raise ValueError(f"expected 1 to {deep - 1} layers below the teacher's, got {layers}")
        self.follows = layers_to_follow(layers, deep)
        self.student = with_layers(teacher, self.follows)
        self.teacher = teacher.requires_grad_(False).eval()

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return `loss`, a scalar."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None:
            inputs["token_type_ids"] = token_type_ids
        with torch.no_grad():
            taught = self.teacher(**inputs, output_hidden_states=True).hidden_states
        learnt = self.student(**inputs, output_hidden_states=True).hidden_states
        real = attention_mask.bool()
        losses = [
            mse_loss(own[real].float(), taught[layer][real].float())
            for own, layer in zip(learnt, (0, *self.follows), strict=True)
        ]
        return {"loss": torch.stack(losses).sum()}

    def train(self, mode: bool = True) -> GeneralDistillation:
        """Switch the student to training mode; the teacher stays in evaluation mode."""
        super().train(mode)
        self.teacher.eval()
        return self


def with_layers(encoder: PreTrainedModel, numbers: Sequence[int]) -> PreTrainedModel:
    """Return a copy of an encoder with only the layers of these numbers (from 1), in this order."""
    copy = deepcopy(encoder)
    owner, name = layers_of(copy)
    kept = cast(nn.ModuleList, getattr(owner, name))
    setattr(owner, name, nn.ModuleList(kept[number - 1] for number in numbers))
    describe_layers(copy.config, numbers)
    return copy
