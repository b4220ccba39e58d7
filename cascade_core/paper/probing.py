"""Figures 2 and 3 of the CascadeBERT paper: how good, and how reliable, are shallow exits?

Axes: N instances, K numbers of layers, M methods.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..criteria import ladder_scores
from ..curve import TradeoffCurve, TradeoffPoint
from ..difficulty import difficulty_inversion_score
from ..intervals import Interval, wilson
from ..replay import replay
from ..run import Run
from .model_exits import confidences, model_exits, need_labels, right_answers, system_curve


class SubsetPoint(NamedTuple):
    """A point of Figure 2: one model of `layers` layers on the `n` instances emitted there.

    Accuracy and its 95 % interval are NaN where n is 0.
    """

    method: str
    model: str
    layers: int
    n: int
    accuracy: float
    interval: Interval


class Figure2(NamedTuple):
    """Models of as many layers on what `ramps` emits there; `counts` [K] instances at `layers`."""

    ramps: str
    threshold: float
    speedup: float
    layers: tuple[int, ...]
    counts: tuple[int, ...]
    points: tuple[SubsetPoint, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each point."""
        records = [(*point[:-1], *point.interval) for point in self.points]
        columns = ["method", "model", "layers", "n", "accuracy", "low", "high"]
        return pd.DataFrame.from_records(records, columns=columns)


def figure_2(
    run: Run,
    ramps: str = "DeeBERT",
    threshold: float | None = None,
    speedup: float | None = None,
    basis: str = "layers",
) -> Figure2:
    """Figure 2: are shallow features sufficient? Accuracy on the instances emitted at each layer.

    The off-ramp system splits the instances by the layer at which it emits them. Every model of the
    run with an exit after as many layers is scored on that part: first the off-ramp itself, then
    BERT-kL, BERT-Complete and others as there are, grouped as in `model_exits`. Always accuracy,
    also where the task's metric is F1.

    Args:
        run: with known labels.
        ramps: a system of one model with several exits; leaves by its own criterion.
        threshold: the one it is set to; or, in its place,
        speedup: how fast it is to be at least, at the highest threshold that is.
        basis: which cost the speed-up counts.

    Raises:
        ValueError: no such system, not one model with several exits, unknown labels, a speed-up out
            of reach, or not one of threshold and speed-up.

    >>> from cascade_core.paper.example import example_run
    >>> figure = figure_2(example_run(), threshold=0.65)
    >>> figure.layers, figure.counts
    ((2, 4, 12), (3, 1, 2))
    >>> [(point.method, round(point.accuracy, 3)) for point in figure.points if point.layers == 2]
    [('DeeBERT', 0.333), ('BERT-Complete', 0.333), ('BERT-Complete, DAR', 0.333),
     ('FastBERT', 0.333)]
    """
    need_labels(run, "figure 2")
    curve = system_curve(run, ramps, basis)
    model, layers = _off_ramps(run, ramps)
    point = _point(curve, threshold, speedup)
    left = replay(ladder_scores(run.systems[ramps], curve.criterion), point.threshold)
    points = []
    for at in sorted(model_exits(run), key=lambda at: at.model != model):
        if at.layers not in layers:
            continue
        subset = left == layers.index(at.layers)
        n = int(subset.sum())
        right = right_answers(run, at.model, at.exit)[subset]
        accuracy = float(right.mean()) if n else np.nan
        points.append(SubsetPoint(*at[:3], n, accuracy, wilson(accuracy, n)))
    counts = tuple(int(count) for count in point.exit_counts)
    return Figure2(ramps, point.threshold, point.speedup, layers, counts, tuple(points))


class Figure3(NamedTuple):
    """DIS by method and layer: `dis` [M, K] with each exit's own errors as difficulty.

    `given` [M, K] is the same with the difficulty labels that were given, or None. NaN where a
    method has no exit after so many layers, and where all instances are easy or all difficult.
    """

    methods: tuple[str, ...]
    layers: tuple[int, ...]
    dis: NDArray[np.float64]
    given: NDArray[np.float64] | None

    def to_frame(self) -> pd.DataFrame:
        """One row for each method and number of layers; `given` only where there is one."""
        rows = [(method, layer) for method in self.methods for layer in self.layers]
        frame = pd.DataFrame(rows, columns=["method", "layers"]).assign(dis=self.dis.ravel())
        return frame if self.given is None else frame.assign(given=self.given.ravel())


def figure_3(run: Run, difficulty: ArrayLike | None = None, ties: str = "paper") -> Figure3:
    """Figure 3: are internal classifiers reliable? Difficulty inversion score (Eq. 3) of each exit.

    Over all instances, for every exit of every model, grouped as in `model_exits`; confidence is
    the highest probability.

    Args:
        run: with known labels.
        difficulty: [N], 1 where difficult, 0 where easy, such as cross-validation gives; one set of
            labels for all exits.
        ties: of `difficulty_inversion_score`.

    Raises:
        ValueError: unknown labels, difficulty of another shape or other values, or unknown `ties`.

    >>> from cascade_core.paper.example import example_run
    >>> figure = figure_3(example_run())
    >>> figure.methods[-2:], figure.layers
    (('DeeBERT', 'FastBERT'), (2, 4, 12))
    >>> figure.dis[-2].round(3).tolist()
    [0.5, 0.667, 1.0]
    """
    need_labels(run, "figure 3")
    easy = None if difficulty is None else _easy(difficulty, run.instances)
    exits = model_exits(run)
    methods = tuple(dict.fromkeys(at.method for at in exits))
    layers = tuple(sorted({at.layers for at in exits}))
    dis = np.full((len(methods), len(layers)), np.nan)
    given = None if easy is None else dis.copy()
    for at in exits:
        place = methods.index(at.method), layers.index(at.layers)
        right = right_answers(run, at.model, at.exit)
        confidence = confidences(run, at.model, at.exit)
        dis[place] = difficulty_inversion_score(right, confidence, ties)
        if given is not None and easy is not None:
            given[place] = difficulty_inversion_score(easy, confidence, ties)
    return Figure3(methods, layers, dis, given)


def _off_ramps(run: Run, system: str) -> tuple[str, tuple[int, ...]]:
    """The model of an off-ramp system and the layers of its exits."""
    model, *more = run.system_specs[system].models
    if more or run.models[model].exits == 1:
        exits = [f"{name} with {run.models[name].exits}" for name in (model, *more)]
        raise ValueError(
            f"figure 2: expected a system of one model with several exits, but {system!r} has "
            + ", ".join(exits)
        )
    return model, run.models[model].layers


def _point(curve: TradeoffCurve, threshold: float | None, speedup: float | None) -> TradeoffPoint:
    if threshold is not None and speedup is None:
        return curve.at_threshold(threshold)
    if speedup is not None and threshold is None:
        return curve.at_speedup(speedup)
    raise ValueError("figure 2: expected a threshold or a speed-up, one of the two")


def _easy(difficulty: ArrayLike, instances: int) -> NDArray[np.bool_]:
    values = np.asarray(difficulty)
    if values.shape != (instances,) or not np.isin(values, (0, 1)).all():
        raise ValueError(
            f"difficulty: expected {instances} values of 0 (easy) or 1 (difficult), but got shape "
            f"{list(values.shape)} with {np.unique(values)[:5].tolist()}"
        )
    return values == 0
