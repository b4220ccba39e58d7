"""The exits of a run's models as the paper groups them: by method and number of layers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..curve import TradeoffCurve
from ..run import Run
from ..tradeoff import tradeoff_curve
from .layout import method_of


class ModelExit(NamedTuple):
    """The exit of a model after `layers` layers; `exit` is its number from 0."""

    method: str
    model: str
    layers: int
    exit: int


def model_exits(run: Run) -> list[ModelExit]:
    """All exits of all models of a run, in its order.

    A model of several exits is a method of its own; models of one exit whose names differ in layers
    only are one method (`method_of`). A second model with as many layers keeps its own name.

    >>> from cascade_core.paper.example import example_run
    >>> [at[:3] for at in model_exits(example_run()) if at.model in ("BERT-4L", "DeeBERT")]
    [('BERT-kL', 'BERT-4L', 4), ('DeeBERT', 'DeeBERT', 2), ('DeeBERT', 'DeeBERT', 4),
     ('DeeBERT', 'DeeBERT', 12)]
    """
    taken: set[tuple[str, int]] = set()
    exits = []
    for name, output in run.models.items():
        method = method_of(name) if output.exits == 1 else name
        if any((method, layers) in taken for layers in output.layers):
            method = name
        for number, layers in enumerate(output.layers):
            taken.add((method, layers))
            exits.append(ModelExit(method, name, layers, number))
    return exits


def right_answers(run: Run, model: str, exit: int) -> NDArray[np.bool_]:
    """Whether an exit of a model is right, bool [N].

    >>> from cascade_core.paper.example import example_run
    >>> right_answers(example_run(), "BERT-12L", -1).tolist()
    [True, True, True, True, True, False]
    """
    return run.models[model].answers(exit) == run.labels


def confidences(run: Run, model: str, exit: int) -> NDArray[np.float64]:
    """The highest probability at an exit of a model, the paper's c(x) (Eq. 4), float64 [N].

    >>> from cascade_core.paper.example import example_run
    >>> confidences(example_run(), "BERT-12L", -1).round(2).tolist()
    [0.98, 0.95, 0.9, 0.9, 0.6, 0.55]
    """
    return run.models[model].confidences(exit)


def system_curve(run: Run, system: str, basis: str, metric: str | None = None) -> TradeoffCurve:
    """The curve of a system under its own criterion, in the run's metric unless told another.

    Raises:
        ValueError: no such system, or it does not know the basis.

    >>> from cascade_core.paper.example import example_run
    >>> system_curve(example_run(), "CascadeBERT 2-12", "layers").speedup.round(2).tolist()
    [6.0, 3.0, 2.0, 1.5, 1.2, 0.86]
    """
    if system not in run.system_specs:
        raise ValueError(
            f"system: expected one of {', '.join(run.system_specs)}, but got {system!r}"
        )
    criterion = run.system_specs[system].criterion
    return tradeoff_curve(run.systems[system], criterion, basis, metric or run.metric)


def need_labels(run: Run, what: str) -> None:
    """Raise ValueError when a label of the run is unknown, naming `what` needs it.

    >>> from cascade_core.paper.example import example_run
    >>> need_labels(example_run(), "figure 2")
    """
    unknown = int((run.labels < 0).sum())
    if unknown:
        raise ValueError(
            f"{what}: expected known labels, but {unknown} of {run.name!r} are unknown"
        )
