"""How far every exit of every model of a run can be trusted: accuracy, DIS and ECE of each.

Axes: N instances, M models, L depths.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .calibration import expected_calibration_error
from .difficulty import difficulty_inversion_interval, difficulty_inversion_score
from .intervals import Interval, wilson
from .run import Run

if TYPE_CHECKING:
    import pandas as pd


class ExitGrid(NamedTuple):
    """One quality of all exits: `values` [M, L], NaN where a model has no exit at that depth.

    Depths are layers, or where a model's layers are not known the numbers of exits: `counted` is
    "layer" or "exit". `low` and `high` [M, L] bound the 95 % intervals; they are NaN all over for
    the ECE, whose interval takes simulations: `calibration_report` makes that of one exit.
    """

    quality: str
    models: tuple[str, ...]
    depths: tuple[int, ...]
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    counted: str = "layer"

    def to_frame(self) -> pd.DataFrame:
        """A row for each model, a column for each depth."""
        return self._framed(self.values)

    def bounds(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The lower and the upper bounds of the intervals, laid out in the same way."""
        return self._framed(self.low), self._framed(self.high)

    def _framed(self, values: NDArray[np.float64]) -> pd.DataFrame:
        import pandas as pd

        models = pd.Index(self.models, name="model")
        return pd.DataFrame(values, models, pd.Index(self.depths, name=self.counted))


Right, Confidence = NDArray[np.bool_], NDArray[np.float64]


class Quality(NamedTuple):
    """What is asked of an exit, from where it is right and how sure it is, and the interval."""

    value: Callable[[Right, Confidence], float]
    interval: Callable[[Right, Confidence], Interval]


def _accuracy(right: Right, confidence: Confidence) -> float:
    return float(right.mean())


def _accuracy_interval(right: Right, confidence: Confidence) -> Interval:
    return wilson(float(right.mean()), len(right))


def _calibration(right: Right, confidence: Confidence) -> float:
    return expected_calibration_error(confidence, right)


def _unknown(right: Right, confidence: Confidence) -> Interval:
    return Interval(np.nan, np.nan)


QUALITIES: dict[str, Quality] = {
    "dis": Quality(difficulty_inversion_score, difficulty_inversion_interval),
    "accuracy": Quality(_accuracy, _accuracy_interval),
    "ece": Quality(_calibration, _unknown),
}


def exit_grid(run: Run, quality: str) -> ExitGrid:
    """Return a quality ("dis", "accuracy" or "ece") of every exit of every model.

    Instances without a label are left out; where there are none with one, all values are NaN.
    Raises `ValueError` for another quality.

    >>> from cascade_core import ModelOutput
    >>> logits = np.array([[[2.0, 0], [0, 1]], [[2, 0], [3, 0]]])
    >>> run = Run("demo", [0, 0], {"ramps": ModelOutput("ramps", logits, layers=(2, 6))})
    >>> exit_grid(run, "accuracy").values.tolist()
    [[0.5, 1.0]]
    >>> exit_grid(run, "accuracy").to_frame()
    layer    2    6
    model
    ramps  0.5  1.0
    """
    if quality not in QUALITIES:
        raise ValueError(f"quality: expected one of {', '.join(QUALITIES)} but got {quality!r}")
    by_layer = all(model.layers for model in run.models.values())
    places = [
        model.layers if by_layer else tuple(range(1, model.exits + 1))
        for model in run.models.values()
    ]
    depths = sorted({depth for place in places for depth in place})
    values, low, high = np.full((3, len(run.models), len(depths)), np.nan)
    known = np.flatnonzero(run.labels >= 0)
    for row, model in enumerate(run.models.values()):
        for exit_, depth in enumerate(places[row]):
            if known.size:
                right = (model.answers(exit_) == run.labels)[known]
                confidence = model.confidences(exit_)[known]
                cell = row, depths.index(depth)
                values[cell] = QUALITIES[quality].value(right, confidence)
                low[cell], high[cell] = QUALITIES[quality].interval(right, confidence)
    counted = "layer" if by_layer else "exit"
    return ExitGrid(quality, tuple(run.models), tuple(depths), values, low, high, counted)
