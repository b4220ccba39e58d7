"""Texts to token ids, and token ids to padded batches under a token budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase


class Encodings(NamedTuple):
    """Token ids of N texts, unpadded: one dict of the model's inputs per text."""

    rows: list[dict[str, list[int]]]

    @property
    def tokens(self) -> np.ndarray:
        """Token count of each text, special tokens included, int32 [N]."""
        return np.array([len(row["input_ids"]) for row in self.rows], np.int32)


class Batch(NamedTuple):
    """Padded tensors [B, T] and which of the N instances they are, `index` int64 [B]."""

    index: np.ndarray
    tensors: dict[str, Tensor]


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Mapping[str, Sequence[str]], max_tokens: int
) -> Encodings:
    """Tokenise one or two columns of N texts, cut to `max_tokens` each."""
    first, *second = (list(strings) for strings in texts.values())
    if not first:
        return Encodings([])
    pair = second[0] if second else None
    table = tokenizer(first, text_pair=pair, truncation=True, max_length=max_tokens)
    names = list(table)
    rows = zip(*(table[name] for name in names), strict=True)
    return Encodings([dict(zip(names, row, strict=True)) for row in rows])


def length_sorted_batches(
    encodings: Encodings, tokenizer: PreTrainedTokenizerBase, token_budget: int, most: int = 1024
) -> Iterator[Batch]:
    """Yield batches of similar length, longest first, each at most `token_budget` padded tokens.

    A single text longer than the budget is a batch of its own; `most` bounds the rows of a batch.
    """
    order = np.argsort(-encodings.tokens, kind="stable")
    start = 0
    while start < len(order):
        longest = int(encodings.tokens[order[start]])
        rows = max(1, min(most, token_budget // longest))
        index = order[start : start + rows]
        yield Batch(index, pad(encodings, tokenizer, index))
        start += rows


def pad(
    encodings: Encodings, tokenizer: PreTrainedTokenizerBase, index: Iterable[int]
) -> dict[str, Tensor]:
    """Pad the chosen rows to the longest of them."""
    chosen = [encodings.rows[i] for i in index]
    return dict(tokenizer.pad(chosen, padding=True, return_tensors="pt"))


def to_device(tensors: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    """Move a batch's tensors to where the model is."""
    return {name: tensor.to(device, non_blocking=True) for name, tensor in tensors.items()}
