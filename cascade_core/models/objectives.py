"""What each method minimises: a loss on what a model says of a batch, as its paper defines it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax, normalize, softmax

DIFFICULT = "difficult"  # bool [B]: some cross-validated model was wrong about the text
TEACHER_LOGITS = "teacher_logits"  # [B, C]
TEACHER_POOLED = "teacher_pooled"  # [B, M, H]: of the teacher's layers that are to be followed
KNOWN = (DIFFICULT, TEACHER_LOGITS, TEACHER_POOLED)

Pairs = Literal["all", "sampled"]


class Batch(NamedTuple):
    """What a model says of B texts, and what is known of them.

    `logits` [B, E, C] and `pooled` [B, E, H] of all exits, `labels` [B]; `known` holds what a
    method needs besides, under the names in `KNOWN`.
    """

    logits: Tensor
    pooled: Tensor
    labels: Tensor
    known: Mapping[str, Tensor] = {}


Objective = Callable[[Batch], Tensor]  # to a scalar


def cross_entropies(exits: slice) -> Objective:
    """Return the sum of the chosen exits' cross entropies (DeeBERT; of one exit: the plain one).

    `exits` slices the exit axis.

    >>> undecided = Batch(torch.zeros(4, 2, 2), torch.empty(0), torch.zeros(4, dtype=torch.long))
    >>> round(float(cross_entropies(slice(None))(undecided)), 3)  # ln 2 at either exit
    1.386
    """

    def objective(batch: Batch) -> Tensor:
        chosen = batch.logits[:, exits].float()
        labels = batch.labels.repeat_interleave(chosen.shape[1])
        return cross_entropy(chosen.flatten(0, 1), labels, reduction="sum") / len(chosen)

    return objective


def depth_weighted(batch: Batch) -> Tensor:
    """Return sum_j j CE_j / sum_j j over exits j = 1..E (PABEE).

    >>> undecided = Batch(torch.zeros(4, 3, 2), torch.empty(0), torch.zeros(4, dtype=torch.long))
    >>> round(float(depth_weighted(undecided)), 3)  # ln 2 at every exit
    0.693
    """
    logits = batch.logits.float()
    labels = batch.labels.unsqueeze(1).expand(logits.shape[:2])
    losses = cross_entropy(logits.movedim(-1, 1), labels, reduction="none").mean(0)
    weights = torch.arange(1, len(losses) + 1, device=losses.device, dtype=losses.dtype)
    return (weights * losses).sum() / weights.sum()


def self_distillation(batch: Batch) -> Tensor:
    """Return the sum over all exits but the last of KL(last || exit), means over texts (FastBERT).

    The last exit is the teacher and gets no gradient; labels are not looked at.

    >>> agreed = Batch(torch.tensor([[[2.0, 1.0], [2.0, 1.0]]]), torch.empty(0), torch.tensor([1]))
    >>> float(self_distillation(agreed))
    0.0
    """
    logits = batch.logits.float()
    teacher = log_softmax(logits[:, -1:].detach(), dim=-1)
    students = log_softmax(logits[:, :-1], dim=-1)
    gaps = kl_div(students, teacher.expand_as(students), reduction="none", log_target=True)
    return gaps.sum() / len(logits)


def distillation(alpha: float, temperature: float) -> Objective:
    """Return (1-a) CE + a T^2 KL(teacher || student) of the last exit, softened by T (vanilla KD).

    Needs `teacher_logits`; the divergence is a mean over texts.

    >>> same = {TEACHER_LOGITS: torch.tensor([[2.0, 0.0]])}
    >>> batch = Batch(torch.tensor([[[2.0, 0.0]]]), torch.empty(0), torch.tensor([0]), same)
    >>> float(distillation(alpha=1.0, temperature=2.0)(batch))
    0.0
    """
    hard = cross_entropies(slice(-1, None))

    def objective(batch: Batch) -> Tensor:
        student = log_softmax(batch.logits[:, -1].float() / temperature, dim=-1)
        teacher = log_softmax(batch.known[TEACHER_LOGITS].float() / temperature, dim=-1)
        soft = kl_div(student, teacher, reduction="batchmean", log_target=True)
        return (1 - alpha) * hard(batch) + alpha * temperature**2 * soft

    return objective


def hidden_state_distance(batch: Batch) -> Tensor:
    """Return mean || h_s/|h_s| - h_t/|h_t| ||^2 over texts and all exits but the last (PKD).

    Needs `teacher_pooled`, one vector for each of the student's exits but the last. The paper sums
    where its public code, and this, takes means: the weight beside it absorbs the difference.
    """
    student = normalize(batch.pooled[:, :-1].float(), dim=-1)
    teacher = normalize(batch.known[TEACHER_POOLED].float(), dim=-1)
    return (student - teacher).square().sum(-1).mean()


def difficulty_aware(margin: float, pairs: Pairs = "all") -> Objective:
    """Return the mean over pairs of max(0, c_i - c_j + margin), i difficult, j easy (CascadeBERT).

    c is the highest class probability at the last exit, with gradient through both. "all" pairs of
    the batch, as the paper has it, or "sampled": one difficult text, drawn with replacement, for
    each easy one, as its public code does. A batch without such a pair costs nothing.

    Eq. 5-6 as printed would push difficult texts the wrong way; this is what the text beside them
    says. Pairs of equal difficulty would add a constant and are left out.

    >>> logits = torch.zeros(2, 1, 2)  # everything is 50 % sure
    >>> known = {DIFFICULT: torch.tensor([True, False])}
    >>> batch = Batch(logits, torch.empty(0), torch.tensor([0, 0]), known)
    >>> round(float(difficulty_aware(margin=0.3)(batch)), 3)
    0.3
    """

    def objective(batch: Batch) -> Tensor:
        confidence = softmax(batch.logits[:, -1].float(), dim=-1).amax(-1)
        is_difficult = batch.known[DIFFICULT].bool()
        difficult, easy = confidence[is_difficult], confidence[~is_difficult]
        if not len(difficult) or not len(easy):
            return confidence.sum() * 0  # a zero that has a gradient
        if pairs == "sampled":
            drawn = torch.randint(len(difficult), (len(easy),), device=easy.device)
            return (difficult[drawn] - easy + margin).clamp(min=0).mean()
        return (difficult[:, None] - easy + margin).clamp(min=0).mean()

    return objective


def together(*weighted: tuple[float, Objective]) -> Objective:
    """Return the weighted sum of some objectives."""

    def objective(batch: Batch) -> Tensor:
        terms = [weight * one(batch) for weight, one in weighted]
        return torch.stack(terms).sum()

    return objective
