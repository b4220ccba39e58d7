"""An encoder with a classifier at one or more of its layers: complete, truncated or off-ramp model.

A complete model has one exit, at its last layer; a first-k-layers model the same over k layers; an
off-ramp model an exit at every layer. One class serves all of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel

Pooling = Literal["first", "mean"]


class ExitOutput(NamedTuple):
    """`logits` [B, E, C] and what each exit's classifier saw of its layer, `pooled` [B, E, H]."""

    logits: Tensor
    pooled: Tensor


class ExitHead(nn.Module):
    """A classifier at one exit: dense + tanh (the pooler), dropout, linear."""

    def __init__(self, config: PreTrainedConfig, classes: int):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        dropout = getattr(config, "classifier_dropout", None)
        self.dropout = nn.Dropout(config.hidden_dropout_prob if dropout is None else dropout)
        self.classifier = nn.Linear(config.hidden_size, classes)
        for layer in (self.dense, self.classifier):
            nn.init.normal_(layer.weight, std=config.initializer_range)
            nn.init.zeros_(layer.bias)

    def forward(self, pooled: Tensor) -> Tensor:
        """Map one pooled vector per instance [B, H] to logits [B, C]."""
        return self.classifier(self.dropout(torch.tanh(self.dense(pooled))))


class ExitModel(nn.Module):
    """Encoder with an exit head after each layer in `exits` (layer numbers from 1, ascending).

    `pooling` says what of a layer's hidden states [B, T, H] a head sees: the `first` token, as in
    the papers, or the `mean` over tokens, for encoders that were trained that way.
    """

    accepts_loss_kwargs = False  # Trainer: the loss is the objective's, not this model's

    def __init__(
        self, encoder: PreTrainedModel, exits: tuple[int, ...], classes: int, pooling: Pooling
    ):
        super().__init__()
        layers = encoder.config.num_hidden_layers
        if sorted(set(exits)) != list(exits) or not exits or exits[0] < 1 or exits[-1] > layers:
            raise ValueError(f"expected ascending exits within layers 1-{layers}, but got {exits}")
        self.encoder = encoder
        self.exits = tuple(exits)
        self.classes = classes
        self.pooling: Pooling = pooling
        self.heads = nn.ModuleList(ExitHead(encoder.config, classes) for _ in exits)
        self.backbone_frozen = False

    @property
    def typed_heads(self) -> list[ExitHead]:
        """The heads, exit by exit, for readers that know types."""
        return [head for head in self.heads if isinstance(head, ExitHead)]

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return `logits` [B, E, C] of every exit, as Trainer wants them: in a dict."""
        return {"logits": self.run(input_ids, attention_mask, token_type_ids).logits}

    def run(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> ExitOutput:
        """Run the encoder once and classify at every exit."""
        types = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.backbone_frozen):
            hidden = self.encoder(
                input_ids=input_ids,
                attention_mask=attention_mask,
                output_hidden_states=True,
                **types,
            ).hidden_states
        pooled = [self.pool(hidden[layer], attention_mask) for layer in self.exits]
        logits = [head(vector) for head, vector in zip(self.heads, pooled, strict=True)]
        return ExitOutput(torch.stack(logits, 1), torch.stack(pooled, 1))

    def pool(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Reduce one layer's hidden states [B, T, H] to [B, H]."""
        if self.pooling == "first":
            return hidden[:, 0]
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)

    def freeze_backbone(self) -> None:
        """Keep encoder and last head as they are: no gradients, and no dropout when training."""
        self.backbone_frozen = True
        self.encoder.requires_grad_(False)
        self.heads[-1].requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> ExitModel:
        """Switch to training mode; what is frozen stays in evaluation mode."""
        super().train(mode)
        if self.backbone_frozen:
            self.encoder.eval()
            self.heads[-1].eval()
        return self

    def save(self, folder: Path) -> None:
        """Write `config.json`, `exits.json` and `model.safetensors` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.encoder.config.save_pretrained(folder)
        about = {"exits": self.exits, "classes": self.classes, "pooling": self.pooling}
        (folder / "exits.json").write_text(json.dumps(about, indent=2) + "\n")
        save_model(self, str(folder / "model.safetensors"))


def take_pooler(encoder: PreTrainedModel) -> dict[str, Tensor] | None:
    """Remove the encoder's own pooler, whose place the heads take; return its weights."""
    pooler = getattr(encoder, "pooler", None)
    if pooler is None:
        return None
    encoder.register_module("pooler", None)
    return pooler.dense.state_dict()


def load_exit_model(folder: Path) -> ExitModel:
    """Load what `ExitModel.save` wrote, in evaluation mode."""
    about = json.loads((folder / "exits.json").read_text())
    encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder))
    take_pooler(encoder)
    model = ExitModel(encoder, tuple(about["exits"]), about["classes"], about["pooling"])
    load_model(model, str(folder / "model.safetensors"))
    return model.eval()
