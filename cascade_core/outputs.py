"""What a run is made of: outputs of models, systems, projections, categories of instances.

Axes: N instances, C classes, E exits. Everything is checked where it is born.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .costs import HEADS, Architecture, Head
from .criteria import CRITERIA
from .storage import RunError


@dataclass(frozen=True, eq=False)
class ModelOutput:
    """Every exit of one model, computed once on the N instances of a run.

    `logits` float32 [E, N, C]; `layers` the number of layers run up to each exit (default 1..E);
    `latency` measured `{"milliseconds": [E] cumulative, "hardware": ..., "batch": ...}` or None.
    Without an `architecture` there is no FLOPs basis; `head`, or else `pooler`, says what an exit
    computes, see `flop_costs`. Raises `RunError` naming what is wrong.

    >>> output = ModelOutput("two exits", np.zeros((2, 5, 3)), layers=(2, 6))
    >>> output.exits, output.instances, output.classes
    (2, 5, 3)
    """

    name: str
    logits: np.ndarray
    layers: tuple[int, ...] = ()
    architecture: Architecture | None = None
    pooler: bool = True
    checkpoint: str = ""
    description: str = ""
    latency: Mapping[str, Any] | None = None
    head: Head | None = None

    def __post_init__(self) -> None:
        array = f"logits of model '{self.name}'"
        logits = read_only(self.logits, np.float32, array)
        if logits.ndim != 3 or 0 in logits.shape:
            raise RunError(
                f"{array} should have shape [E, N, C], at least one of each, but have "
                f"{list(logits.shape)}."
            )
        if not np.isfinite(logits).all():
            exit_, instance, _ = np.argwhere(~np.isfinite(logits))[0]
            raise RunError(
                f"{array} should be finite, but are NaN or infinite, first at exit {exit_}, "
                f"instance {instance}. Find out why the model gives that and compute them again."
            )
        layers = tuple(int(layer) for layer in self.layers) or tuple(range(1, len(logits) + 1))
        if len(layers) != len(logits) or list(layers) != sorted(set(layers)) or layers[0] < 1:
            raise RunError(
                f"layers of model '{self.name}' should be {len(logits)} ascending numbers, one per "
                f"exit, but are {list(layers)}."
            )
        if self.architecture is not None and layers[-1] > self.architecture.layers:
            raise RunError(
                f"layers of model '{self.name}' should be within its {self.architecture.layers} "
                f"layers, but are {list(layers)}."
            )
        object.__setattr__(self, "logits", logits)
        object.__setattr__(self, "layers", layers)
        self._check_head()
        self._check_latency()

    def _check_head(self) -> None:
        if self.head is None:
            return
        if self.head not in HEADS:
            raise RunError(
                f"head of model '{self.name}' should be one of {', '.join(HEADS)}, but is "
                f"'{self.head}'."
            )
        object.__setattr__(self, "pooler", self.head != "linear")

    def _check_latency(self) -> None:
        if self.latency is None:
            return
        measured = self.latency.get("milliseconds")
        try:
            milliseconds = np.asarray(measured, np.float64)
            fits = milliseconds.shape == (self.exits,) and bool(
                milliseconds[0] > 0
                and (np.diff(milliseconds) >= 0).all()
                and np.isfinite(milliseconds).all()
            )
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise RunError(
                f"latency of model '{self.name}' should give {self.exits} ascending "
                f"'milliseconds', the time up to each exit, but gives {measured}."
            )

    @property
    def exits(self) -> int:
        return self.logits.shape[0]

    @property
    def instances(self) -> int:
        return self.logits.shape[1]

    @property
    def classes(self) -> int:
        return self.logits.shape[2]


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
        if self.criterion not in CRITERIA:
            raise RunError(
                f"criterion of a system should be one of {', '.join(CRITERIA)}, "
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


def read_only(values: ArrayLike, dtype: type[np.generic], name: str) -> np.ndarray:
    """Return a read-only view of `values` as `dtype`; the caller's own array stays writable.

    Raises `RunError` for another kind of numbers, such as fractions instead of whole numbers.

    >>> read_only([1, 0], np.int64, "labels")
    array([1, 0])
    """
    array = np.asarray(values)
    if array.size and not np.can_cast(array.dtype, dtype, "same_kind"):
        raise RunError(f"{name} should be numbers of type {dtype.__name__}, but are {array.dtype}.")
    view = np.asarray(array, dtype).view()
    view.flags.writeable = False
    return view
