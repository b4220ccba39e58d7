"""What a run is made of besides models' outputs: systems, projections of layers and how separable
they are, categories of instances.

Axes: N instances. Everything is checked where it is born.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .criteria import CONFIDENCE, CRITERIA
from .model_output import read_only
from .storage import RunError


@dataclass(frozen=True)
class SystemSpec:
    """A system: models in the order they are asked, and the criterion it is meant to exit by.

    >>> SystemSpec(("small", "large"), criterion="entropy").models
    ('small', 'large')
    """

    models: tuple[str, ...]
    criterion: str = "max_prob"
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))
        if not self.models:
            raise RunError("a system should name at least one model, but names none.")
        if self.criterion not in (known := (*CRITERIA, CONFIDENCE)):
            raise RunError(
                f"criterion of a system should be one of {', '.join(known)}, "
                f"but is '{self.criterion}'."
            )


class ProjectionKey(NamedTuple):
    """Which hidden states were projected, and how: method "tsne", "umap" or "pca".

    >>> ProjectionKey("BERT-12L", layer=2, method="tsne").layer
    2
    """

    model: str
    layer: int
    method: str


@dataclass(frozen=True, eq=False)
class Projection:
    """Hidden states of one layer in the plane: `coordinates` float32 [N, 2], how they came.

    >>> Projection(np.zeros((5, 2)), seed=3, parameters={"perplexity": 30}).coordinates.dtype
    dtype('float32')
    """

    coordinates: np.ndarray
    seed: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        coordinates = read_only(self.coordinates, np.float32, "coordinates of a projection")
        if coordinates.ndim != 2 or coordinates.shape[1] != 2:
            raise RunError(
                f"coordinates of a projection should be [N, 2], but are {list(coordinates.shape)}."
            )
        object.__setattr__(self, "coordinates", coordinates)


class LayerKey(NamedTuple):
    """A model's hidden states after so many layers.

    >>> LayerKey("BERT-12L", layer=2).layer
    2
    """

    model: str
    layer: int


class Separability(NamedTuple):
    """How far apart the classes are in a layer's hidden states, whatever a picture of them shows.

    `probe` is the accuracy of a linear probe on what it was not fitted to, `chance` that of always
    saying the most frequent label, `silhouette` the mean silhouette coefficient of the labels
    (-1 to 1, higher is better). All are of the same `instances`; see
    `cascade_core.separability.separability`.

    >>> Separability(0.81, 0.5, 0.12, instances=872, folds=5, seed=0).probe
    0.81
    """

    probe: float
    chance: float
    silhouette: float
    instances: int
    folds: int
    seed: int


@dataclass(frozen=True, eq=False)
class Category:
    """What is known of each instance besides its label: one of `names`, by `codes` int32 [N].

    >>> level = Category(("easy", "hard"), np.array([0, 1, 1]))
    >>> level.of(["hard"])
    array([False,  True,  True])
    """

    names: tuple[str, ...]
    codes: np.ndarray

    def __post_init__(self) -> None:
        codes = read_only(self.codes, np.int32, "codes of a category")
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "codes", codes)
        if codes.ndim != 1 or (
            codes.size and not 0 <= codes.min() <= codes.max() < len(self.names)
        ):
            raise RunError(
                f"codes of a category should be [N], from 0 to {len(self.names) - 1} for the names "
                f"{', '.join(self.names)}, but are {list(codes.shape)}"
                + (f", from {codes.min()} to {codes.max()}." if codes.size else ".")
            )

    @classmethod
    def of_values(cls, values: Sequence[str]) -> Category:
        """Return the category of N values: names in alphabetical order, whole numbers in theirs.

        >>> Category.of_values(["b", "a", "b"]).codes
        array([1, 0, 1], dtype=int32)
        """
        numbers = all(value.isdecimal() for value in values)
        names = sorted(set(values), key=int if numbers else str)
        numbered = {name: number for number, name in enumerate(names)}
        return cls(tuple(names), np.array([numbered[value] for value in values], np.int32))

    def of(self, names: Collection[str]) -> np.ndarray:
        """Return which instances are one of `names`, bool [N]."""
        return np.isin(self.codes, [self.names.index(name) for name in names])
