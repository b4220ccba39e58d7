"""An exit model for inference whose encoder is run as a whole: any Hugging Face encoder."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.profiler import record_function
from transformers import PreTrainedTokenizerBase

from .batches import Packed, pad
from .exit_model import ExitModel


class AllExits(NamedTuple):
    """What every exit made of a batch: `logits` [B, E, C] and `pooled` [B, E, H]."""

    logits: Tensor
    pooled: Tensor


class PaddedModel:
    """Any `ExitModel` behind the same four calls as `PackedModel`, on padded batches.

    All layers run before the first exit is asked, so that leaving early saves the later models of
    a cascade, but no layer of this one.
    """

    def __init__(
        self,
        model: ExitModel,
        tokenizer: PreTrainedTokenizerBase,
        dtype: torch.dtype,
        device: torch.device,
    ):
        self.exits = model.exits
        self.classes = model.classes
        self.device = device
        self.dtype = dtype
        self.tokenizer = tokenizer
        self.model = deepcopy(model).to(device).eval()

    def begin(self, batch: Packed) -> AllExits:
        """Pad a batch and run the whole encoder."""
        with record_function("layers"):
            inputs = pad(self.tokenizer, batch.inputs, batch.runs)
            on_device = {
                name: ids.to(self.device, non_blocking=True) for name, ids in inputs.items()
            }
            rounded = self.dtype != torch.float32
            with torch.autocast(self.device.type, self.dtype, enabled=rounded):
                return AllExits(*self.model.run(**on_device))

    def advance(self, outputs: AllExits, number: int) -> tuple[AllExits, Tensor, Tensor]:
        """Return the outputs, and the logits [B, C] and vectors [B, H] of exit `number`."""
        return outputs, outputs.logits[:, number].float(), outputs.pooled[:, number].float()

    def join(self, parts: Sequence[AllExits], stays: Sequence[NDArray[np.bool_]]) -> AllExits:
        """Return what stays of some neighbouring batches, bool [B] each, as one batch."""
        with record_function("gather"):
            masks = [torch.from_numpy(mask).to(self.device) for mask in stays]
            columns = zip(*parts, strict=True)
            return AllExits(
                *(
                    torch.cat([values[mask] for values, mask in zip(column, masks, strict=True)])
                    for column in columns
                )
            )
