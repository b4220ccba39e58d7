"""The numbers of one instance's way through every exit, for the figure and for the lab.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cascade_core import ExitLadder, exit_scores, ladder_scores
from dashboard.choices import CRITERION_TITLES, Choices
from dashboard.figures.trace import TracePanel, TracePicture, places, trace_height


class Traced(NamedTuple):
    """One instance of some ladders, and what the figure of it is called."""

    ladders: Mapping[str, ExitLadder]
    instance: int
    title: str

    @property
    def drawn(self) -> list[str]:
        """The systems that get a panel: those with several exits, or all when none has."""
        several = [name for name, ladder in self.ladders.items() if ladder.exits > 1]
        return several or list(self.ladders)


def traced_example(choices: Choices, instance: int) -> Traced:
    """An instance of the run, through all its systems."""
    title = f"Example {choices.run.ids[instance]} through every exit · {choices.setting}"
    return Traced(choices.systems, instance, title)


def exit_scores_of(ladder: ExitLadder, criterion: str) -> NDArray[Any]:
    """The exit scores of a system, [E, N]; a single exit has its highest probability."""
    if ladder.exits == 1 and ladder.logits is not None:
        return exit_scores(ladder.logits, "max_prob")
    return ladder_scores(ladder, criterion)


def trace_picture(choices: Choices, traced: Traced) -> TracePicture:
    """Everything the figure of one instance shows."""
    return TracePicture(
        title=traced.title,
        panels=[_panel(choices, traced, name) for name in traced.drawn],
        styles=[choices.styles[name] for name in traced.drawn],
        label_names=choices.run.label_names,
        score_title=CRITERION_TITLES[choices.criterion],
        unit=_unit(choices, traced),
    )


def trace_settings(choices: Choices, traced: Traced) -> dict[str, Any]:
    """Where the lab finds the panels of the figure, and what each exit answers.

    Panels are those of all systems of the run, in its order; one that is not traced is empty.
    """
    drawn, unit = traced.drawn, _unit(choices, traced)
    place = dict(zip(drawn, places(len(drawn)), strict=True))
    panels = []
    for name in choices.systems:
        panel: dict[str, Any] = {}
        if name in traced.ladders:
            ladder = traced.ladders[name]
            answers = [] if ladder.predictions is None else ladder.predictions[:, traced.instance]
            panel["answers"] = [choices.run.label_names[one] for one in answers]
        if name in place:
            scores = exit_scores_of(traced.ladders[name], choices.criterion)[:, traced.instance]
            panel |= {**place[name]._asdict(), "heights": (scores / unit).tolist()}
        panels.append(panel)
    height = trace_height(len(drawn))
    return {"instance": traced.instance, "panels": panels, "unit": unit, "height": height}


def _unit(choices: Choices, traced: Traced) -> float:
    """What scores are divided by to be drawn beside probabilities."""
    return max(1.0, *(choices.curves[name].threshold_range[1] for name in traced.drawn))


def _panel(choices: Choices, traced: Traced, name: str) -> TracePanel:
    ladder = traced.ladders[name]
    if ladder.logits is None:
        raise ValueError(f"trace: {name!r} has no logits to show")
    one = ladder.logits[:, traced.instance].astype(np.float64)
    raised = np.exp(one - one.max(axis=-1, keepdims=True))
    return TracePanel(
        name,
        choices.exit_names(name),
        np.asarray(exit_scores_of(ladder, choices.criterion)[:, traced.instance]),
        raised / raised.sum(axis=-1, keepdims=True),
    )
