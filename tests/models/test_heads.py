from __future__ import annotations

import json
from copy import deepcopy
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cascade_core import costs
from cascade_core.costs import flop_costs
from cascade_core.models import heads
from cascade_core.models.build import from_checkpoint, with_shared_pooler, with_students
from cascade_core.models.checkpoints import load_tokenizer
from cascade_core.models.exit_model import ExitModel, load_exit_model
from cascade_core.models.heads import ExitHead, HeadKind, StudentHead
from cascade_core.recipes.architecture import architecture_of

from . import tiny
from .made_up_models import complete_model, off_ramp_model, shared_pooler_model, student_model
from .referee import padded

MAKERS = {"pooler": off_ramp_model, "shared-pooler": shared_pooler_model, "student": student_model}


@pytest.fixture
def batch(checkpoint):
    tokenizer = load_tokenizer(checkpoint)
    return padded(tokenizer, {"text": tiny.texts(5)}, np.arange(5), 64)


def poolers(model: ExitModel) -> set[int]:
    """Where the poolers' weights lie in memory."""
    return {head.dense.weight.data_ptr() for head in model.typed_heads}


def students(model: ExitModel) -> list[StudentHead]:
    return [head for head in model.heads if isinstance(head, StudentHead)]


def test_exits_of_pabee_share_one_pooler_and_have_a_classifier_each(checkpoint):
    model = shared_pooler_model(checkpoint)
    assert model.exits == (1, 2, 3, 4)
    assert len(poolers(model)) == 1
    assert len({head.classifier.weight.data_ptr() for head in model.typed_heads}) == 4
    pooler, classifier = 32 * 32 + 32, 32 * 3 + 3
    assert sum(one.numel() for one in model.heads.parameters()) == pooler + 4 * classifier


def test_the_shared_pooler_learns_from_every_exit(checkpoint, batch):
    for exit_ in range(4):
        model = with_shared_pooler(from_checkpoint(checkpoint, classes=2, pooling="first"))
        assert all(parameter.requires_grad for parameter in model.parameters())
        model.run(**batch).logits[:, exit_].sum().backward()
        gradient = model.typed_heads[-1].dense.weight.grad
        assert gradient is not None
        assert gradient.abs().max() > 0


def test_copies_and_cuts_share_one_pooler_of_their_own(bert):
    model = shared_pooler_model(str(bert))
    copied = deepcopy(model)
    copied.heads = copied.heads[:2]
    assert len(poolers(copied)) == 1
    assert not poolers(copied) & poolers(model)
    assert "0.dense.weight" in copied.heads.state_dict()
    assert "1.dense.weight" not in copied.heads.state_dict()


@pytest.mark.parametrize("kind", ["shared-pooler", "student"])
def test_the_last_exit_says_what_the_complete_model_said(checkpoint, batch, kind):
    complete = complete_model(checkpoint)
    before = complete.run(**batch).logits
    build = {"shared-pooler": with_shared_pooler, "student": with_students}[kind]
    grown = build(complete, seed=1).eval()
    assert grown.encoder is complete.encoder
    torch.testing.assert_close(grown.run(**batch).logits[:, -1:], before)


@pytest.mark.parametrize("build", [with_shared_pooler, with_students])
def test_new_heads_are_drawn_from_the_seed(bert, build):
    complete = complete_model(str(bert))
    one, same, other = (build(complete, seed=seed).heads[0] for seed in (1, 1, 2))
    assert torch.equal(one.classifier.weight, same.classifier.weight)
    assert not torch.equal(one.classifier.weight, other.classifier.weight)


def test_students_of_fastbert_are_narrow(checkpoint):
    model = student_model(checkpoint)
    assert [type(head) for head in model.heads] == [StudentHead] * 3 + [ExitHead]
    for student in students(model):
        assert {name: tuple(one.shape) for name, one in student.named_parameters()} == {
            "narrow.weight": (128, 32),
            "narrow.bias": (128,),
            "qkv.weight": (3 * 128, 128),
            "qkv.bias": (3 * 128,),
            "output.weight": (128, 128),
            "output.bias": (128,),
            "dense.weight": (128, 128),
            "dense.bias": (128,),
            "classifier.weight": (3, 128),
            "classifier.bias": (3,),
        }


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_a_student_attends_with_two_heads_to_the_tokens_of_its_layer(checkpoint, batch, pooling):
    model = student_model(checkpoint, pooling=pooling)
    student = students(model)[1]
    attention = nn.MultiheadAttention(128, num_heads=2, batch_first=True)
    attention.load_state_dict(
        {
            "in_proj_weight": student.qkv.weight,
            "in_proj_bias": student.qkv.bias,
            "out_proj.weight": student.output.weight,
            "out_proj.bias": student.output.bias,
        }
    )
    hidden = model.encoder(**batch, output_hidden_states=True).hidden_states[2]
    narrow = torch.tanh(student.narrow(hidden))
    padding = batch["attention_mask"] == 0
    attended, _ = attention(narrow, narrow, narrow, key_padding_mask=padding)
    pooled = torch.tanh(student.dense(model.pool(attended, batch["attention_mask"])))
    output = model.run(**batch)
    torch.testing.assert_close(
        output.logits[:, 1], student.classifier(pooled), atol=1e-5, rtol=1e-5
    )
    torch.testing.assert_close(output.pooled[:, 1], model.pool(hidden, batch["attention_mask"]))


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_students_see_neither_padding_nor_other_texts(checkpoint, pooling):
    tokenizer = load_tokenizer(checkpoint)
    texts = {"text": ["good film", " ".join(["the story was dull"] * 6)]}
    model = student_model(checkpoint, pooling=pooling)
    alone = model.run(**padded(tokenizer, texts, np.array([0]), 64)).logits
    together = model.run(**padded(tokenizer, texts, np.array([0, 1]), 64)).logits[:1]
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=0)


def test_frozen_but_for_the_students(checkpoint, batch):
    model = with_students(from_checkpoint(checkpoint, classes=2, pooling="first"))
    model.freeze_backbone()
    model.train()
    trained = {name for name, one in model.named_parameters() if one.requires_grad}
    assert trained == {
        f"heads.{number}.{name}"
        for number, student in enumerate(students(model))
        for name, _ in student.named_parameters()
    }
    model.run(**batch).logits[:, :-1].sum().backward()
    assert {name for name, one in model.named_parameters() if one.grad is not None} == trained
    assert [head.training for head in model.heads] == [True, True, True, False]
    assert not model.encoder.training


@pytest.mark.parametrize("kind", get_args(HeadKind))
def test_saved_models_of_each_kind_come_back(checkpoint, batch, tmp_path, kind):
    model = MAKERS[kind](checkpoint)
    model.save(tmp_path)
    again = load_exit_model(tmp_path)
    assert again.head_kind == kind
    assert [type(head) for head in again.heads] == [type(head) for head in model.heads]
    assert len(poolers(again)) == len(poolers(model))
    torch.testing.assert_close(again.run(**batch), model.run(**batch), atol=0, rtol=0)


@pytest.mark.parametrize("kind", get_args(HeadKind))
def test_state_dicts_hold_no_tensor_twice_as_trainer_needs_it(bert, tmp_path, kind):
    model, other = MAKERS[kind](str(bert)), MAKERS[kind](str(bert))
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert len(poolers(other)) == len(poolers(model))
    for one, same in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, same)


def test_models_saved_before_there_were_kinds_have_poolers(bert, tmp_path):
    model = off_ramp_model(str(bert))
    model.save(tmp_path)
    about = json.loads((tmp_path / "exits.json").read_text())
    assert about.pop("heads") == "pooler"
    (tmp_path / "exits.json").write_text(json.dumps(about))
    again = load_exit_model(tmp_path)
    assert again.head_kind == "pooler"
    assert torch.equal(again.typed_heads[0].dense.weight, model.typed_heads[0].dense.weight)


def test_heads_of_no_known_kind_are_refused(bert):
    model = complete_model(str(bert))
    with pytest.raises(ValueError, match="heads: expected one of pooler, .* but got 'ramp'"):
        ExitModel(model.encoder, (4,), 3, "first", "ramp")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", get_args(HeadKind))
def test_counted_operations_are_those_a_head_computes(bert, kind):
    """Matrix products, counted by torch where they happen."""
    model, length = MAKERS[kind](str(bert)), 7
    hidden = torch.zeros(1, length, 32)
    counted = []
    with sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        for head in model.heads:
            with FlopCounterMode(display=False) as counter:
                head(hidden if isinstance(head, StudentHead) else hidden[:, 0])
            counted.append(counter.get_total_flops())
    sizes = architecture_of(model.encoder.config), model.exits, [length], model.classes
    none = flop_costs(*sizes, head="linear")[:, 0] - 2 * 32 * 3 * np.arange(1, 5)
    costs = flop_costs(*sizes, head=model.counted_head)[:, 0]
    np.testing.assert_array_equal(costs - none, np.cumsum(counted))


def test_students_are_as_wide_as_their_cost_says():
    assert heads.STUDENT_SIZE == costs.STUDENT_SIZE
