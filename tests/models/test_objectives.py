from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from cascade_core.models.objectives import (
    DIFFICULT,
    TEACHER_LOGITS,
    TEACHER_POOLED,
    Batch,
    cross_entropies,
    depth_weighted,
    difficulty_aware,
    distillation,
    hidden_state_distance,
    self_distillation,
    together,
)

LOGITS = [[[0.0, 0.0], [2.0, 0.0]], [[0.0, 0.0], [0.0, 3.0]]]  # two texts, two exits
LABELS = [0, 1]


def batch(logits=LOGITS, labels=LABELS, pooled=None, **known: Tensor) -> Batch:
    logits = torch.tensor(logits, requires_grad=True)
    pooled = torch.zeros(*logits.shape[:2], 3) if pooled is None else pooled
    return Batch(logits, pooled, torch.tensor(labels), known)


def softmax(values) -> np.ndarray:
    weights = np.exp(np.asarray(values) - np.max(values, axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def test_cross_entropies_are_summed_over_exits_and_averaged_over_texts():
    last = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-3))) / 2
    assert cross_entropies(slice(None))(batch()).item() == pytest.approx(np.log(2) + last)
    assert cross_entropies(slice(None, -1))(batch()).item() == pytest.approx(np.log(2))


def test_pabee_weighs_exits_by_their_depth():
    last = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-3))) / 2
    assert depth_weighted(batch()).item() == pytest.approx((np.log(2) + 2 * last) / 3)


def test_fastberts_students_learn_the_last_exits_distribution_and_no_label():
    logits = [[[0.3, -0.2, 0.1], [1.0, 0.0, 0.5], [2.0, -1.0, 0.0]]]
    found = batch(logits, [0])
    student, other, teacher = softmax(logits[0])
    by_hand = sum((teacher * np.log(teacher / one)).sum() for one in (student, other))
    loss = self_distillation(found)
    assert loss.item() == pytest.approx(by_hand, rel=1e-5)
    assert loss.item() == self_distillation(batch(logits, [2])).item()
    loss.backward()
    assert (found.logits.grad[:, -1] == 0).all()  # type: ignore[index]
    assert (found.logits.grad[:, :-1] != 0).all()  # type: ignore[index]


def test_distillation_mixes_labels_with_the_softened_teacher():
    teacher = torch.tensor([[1.0, -1.0], [0.5, 1.5]])
    found = batch(**{TEACHER_LOGITS: teacher})
    alpha, temperature = 0.7, 4.0
    hard = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-3))) / 2
    soft_teacher = softmax(teacher.numpy() / temperature)
    soft_student = softmax(np.array(LOGITS)[:, -1] / temperature)
    divergence = (soft_teacher * np.log(soft_teacher / soft_student)).sum(-1).mean()
    by_hand = (1 - alpha) * hard + alpha * temperature**2 * divergence
    assert distillation(alpha, temperature)(found).item() == pytest.approx(by_hand, rel=1e-5)


def test_patient_distillation_compares_directions_of_all_layers_but_the_last():
    student = torch.tensor([[[2.0, 0.0], [9.0, 9.0]], [[0.0, 1.0], [9.0, 9.0]]])
    teacher = torch.tensor([[[5.0, 0.0]], [[3.0, 0.0]]])  # same direction, then at a right angle
    found = batch(pooled=student, **{TEACHER_POOLED: teacher})
    assert hidden_state_distance(found).item() == pytest.approx((0 + 2) / 2)


def confident(*confidences: float) -> list:
    """Logits of one exit and two classes whose highest probabilities are these."""
    return [[[float(np.log(c / (1 - c))), 0.0]] for c in confidences]


def test_regularisation_is_the_mean_hinge_over_pairs_of_difficult_and_easy_texts():
    is_difficult = torch.tensor([True, False, True, False])
    found = batch(confident(0.9, 0.8, 0.6, 0.7), [0] * 4, **{DIFFICULT: is_difficult})
    gaps = [c_i - c_j + 0.3 for c_i in (0.9, 0.6) for c_j in (0.8, 0.7)]
    by_hand = np.mean([max(0.0, gap) for gap in gaps])
    assert difficulty_aware(0.3)(found).item() == pytest.approx(by_hand, rel=1e-5)


def test_regularisation_makes_difficult_texts_less_sure_and_easy_ones_surer():
    found = batch(confident(0.9, 0.8), [0, 0], **{DIFFICULT: torch.tensor([True, False])})
    difficulty_aware(0.3)(found).backward()
    difficult, easy = found.logits.grad[:, 0, 0]  # type: ignore[index]
    assert difficult > 0  # descending lowers it
    assert easy < 0


def test_pairs_that_keep_the_margin_cost_nothing():
    found = batch(confident(0.55, 0.95), [0, 0], **{DIFFICULT: torch.tensor([True, False])})
    assert difficulty_aware(0.3)(found).item() == 0


@pytest.mark.parametrize("pairs", ["all", "sampled"])
@pytest.mark.parametrize("all_difficult", [True, False])
def test_a_batch_without_pairs_costs_nothing_and_can_be_gone_back_through(pairs, all_difficult):
    found = batch(confident(0.9, 0.6), [0, 0], **{DIFFICULT: torch.tensor([all_difficult] * 2)})
    loss = difficulty_aware(0.3, pairs)(found)
    loss.backward()
    assert loss.item() == 0
    assert (found.logits.grad == 0).all()  # type: ignore[union-attr]


def test_sampled_pairs_are_one_difficult_text_for_each_easy_one():
    is_difficult = torch.tensor([True, True, False])
    found = batch(confident(0.9, 0.6, 0.8), [0] * 3, **{DIFFICULT: is_difficult})
    torch.manual_seed(0)
    drawn = [round(difficulty_aware(0.3, "sampled")(found).item(), 4) for _ in range(400)]
    assert set(drawn) == {0.4, 0.1}  # one pair at a time: 0.9 or 0.6 against 0.8
    assert np.mean(drawn) == pytest.approx(difficulty_aware(0.3)(found).item(), abs=0.03)


def test_objectives_add_up_by_their_weights():
    both = together((1.0, cross_entropies(slice(-1, None))), (0.5, depth_weighted))
    by_hand = cross_entropies(slice(-1, None))(batch()) + 0.5 * depth_weighted(batch())
    assert both(batch()).item() == pytest.approx(by_hand.item())
