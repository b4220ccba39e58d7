"""How the papers' public code runs a cascade, for comparison: everything, for everyone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from ..prediction.engine import Stage, Texts

PADDED_TO = 128
BATCH = 16


@torch.inference_mode()
def texts_per_second(stages: Sequence[Stage], texts: Texts, repeats: int = 3) -> float:
    """Run all models on all texts, padded to 128 tokens, in float32, 16 at a time.

    Which texts would have left early is looked up afterwards, so the rule saves nothing. The best
    of several passes, tokenising included.
    """
    count = len(next(iter(texts.values())))
    passes = []
    for _ in range(repeats):
        started = time.perf_counter()
        for model, tokenizer in stages:
            for start in range(0, count, BATCH):
                first, *second = (list(one[start : start + BATCH]) for one in texts.values())
                inputs = tokenizer(
                    first,
                    text_pair=second[0] if second else None,
                    truncation=True,
                    max_length=PADDED_TO,
                    padding="max_length",
                    return_tensors="pt",
                )
                model.run(**inputs)
        passes.append(time.perf_counter() - started)
    return count / min(passes)
