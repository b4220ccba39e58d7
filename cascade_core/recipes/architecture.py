"""The sizes of an encoder that decide what it costs."""

from __future__ import annotations

from transformers import PreTrainedConfig

from ..costs import Architecture

GATED = ("modernbert",)  # their feed-forward parts have a third matrix


def architecture_of(config: PreTrainedConfig) -> Architecture:
    """Return the sizes of a Hugging Face encoder that decide its cost."""
    return Architecture(
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        intermediate=getattr(config, "intermediate_size", None) or config.hidden_dim,  # DistilBERT
        heads=config.num_attention_heads,
        vocabulary=config.vocab_size,
        gated=config.model_type in GATED,
    )
