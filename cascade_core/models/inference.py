"""Compute every exit of a model for every text, once; and what decides how models are run."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from .batches import Encodings, packed_batches
from .exit_model import ExitModel
from .packed_model import FROM_PADDING, FROM_ZERO, PackedModel
from .padded_model import PaddedModel
from .walk import Visit, Walkable, walk, workers_on

Precision = Literal["float32", "bfloat16"]
Progress = Callable[[int], None]  # called with the number of instances just finished

CPU_TOKENS = 4096  # per batch; twice as many gained nothing
CUDA_TOKENS = 65536  # a guess, to be measured
PROBED, PRODUCTS = 512, 7  # products that tell a CPU's faster precision: how large, how many


class ExitOutputs(NamedTuple):
    """`logits` float32 [E, N, C] and pooled hidden states `pooled` float32 [E, N, H]."""

    logits: np.ndarray
    pooled: np.ndarray


def best_device() -> torch.device:
    """Return CUDA when present, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_bfloat16(device: torch.device) -> bool:
    """Say whether the device multiplies bfloat16 natively, be it fast or not."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


def best_precision(device: torch.device) -> Precision:
    """Return the faster precision of a device; of a CPU it is found out by a product, once.

    Processors that have bfloat16 differ: with matrix tiles (AMX) products took a fifth of float32's
    time, on an AMD EPYC models were 1.6 times as fast with it, and on a Xeon whose tiles were not
    to be had products took twice as long.
    """
    quick = has_bfloat16(device) and (device.type == "cuda" or _bfloat16_is_faster())
    return "bfloat16" if quick else "float32"


@cache
def _bfloat16_is_faster() -> bool:
    def seconds(dtype: torch.dtype) -> float:
        matrix = torch.ones(PROBED, PROBED, dtype=dtype)
        taken = []
        for _ in range(PRODUCTS):
            started = time.perf_counter()
            torch.mm(matrix, matrix)
            taken.append(time.perf_counter() - started)
        return min(taken)

    return seconds(torch.bfloat16) < seconds(torch.float32)


def default_budget(device: torch.device) -> int:
    """Return how many tokens a batch should hold on a device."""
    return CUDA_TOKENS if device.type == "cuda" else CPU_TOKENS


def ready(
    model: ExitModel,
    tokenizer: PreTrainedTokenizerBase,
    precision: Precision,
    device: torch.device,
) -> Walkable:
    """Make a model ready for inference: packed and layer by layer where its encoder allows it."""
    dtype = getattr(torch, precision)
    if model.encoder.config.model_type in (*FROM_ZERO, *FROM_PADDING):
        return PackedModel(model, dtype, device)
    return PaddedModel(model, tokenizer, dtype, device)


def run_exits(
    model: ExitModel,
    encodings: Encodings,
    tokenizer: PreTrainedTokenizerBase,
    *,
    precision: Precision = "float32",
    token_budget: int | None = None,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> ExitOutputs:
    """Run all layers for all texts; results are in the texts' order, whatever the batching.

    float32 outputs of one text in different batches agree to about 1e-5 in the logits, not bit for
    bit.
    """
    device = device or best_device()
    budget = token_budget or default_budget(device)
    exits, instances = len(model.exits), len(encodings)
    logits = np.empty((exits, instances, model.classes), np.float32)
    pooled = np.empty((exits, instances, model.encoder.config.hidden_size), np.float32)

    def keep(visit: Visit) -> None:
        logits[visit.exit, visit.index] = visit.logits
        pooled[visit.exit, visit.index] = torch.cat(visit.pooled).float().cpu().numpy()
        if progress and visit.exit == exits - 1:
            progress(len(visit.index))

    batches = packed_batches(encodings, np.arange(instances), budget)
    walk(ready(model, tokenizer, precision, device), batches, keep, workers_on(device), budget)
    return ExitOutputs(logits, pooled)
