from __future__ import annotations

import numpy as np
import torch
from transformers import AutoModel

from cascade_core.models.checkpoints import load_tokenizer
from cascade_core.models.general_distillation import GeneralDistillation
from tests.models import tiny
from tests.models.referee import padded


def distillation(checkpoint: str, layers: int = 2) -> GeneralDistillation:
    encoder = AutoModel.from_pretrained(checkpoint)
    encoder.register_module("pooler", None)
    return GeneralDistillation(encoder, layers)


def batch(checkpoint: str) -> dict[str, torch.Tensor]:
    return padded(load_tokenizer(checkpoint), {"text": tiny.texts(6)}, np.arange(6), 64)


def test_the_loss_is_the_squared_error_of_states_that_are_no_padding(checkpoint):
    model = distillation(checkpoint).eval()
    inputs = batch(checkpoint)
    options = {"output_hidden_states": True}
    with torch.no_grad():
        deep = model.teacher(**inputs, **options).hidden_states
        shallow = model.student(**inputs, **options).hidden_states
        real = inputs["attention_mask"].bool()
        by_hand = sum(
            ((own - followed) ** 2)[real].mean()
            for own, followed in zip(shallow, (deep[0], deep[2], deep[4]), strict=True)
        )
        found = model(**inputs)["loss"]
    torch.testing.assert_close(found, by_hand)


def test_the_student_starts_as_the_layers_it_follows(checkpoint):
    model = distillation(checkpoint)
    teacher, student = model.teacher.state_dict(), model.student.state_dict()
    assert model.student.config.num_hidden_layers == 2
    for own, layer in ((0, 1), (1, 3)):
        copied = [name for name in student if f"layer.{own}." in name]
        assert copied
        for name in copied:
            followed = teacher[name.replace(f"layer.{own}.", f"layer.{layer}.")]
            assert student[name].equal(followed)


def test_only_the_student_learns_and_the_teacher_has_no_dropout(checkpoint):
    model = distillation(checkpoint)
    model.train()
    model(**batch(checkpoint))["loss"].backward()
    assert not model.teacher.training
    assert model.student.training
    assert all(parameter.grad is None for parameter in model.teacher.parameters())
    assert any(parameter.grad is not None for parameter in model.student.parameters())
