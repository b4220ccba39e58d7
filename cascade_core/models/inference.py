"""Compute every exit of a model for every text, once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, NamedTuple

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from .batches import Encodings, length_sorted_batches, to_device
from .exit_model import ExitModel

Precision = Literal["float32", "bfloat16"]
Progress = Callable[[int], None]  # called with the number of instances just finished

TOKEN_BUDGET = 8192


class ExitOutputs(NamedTuple):
    """`logits` float32 [E, N, C] and pooled hidden states `pooled` float32 [E, N, H]."""

    logits: np.ndarray
    pooled: np.ndarray


def best_device() -> torch.device:
    """Return CUDA when present, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_bfloat16(device: torch.device) -> bool:
    """Say whether the device multiplies bfloat16 natively, so that it is faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


def precision_context(device: torch.device, precision: Precision) -> AbstractContextManager:
    """Return the autocast context of a precision; float32 is left alone."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


@torch.inference_mode()
def run_exits(
    model: ExitModel,
    encodings: Encodings,
    tokenizer: PreTrainedTokenizerBase,
    *,
    precision: Precision = "float32",
    token_budget: int = TOKEN_BUDGET,
    progress: Progress | None = None,
) -> ExitOutputs:
    """Run all layers for all texts; results are in the texts' order, whatever the batching.

    Batches are sorted by length under `token_budget` padded tokens. float32 outputs of one text in
    different batches agree to about 1e-5 in the logits, not bit for bit.
    """
    device = next(model.parameters()).device
    model.eval()
    exits, instances = len(model.exits), len(encodings.rows)
    logits = np.empty((exits, instances, model.classes), np.float32)
    pooled = np.empty((exits, instances, model.encoder.config.hidden_size), np.float32)
    for batch in length_sorted_batches(encodings, tokenizer, token_budget):
        with precision_context(device, precision):
            output = model.run(**to_device(batch.tensors, device))
        logits[:, batch.index] = output.logits.float().cpu().numpy().swapaxes(0, 1)
        pooled[:, batch.index] = output.pooled.float().cpu().numpy().swapaxes(0, 1)
        if progress:
            progress(len(batch.index))
    return ExitOutputs(logits, pooled)
