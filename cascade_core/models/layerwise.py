"""Run an encoder one layer at a time, for passes that may stop after any of them."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.masking_utils import create_bidirectional_mask


class LayerwiseEncoder(NamedTuple):
    """The embeddings and the layers of a BERT-like encoder, to be called one after another."""

    config: PreTrainedConfig
    embeddings: nn.Module
    layers: nn.ModuleList

    def embed(self, input_ids: Tensor, attention_mask: Tensor, **types: Tensor):
        """Return the hidden states before layer 1 [B, T, H] and the mask every layer takes."""
        hidden = self.embeddings(input_ids=input_ids, **types)
        mask = create_bidirectional_mask(
            config=self.config, inputs_embeds=hidden, attention_mask=attention_mask
        )
        return hidden, mask


def layerwise(encoder: PreTrainedModel) -> LayerwiseEncoder:
    """Take an encoder apart; works for BERT, RoBERTa and relatives of the same build.

    Raises `TypeError` for encoders that are built otherwise.
    """
    layers = getattr(getattr(encoder, "encoder", None), "layer", None)
    embeddings = getattr(encoder, "embeddings", None)
    if not isinstance(layers, nn.ModuleList) or not isinstance(embeddings, nn.Module):
        raise TypeError(
            "expected an encoder built like BERT (embeddings, encoder.layer), but got "
            f"{type(encoder).__name__}; it can be run to its last layer only"
        )
    return LayerwiseEncoder(encoder.config, embeddings, layers)
