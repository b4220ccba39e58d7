"""What a teacher says of the training texts, computed once, before its student is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from ..models.batches import Encodings
from ..models.exit_model import ExitModel
from ..models.general_distillation import layers_to_follow
from ..models.inference import run_exits
from ..models.objectives import TEACHER_LOGITS, TEACHER_POOLED
from ..models.training import StepProgress


def followed(follow: str, layers: int, teacher_layers: int) -> tuple[int, ...]:
    """Return the teacher's layers that layers 1 to `layers` - 1 of a student follow (PKD).

    >>> followed("skip", 6, 12), followed("last", 6, 12)
    ((2, 4, 6, 8, 10), (7, 8, 9, 10, 11))
    """
    if follow == "skip":
        return layers_to_follow(layers, teacher_layers)[:-1]
    return tuple(range(teacher_layers - layers + 1, teacher_layers))


def seen_after(model: ExitModel, layers: Sequence[int]) -> ExitModel:
    """Return a complete model with exits after some inner layers, to see their hidden states.

    Weights are shared; the new exits' heads are random and mean nothing.
    """
    exits = (*layers, *model.exits[-1:])
    seen = ExitModel(model.encoder, exits, model.classes, model.pooling)
    seen.heads[-1] = model.heads[-1]
    return seen


def taught(
    teacher: ExitModel,
    layers: Sequence[int],
    encodings: Encodings,
    tokenizer: PreTrainedTokenizerBase,
    progress: StepProgress | None = None,
) -> dict[str, NDArray]:
    """Return the teacher's logits [N, C] and, of the layers given, pooled states [N, M, H].

    Hidden states are kept as float16, for they are many.
    """
    done = 0

    def advance(finished: int) -> None:
        nonlocal done
        done += finished
        if progress:
            progress(done, len(encodings))

    found = run_exits(seen_after(teacher, layers), encodings, tokenizer, progress=advance)
    known: dict[str, NDArray] = {TEACHER_LOGITS: found.logits[-1]}
    if layers:
        known[TEACHER_POOLED] = found.pooled[:-1].swapaxes(0, 1).astype(np.float16)
    return known
