"""An exit model for inference: packed tokens, one layer at a time, in float32 or bfloat16."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.profiler import record_function
from transformers import BertModel, PreTrainedConfig
from transformers.activations import ACT2FN
from transformers.models.bert.modeling_bert import BertLayer

from .attention import attend
from .batches import TOKEN_IDS, TOKEN_TYPES, Packed, Run, lengths_of, places, runs_of
from .dense import Dense
from .exit_model import ExitModel
from .heads import StudentHead

AnyModule = TypeVar("AnyModule", bound=nn.Module)

# Encoders built of exactly these parts: embeddings of words, positions and types, a normalisation
# after each half of a layer, absolute positions; some number them from behind the padding's id.
FROM_ZERO = ("bert",)
FROM_PADDING = ("roberta", "xlm-roberta", "camembert")

# Batches are filled up to a multiple of so many tokens, large ones of more: oneDNN keeps some
# 600 KiB for each number of tokens a linear layer ever saw, and needs up to a millisecond for a
# new one.
STEP, LARGE_STEP = 16, 64
LARGE = 1024


def most_tokens(config: PreTrainedConfig) -> int:
    """Return how many tokens of a text an encoder has positions for.

    >>> from transformers import BertConfig, RobertaConfig
    >>> most_tokens(BertConfig()), most_tokens(RobertaConfig(max_position_embeddings=514))
    (512, 512)
    """
    behind = config.pad_token_id + 1 if config.model_type in FROM_PADDING else 0
    return config.max_position_embeddings - behind


class Hidden(NamedTuple):
    """Hidden states of packed texts after some layer, [S, H], and the runs they lie in.

    S is filled up, see `STEP`: the states behind the last run belong to no text.
    """

    states: Tensor
    runs: tuple[Run, ...]


class Layer(NamedTuple):
    """One encoder layer's weights; `qkv` holds queries (scaled), keys and values in one product."""

    qkv: Dense
    output: Dense
    after_attention: nn.LayerNorm
    widen: Dense
    narrow: Dense
    after_widening: nn.LayerNorm


class PackedModel:
    """The encoder and heads of a BERT-like `ExitModel`, made ready to run on packed batches.

    Weights are copied in `dtype` to `device`; the heads stay float32, as logits rounded to eight
    bits would blur the confidences that exits are decided by.
    """

    def __init__(self, model: ExitModel, dtype: torch.dtype, device: torch.device):
        config = model.encoder.config
        self.exits = model.exits
        self.classes = model.classes
        self.pooling = model.pooling
        self.attention_heads: int = config.num_attention_heads
        self.activation: str = config.hidden_act
        behind_padding = config.model_type in FROM_PADDING
        self.first_position: int = config.pad_token_id + 1 if behind_padding else 0
        self.device = device
        with torch.inference_mode():
            encoder = cast(BertModel, model.encoder)  # or one of the same parts
            self.embeddings = _copied(encoder.embeddings, dtype, device)
            self.layers = [
                _layer(cast(BertLayer, one), self.attention_heads, dtype, device)
                for one in encoder.encoder.layer[: self.exits[-1]]
            ]
            self.heads = _copied(model.heads, torch.float32, device)

    def begin(self, batch: Packed) -> Hidden:
        """Embed a batch: words + positions + types, normalised."""
        with record_function("embed"):
            parts = self.embeddings
            positions = torch.from_numpy(places(lengths_of(batch.runs)) + self.first_position)
            states = parts.word_embeddings(self._filled(batch.inputs[TOKEN_IDS]))
            states += parts.position_embeddings(self._filled(positions))
            types = batch.inputs.get(TOKEN_TYPES)
            kinds = parts.token_type_embeddings
            states += kinds.weight[0] if types is None else kinds(self._filled(types))
            return Hidden(parts.LayerNorm(states), batch.runs)

    def advance(self, hidden: Hidden, number: int) -> tuple[Hidden, Tensor, Tensor]:
        """Run the layers up to exit `number`; return states, logits [B, C], pooled [B, H]."""
        first = self.exits[number - 1] if number else 0
        states = hidden.states
        with record_function("layers"):
            for layer in self.layers[first : self.exits[number]]:
                states = self._run(layer, states, hidden.runs)
        with record_function("heads"):
            pooled = self._pool(states, hidden.runs).float()
            head = self.heads[number]
            if isinstance(head, StudentHead):
                blocks = _blocks(states, hidden.runs)
                logits = torch.cat([head(block.float()) for block in blocks])
            else:
                logits = head(pooled)
        return Hidden(states, hidden.runs), logits, pooled

    def join(self, parts: Sequence[Hidden], stays: Sequence[NDArray[np.bool_]]) -> Hidden:
        """Return what stays of some neighbouring batches, bool [B] each, as one batch."""
        with record_function("gather"):
            kept, lengths, start = [], [], 0
            for hidden, mask in zip(parts, stays, strict=True):
                all_lengths = lengths_of(hidden.runs)
                lengths.append(all_lengths[mask])
                kept.append(np.flatnonzero(np.repeat(mask, all_lengths)) + start)
                start += len(hidden.states)
            together = [hidden.states for hidden in parts]
            states = together[0] if len(parts) == 1 else torch.cat(together)
            tokens = self._filled(torch.from_numpy(np.concatenate(kept)))
            return Hidden(states[tokens], runs_of(np.concatenate(lengths)))

    def _filled(self, values: Tensor) -> Tensor:
        """Return values [S] of packed tokens on the device, with zeros to fill the batch up."""
        step = STEP if len(values) <= LARGE else LARGE_STEP
        filled = functional.pad(values, (0, -len(values) % step))
        return filled.to(self.device, non_blocking=True)

    def _run(self, layer: Layer, states: Tensor, runs: Sequence[Run]) -> Tensor:
        qkv = layer.qkv(states)
        with record_function("attention"):
            context = attend(qkv, runs, self.attention_heads)
        states = layer.after_attention(layer.output.added(context, states))
        if self.activation in ("gelu", "relu"):
            wide = layer.widen.activated(states, self.activation)
        else:
            wide = ACT2FN[self.activation](layer.widen(states))
        return layer.after_widening(layer.narrow.added(wide, states))

    def _pool(self, states: Tensor, runs: Sequence[Run]) -> Tensor:
        """Reduce each text's tokens to one vector, [S, H] to [B, H]."""
        blocks = _blocks(states, runs)
        if self.pooling == "first":
            return torch.cat([block[:, 0] for block in blocks])
        return torch.cat([block.mean(1, dtype=torch.float32) for block in blocks])


def _blocks(states: Tensor, runs: Sequence[Run]) -> list[Tensor]:
    """Return the hidden states [S, H] of each run as [texts, length, H]."""
    sizes = [run.texts * run.length for run in runs]
    blocks = states[: sum(sizes)].split(sizes)
    return [block.view(*run, -1) for block, run in zip(blocks, runs, strict=True)]


def _copied(module: AnyModule, dtype: torch.dtype, device: torch.device) -> AnyModule:
    return deepcopy(module).to(device, dtype).eval().requires_grad_(False)


def _layer(layer: BertLayer, heads: int, dtype: torch.dtype, device: torch.device) -> Layer:
    own = deepcopy(layer).requires_grad_(False)
    attention = own.attention
    query, key, value = attention.self.query, attention.self.key, attention.self.value
    scale = (query.out_features / heads) ** -0.5  # of the scores, moved into the queries' weights
    weight = torch.cat([query.weight * scale, key.weight, value.weight])
    bias = torch.cat([query.bias * scale, key.bias, value.bias])

    def dense(weight: Tensor, bias: Tensor) -> Dense:
        return Dense(weight.to(device, dtype), bias.to(device, dtype))

    def linear(module: nn.Linear) -> Dense:
        return dense(module.weight, module.bias)

    return Layer(
        qkv=dense(weight, bias),
        output=linear(attention.output.dense),
        after_attention=attention.output.LayerNorm.to(device, dtype),
        widen=linear(own.intermediate.dense),
        narrow=linear(own.output.dense),
        after_widening=own.output.LayerNorm.to(device, dtype),
    )
