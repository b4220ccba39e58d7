from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import Trainer, TrainerControl, TrainerState, TrainingArguments

from cascade_core.models.build import with_off_ramps
from cascade_core.models.checkpoints import load_tokenizer
from cascade_core.models.exit_model import ExitModel, load_exit_model
from cascade_core.models.theseus import (
    ReplacingRate,
    Slot,
    TheseusModel,
    replacing_rate,
    successors_alone,
    with_successors,
)

from . import tiny
from .made_up_models import complete_model
from .referee import padded


class Add(nn.Module):
    """A stand-in for a layer, whose output says who ran and with which arguments."""

    def __init__(self, amount: float):
        super().__init__()
        self.amount = amount

    def forward(self, hidden: Tensor, mask: Tensor | None = None, *, scale: float = 1.0) -> Tensor:
        return hidden + self.amount * scale + (0 if mask is None else mask)


@pytest.fixture
def batch(checkpoint) -> dict[str, Tensor]:
    return padded(load_tokenizer(checkpoint), {"text": tiny.texts(5)}, np.arange(5), 64)


@pytest.fixture
def trained(checkpoint) -> ExitModel:
    return complete_model(checkpoint)


@pytest.fixture
def model(trained) -> TheseusModel:
    """Four layers and their two successors, which have already learnt something of their own."""
    model = with_successors(trained, 2)
    with torch.no_grad():
        for slot in model.slots:
            for parameter in slot.successor.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def logits(model: ExitModel, batch: dict[str, Tensor]) -> Tensor:
    with torch.no_grad():
        return model(**batch)["logits"]


def without_dropout(model: TheseusModel) -> TheseusModel:
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


def names_of(model: TheseusModel) -> dict[str, nn.Module]:
    """Name the layers: p0 to p3 the predecessors, s0 and s1 the successors."""
    predecessors = [layer for slot in model.slots for layer in slot.predecessors]
    named = {f"p{number}": layer for number, layer in enumerate(predecessors)}
    return named | {f"s{number}": slot.successor for number, slot in enumerate(model.slots)}


def who_runs(model: TheseusModel, batch: dict[str, Tensor]) -> list[str]:
    ran: list[str] = []
    handles = [
        layer.register_forward_hook(lambda *_, name=name: ran.append(name))
        for name, layer in names_of(model).items()
    ]
    logits(model, batch)
    for handle in handles:
        handle.remove()
    return ran


def state_of(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def changed_since(before: dict[str, Tensor], model: nn.Module) -> set[str]:
    return {name for name, tensor in model.state_dict().items() if not tensor.equal(before[name])}


def with_gradients(model: TheseusModel, batch: dict[str, Tensor]) -> set[str]:
    """Return the names of the parameters that a training step gives a gradient that is not zero."""
    model.zero_grad()
    cross_entropy(model(**batch)["logits"][:, -1], torch.tensor([0, 1, 2, 0, 1])).backward()
    named = model.named_parameters()
    return {name for name, one in named if one.grad is not None and one.grad.any()}


def test_replacing_rate_grows_linearly_up_to_one():
    assert replacing_rate(0, k=0.1, b=0.25) == 0.25
    assert replacing_rate(5, k=0.1, b=0.25) == pytest.approx(0.75)
    assert replacing_rate(8, k=0.1, b=0.25) == 1.0
    assert replacing_rate(1000, k=0.0, b=0.5) == 0.5


def test_before_any_replacement_the_model_is_its_predecessor(trained, model, batch):
    model.train()
    model.p = 0.0
    torch.testing.assert_close(logits(model, batch), logits(trained, batch))


def test_when_all_is_replaced_the_model_is_its_successors_alone(model, batch):
    alone = successors_alone(model)
    without_dropout(model).train()
    model.p = 1.0
    torch.testing.assert_close(logits(model, batch), logits(alone, batch))
    assert alone.exits == (2,)
    assert alone.encoder.config.num_hidden_layers == 2
    assert not any(isinstance(module, Slot) for module in alone.modules())


def test_successors_start_as_the_first_layers(trained, batch):
    model = with_successors(trained, 2)
    hidden = trained.encoder(**batch, output_hidden_states=True).hidden_states[2]
    expected = trained.heads[-1](trained.pool(hidden, batch["attention_mask"]))
    torch.testing.assert_close(logits(model, batch)[:, 0], expected)


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_in_evaluation_the_successors_run_alone_whatever_the_rate(model, batch, p):
    model.p = p
    assert who_runs(model.eval(), batch) == ["s0", "s1"]
    torch.testing.assert_close(logits(model, batch), logits(successors_alone(model), batch))


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ((1.0, 1.0), ["s0", "s1"]),
        ((0.0, 0.0), ["p0", "p1", "p2", "p3"]),
        ((1.0, 0.0), ["s0", "p2", "p3"]),
        ((0.0, 1.0), ["p0", "p1", "s1"]),
    ],
)
def test_each_successor_takes_the_place_of_its_own_predecessors(model, batch, rates, expected):
    model.train()
    for slot, rate in zip(model.slots, rates, strict=True):
        slot.p = rate
    assert who_runs(model, batch) == expected


def test_predecessors_keep_the_order_of_the_trained_layers(trained, model):
    layers = trained.encoder.encoder.layer
    for number, layer in enumerate(layers):
        copied = names_of(model)[f"p{number}"].state_dict()
        assert all(copied[name].equal(tensor) for name, tensor in layer.state_dict().items())


def test_each_slot_draws_by_itself_with_the_replacing_rate():
    torch.manual_seed(3)
    slots = [Slot([Add(0.0), Add(0.0)], Add(1.0)) for _ in range(2)]
    for slot in slots:
        slot.p = 0.3
    nothing = torch.zeros(1)
    replaced = torch.tensor([[slot(nothing).item() for slot in slots] for _ in range(4000)])
    assert replaced.mean(0).tolist() == pytest.approx([0.3, 0.3], abs=0.03)
    assert replaced.prod(1).mean().item() == pytest.approx(0.09, abs=0.02)


def test_same_seed_same_draws():
    slot = Slot([Add(0.0)], Add(1.0))

    def draws() -> list[float]:
        torch.manual_seed(5)
        return [slot(torch.zeros(1)).item() for _ in range(50)]

    first = draws()
    assert draws() == first
    assert 0 < sum(first) < 50


def test_a_slot_hands_on_what_a_layer_is_given():
    slot = Slot([Add(1.0), Add(2.0)], Add(5.0))
    hidden, mask = torch.zeros(2), torch.tensor([0.0, 100.0])
    slot.p = 0.0
    assert slot(hidden, mask, scale=10.0).tolist() == [30.0, 230.0]
    slot.p = 1.0
    assert slot(hidden, mask, scale=10.0).tolist() == [50.0, 150.0]


def test_hidden_states_asked_for_before_do_not_disturb(trained, batch):
    """transformers hooks layers when it is first asked for hidden states; copies keep its hooks."""
    logits(trained, batch)
    alone = successors_alone(with_successors(trained, 2))
    states = alone.encoder(**batch, output_hidden_states=True).hidden_states
    assert len(states) == 3


@pytest.mark.parametrize(
    ("rates", "learning"), [((1.0, 1.0), {0, 1}), ((1.0, 0.0), {0}), ((0.0, 1.0), {1})]
)
def test_only_the_successors_that_ran_get_gradients(model, batch, rates, learning):
    """Successor 0 gets them through the frozen predecessors behind it."""
    model.train()
    for slot, rate in zip(model.slots, rates, strict=True):
        slot.p = rate
    found = with_gradients(model, batch)
    assert all(".successor." in name for name in found)
    for number, slot in enumerate(model.slots):
        gradients = [parameter.grad for parameter in slot.successor.parameters()]
        assert all(one is not None for one in gradients) == (number in learning)


def test_a_step_changes_the_successors_only(model, batch):
    model.train()
    model.slots[0].p, model.slots[1].p = 1.0, 0.0
    before = state_of(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    with_gradients(model, batch)
    optimizer.step()
    changed = changed_since(before, model)
    assert changed
    assert all(".layer.0.successor." in name for name in changed)


def test_a_step_in_which_nothing_is_replaced_changes_nothing(model, batch):
    model.train()
    model.p = 0.0
    before = state_of(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    assert with_gradients(model, batch) == set()
    optimizer.step()
    assert changed_since(before, model) == set()


def test_what_is_frozen_stays_in_evaluation_mode(model):
    model.train()
    assert model.training
    in_training = {module for module in model.modules() if module.training}
    successors = {one for slot in model.slots for one in slot.successor.modules()}
    assert in_training == {model, *model.slots, *successors}
    model.eval()
    assert not any(module.training for module in model.modules())


def test_the_trained_model_stays_as_it_was(trained, batch):
    before, config = state_of(trained), trained.encoder.config.to_dict()
    expected = logits(trained, batch)
    model = with_successors(trained, 2).train()
    model.p = 1.0
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    with_gradients(model, batch)
    optimizer.step()
    assert changed_since(before, trained) == set()
    assert trained.encoder.config.to_dict() == config
    assert all(parameter.requires_grad for parameter in trained.parameters())
    torch.testing.assert_close(logits(trained, batch), expected, atol=0, rtol=0)


def test_the_successors_are_a_copy_that_learns_as_a_whole(model, batch):
    alone = successors_alone(model)
    assert all(parameter.requires_grad for parameter in alone.parameters())
    assert all(module.training for module in alone.train().modules())
    before = state_of(model)
    with torch.no_grad():
        for parameter in alone.parameters():
            parameter.add_(1.0)
    assert changed_since(before, model) == set()
    assert not any(parameter.requires_grad for parameter in model.heads.parameters())


def test_of_a_model_with_off_ramps_the_last_exit_is_kept(trained, batch):
    ramps = with_off_ramps(deepcopy(trained)).eval()
    ramps.freeze_backbone()
    model = with_successors(ramps, 1).train()
    model.p = 0.0
    torch.testing.assert_close(logits(model, batch), logits(trained, batch))
    assert all(one.requires_grad for one in model.slots[0].successor.parameters())


def test_saved_successors_come_back(model, batch, tmp_path):
    alone = successors_alone(model)
    alone.save(tmp_path)
    again = load_exit_model(tmp_path)
    assert again.exits == (2,)
    torch.testing.assert_close(logits(again, batch), logits(alone, batch), atol=0, rtol=0)


@pytest.mark.parametrize("layers", [0, 3, 8])
def test_numbers_of_successors_that_do_not_divide_the_layers_are_refused(trained, layers):
    with pytest.raises(ValueError, match=f"divides 4 layers, but got {layers}"):
        with_successors(trained, layers)


def test_the_rate_is_set_before_each_step(trained, tmp_path):
    model = with_successors(trained, 2)
    rate = ReplacingRate(k=0.25, b=0.5)
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to="none")
    for step, expected in ((0, 0.5), (1, 0.75), (2, 1.0), (9, 1.0)):
        state = TrainerState(global_step=step)
        rate.on_step_begin(arguments, state, TrainerControl(), model=model)
        assert [slot.p for slot in model.slots] == [expected, expected]
        assert model.p == expected


def test_trainer_trains_through_steps_with_and_without_replacement(trained, batch, tmp_path):
    model = with_successors(trained, 2)
    before = state_of(model)
    rows = [{name: tensor[i] for name, tensor in batch.items()} | {"labels": 1} for i in range(5)]
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(tmp_path),
            use_cpu=True,
            report_to="none",
            max_steps=4,
            learning_rate=1e-2,
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
        ),
        train_dataset=rows,  # pyright: ignore[reportArgumentType]
        compute_loss_func=lambda outputs, labels, **_: cross_entropy(
            outputs["logits"][:, -1], labels
        ),
        callbacks=[ReplacingRate(k=0.5, b=0.0)],  # the first step replaces nothing
    )
    trainer.train()
    assert model.p == 1.0
    changed = changed_since(before, model)
    assert changed
    assert all(".successor." in name for name in changed)
