"""One slow, obvious implementation per metric: loops over instances, written to be read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def leave_one_by_one(scores: np.ndarray, threshold: float) -> list[int]:
    """Algorithm 1 of CascadeBERT, an instance at a time."""
    exits, instances = scores.shape
    left = []
    for n in range(instances):
        e = 0
        while e < exits - 1 and not scores[e, n] > threshold:
            e += 1
        left.append(e)
    return left


def probabilities(logits: Sequence[float]) -> list[float]:
    """Softmax by its definition, after shifting the highest logit to zero."""
    exponentials = [math.exp(float(z) - float(max(logits))) for z in logits]
    return [e / sum(exponentials) for e in exponentials]


def confidence(logits: Sequence[float], criterion: str) -> float:
    """max_prob, entropy or margin of one instance at one exit."""
    p = sorted(probabilities(logits), reverse=True)
    if criterion == "max_prob":
        return p[0]
    if criterion == "margin":
        return p[0] - p[1]
    entropy = -sum(each * math.log(each) for each in p if each > 0)
    return 1 - entropy / math.log(len(p))


def patience(predictions: Sequence[int]) -> list[int]:
    """At each exit, how many exits in a row repeat the prediction of the exit before."""
    counts = []
    for e in range(len(predictions)):
        count = 0
        while e - count > 0 and predictions[e - count] == predictions[e - count - 1]:
            count += 1
        counts.append(count)
    return counts


def accuracy(correct: np.ndarray, left: Sequence[int]) -> float:
    """Share of instances whose emitted answer is right; `correct` [E, N]."""
    return sum(bool(correct[e, n]) for n, e in enumerate(left)) / len(left)


def f1(predictions: np.ndarray, labels: Sequence[int], left: Sequence[int]) -> float:
    """F1 of class 1 of the emitted answers from precision and recall; `predictions` [E, N]."""
    emitted = [predictions[e, n] for n, e in enumerate(left)]
    true_positives = sum(p == 1 and y == 1 for p, y in zip(emitted, labels, strict=True))
    if true_positives == 0:
        return 0.0
    precision = true_positives / sum(p == 1 for p in emitted)
    recall = true_positives / sum(y == 1 for y in labels)
    return 2 * precision * recall / (precision + recall)


def mean_cost(costs: np.ndarray, left: Sequence[int]) -> float:
    """Mean cost of where instances left; `costs` [E] or [E, N]."""
    paid = [costs[e] if costs.ndim == 1 else costs[e, n] for n, e in enumerate(left)]
    return math.fsum(paid) / len(left)


def transformer_flops(
    layers: int, hidden: int, intermediate: int, tokens: int, matrices: int
) -> int:
    """Matrix products of the layers, listed one by one as (rows, inner, columns)."""
    products = (
        [(tokens, hidden, hidden)] * 4  # query, key, value, output
        + [(tokens, hidden, tokens), (tokens, tokens, hidden)]  # all heads together
        + [(tokens, hidden, intermediate)] * matrices
    )
    return layers * sum(2 * rows * inner * columns for rows, inner, columns in products)


def difficulty_inversion_score(
    correct: Sequence[bool], confidence: Sequence[float], tied_credit: float
) -> float:
    """Share of (difficult, easy) pairs in which the difficult one is not the more confident."""
    credits = [
        1.0 if confidence[i] < confidence[j] else tied_credit * (confidence[i] == confidence[j])
        for i in range(len(correct))
        for j in range(len(correct))
        if not correct[i] and correct[j]
    ]
    return sum(credits) / len(credits) if credits else math.nan


def expected_calibration_error(
    confidence: Sequence[float], correct: Sequence[bool], bins: int
) -> float:
    """Guo et al.'s formula, bin (a, b] after bin, the first one with 0."""
    total = 0.0
    for b in range(bins):
        inside = [
            n for n, c in enumerate(confidence) if b / bins < c <= (b + 1) / bins or c == b == 0
        ]
        if inside:
            right = sum(bool(correct[n]) for n in inside) / len(inside)
            sure = sum(confidence[n] for n in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(right - sure)
    return total
