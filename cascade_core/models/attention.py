"""Attention over texts that lie side by side: each text sees its own tokens and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .batches import Run

FEW_TOKENS = 128  # in a run; there, making a bfloat16 product ready would take longer than it
MANY_TOKENS = 256  # in a piece of a longer run
LONGEST_PRODUCT = 256  # tokens; two products beat the fused kernel on CPUs (measured up to 128)


def attend(qkv: Tensor, runs: Sequence[Run], heads: int) -> Tensor:
    """Block-diagonal attention, softmax(q k^T) v, of packed tokens.

    The blocks are runs of equal length, so that no mask is needed and no padding is computed.

    Args:
        qkv: queries (already divided by sqrt(d)), keys and values side by side, [S, 3 H].
        runs: texts and tokens of each run, in the order of S; what lies behind them is left out.
        heads: number of attention heads; d = H / heads.

    Returns:
        context [S, H] in the dtype of `qkv`, zeros behind the runs.
    """
    context = qkv.new_empty(len(qkv), qkv.shape[1] // 3)
    start = 0
    for texts, length in _pieces(runs) if qkv.device.type == "cpu" else runs:
        stop = start + texts * length
        block = qkv[start:stop].view(texts, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
        by_product = qkv.device.type == "cpu" and length <= LONGEST_PRODUCT
        attended = _by_product(block) if by_product else _fused(block)
        context[start:stop].view(texts, length, heads, -1).copy_(attended.transpose(1, 2))
        start = stop
    context[start:] = 0
    return context


def _pieces(runs: Sequence[Run]) -> Iterator[Run]:
    """Cut runs into pieces of one size for each length, and what is left into smaller ones.

    oneDNN keeps some 600 KiB for each size of a bfloat16 product it has ever seen.

    >>> list(_pieces([Run(texts=50, length=8)]))
    [Run(texts=32, length=8), Run(texts=16, length=8), Run(texts=2, length=8)]
    """
    for texts, length in runs:
        for tokens in (MANY_TOKENS, FEW_TOKENS):
            size = max(1, tokens // length)
            whole, texts = divmod(texts, size)
            yield from (Run(size, length) for _ in range(whole))
        if texts:
            yield Run(texts, length)


def _fused(block: Tensor) -> Tensor:
    """Attend by torch's own kernels: query, key, value [3, B, heads, T, d] to [B, heads, T, d]."""
    query, key, value = block
    return functional.scaled_dot_product_attention(query, key, value, scale=1.0)


def _by_product(block: Tensor) -> Tensor:
    """The same by two batched products around a float32 softmax.

    On CPUs the fused kernel is made for long texts; a bfloat16 softmax over a length that is no
    multiple of its vectors falls back to one number at a time. oneDNN makes bfloat16 products ready
    for every new shape, for half a millisecond; float32 ones need no such thing.
    """
    _, texts, heads, length, size = block.shape
    if texts * length <= FEW_TOKENS:
        block = block.float()
    query, key, value = block.reshape(3, texts * heads, length, size)
    weights = torch.bmm(query, key.transpose(1, 2)).float().softmax(-1)
    return torch.bmm(weights.to(value.dtype), value).view(texts, heads, length, size)
