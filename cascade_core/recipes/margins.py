"""A grid over the margin of difficulty-aware regularisation: which one makes the best cascade."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ladder import ExitLadder, compose
from ..models.inference import run_exits
from ..models.training import StepProgress
from ..tasks import find_task
from ..tradeoff import tradeoff_curve
from ..weights import STAGE_FILE
from .processes import is_main
from .stages import LOCK_FILE, Stage
from .training import PlannedModel
from .workshop import Workshop

SPEEDUPS = 21


def choose_margin(
    workshop: Workshop,
    model: PlannedModel,
    candidates: Mapping[float, PlannedModel],
    large: PlannedModel,
    progress: StepProgress | None = None,
) -> None:
    """Keep as `model` the candidate, by margin, with the best `cascade_score` on dev.

    The scores of all stand in its report; of equal ones the smaller margin is taken.
    """
    asked = {margin: _on_dev(workshop, one) for margin, one in candidates.items()}
    last = _on_dev(workshop, large)
    metric = find_task(workshop.recipe.task).metric
    scores = {f"{margin:g}": cascade_score(one, last, metric) for margin, one in asked.items()}
    best = max(sorted(asked), key=lambda margin: scores[f"{margin:g}"])
    if is_main():
        report = copy_result(candidates[best].stage, model.stage)
        model.stage.finish({**report, "margin": best, "cascade_scores": scores})
    if progress:
        progress(1, 1)


def cascade_score(small: ExitLadder, large: ExitLadder, metric: str) -> float:
    """The mean score of a cascade of two at speed-ups from 1x to its fastest, evenly spaced.

    Speed-ups are by layers, the criterion is `max_prob`.

    >>> right, sure = np.array([[True, False]]), {"max_prob": np.array([[0.9, 0.6]])}
    >>> small = ExitLadder("1", correct=right, scores=sure, costs={"layers": [1.0]})
    >>> large = ExitLadder("2", correct=~right, scores=sure, costs={"layers": [2.0]})
    >>> round(cascade_score(small, large, "accuracy"), 3)
    0.524
    """
    cost = {basis: costs[-1] for basis, costs in large.costs.items()}
    ladder = compose([small, large], name="cascade", reference_cost=cost)
    curve = tradeoff_curve(ladder, "max_prob", "layers", metric)
    wanted = np.linspace(1, curve.speedup[0], SPEEDUPS)
    return float(np.mean([curve.at_speedup(speedup).score for speedup in wanted]))


def _on_dev(workshop: Workshop, planned: PlannedModel) -> ExitLadder:
    """What the last exit of a trained model says of dev."""
    model, tokens = planned.load(), workshop.encoded(planned.origin.checkpoint)
    logits = run_exits(model, tokens.dev, tokens.tokenizer).logits[-1:]
    costs = {"layers": [float(model.exits[-1])]}
    return ExitLadder(planned.name, logits=logits, labels=workshop.dev_texts.labels, costs=costs)


def copy_result(source: Stage, target: Stage) -> dict[str, Any]:
    """Copy what a finished stage holds into another one; return what it reported.

    The other one is not done by that: a kill in between leaves nothing that looks whole.
    """
    own = shutil.ignore_patterns(STAGE_FILE, LOCK_FILE)
    shutil.copytree(source.folder, target.folder, ignore=own, dirs_exist_ok=True)
    return source.report()
