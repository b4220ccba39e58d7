"""What all exits say of the benchmark's texts, computed once per model and precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..models.batches import Encodings, encode
from ..models.inference import Precision, run_exits
from ..prediction.engine import Stage, Texts


class Outputs:
    """Outputs of any model for the same N texts; asked for again, they are not computed again."""

    def __init__(self, texts: Texts, max_tokens: int, device: torch.device):
        self._texts = texts
        self._max_tokens = max_tokens
        self._device = device
        self._encodings: dict[int, Encodings] = {}
        self._logits: dict[tuple[int, Precision], NDArray[np.float32]] = {}

    def tokens(self, stage: Stage) -> NDArray[np.int32]:
        """Return the texts' lengths in a model's own tokens, int32 [N]."""
        return self._encoded(stage).tokens

    def logits(self, stages: Sequence[Stage], precision: Precision) -> NDArray[np.float32]:
        """Return the logits of all exits of some models, one after the other, float32 [E, N, C]."""
        return np.concatenate([self._of_model(stage, precision) for stage in stages])

    def _of_model(self, stage: Stage, precision: Precision) -> NDArray[np.float32]:
        key = id(stage.model), precision
        if key not in self._logits:
            self._logits[key] = run_exits(
                stage.model,
                self._encoded(stage),
                stage.tokenizer,
                precision=precision,
                device=self._device,
            ).logits
        return self._logits[key]

    def _encoded(self, stage: Stage) -> Encodings:
        key = id(stage.tokenizer)
        if key not in self._encodings:
            self._encodings[key] = encode(stage.tokenizer, self._texts, self._max_tokens)
        return self._encodings[key]
