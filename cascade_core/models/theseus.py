"""BERT-of-Theseus (Xu et al. 2020): fewer successors replace a trained model's layers at random."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel, TrainerCallback

from .exit_model import ExitModel, ExitOutput, Pooling
from .layers import describe_layers, layers_of


def replacing_rate(step: int, k: float, b: float) -> float:
    """Return min(1, k t + b) after t optimiser steps: the linear curriculum.

    >>> [replacing_rate(step, k=0.0005, b=0.3) for step in (0, 1000, 2000)]
    [0.3, 0.8, 1.0]
    """
    return min(1.0, k * step + b)


class Slot(nn.Module):
    """A place in an encoder's list of layers where a successor takes that of its predecessors.

    In training the successor runs with probability `p`, drawn by torch at each forward, else
    the predecessors in turn, always in evaluation mode; in evaluation the successor runs.
    """

    def __init__(self, predecessors: Iterable[nn.Module], successor: nn.Module):
        super().__init__()
        self.predecessors = nn.ModuleList(predecessors)
        self.successor = successor
        self.p = 0.5
        self.train(self.training)

    def forward(self, hidden: Tensor, *arguments, **options) -> Tensor:
        """Map hidden states [B, T, H] to [B, T, H]; whatever else a layer is given is handed on."""
        if not self.training or torch.rand(()).item() < self.p:
            return self.successor(hidden, *arguments, **options)
        for layer in self.predecessors:
            hidden = layer(hidden, *arguments, **options)
        return hidden

    def train(self, mode: bool = True) -> Slot:
        """Switch to training mode; the predecessors stay in evaluation mode."""
        super().train(mode)
        self.predecessors.eval()
        return self


class TheseusModel(ExitModel):
    """An exit model with slots for layers and one exit, after the last; only successors learn.

    All else is frozen: it gets no gradients, though they flow through it, and has no dropout.
    """

    def __init__(
        self, encoder: PreTrainedModel, exits: tuple[int, ...], classes: int, pooling: Pooling
    ):
        super().__init__(encoder, exits, classes, pooling)
        self.requires_grad_(False)
        for slot in self.slots:
            slot.successor.requires_grad_(True)
        self.train(self.training)

    @property
    def slots(self) -> list[Slot]:
        """The slots, from the first to the last."""
        return [module for module in self.encoder.modules() if isinstance(module, Slot)]

    @property
    def p(self) -> float:
        """The replacing rate of all slots."""
        return self.slots[0].p

    @p.setter
    def p(self, p: float) -> None:
        for slot in self.slots:
            slot.p = p

    def run(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> ExitOutput:
        """Run the encoder once, drawing who runs in each slot, and classify."""
        types = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        # not hidden_states: transformers records one of every layer that ran, predecessors too
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types)
        pooled = self.pool(output.last_hidden_state, attention_mask)
        logits = self.heads[0](pooled)
        if self.training and torch.is_grad_enabled() and not logits.requires_grad:
            logits.requires_grad_()  # no successor was drawn: a step that changes nothing
        return ExitOutput(logits.unsqueeze(1), pooled.unsqueeze(1))

    def train(self, mode: bool = True) -> TheseusModel:
        """Switch to training mode; what is frozen stays in evaluation mode."""
        super().train(mode)
        self.encoder.eval()
        self.heads.eval()
        for slot in self.slots:
            slot.train(mode)
        return self


def check_successors(config: PreTrainedConfig, depth: int, layers: int) -> None:
    """Raise `ValueError` where `layers` successors cannot stand for `depth` layers.

    Their number must divide the depth. Where layers are of several types, as local and global
    attention in ModernBERT, those that one successor replaces would need masks of their own.
    """
    if layers < 1 or depth % layers:
        raise ValueError(
            f"expected a number of successors that divides {depth} layers, but got {layers}"
        )
    types = dict.fromkeys(getattr(config, "layer_types", None) or [])
    if len(types) > 1:
        raise ValueError(
            f"expected an encoder whose layers are all alike to replace some of, but those of a "
            f"{config.model_type} are of types {', '.join(types)}"
        )


def with_successors(trained: ExitModel, layers: int) -> TheseusModel:
    """Return a copy of a trained complete model with `layers` slots, in evaluation mode.

    Successor m of M starts as layer m and stands for layers m L/M to (m + 1) L/M - 1, from 0.
    Raises `ValueError` as `check_successors`.
    """
    depth = trained.encoder.config.num_hidden_layers
    check_successors(trained.encoder.config, depth, layers)
    encoder = deepcopy(trained.encoder)
    owner, name = layers_of(encoder)
    old = list(cast(nn.ModuleList, getattr(owner, name)))
    each = depth // layers
    slots = [Slot(old[m * each : (m + 1) * each], deepcopy(old[m])) for m in range(layers)]
    setattr(owner, name, nn.ModuleList(slots))
    describe_layers(encoder.config, [m * each + 1 for m in range(layers)])
    model = TheseusModel(encoder, (layers,), trained.classes, trained.pooling)
    model.heads[0].load_state_dict(trained.heads[-1].state_dict())
    return model.eval()


def successors_alone(model: TheseusModel) -> ExitModel:
    """Return a copy without predecessors, in evaluation mode, all of whose weights can learn."""
    encoder = deepcopy(model.encoder)
    for owner in list(encoder.modules()):
        for name, child in list(owner.named_children()):
            if isinstance(child, Slot):
                setattr(owner, name, child.successor)
    alone = ExitModel(encoder, model.exits, model.classes, model.pooling)
    alone.heads[0].load_state_dict(model.heads[0].state_dict())
    return alone.requires_grad_(True).eval()


class ReplacingRate(TrainerCallback):
    """Set the model's replacing rate to min(1, k t + b) before each optimiser step t, from 0."""

    def __init__(self, k: float, b: float):
        self.k = k
        self.b = b

    def on_step_begin(self, args, state, control, *, model: TheseusModel, **kwargs):
        model.p = replacing_rate(state.global_step, self.k, self.b)
