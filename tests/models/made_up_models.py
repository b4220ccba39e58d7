"""Exit models over tiny random checkpoints, whose confidences are far apart."""

from __future__ import annotations

import torch

from cascade_core.models.build import (
    from_checkpoint,
    with_off_ramps,
    with_shared_pooler,
    with_students,
)
from cascade_core.models.checkpoints import load_tokenizer
from cascade_core.models.exit_model import ExitModel
from cascade_core.models.heads import StudentHead
from cascade_core.prediction.engine import Stage


def complete_model(checkpoint: str, **options) -> ExitModel:
    options = {"classes": 3, "pooling": "mean", **options}
    return opinionated(from_checkpoint(checkpoint, **options))


def off_ramp_model(checkpoint: str, **options) -> ExitModel:
    return opinionated(with_off_ramps(complete_model(checkpoint, **options), seed=1))


def shared_pooler_model(checkpoint: str, **options) -> ExitModel:
    return opinionated(with_shared_pooler(complete_model(checkpoint, **options), seed=1))


def student_model(checkpoint: str, **options) -> ExitModel:
    return opinionated(with_students(complete_model(checkpoint, **options), seed=1))


def opinionated(model: ExitModel) -> ExitModel:
    """Widen fresh classifiers and students, whose confidences would all lie close together."""
    with torch.no_grad():
        for head in model.typed_heads:
            head.classifier.weight.normal_(std=1.0)
        for head in model.heads:
            if isinstance(head, StudentHead):
                for matrix in (one for one in head.parameters() if one.ndim == 2):
                    matrix.normal_(std=0.2)
    return model.eval()


def staged(model: ExitModel, checkpoint: str) -> Stage:
    return Stage(model, load_tokenizer(checkpoint))
