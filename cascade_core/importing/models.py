"""From a file's arrays to the models of a run, checked row by row however many there are.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..criteria import CONFIDENCE, exit_scores
from .named_arrays import OUTPUTS, NamedArrays, OutputsError

MOST_LOGITS = 100  # classes; of more, answers and scores are kept, which is all that exits need
ROWS = 4096  # at a time
ROUNDING = 0.01  # by which probabilities may miss 1 in total
FEWEST_TO_TELL = 10  # rows that all add up to 1 by no accident
KEPT_SCORES = ("max_prob", "entropy", "margin")
_AXES = {"logits": 3, "probabilities": 3, "predictions": 2, "scores": 2, "cost": 2}


class Found(NamedTuple):
    """What a file says of one model: the arguments of a `ModelOutput`, and how many classes."""

    outputs: dict[str, Any]
    instances: int
    classes: int | None


def model_names(given: NamedArrays) -> list[str]:
    """Return the models that a file's arrays name, "" where it has one without a name.

    >>> model_names(NamedArrays({"logits/small": None, "logits/big": None, "labels": None}))
    ['small', 'big']
    """
    named = [name.partition("/") for name in given.arrays if name not in given.columns]
    found = list(dict.fromkeys(model for kind, _, model in named if kind != "cost"))
    if not found:
        raise OutputsError(
            "expected logits, probabilities, or predictions and scores, but the file has "
            + (", ".join(list(given.arrays)[:10]) or "nothing")
            + "; name what models say logits or logits/<model>, probabilities or so"
        )
    if "" in found and len(found) > 1:
        raise OutputsError(
            f"expected the name of every model, as in logits/{found[-1] or found[0]}, since there "
            "are several, but one has none"
        )
    return found


def read_model(given: NamedArrays, model: str) -> Found:
    """Return what a file says of one model; raises `OutputsError` naming what is missing or wrong.

    >>> logits = np.float32([[2, 0], [0, 1], [1, 0]])
    >>> found = read_model(NamedArrays({"logits": logits}), "")
    >>> found.outputs["logits"].shape, found.classes
    ((1, 3, 2), 2)
    """
    names = {kind: f"{kind}/{model}" if model else kind for kind in OUTPUTS}
    has = [kind for kind in OUTPUTS if names[kind] in given.arrays]
    whole = [kind for kind in has if kind in ("logits", "probabilities")]
    if len(whole) > 1:
        raise OutputsError(f"expected {names['logits']!r} or {names['probabilities']!r}, not both")
    if whole:
        found = _from_classes(given, names[whole[0]], probabilities=whole == ["probabilities"])
    elif "predictions" in has and "scores" in has:
        found = _from_answers(given, names["predictions"], names["scores"])
    else:
        missing = "scores" if "predictions" in has else "predictions"
        raise OutputsError(
            f"expected an array {names[missing]!r} beside what there is of "
            f"{model or 'the model'}, but there is none; or give logits or probabilities"
        )
    if "cost" in has:
        found.outputs["cost"] = _cost(given, names["cost"], found)
    return found


def _from_classes(given: NamedArrays, name: str, probabilities: bool) -> Found:
    array = _numbers(given, name, _AXES["logits"])
    exits, instances, classes = (1, *array.shape)[-3:]
    blocks = _blocks(given, name, array, probabilities)
    seems = not probabilities and exits * instances >= FEWEST_TO_TELL
    if classes <= MOST_LOGITS:
        logits = np.empty((exits, instances, classes), np.float32)
        for exit_, rows, block in blocks:
            logits[exit_, rows] = block
            seems = seems and _seem_probabilities(block)
        _refuse_probabilities(name, seems)
        return Found({"logits": logits}, instances, classes)
    predictions = np.empty((exits, instances), np.int32)
    scores = {one: np.empty((exits, instances)) for one in KEPT_SCORES}
    for exit_, rows, block in blocks:
        predictions[exit_, rows] = block.argmax(axis=-1)
        for criterion, kept in scores.items():
            kept[exit_, rows] = exit_scores(block[None], criterion)[0]
        seems = seems and _seem_probabilities(block)
    _refuse_probabilities(name, seems)
    return Found({"predictions": predictions, "scores": scores}, instances, classes)


def _seem_probabilities(block: np.ndarray) -> bool:
    return bool(block.min() >= 0 and (np.abs(block.sum(axis=-1) - 1) < ROUNDING).all())


def _refuse_probabilities(name: str, seems: bool) -> None:
    if seems:
        raise OutputsError(
            f"{name!r}: expected logits but all rows add up to 1, as probabilities do; name them "
            "probabilities"
        )


def _blocks(
    given: NamedArrays, name: str, array: Any, probabilities: bool
) -> Iterator[tuple[int, slice, np.ndarray]]:
    """Logits of one exit and some rows [n, C], checked; never is the whole array held twice."""
    exits, instances = (1, *array.shape)[-3:-1]
    for exit_ in range(exits):
        for start in range(0, instances, ROWS):
            rows = slice(start, min(start + ROWS, instances))
            block = np.asarray(array[exit_, rows] if len(array.shape) == 3 else array[rows])
            if not probabilities:
                with np.errstate(over="ignore"):  # what float32 cannot hold is infinite
                    block = block.astype(np.float32)
            refuse = _Refusal(given, name, exit_ if len(array.shape) == 3 else None, start)
            refuse.where(~np.isfinite(block), block, "a finite number")
            if probabilities:
                refuse.where((block < 0) | (block > 1), block, "a probability from 0 to 1")
                totals = block.sum(axis=-1, dtype=np.float64)
                refuse.where_row(np.abs(totals - 1) > ROUNDING, totals)
                block = np.log(np.maximum(block.astype(np.float64), np.finfo(np.float32).tiny))
            yield exit_, rows, block.astype(np.float32)


class _Refusal(NamedTuple):
    """Where in a file a block of rows comes from, to say which number is wrong."""

    given: NamedArrays
    name: str
    exit: int | None
    start: int

    def where(self, wrong: np.ndarray, block: np.ndarray, expected: str) -> None:
        if wrong.any():
            row, class_ = (int(one) for one in np.argwhere(wrong)[0])
            place = self.given.place(self.name, self.start + row, self.exit, class_)
            raise OutputsError(f"{place}: expected {expected} but got {block[row, class_]}")

    def where_row(self, wrong: np.ndarray, totals: np.ndarray) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise OutputsError(
                f"{self.given.place(self.name, self.start + row, self.exit)}: expected "
                f"probabilities that add up to 1 but they add up to {totals[row]:.4g}; if these "
                "are logits, name them so"
            )


def _from_answers(given: NamedArrays, predictions: str, scores: str) -> Found:
    answers = np.atleast_2d(np.asarray(given.arrays[predictions][:]))
    sure = np.atleast_2d(np.asarray(_numbers(given, scores, _AXES["scores"])[:], np.float64))
    if answers.shape != sure.shape:
        raise OutputsError(
            f"expected {predictions!r} and {scores!r} of one shape, [E, N], but got "
            f"{list(answers.shape)} and {list(sure.shape)}"
        )
    wrong = ~((sure >= 0) & (sure <= 1))
    if wrong.any():
        exit_, row = (int(one) for one in np.argwhere(wrong)[0])
        raise OutputsError(
            f"{given.place(scores, row, exit_)}: expected how sure the exit is, from 0 to 1, but "
            f"got {sure[exit_, row]}; of log-probabilities take the exponential"
        )
    return Found({"predictions": answers, "scores": {CONFIDENCE: sure}}, answers.shape[1], None)


def _cost(given: NamedArrays, name: str, found: Found) -> np.ndarray:
    cost = np.asarray(_numbers(given, name, _AXES["cost"])[:], np.float64)
    exits = len(next(iter(found.outputs.values())))
    if cost.shape == (found.instances,) != (exits,):
        cost = cost[None]
    wrong = ~(np.isfinite(cost) & (cost >= 0))
    if wrong.any() and cost.ndim == 2:
        exit_, row = (int(one) for one in np.argwhere(wrong)[0])
        raise OutputsError(
            f"{given.place(name, row, exit_)}: expected a cost from 0 on but got {cost[exit_, row]}"
        )
    return cost


def _numbers(given: NamedArrays, name: str, most_axes: int) -> Any:
    """An array of numbers, not read yet, with `most_axes` axes or one less."""
    array = given.arrays[name]
    wanted = "[E, N, C] or [N, C]" if most_axes == 3 else "[E, N] or [N]"
    shape = list(array.shape)
    if len(shape) not in (most_axes, most_axes - 1) or 0 in shape:
        raise OutputsError(f"{name!r}: expected a non-empty array {wanted} but got shape {shape}")
    if np.dtype(array.dtype).kind not in "fiu":
        raise OutputsError(f"{name!r}: expected numbers but got {array.dtype}")
    return array
