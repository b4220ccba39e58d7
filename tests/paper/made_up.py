"""Made-up runs with systems named as the paper names them, and the paper's rules by loops."""

from __future__ import annotations

import numpy as np

from cascade_core.model_output import ModelOutput
from cascade_core.outputs import Projection, ProjectionKey, SystemSpec
from cascade_core.run import Run
from tests import oracles

MODELS = {
    "BERT-6L": (6,),
    "DeeBERT": (1, 2, 3, 4, 5, 6),
    "PABEE": (1, 2, 3, 4, 5, 6),
    "FastBERT": (1, 2, 3, 4, 5, 6),
    "BERT-1L": (1,),
    "BERT-2L": (2,),
    "BERT-3L": (3,),
    "BERT-Complete 2L": (2,),
    "BERT-Complete 2L, DAR": (2,),
    "BERT-Complete 3L, DAR": (3,),
    "BERT-PKD 3L": (3,),
}

SYSTEMS = {
    **{name: (name,) for name in MODELS if "DAR" not in name},
    "CascadeBERT 2-6": ("BERT-Complete 2L, DAR", "BERT-6L"),
    "CascadeBERT 2-6 w/o DAR": ("BERT-Complete 2L", "BERT-6L"),
    "CascadeBERT 2-3-6": ("BERT-Complete 2L, DAR", "BERT-Complete 3L, DAR", "BERT-6L"),
}

CRITERIA = {"PABEE": "patience", "FastBERT": "entropy"}


def made_up(
    task: str = "sst2",
    split: str = "dev",
    *,
    classes: int = 2,
    instances: int = 60,
    seed: int = 0,
    systems: tuple[str, ...] = tuple(SYSTEMS),
    latency: bool = False,
    unknown: int = 0,
    **changes,
) -> Run:
    """Deeper exits are right more often; `unknown` labels are -1; `changes` go to the run."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, instances)
    models = {}
    for name, layers in MODELS.items():
        logits = random.normal(size=(len(layers), instances, classes))
        logits[:, np.arange(instances), labels] += np.array(layers)[:, None] / 3
        measured = {"milliseconds": [0.5 + 1.1 * layer for layer in layers], "batch": 1}
        models[name] = ModelOutput(name, logits, layers, latency=measured if latency else None)
    labels[:unknown] = -1
    arguments = {
        "name": f"{task} {split}",
        "labels": labels,
        "models": models,
        "system_specs": {
            name: SystemSpec(SYSTEMS[name], CRITERIA.get(name, "max_prob")) for name in systems
        },
        "task": task,
        "split": split,
        "metric": "f1" if task in ("mrpc", "qqp") else "accuracy",
        "reference": "BERT-6L",
        "projections": {
            ProjectionKey(name, layer, method): Projection(random.normal(size=(instances, 2)))
            for name, layer, method in (
                ("DeeBERT", 2, "tsne"),
                ("DeeBERT", 3, "tsne"),
                ("BERT-6L", 2, "tsne"),
                ("BERT-Complete 2L, DAR", 2, "tsne"),
                ("BERT-Complete 2L, DAR", 2, "pca"),
            )
        },
    }
    return Run(**(arguments | changes))


def exits_by_hand(run: Run, system: str) -> tuple[np.ndarray, list[float], list[int]]:
    """Logits of all exits [E, N, C], what leaving there costs in layers, and the layer numbers."""
    chain = SYSTEMS[system]
    logits, costs, layers, paid = [], [], [], 0.0
    for model in chain:
        for number, layer in enumerate(MODELS[model]):
            logits.append(run.models[model].logits[number])
            costs.append(paid + layer)
            layers.append(layer)
        paid += MODELS[model][-1]
    return np.stack(logits), costs, layers


def scores_by_hand(run: Run, system: str) -> np.ndarray:
    """Exit scores [E, N] by the system's criterion, an instance at a time."""
    logits, _, _ = exits_by_hand(run, system)
    criterion = CRITERIA.get(system, "max_prob")
    scores = np.empty(logits.shape[:2])
    for n in range(logits.shape[1]):
        if criterion == "patience":
            predictions = [int(np.argmax(logits[e, n])) for e in range(len(logits))]
            scores[:, n] = oracles.patience(predictions)
        else:
            scores[:, n] = [oracles.confidence(logits[e, n], criterion) for e in range(len(logits))]
    return scores


def left_by_hand(run: Run, system: str, wanted: float) -> tuple[list[int], float] | None:
    """Where instances leave at the highest threshold that is as fast as wanted, and how fast.

    None when no threshold is.
    """
    _, costs, _ = exits_by_hand(run, system)
    scores = scores_by_hand(run, system)
    for threshold in sorted({-1.0, *scores.ravel().tolist()}, reverse=True):
        left = oracles.leave_one_by_one(scores, threshold)
        speedup = 6 / oracles.mean_cost(np.array(costs), left)
        if speedup >= wanted - 1e-12:
            return left, speedup
    return None


def score_by_hand(run: Run, system: str, left: list[int]) -> float:
    """Accuracy or F1 of what is emitted."""
    logits, _, _ = exits_by_hand(run, system)
    predictions = logits.argmax(axis=-1)
    if run.metric == "f1":
        return oracles.f1(predictions, run.labels.tolist(), left)
    return oracles.accuracy(predictions == run.labels, left)
