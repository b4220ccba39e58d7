"""Made-up runs with pictures of their layers."""

from __future__ import annotations

import dataclasses

import numpy as np

from cascade_core import Run
from cascade_core.outputs import LayerKey, Projection, ProjectionKey, Separability


def pictured(run: Run, methods: tuple[str, ...] = ("tsne", "pca")) -> Run:
    """The run with pictures of all models, the classes further apart the deeper the layer.

    Nothing is computed: points are random, one method shows those of another turned and enlarged.
    """
    random = np.random.default_rng(5)
    projections, separability = {}, {}
    for model, output in run.models.items():
        for layer in output.depths:
            points = random.normal(size=(run.instances, 2))
            points[:, 0] += layer * run.labels
            for number, method in enumerate(methods):
                turned = (1 + number) * (points[:, ::-1] if number % 2 else points)
                projections[ProjectionKey(model, layer, method)] = Projection(turned)
            measured = Separability(0.5 + layer / 20, 0.52, layer / 10 - 0.3, run.instances, 5, 0)
            separability[LayerKey(model, layer)] = measured
    return dataclasses.replace(run, projections=projections, separability=separability)
