"""Where an encoder keeps its layers, and what its configuration says of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel


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


def describe_layers(config: PreTrainedConfig, numbers: Sequence[int]) -> None:
    """Make a configuration say that of its layers only those of these numbers (from 1) are there.

    Encoders whose layers are of several types, such as ModernBERT, list them one by one.
    """
    types = getattr(config, "layer_types", None)
    if types:
        config.layer_types = [types[number - 1] for number in numbers]
    config.num_hidden_layers = len(numbers)
