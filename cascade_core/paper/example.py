"""A run small enough to check with a pencil, for the examples of this package."""

from __future__ import annotations

import numpy as np

from ..model_output import ModelOutput
from ..outputs import Projection, ProjectionKey, SystemSpec
from ..run import Run

LABELS = (1, 0, 1, 1, 0, 0)

POSITIVE = {
    "BERT-12L": {12: (0.98, 0.05, 0.90, 0.90, 0.40, 0.55)},
    "BERT-4L": {4: (0.90, 0.20, 0.70, 0.45, 0.70, 0.40)},
    "BERT-PKD 4L": {4: (0.90, 0.20, 0.70, 0.60, 0.70, 0.40)},
    "BERT-Complete 2L": {2: (0.95, 0.10, 0.78, 0.25, 0.85, 0.42)},
    "BERT-Complete 2L, DAR": {2: (0.90, 0.10, 0.78, 0.38, 0.65, 0.25)},
    "DeeBERT": {
        2: (0.70, 0.40, 0.45, 0.20, 0.75, 0.60),
        4: (0.80, 0.30, 0.60, 0.35, 0.80, 0.55),
        12: (0.98, 0.05, 0.90, 0.90, 0.40, 0.55),
    },
    "FastBERT": {
        2: (0.80, 0.30, 0.55, 0.30, 0.70, 0.45),
        4: (0.90, 0.20, 0.75, 0.45, 0.65, 0.55),
        12: (0.98, 0.05, 0.90, 0.90, 0.40, 0.55),
    },
}
"""Probability of "positive" for six instances, by model and number of layers."""

SYSTEMS = {
    "BERT-12L": ("BERT-12L",),
    "BERT-4L": ("BERT-4L",),
    "DeeBERT": ("DeeBERT",),
    "FastBERT": ("FastBERT",),
    "BERT-PKD 4L": ("BERT-PKD 4L",),
    "CascadeBERT 2-12": ("BERT-Complete 2L, DAR", "BERT-12L"),
    "CascadeBERT 2-12 w/o DAR": ("BERT-Complete 2L", "BERT-12L"),
    "CascadeBERT 2-4-12": ("BERT-Complete 2L, DAR", "BERT-PKD 4L", "BERT-12L"),
}


def example_run(task: str = "sst2", split: str = "dev") -> Run:
    """Six made-up instances, two classes, models of 2, 4 and 12 layers, eight systems.

    >>> example_run().systems["CascadeBERT 2-12"].costs["layers"].tolist()
    [2.0, 14.0]
    """
    models = {}
    for name, exits in POSITIVE.items():
        positive = np.array(list(exits.values()))
        logits = np.log(np.stack([1 - positive, positive], axis=-1))
        models[name] = ModelOutput(name, logits, tuple(exits))
    plane = np.array([[3, 1], [-3, 0], [2, 1], [-1, 2], [2, -1], [-1, 0]])
    projections = {
        ProjectionKey(name, 2, "tsne"): Projection(plane * scale)
        for scale, name in enumerate(("DeeBERT", "BERT-Complete 2L, DAR"), start=1)
    }
    return Run(
        name=f"{task}-example",
        labels=np.array(LABELS),
        models=models,
        system_specs={name: SystemSpec(chain) for name, chain in SYSTEMS.items()},
        task=task,
        split=split,
        label_names=("negative", "positive"),
        reference="BERT-12L",
        projections=projections,
    )
