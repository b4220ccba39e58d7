"""The numbers of one instance's way through every exit, for the figure and for the lab.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cascade_core import exit_scores, ladder_scores
from dashboard.choices import CRITERION_TITLES, Choices
from dashboard.figures.trace import TracePanel, TracePicture, places, trace_height


def focus_scores(choices: Choices, system: str) -> NDArray[Any]:
    """The exit scores of a system, [E, N]; a single exit has its highest probability."""
    ladder = choices.systems[system]
    if ladder.exits == 1 and ladder.logits is not None:
        return exit_scores(ladder.logits, "max_prob")
    return ladder_scores(ladder, choices.criterion)


def trace_picture(choices: Choices, instance: int) -> TracePicture:
    """Everything the figure of one instance shows."""
    run, names = choices.run, _drawn(choices)
    return TracePicture(
        title=f"Example {run.ids[instance]} through every exit · {choices.setting}",
        panels=[_panel(choices, name, instance) for name in names],
        styles=[choices.styles[name] for name in names],
        label_names=run.label_names,
        score_title=CRITERION_TITLES[choices.criterion],
        unit=_unit(choices),
    )


def trace_settings(choices: Choices, instance: int) -> dict[str, Any]:
    """Where the lab finds the panels of the figure, and what each exit answers."""
    names = _drawn(choices)
    place = dict(zip(names, places(len(names)), strict=True))
    unit = _unit(choices)
    panels = []
    for name, ladder in choices.systems.items():
        predictions = ladder.predictions
        answers = [] if predictions is None else predictions[:, instance]
        panel: dict[str, Any] = {"answers": [choices.run.label_names[one] for one in answers]}
        if name in place:
            heights = focus_scores(choices, name)[:, instance] / unit
            panel |= {**place[name]._asdict(), "heights": heights.tolist()}
        panels.append(panel)
    height = trace_height(len(names))
    return {"instance": instance, "panels": panels, "unit": unit, "height": height}


def _drawn(choices: Choices) -> list[str]:
    """The systems that get a panel: those with several exits, or all when none has."""
    systems = choices.systems
    return [name for name in systems if systems[name].exits > 1] or list(systems)


def _unit(choices: Choices) -> float:
    """What scores are divided by to be drawn beside probabilities."""
    return max(1.0, *(choices.curves[name].threshold_range[1] for name in _drawn(choices)))


def _panel(choices: Choices, name: str, instance: int) -> TracePanel:
    logits = choices.systems[name].logits
    if logits is None:
        raise ValueError(f"trace: {name!r} has no logits to show")
    one = logits[:, instance].astype(np.float64)
    raised = np.exp(one - one.max(axis=-1, keepdims=True))
    return TracePanel(
        name,
        choices.exit_names(name),
        np.asarray(focus_scores(choices, name)[:, instance]),
        raised / raised.sum(axis=-1, keepdims=True),
    )
