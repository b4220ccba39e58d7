"""Temperature scaling: one number for each exit that makes its confidences honest.

Axes: N instances, E exits, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .ladder import UNKNOWN_LABEL
from .run import Run

Temperatures = Mapping[str, NDArray[np.float64]]  # of every exit [E] of a run's models, by name

RANGE = (0.05, 20.0)


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature T for which softmax(logits / T) says most of the labels (Guo et al. 2017).

    It has the least negative log-likelihood, between 0.05 and 20. Above 1 the exit was too sure,
    below 1 not sure enough. Which class is the most probable does not change.

    Args:
        logits: [N, C].
        labels: [N]; unknown ones are left out.

    Raises:
        ValueError: no label is known.

    >>> logits = np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]])
    >>> round(fit_temperature(logits, np.array([0, 0, 0, 1])), 3)  # three of four: 4 / ln 3
    3.641
    """
    from scipy.optimize import minimize_scalar  # which importing cascade_core must not pay for

    known = labels != UNKNOWN_LABEL
    if not known.any():
        raise ValueError("labels: expected some that are known, to fit a temperature, but got none")
    shifted = logits[known].astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    right = shifted[np.arange(len(shifted)), labels[known]]

    def surprise(log_temperature: float) -> float:
        cooled = np.exp(-log_temperature)
        return float(np.mean(np.log(np.exp(cooled * shifted).sum(axis=1)) - cooled * right))

    found = minimize_scalar(surprise, bounds=tuple(np.log(RANGE)), method="bounded")
    return float(np.exp(found.x))


def fit_temperatures(run: Run) -> Temperatures:
    """The temperature of every exit of every model of a run. ValueError where no label is known.

    >>> from cascade_core.paper.example import example_run
    >>> fit_temperatures(example_run())["BERT-12L"].round(2)
    array([0.39])
    """
    return {
        name: np.array([fit_temperature(one, run.labels) for one in output.logits])
        for name, output in run.models.items()
    }


def at_temperatures(run: Run, temperatures: Temperatures) -> Run:
    """A run with the logits of each exit divided by its temperature.

    Answers stay the same. So does, with two classes, the order of confidences within an exit, and
    with it DIS; with more, two instances may change places. Which exits one threshold chooses does
    change.

    >>> from cascade_core.paper.example import example_run
    >>> run = example_run()
    >>> doubled = {name: np.full(output.exits, 2.0) for name, output in run.models.items()}
    >>> cool = at_temperatures(run, doubled).models["BERT-12L"]
    >>> bool((2 * cool.logits == run.models["BERT-12L"].logits).all())
    True
    """
    models = {
        name: replace(output, logits=output.logits / temperatures[name][:, None, None])
        for name, output in run.models.items()
    }
    return replace(run, models=models)
