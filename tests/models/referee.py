"""The referee: a slow pass that really stops, made of transformers' own modules on padded batches.

It shares no code with the engine or with replay, so what all three agree on is right: it runs layer
after layer of the encoder as its authors wrote it, and drops an instance where the rule lets it go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from transformers import BertModel, PreTrainedTokenizerBase
from transformers.masking_utils import create_bidirectional_mask

from cascade_core.models.exit_model import ExitModel
from cascade_core.prediction.engine import Stage

ExitRule = Callable[[np.ndarray], np.ndarray]  # logits of the exits so far [e, B, C] -> scores [B]


class Stopped(NamedTuple):
    """Where each instance left, `exits` int64 [N], and with which class, `predictions` int64 [N].

    `layers_run` int64 [N] counts the layers that were computed for it, of all models together.
    """

    exits: np.ndarray
    predictions: np.ndarray
    layers_run: np.ndarray


def stop_early(
    stages: Sequence[Stage],
    texts: Mapping[str, Sequence[str]],
    rule: ExitRule,
    threshold: float,
    batch_size: int,
    max_tokens: int = 64,
) -> Stopped:
    """Run a cascade by Algorithm 1 of CascadeBERT, stopping instance by instance.

    An instance leaves at the first exit with score > threshold; the last exit of the last model
    emits whatever is left. An off-ramp model is a cascade of one.
    """
    instances = len(next(iter(texts.values())))
    stopped = Stopped(*(np.zeros(instances, np.int64) for _ in Stopped._fields))
    for start in range(0, instances, batch_size):
        waiting = np.arange(start, min(start + batch_size, instances))
        earlier = np.empty((0, len(waiting), stages[0].model.classes), np.float32)
        for stage in stages:
            if waiting.size:
                inputs = padded(stage.tokenizer, texts, waiting, max_tokens)
                last_exit = stage.model.exits[-1] if stage is stages[-1] else None
                waiting, earlier = _run_stage(
                    stage.model, inputs, rule, threshold, last_exit, waiting, earlier, stopped
                )
    return stopped


def padded(
    tokenizer: PreTrainedTokenizerBase,
    texts: Mapping[str, Sequence[str]],
    index: np.ndarray,
    max_tokens: int,
) -> dict[str, torch.Tensor]:
    """Tokenise and pad the chosen texts as transformers does it by itself."""
    columns: list[list[str]] = [[str(one[i]) for i in index] for one in texts.values()]
    first, *second = columns
    return dict(
        tokenizer(
            first,
            text_pair=second[0] if second else None,
            truncation=True,
            max_length=max_tokens,
            padding=True,
            return_tensors="pt",
        )
    )


@torch.inference_mode()
def _run_stage(
    model: ExitModel,
    inputs: dict[str, torch.Tensor],
    rule: ExitRule,
    threshold: float,
    last_exit: int | None,
    waiting: np.ndarray,
    earlier: np.ndarray,
    stopped: Stopped,
) -> tuple[np.ndarray, np.ndarray]:
    """Run one model layer by layer, dropping what leaves; return what waits, and its logits."""
    encoder = cast(BertModel, model.encoder)  # or one of the same parts
    attention = inputs.pop("attention_mask")
    hidden = encoder.embeddings(**inputs)
    mask = create_bidirectional_mask(
        config=encoder.config, inputs_embeds=hidden, attention_mask=attention
    )
    for number, layer in enumerate(encoder.encoder.layer, start=1):
        hidden = layer(hidden, mask)
        stopped.layers_run[waiting] += 1
        if number not in model.exits:
            continue
        head = model.heads[model.exits.index(number)]
        logits = head(model.pool(hidden, attention)).float().numpy()
        earlier = np.concatenate([earlier, logits[None]])
        stopped.exits[waiting] = len(earlier) - 1
        stopped.predictions[waiting] = logits.argmax(-1)
        stays = ~(rule(earlier) > threshold) & (number != last_exit)
        waiting, earlier = waiting[stays], earlier[:, stays]
        if not waiting.size:
            break
        kept = torch.from_numpy(stays)
        hidden, attention = hidden[kept], attention[kept]
        mask = None if mask is None else mask[kept]
    return waiting, earlier
