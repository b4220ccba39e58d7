"""Where an encoder keeps its layers."""

from __future__ import annotations

from torch import nn
from transformers import PreTrainedModel


def layers_of(encoder: PreTrainedModel) -> tuple[nn.Module, str]:
    """Return the module that holds an encoder's list of layers, and the name it has there.

    Raises `ValueError` where not exactly one list is as long as the encoder has layers.
    """
    count = encoder.config.num_hidden_layers
    found = [
        (owner, name)
        for owner in encoder.modules()
        for name, child in owner.named_children()
        if isinstance(child, nn.ModuleList) and len(child) == count
    ]
    if len(found) != 1:
        raise ValueError(
            f"expected one list of {count} layers in a {encoder.config.model_type}, but found "
            f"{len(found)}: its layers cannot be exchanged"
        )
    return found[0]
