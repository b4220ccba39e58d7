"""The numbers of one instance's way through every exit, for the figure and for the lab.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cascade_core import ExitLadder, ladder_scores
from cascade_core.criteria import confidences
from dashboard.choices import CRITERION_TITLES, Choices
from dashboard.figures.trace import TracePanel, TracePicture, places, trace_height

MOST_CLASSES = 6  # whose probabilities are drawn


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
    if ladder.exits == 1 and (sure := confidences(ladder)) is not None:
        return sure
    return ladder_scores(ladder, criterion)


def trace_picture(choices: Choices, traced: Traced) -> TracePicture:
    """Everything the figure of one instance shows."""
    panels = [_panel(choices, traced, name) for name in traced.drawn]
    shown = _likeliest([panel.probabilities for panel in panels])
    unit = _unit(choices, traced)
    offered = [choices.curves[name].threshold_range[0] for name in traced.drawn]
    finite = [panel.scores[np.isfinite(panel.scores)] for panel in panels]
    return TracePicture(
        title=traced.title,
        panels=[one._replace(probabilities=one.probabilities[:, shown]) for one in panels],
        styles=[choices.styles[name] for name in traced.drawn],
        label_names=tuple(choices.run.label_names[number] for number in shown),
        score_title=CRITERION_TITLES[choices.criterion],
        unit=unit,
        lowest=float(min(0.0, *offered, *np.concatenate(finite)) / unit),
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
    return TracePanel(
        name,
        choices.exit_names(name),
        np.asarray(exit_scores_of(ladder, choices.criterion)[:, traced.instance]),
        _probabilities(ladder, traced.instance),
    )


def _probabilities(ladder: ExitLadder, instance: int) -> NDArray[np.float64]:
    """Class probabilities of one instance at every exit [E, C]; of no class without logits."""
    if ladder.logits is None:
        return np.empty((ladder.exits, 0))
    one = ladder.logits[:, instance].astype(np.float64)
    raised = np.exp(one - one.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def _likeliest(probabilities: Sequence[NDArray[np.float64]]) -> NDArray[np.intp]:
    """The classes that some exit of some system finds likeliest, as many as can be told apart."""
    highest = np.max([one.max(axis=0) for one in probabilities], axis=0)
    return np.sort(np.argsort(-highest, kind="stable")[:MOST_CLASSES])
