"""Classifiers at exits: each with its own pooler, all with one (PABEE), or students (FastBERT).

Axes: B texts, T tokens, H hidden size, C classes; D the size of a student, `STUDENT_SIZE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedConfig

Pooling = Literal["first", "mean"]
HeadKind = Literal["pooler", "shared-pooler", "student"]

STUDENT_SIZE = 128  # as `costs` counts it
ATTENTION_HEADS = 2  # of a student


class ExitHead(nn.Module):
    """A classifier at one exit: dense + tanh (the pooler), dropout, linear."""

    def __init__(self, config: PreTrainedConfig, classes: int):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = _dropout(config)
        self.classifier = nn.Linear(config.hidden_size, classes)
        _draw(config, self.dense, self.classifier)

    def forward(self, pooled: Tensor) -> Tensor:
        """Map one pooled vector per instance [B, H] to logits [B, C]."""
        return self.classifier(self.dropout(torch.tanh(self.dense(pooled))))


class StudentHead(nn.Module):
    """FastBERT's student: an attention over the tokens of a layer, small, and a classifier on it.

    Linear + tanh to D, self-attention with 2 heads, pooling, dense + tanh, dropout, linear.
    """

    def __init__(self, config: PreTrainedConfig, classes: int, pooling: Pooling):
        super().__init__()
        self.pooling: Pooling = pooling
        self.narrow = nn.Linear(config.hidden_size, STUDENT_SIZE)
        self.qkv = nn.Linear(STUDENT_SIZE, 3 * STUDENT_SIZE)
        self.output = nn.Linear(STUDENT_SIZE, STUDENT_SIZE)
        self.dense = nn.Linear(STUDENT_SIZE, STUDENT_SIZE)
        self.dropout = _dropout(config)
        self.classifier = nn.Linear(STUDENT_SIZE, classes)
        _draw(config, self.narrow, self.qkv, self.output, self.dense, self.classifier)

    def forward(self, hidden: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Map hidden states [B, T, H] to logits [B, C]; without a mask [B, T], all are tokens."""
        qkv = self.qkv(torch.tanh(self.narrow(hidden))).unflatten(-1, (3, ATTENTION_HEADS, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        seen = None if attention_mask is None else attention_mask[:, None, None].bool()
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        attended = self.output(context.transpose(1, 2).flatten(2))
        pooled = pool(attended, attention_mask, self.pooling)
        return self.classifier(self.dropout(torch.tanh(self.dense(pooled))))


class SharedPoolerHeads(nn.ModuleList):
    """Exit heads with one pooler among them, the first one's.

    State dicts name it once, under the first head: Trainer's checkpoints take no tensor twice.
    """

    def __init__(self, heads: Sequence[ExitHead]):
        super().__init__(heads)
        for head in heads:
            head.dense = heads[0].dense
        self.register_state_dict_post_hook(_name_pooler_once)
        self.register_load_state_dict_pre_hook(_name_pooler_everywhere)


def make_heads(
    config: PreTrainedConfig,
    exits: Sequence[int],
    classes: int,
    pooling: Pooling,
    kind: HeadKind = "pooler",
) -> nn.ModuleList:
    """Return a fresh head for each of the `exits`; before students, the last is an `ExitHead`.

    Raises `ValueError` for a kind there is not.
    """
    if kind == "student":
        students = [StudentHead(config, classes, pooling) for _ in exits[:-1]]
        return nn.ModuleList([*students, ExitHead(config, classes)])
    if kind not in get_args(HeadKind):
        raise ValueError(f"heads: expected one of {', '.join(get_args(HeadKind))} but got {kind!r}")
    heads = [ExitHead(config, classes) for _ in exits]
    return SharedPoolerHeads(heads) if kind == "shared-pooler" else nn.ModuleList(heads)


def pool(hidden: Tensor, attention_mask: Tensor | None, pooling: Pooling) -> Tensor:
    """Reduce hidden states [B, T, H] to [B, H]: the first token's, or the mean over all tokens."""
    if pooling == "first":
        return hidden[:, 0]
    if attention_mask is None:
        return hidden.mean(1)
    weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)


def _dropout(config: PreTrainedConfig) -> nn.Dropout:
    """Return the dropout before a classifier, by whichever name the encoder's family gives it."""
    families = ("classifier_dropout", "seq_classif_dropout", "hidden_dropout_prob")
    shares = (getattr(config, name, None) for name in families)
    return nn.Dropout(next(share for share in shares if share is not None))


def _draw(config: PreTrainedConfig, *layers: nn.Linear) -> None:
    for layer in layers:
        nn.init.normal_(layer.weight, std=config.initializer_range)
        nn.init.zeros_(layer.bias)


def _name_pooler_once(heads: nn.Module, state: dict[str, Any], prefix: str, _: Any) -> None:
    for number in range(1, len(heads._modules)):
        for part in ("weight", "bias"):
            state.pop(f"{prefix}{number}.dense.{part}", None)


def _name_pooler_everywhere(heads: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    for part in ("weight", "bias"):
        first = state.get(f"{prefix}0.dense.{part}")
        if first is not None:
            for number in range(1, len(heads._modules)):
                state[f"{prefix}{number}.dense.{part}"] = first
