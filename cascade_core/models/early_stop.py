"""The referee of every stored run: a pass that really stops where the rule lets an instance go.

It never runs a layer or a model that the rule saves, so its agreement with replay over stored
outputs shows that the stored outputs are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from .batches import Encodings, pad, to_device
from .exit_model import ExitModel
from .layerwise import layerwise

ExitRule = Callable[[np.ndarray], np.ndarray]  # logits of the exits so far [e, B, C] -> scores [B]


class Stage(NamedTuple):
    """One model of a cascade with the N texts in its own tokens."""

    model: ExitModel
    encodings: Encodings
    tokenizer: PreTrainedTokenizerBase


class Stopped(NamedTuple):
    """Where each instance left, `exits` int64 [N], and with which class, `predictions` int64 [N].

    `layers_run` int64 [N] counts the layers that were computed for it, of all models together.
    """

    exits: np.ndarray
    predictions: np.ndarray
    layers_run: np.ndarray


def stop_early(stages: list[Stage], rule: ExitRule, threshold: float, batch_size: int) -> Stopped:
    """Run a cascade by Algorithm 1 of CascadeBERT, stopping instance by instance.

    An instance leaves at the first exit with score > threshold; the last exit of the last model
    emits whatever is left. An off-ramp model is a cascade of one.
    """
    instances = len(stages[0].encodings.rows)
    stopped = Stopped(*(np.zeros(instances, np.int64) for _ in Stopped._fields))
    for start in range(0, instances, batch_size):
        waiting = np.arange(start, min(start + batch_size, instances))
        earlier = np.empty((0, len(waiting), stages[0].model.classes), np.float32)
        for stage in stages:
            last_exit = stage.model.exits[-1] if stage is stages[-1] else None
            waiting, earlier = _run_stage(
                stage, rule, threshold, last_exit, waiting, earlier, stopped
            )
    return stopped


@torch.inference_mode()
def _run_stage(
    stage: Stage,
    rule: ExitRule,
    threshold: float,
    last_exit: int | None,
    waiting: np.ndarray,
    earlier: np.ndarray,
    stopped: Stopped,
) -> tuple[np.ndarray, np.ndarray]:
    """Run one model layer by layer, dropping what leaves; return what waits, and its logits."""
    model, encodings, tokenizer = stage
    if not waiting.size:
        return waiting, earlier
    device = next(model.parameters()).device
    tensors = to_device(pad(encodings, tokenizer, waiting), device)
    parts = layerwise(model.encoder)
    attention = tensors["attention_mask"]
    hidden, mask = parts.embed(**tensors)
    for number, layer in enumerate(parts.layers, start=1):
        hidden = layer(hidden, mask)
        stopped.layers_run[waiting] += 1
        if number not in model.exits:
            continue
        head = model.heads[model.exits.index(number)]
        logits = head(model.pool(hidden, attention)).float().cpu().numpy()
        earlier = np.concatenate([earlier, logits[None]])
        stopped.exits[waiting] = len(earlier) - 1
        stopped.predictions[waiting] = logits.argmax(-1)
        stays = ~(rule(earlier) > threshold) & (number != last_exit)
        waiting, earlier = waiting[stays], earlier[:, stays]
        if not waiting.size:
            break
        kept = torch.from_numpy(stays).to(device)
        hidden, attention = hidden[kept], attention[kept]
        mask = None if mask is None else mask[kept]
    return waiting, earlier
