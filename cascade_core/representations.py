"""What a run keeps of models' hidden states: pictures of each layer, and how separable it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .outputs import LayerKey, Projection, ProjectionKey, Separability
from .projections import METHODS, aligned, project
from .separability import separability

Progress = Callable[[str, int, int], None]


class Representations(NamedTuple):
    """Projections of layers, and how separable the classes are in each."""

    projections: dict[ProjectionKey, Projection]
    separability: dict[LayerKey, Separability]


class AlignedLayers(NamedTuple):
    """A model's `layers` in ascending order, their aligned `coordinates` float32 [L, N, 2]."""

    layers: tuple[int, ...]
    coordinates: NDArray[np.float32]


def represent(
    model: str,
    layers: Sequence[int],
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    methods: Mapping[str, int],
    pooling: str,
    progress: Progress | None = None,
) -> Representations:
    """Project a model's hidden states and measure how separable the classes are, layer by layer.

    Args:
        model: its name in the run.
        layers: [E], after how many layers each exit stands.
        vectors: hidden states at its exits, [E, N, H].
        labels: [N], -1 where unknown.
        methods: of "pca", "tsne" and "umap", each with its seed.
        pooling: which of a text's tokens a vector is made of, "first" or "mean".
        progress: is told what is begun now, how many pieces of work are done, and of how many.

    >>> vectors = np.random.default_rng(0).normal(size=(2, 8, 4)).astype("float32")
    >>> made = represent("m", [1, 2], vectors, np.arange(8) % 2, {"pca": 0}, "first")
    >>> [(key.layer, key.method) for key in made.projections], len(made.separability)
    ([(1, 'pca'), (2, 'pca')], 2)
    """
    made = Representations({}, {})
    done, pieces = 0, len(layers) * (len(methods) + 1)

    def begin(what: str) -> None:
        nonlocal done
        if progress:
            progress(what, done, pieces)
        done += 1

    for layer, here in zip(layers, vectors, strict=True):
        begin(f"a linear probe after layer {layer}")
        measured = separability(here, labels)
        if measured is not None:
            made.separability[LayerKey(model, layer)] = measured
        for method, seed in methods.items():
            begin(f"{METHODS[method]} after layer {layer}")
            projected = project(here, method, seed)
            parameters = {**projected.parameters, "vectors": f"{pooling} of tokens"}
            key = ProjectionKey(model, layer, method)
            made.projections[key] = Projection(projected.coordinates, seed, parameters)
    begin("done")
    return made


def aligned_layers(
    projections: Mapping[ProjectionKey, Projection],
    model: str,
    method: str,
    beside: AlignedLayers | None = None,
) -> AlignedLayers:
    """Lay all stored projections of a model by a method over each other, layer after layer.

    With another model's layers to stand `beside`, the first layer is turned towards that one of
    them which is nearest in depth, so that the same instances lie alike in both pictures.
    What is stored is what the library said; it is aligned when it is looked at.

    Raises:
        KeyError: the model has no projection by this method.

    >>> from cascade_core.paper.example import example_run
    >>> found = aligned_layers(example_run().projections, "DeeBERT", "tsne")
    >>> found.layers, found.coordinates.shape
    ((2,), (1, 6, 2))
    """
    layers = tuple(
        sorted(key.layer for key in projections if (key.model, key.method) == (model, method))
    )
    if not layers:
        raise KeyError((model, method))
    stored = [projections[ProjectionKey(model, layer, method)].coordinates for layer in layers]
    towards = beside and beside.coordinates[nearest(beside.layers, layers[0])]
    return AlignedLayers(layers, aligned(stored, towards))


def nearest(layers: Sequence[int], layer: int) -> int:
    """Return the place of the layer that is nearest in depth, the first of two.

    >>> nearest([1, 2, 4, 8], 3)
    1
    """
    return min(range(len(layers)), key=lambda place: abs(layers[place] - layer))
