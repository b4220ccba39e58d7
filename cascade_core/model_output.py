"""What one model says at every exit, and what it costs to get there: one part of a run.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .costs import HEADS, Architecture, Head
from .criteria import CONFIDENCE, exit_scores
from .storage import RunError


@dataclass(frozen=True, eq=False)
class ModelOutput:
    """Every exit of one model, computed once on the N instances of a run.

    `logits` float32 [E, N, C], or None where there are too many classes for them or none were to be
    had: then `predictions` int32 [E, N] and `scores` float64 [E, N] by criterion say what each exit
    answers and how sure it is. `layers` the number of layers run up to each exit (default 1..E);
    `latency` measured `{"milliseconds": [E] cumulative, "hardware": ..., "batch": ...}` or None;
    `cost` float64 [E] or [E, N] what leaving at each exit costs in all, in a unit of the run's own:
    with it `layers` may be left out, and there is no layers basis. Without an `architecture` there
    is no FLOPs basis; `head`, or else `pooler`, says what an exit computes, see `flop_costs`.
    Raises `RunError` naming what is wrong.

    >>> output = ModelOutput("two exits", np.zeros((2, 5, 3)), layers=(2, 6))
    >>> output.exits, output.instances, output.classes
    (2, 5, 3)
    >>> called = ModelOutput("LLM", predictions=[[7, 4]], scores={"confidence": [[0.9, 0.5]]})
    >>> called.exits, called.instances, called.classes
    (1, 2, None)
    >>> called.answers(0), called.confidences(0), called.only(np.array([1])).instances
    (array([7, 4], dtype=int32), array([0.9, 0.5]), 1)
    """

    name: str
    logits: np.ndarray = field(default=None)  # pyright: ignore[reportAssignmentType]
    layers: tuple[int, ...] = ()
    architecture: Architecture | None = None
    pooler: bool = True
    checkpoint: str = ""
    description: str = ""
    latency: Mapping[str, Any] | None = None
    head: Head | None = None
    cost: np.ndarray | None = None
    predictions: np.ndarray | None = None
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.logits is None:
            self._check_answers()
        else:
            self._check_logits()
        self._check_cost()
        self._check_layers()
        self._check_head()
        self._check_latency()

    def _check_logits(self) -> None:
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
        if self.predictions is not None or self.scores:
            raise RunError(
                f"model '{self.name}' should have logits or else predictions and scores, but has "
                "both."
            )
        object.__setattr__(self, "logits", logits)

    def _check_answers(self) -> None:
        whose = f"of model '{self.name}'"
        if self.predictions is None or not self.scores:
            raise RunError(f"model '{self.name}' should have logits, or predictions and scores.")
        predictions = read_only(self.predictions, np.int32, f"predictions {whose}")
        if predictions.ndim != 2 or 0 in predictions.shape or predictions.min() < 0:
            raise RunError(
                f"predictions {whose} should be classes from 0 on, [E, N], at least one of each, "
                f"but are {list(predictions.shape)}"
                + (f" from {predictions.min()} on." if predictions.size else ".")
            )
        if not {"max_prob", CONFIDENCE} & set(self.scores):
            raise RunError(
                f"scores {whose} should say how probable answers are, under the name {CONFIDENCE} "
                f"or max_prob, but there is only {', '.join(self.scores)}."
            )
        scores = {
            name: read_only(one, np.float64, f"scores '{name}' {whose}")
            for name, one in self.scores.items()
        }
        for name, one in scores.items():
            if one.shape != predictions.shape or not np.isfinite(one).all():
                raise RunError(
                    f"scores '{name}' {whose} should be finite, {list(predictions.shape)}, but are "
                    f"{list(one.shape)}" + (" with NaN." if not np.isfinite(one).all() else ".")
                )
        object.__setattr__(self, "predictions", predictions)
        object.__setattr__(self, "scores", scores)

    def _check_cost(self) -> None:
        if self.cost is None:
            return
        cost = read_only(self.cost, np.float64, f"cost of model '{self.name}'")
        whose = f"cost of model '{self.name}' should"
        if cost.shape not in ((self.exits,), (self.exits, self.instances)):
            raise RunError(
                f"{whose} be [{self.exits}], one for each exit, or [{self.exits}, "
                f"{self.instances}], but is {list(cost.shape)}."
            )
        if not np.isfinite(cost).all() or (cost < 0).any() or not (cost[-1] > 0).all():
            raise RunError(f"{whose} be finite, from 0 on, and above 0 at the last exit.")
        if (np.diff(cost, axis=0) < 0).any():
            raise RunError(
                f"{whose} not fall from one exit to the next, since it is what leaving there costs "
                "in all: add to each exit the cost of what ran before it."
            )
        object.__setattr__(self, "cost", cost)

    def _check_layers(self) -> None:
        exits = range(1, self.exits + 1)
        layers = tuple(map(int, self.layers)) or (tuple(exits) if self.cost is None else ())
        if not layers:
            return
        if len(layers) != self.exits or list(layers) != sorted(set(layers)) or layers[0] < 1:
            raise RunError(
                f"layers of model '{self.name}' should be {self.exits} ascending numbers, one per "
                f"exit, but are {list(layers)}."
            )
        if self.architecture is not None and layers[-1] > self.architecture.layers:
            raise RunError(
                f"layers of model '{self.name}' should be within its {self.architecture.layers} "
                f"layers, but are {list(layers)}."
            )
        object.__setattr__(self, "layers", layers)

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
        return self._shape[0]

    @property
    def instances(self) -> int:
        return self._shape[1]

    @property
    def classes(self) -> int | None:
        return None if self.logits is None else self.logits.shape[2]

    @property
    def _shape(self) -> tuple[int, ...]:
        return np.shape(self.logits if self.predictions is None else self.predictions)

    @property
    def size(self) -> tuple[float, float]:
        """What the largest model has most of: layers, and where they are not known its cost."""
        cost = 0.0 if self.cost is None else float(np.mean(self.cost[-1]))
        return (self.layers[-1] if self.layers else 0, cost)

    @property
    def depths(self) -> tuple[int, ...]:
        """The layer of each exit, or its number where layers are not known."""
        return self.layers or tuple(range(1, self.exits + 1))

    @property
    def exit_names(self) -> tuple[str, ...]:
        return tuple(f"{'layer' if self.layers else 'exit'} {depth}" for depth in self.depths)

    def answers(self, exit: int) -> np.ndarray:
        """Return the class that an exit answers, int [N]."""
        return self.logits[exit].argmax(-1) if self.predictions is None else self.predictions[exit]

    def confidences(self, exit: int) -> np.ndarray:
        """Return how probable an exit holds its answers to be, float64 [N]."""
        if self.logits is not None:
            return exit_scores(self.logits[exit][None], "max_prob")[0]
        return self.scores["max_prob" if "max_prob" in self.scores else CONFIDENCE][exit]

    def only(self, places: np.ndarray) -> ModelOutput:
        """Return the outputs for some of the instances, int [M].

        >>> ModelOutput("m", np.zeros((2, 5, 3))).only(np.array([0, 4])).instances
        2
        """
        cost = self.cost
        return replace(
            self,
            logits=None if self.logits is None else self.logits[:, places],
            predictions=None if self.predictions is None else self.predictions[:, places],
            scores={name: one[:, places] for name, one in self.scores.items()},
            cost=cost[:, places] if cost is not None and cost.ndim == 2 else cost,
        )

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that decide results, by their names on disk."""
        found = {
            f"logits/{self.name}": self.logits,
            f"predictions/{self.name}": self.predictions,
            f"cost/{self.name}": self.cost,
            **{f"scores/{self.name}/{each}": scores for each, scores in self.scores.items()},
        }
        return {name: array for name, array in found.items() if array is not None}


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
