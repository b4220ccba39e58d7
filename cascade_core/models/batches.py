"""Texts to token ids, and token ids to batches: packed without padding, or padded.

Axes: N texts, B texts of one batch, S tokens of one batch side by side, T tokens of one text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerBase

TOKEN_IDS, TOKEN_TYPES = "input_ids", "token_type_ids"


class Run(NamedTuple):
    """So many neighbours of equal length: what attention can take without mask or padding."""

    texts: int
    length: int


@dataclass(frozen=True, eq=False)
class Encodings:
    """Tokens of N texts, one after another: `inputs` int32 [sum of T] per input of the model.

    Text n has the tokens from `offsets[n]` up to `offsets[n + 1]`; `offsets` int64 [N + 1].
    """

    inputs: dict[str, NDArray[np.int32]]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def tokens(self) -> NDArray[np.int32]:
        """Token count of each text, special tokens included, int32 [N]."""
        return np.diff(self.offsets).astype(np.int32)

    def row(self, number: int) -> dict[str, list[int]]:
        """Return one text's inputs as lists, attention mask included, for transformers."""
        span = slice(self.offsets[number], self.offsets[number + 1])
        row = {name: values[span].tolist() for name, values in self.inputs.items()}
        return {**row, "attention_mask": [1] * len(row[TOKEN_IDS])}

    def among(self, index: NDArray[np.integer], count: int) -> Encodings:
        """Return the same texts as the rising `index` out of `count`; the others have no tokens."""
        lengths = np.zeros(count, np.int64)
        lengths[index] = self.tokens
        return Encodings(self.inputs, np.concatenate([[0], lengths.cumsum()]))

    def only(self, index: NDArray[np.integer]) -> Encodings:
        """Return the chosen texts, in the order of `index`."""
        return Encodings(self.take(index), np.concatenate([[0], self.tokens[index].cumsum()]))

    def take(self, index: NDArray[np.integer]) -> dict[str, NDArray[np.int32]]:
        """Return the tokens of the chosen texts side by side, [S] per input."""
        lengths = self.offsets[index + 1] - self.offsets[index]
        positions = np.repeat(self.offsets[index], lengths) + places(lengths)
        return {name: values[positions] for name, values in self.inputs.items()}


class Packed(NamedTuple):
    """A batch without padding: which of the N texts, `index` int64 [B], in runs of equal length.

    `inputs` are int64 [S]: the tokens of all B texts side by side.
    """

    index: NDArray[np.int64]
    runs: tuple[Run, ...]
    inputs: dict[str, Tensor]


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Mapping[str, Sequence[str]], max_tokens: int
) -> Encodings:
    """Tokenise one or two columns of N texts, cut to `max_tokens` each."""
    first, *second = (list(strings) for strings in texts.values())
    if not first:
        return Encodings({TOKEN_IDS: np.zeros(0, np.int32)}, np.zeros(1, np.int64))
    pair = second[0] if second else None
    if tokenizer.is_fast:  # some three times faster than through Python lists
        backend = _cutting(tokenizer, max_tokens)
        found = backend.encode_batch_fast(list(zip(first, pair, strict=True)) if pair else first)
        table = {TOKEN_IDS: [one.ids for one in found]}
        if TOKEN_TYPES in tokenizer.model_input_names:
            table[TOKEN_TYPES] = [one.type_ids for one in found]
    else:
        called = tokenizer(first, text_pair=pair, truncation=True, max_length=max_tokens)
        table = {name: called[name] for name in (TOKEN_IDS, TOKEN_TYPES) if name in called}
    lengths = np.fromiter(map(len, table[TOKEN_IDS]), np.int64, len(first))
    offsets = np.concatenate([[0], lengths.cumsum()])
    flat = {
        name: np.fromiter(chain.from_iterable(rows), np.int32, offsets[-1])
        for name, rows in table.items()
    }
    return Encodings(flat, offsets)


def vocabulary(tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> str:
    """Return what is equal for tokenizers that give the same tokens."""
    if not tokenizer.is_fast:
        return f"{type(tokenizer).__name__} {id(tokenizer)}"
    return f"{tokenizer.model_input_names} {_cutting(tokenizer, max_tokens).to_str()}"


def packed_batches(
    encodings: Encodings, index: NDArray[np.int64], token_budget: int
) -> Iterator[Packed]:
    """Yield the chosen texts sorted by length, longest first, in batches of up to a budget.

    A single text longer than `token_budget` tokens is a batch of its own.
    """
    ordered = index[np.argsort(-encodings.tokens[index], kind="stable")]
    lengths = encodings.tokens[ordered]
    ends = lengths.cumsum(dtype=np.int64)
    start = 0
    while start < len(ordered):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + token_budget, "right")))
        chosen = ordered[start:stop]
        inputs = {name: _tensor(values) for name, values in encodings.take(chosen).items()}
        yield Packed(chosen, runs_of(lengths[start:stop]), inputs)
        start = stop


def runs_of(lengths: NDArray[np.integer]) -> tuple[Run, ...]:
    """Group neighbours of equal length.

    >>> runs_of(np.array([5, 5, 3]))
    (Run(texts=2, length=5), Run(texts=1, length=3))
    """
    starts = np.flatnonzero(np.diff(lengths, prepend=-1))
    counts = np.diff(starts, append=len(lengths))
    return tuple(map(Run, counts.tolist(), lengths[starts].tolist()))


def lengths_of(runs: Sequence[Run]) -> NDArray[np.int64]:
    """Return the token count of each text of the runs, int64 [B]: the inverse of `runs_of`."""
    return np.repeat([run.length for run in runs], [run.texts for run in runs])


def places(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return each token's place in its own text, from 0, int64 [S].

    >>> places(np.array([3, 2])).tolist()
    [0, 1, 2, 0, 1]
    """
    starts = np.cumsum(lengths) - lengths
    return np.arange(int(np.sum(lengths))) - np.repeat(starts, lengths)


def pad(
    tokenizer: PreTrainedTokenizerBase, inputs: Mapping[str, Tensor], runs: Sequence[Run]
) -> dict[str, Tensor]:
    """Spread packed inputs [S] to padded ones [B, T], with the attention mask, on their device."""
    lengths = lengths_of(runs)
    rows = torch.from_numpy(np.repeat(np.arange(len(lengths)), lengths))
    columns = torch.from_numpy(places(lengths))
    fillers = {TOKEN_IDS: tokenizer.pad_token_id, TOKEN_TYPES: tokenizer.pad_token_type_id}
    packed = {**inputs, "attention_mask": torch.ones_like(inputs[TOKEN_IDS])}
    padded = {}
    for name, values in packed.items():
        shape = (len(lengths), int(lengths.max()))
        padded[name] = values.new_full(shape, fillers.get(name, 0))
        padded[name][rows.to(values.device), columns.to(values.device)] = values
    return padded


def _cutting(tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> Tokenizer:
    backend = cast(Tokenizer, tokenizer.backend_tokenizer)
    backend.no_padding()
    backend.enable_truncation(max_tokens)
    return backend


def _tensor(values: NDArray[np.int32]) -> Tensor:
    return torch.from_numpy(values.astype(np.int64))
