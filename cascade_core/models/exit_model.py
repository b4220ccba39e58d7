"""An encoder with a classifier at one or more of its layers: complete, truncated or off-ramp model.

A complete model has one exit, at its last layer; a first-k-layers model the same over k layers; an
off-ramp model an exit at every layer. One class serves all of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from safetensors.torch import load_file, save_model
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from .heads import ExitHead, HeadKind, Pooling, StudentHead, make_heads, pool

SCALE = ":scale"  # after the name of weights in eight bits: what each of their rows is times


class ExitOutput(NamedTuple):
    """`logits` [B, E, C] and what each exit's classifier saw of its layer, `pooled` [B, E, H]."""

    logits: Tensor
    pooled: Tensor


class ExitModel(nn.Module):
    """Encoder with an exit head after each layer in `exits` (layer numbers from 1, ascending).

    `pooling` says what of a layer's hidden states [B, T, H] a head sees: the `first` token, as in
    the papers, or the `mean` over tokens, for encoders that were trained that way. `heads` says of
    what kind they are: see `make_heads`.
    """

    accepts_loss_kwargs = False  # Trainer: the loss is the objective's, not this model's

    def __init__(
        self,
        encoder: PreTrainedModel,
        exits: tuple[int, ...],
        classes: int,
        pooling: Pooling,
        heads: HeadKind = "pooler",
    ):
        super().__init__()
        layers = encoder.config.num_hidden_layers
        if sorted(set(exits)) != list(exits) or not exits or exits[0] < 1 or exits[-1] > layers:
            raise ValueError(f"expected ascending exits within layers 1-{layers}, but got {exits}")
        self.encoder = encoder
        self.exits = tuple(exits)
        self.classes = classes
        self.pooling: Pooling = pooling
        self.head_kind: HeadKind = heads
        self.heads = make_heads(encoder.config, exits, classes, pooling, heads)
        self.backbone_frozen = False

    @property
    def typed_heads(self) -> list[ExitHead]:
        """The heads that are no students, exit by exit, for readers that know types."""
        return [head for head in self.heads if isinstance(head, ExitHead)]

    @property
    def counted_head(self) -> Literal["pooler", "student"]:
        """What `flop_costs` counts for a head; a shared pooler runs at every exit like its own."""
        return "student" if self.head_kind == "student" else "pooler"

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return `logits` [B, E, C] and `pooled` [B, E, H], as Trainer wants them: in a dict."""
        return self.run(input_ids, attention_mask, token_type_ids)._asdict()

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
        logits = [
            head(hidden[layer], attention_mask) if isinstance(head, StudentHead) else head(vector)
            for head, layer, vector in zip(self.heads, self.exits, pooled, strict=True)
        ]
        return ExitOutput(torch.stack(logits, 1), torch.stack(pooled, 1))

    def pool(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """Reduce one layer's hidden states [B, T, H] to [B, H]."""
        return pool(hidden, attention_mask, self.pooling)

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
        about = {
            "exits": self.exits,
            "classes": self.classes,
            "pooling": self.pooling,
            "heads": self.head_kind,
        }
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
    """Load what `ExitModel.save` wrote, in evaluation mode.

    A packed model (`cascade_core.prediction.packing`) may say that its encoder is the one of the
    `backbone` beside it, and have weights in eight bits with a scale for each row.
    """
    about = json.loads((folder / "exits.json").read_text())
    encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder))
    take_pooler(encoder)
    heads = about.get("heads", "pooler")  # which older files do not say
    model = ExitModel(encoder, tuple(about["exits"]), about["classes"], about["pooling"], heads)
    weights = load_file(folder / "model.safetensors")
    if "backbone" in about:
        others = load_file(folder.parent / about["backbone"] / "model.safetensors")
        weights |= {name: one for name, one in others.items() if name.startswith("encoder.")}
    for name in [one for one in weights if one.endswith(SCALE)]:
        whole = name.removesuffix(SCALE)
        weights[whole] = weights[whole] * weights.pop(name)
    model.load_state_dict(weights)
    return model.eval()
