"""The exit ladder: the one type for a cascade, a model with off-ramps and a static model.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

UNKNOWN_LABEL = -1


@dataclass(frozen=True, eq=False)
class ExitLadder:
    """What every exit of one system says about every instance, and what it costs to get there.

    A cascade of complete models, one model with off-ramps and a static model (one exit) are the
    same thing from here on. Arrays are kept without a copy and handed out read-only.

    Args:
        name: the system's name.
        logits: float [E, N, C]; may be absent when `correct` or `scores` says enough.
        labels: int [N]; -1 means unknown, such an instance is never right.
        costs: per basis ("layers", "flops", "latency" or any name) the *cumulative* cost of
            leaving at each exit, [E] or [E, N] when it depends on the instance.
        reference_cost: per basis what speed-up 1x costs, a number or [N]; the last exit's cost
            where it is not given.
        correct: bool [E, N]; derived from predictions and labels when absent.
        scores: ready-made exit scores [E, N] by criterion name.
        predictions: int [E, N], the class each exit answers; the highest logit's when absent, the
            first among equals.
        exit_names: one name per exit.

    Raises:
        ValueError: an array has the wrong shape or content; the message names it.

    >>> ladder = ExitLadder(
    ...     name="2-12",
    ...     logits=np.float32([[[2, 0], [0, 1]], [[3, 0], [2, 0]]]),
    ...     labels=np.array([0, 0]),
    ...     costs={"layers": [2, 14]},
    ...     reference_cost={"layers": 12},
    ... )
    >>> ladder.exits, ladder.instances, ladder.classes
    (2, 2, 2)
    >>> ladder.correct.tolist()
    [[True, False], [True, True]]
    """

    name: str
    logits: NDArray[Any] | None = None
    labels: NDArray[Any] | None = None
    costs: Mapping[str, Any] = field(default_factory=dict)
    reference_cost: Mapping[str, Any] = field(default_factory=dict)
    correct: NDArray[Any] | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    exit_names: tuple[str, ...] | None = None
    predictions: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        exits, instances = self._measure()
        keep = object.__setattr__  # the one place where a frozen ladder takes its final form
        if self.logits is not None:
            keep(self, "logits", _shaped("logits", self.logits, (exits, instances, self.classes)))
        if self.labels is not None:
            keep(self, "labels", _labels(self.labels, instances, self.classes))
        predictions = self.predictions
        if predictions is None and self.logits is not None:
            predictions = np.stack([logits.argmax(axis=-1) for logits in self.logits])
        if predictions is not None:
            keep(self, "predictions", _shaped("predictions", predictions, (exits, instances)))
        correct = self.correct
        if correct is None and self.predictions is not None and self.labels is not None:
            correct = self.predictions == self.labels
        if correct is not None:
            correct = np.asarray(correct)
            if correct.dtype != bool:
                raise ValueError(
                    f"correct: expected booleans but got {correct.dtype}; compare the predictions "
                    "with the labels, or use .astype(bool)"
                )
            keep(self, "correct", _shaped("correct", correct, (exits, instances)))
        keep(self, "scores", {n: _scores(n, s, exits, instances) for n, s in self.scores.items()})
        keep(self, "costs", {b: _cost(b, c, exits, instances) for b, c in self.costs.items()})
        keep(self, "reference_cost", self._references())
        if self.exit_names is not None:
            keep(self, "exit_names", tuple(self.exit_names))
            if len(self.exit_names) != exits:
                raise ValueError(
                    f"exit_names: expected {exits} names, one per exit, but got {self.exit_names}"
                )

    @property
    def exits(self) -> int:
        """E, the number of exits."""
        return self._measure()[0]

    @property
    def instances(self) -> int:
        """N, the number of instances."""
        return self._measure()[1]

    @property
    def classes(self) -> int | None:
        """C, the number of classes; None without logits."""
        return None if self.logits is None else np.shape(self.logits)[-1]

    @cached_property
    def scorable(self) -> bool:
        """Whether it is known for every instance which exits are right."""
        labelled = self.labels is None or bool((self.labels != UNKNOWN_LABEL).all())
        return self.correct is not None and labelled

    def only(self, places: NDArray[np.int64]) -> ExitLadder:
        """Return the ladder on some of its instances, int [M], in the order wanted.

        >>> ExitLadder("a", correct=np.array([[True, False]])).only(np.array([1])).correct
        array([[False]])
        """
        each = {basis: cost for basis, cost in self.costs.items() if cost.ndim == 2}
        reference = {
            basis: cost[places] if isinstance(cost, np.ndarray) else cost
            for basis, cost in self.reference_cost.items()
        }
        return replace(
            self,
            logits=None if self.logits is None else self.logits[:, places],
            labels=None if self.labels is None else self.labels[places],
            costs={**self.costs, **{basis: cost[:, places] for basis, cost in each.items()}},
            reference_cost=reference,
            correct=None if self.correct is None else self.correct[:, places],
            scores={name: one[:, places] for name, one in self.scores.items()},
            predictions=None if self.predictions is None else self.predictions[:, places],
        )

    def _measure(self) -> tuple[int, int]:
        """E and N from the first array that has them."""
        for name, array, axes in (
            ("logits", self.logits, "[E, N, C]"),
            ("correct", self.correct, "[E, N]"),
            ("predictions", self.predictions, "[E, N]"),
            *((f"scores[{name!r}]", array, "[E, N]") for name, array in self.scores.items()),
        ):
            if array is None:
                continue
            shape = np.shape(array)
            if len(shape) != axes.count(",") + 1 or 0 in shape:
                raise ValueError(
                    f"{name}: expected a non-empty array {axes} but got shape {list(shape)}"
                )
            return shape[0], shape[1]
        raise ValueError(f"ladder {self.name!r}: expected logits, correct or scores but got none")

    def _references(self) -> dict[str, float | NDArray[np.float64]]:
        unknown = set(self.reference_cost) - set(self.costs)
        if unknown:
            raise ValueError(
                f"reference_cost: {sorted(unknown)} has no entry in costs ({sorted(self.costs)})"
            )
        return {
            basis: _reference(basis, self.reference_cost.get(basis, cost[-1]), self.instances)
            for basis, cost in self.costs.items()
        }


def compose(
    ladders: Sequence[ExitLadder], name: str, reference_cost: Mapping[str, Any] | None = None
) -> ExitLadder:
    """Chain ladders into one cascade, small to large.

    Exits are concatenated and costs accumulate: every later ladder adds to the last cost of
    everything before it (a 2-layer, then a 12-layer model cost 2 and 14). Bases and ready-made
    scores that not all ladders have are left out.

    Args:
        ladders: at least one, over the same instances.
        name: the name of the result.
        reference_cost: per basis; that of the last ladder where it is not given.

    Raises:
        ValueError: the ladders do not cover the same instances with the same labels and classes.

    >>> correct = np.ones((1, 3), dtype=bool)
    >>> small = ExitLadder("2L", correct=correct, costs={"layers": [2]})
    >>> large = ExitLadder("12L", correct=correct, costs={"layers": [12]})
    >>> cascade = compose([small, large], name="2-12")
    >>> cascade.costs["layers"].tolist(), cascade.reference_cost["layers"], cascade.exit_names
    ([2.0, 14.0], 12.0, ('2L', '12L'))
    """
    if not ladders:
        raise ValueError("compose: expected at least one ladder but got none")
    _check_alike(ladders)
    bases = [basis for basis in ladders[0].costs if all(basis in one.costs for one in ladders)]
    if not bases and any(one.costs for one in ladders):
        raise ValueError(
            "compose: the ladders have no cost basis in common: "
            + ", ".join(f"{one.name} has {sorted(one.costs)}" for one in ladders)
        )
    criteria = [each for each in ladders[0].scores if all(each in one.scores for one in ladders)]
    references = {basis: ladders[-1].reference_cost[basis] for basis in bases}
    return ExitLadder(
        name=name,
        logits=_joined([one.logits for one in ladders]),
        labels=next((one.labels for one in ladders if one.labels is not None), None),
        costs={basis: _chained([one.costs[basis] for one in ladders]) for basis in bases},
        reference_cost=references | dict(reference_cost or {}),
        correct=_joined([one.correct for one in ladders]),
        scores={each: _joined([one.scores[each] for one in ladders]) for each in criteria},
        exit_names=tuple(exit_name for one in ladders for exit_name in _exit_names(one)),
        predictions=_joined([one.predictions for one in ladders]),
    )


def _check_alike(ladders: Sequence[ExitLadder]) -> None:
    first = ladders[0]
    for other in ladders[1:]:
        what = f"compose: {first.name!r} and {other.name!r}"
        if other.instances != first.instances:
            raise ValueError(
                f"{what} have {first.instances} and {other.instances} instances; expected the same"
            )
        if first.logits is not None and other.logits is not None and other.classes != first.classes:
            raise ValueError(
                f"{what} have {first.classes} and {other.classes} classes; expected the same"
            )
        if first.labels is None or other.labels is None:
            continue
        if not np.array_equal(first.labels, other.labels):
            raise ValueError(f"{what} disagree in labels; expected the same instances in order")


def _exit_names(ladder: ExitLadder) -> tuple[str, ...]:
    if ladder.exits == 1:
        return (ladder.name,)
    names = ladder.exit_names or tuple(str(number + 1) for number in range(ladder.exits))
    return tuple(f"{ladder.name} {exit_name}" for exit_name in names)


def _chained(costs: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Costs [E] or [E, N] of consecutive ladders, each on top of all before it."""
    if any(cost.ndim == 2 for cost in costs):
        instances = max(cost.shape[1] for cost in costs if cost.ndim == 2)
        costs = [
            cost if cost.ndim == 2 else np.repeat(cost[:, None], instances, axis=1)
            for cost in costs
        ]
    chained = [costs[0]]
    for cost in costs[1:]:
        chained.append(chained[-1][-1] + cost)
    return np.concatenate(chained)


def _joined(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    present = [array for array in arrays if array is not None]
    return np.concatenate(present) if len(present) == len(arrays) else None


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _shaped(name: str, array: ArrayLike, shape: tuple[int | None, ...]) -> NDArray[Any]:
    array = np.asarray(array)
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {list(shape)} but got {list(array.shape)}")
    return _read_only(array)


def _labels(labels: ArrayLike, instances: int, classes: int | None) -> NDArray[Any]:
    labels = _shaped("labels", labels, (instances,))
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels: expected integers but got {labels.dtype}")
    last = labels.max() if classes is None else classes - 1
    if labels.min() < UNKNOWN_LABEL or labels.max() > last:
        raise ValueError(
            f"labels: expected 0 to {last}, or -1 for unknown, "
            f"but got {labels.min()} to {labels.max()}"
        )
    return labels


def _scores(name: str, scores: ArrayLike, exits: int, instances: int) -> NDArray[Any]:
    scores = _shaped(f"scores[{name!r}]", scores, (exits, instances))
    if scores.dtype.kind not in "fiub":
        raise ValueError(f"scores[{name!r}]: expected numbers but got {scores.dtype}")
    return scores


def _cost(basis: str, cost: ArrayLike, exits: int, instances: int) -> NDArray[np.float64]:
    cost = np.asarray(cost, dtype=np.float64)
    if cost.shape not in ((exits,), (exits, instances)):
        raise ValueError(
            f"costs[{basis!r}]: expected shape [{exits}] or [{exits}, {instances}] "
            f"but got {list(cost.shape)}"
        )
    if not np.isfinite(cost).all() or (cost < 0).any() or (np.diff(cost, axis=0) < 0).any():
        raise ValueError(
            f"costs[{basis!r}]: expected finite cumulative costs that never fall from one exit to "
            "the next; add to each exit the cost of everything that ran before it"
        )
    return _read_only(cost)


def _reference(basis: str, cost: ArrayLike, instances: int) -> float | NDArray[np.float64]:
    cost = np.asarray(cost, dtype=np.float64)
    if cost.shape not in ((), (instances,)):
        raise ValueError(
            f"reference_cost[{basis!r}]: expected a number or shape [{instances}] "
            f"but got {list(cost.shape)}"
        )
    if not np.isfinite(cost).all() or not (cost > 0).all():
        raise ValueError(f"reference_cost[{basis!r}]: expected finite costs above zero")
    return _read_only(cost) if cost.ndim else float(cost)
