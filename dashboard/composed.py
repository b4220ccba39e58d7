"""A cascade that somebody composes of a run's models: which ones, its curve, its rivals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cascade_core import ExitLadder, Run, TradeoffCurve, tradeoff_curve
from cascade_core.comparison import MATCHED, Comparison, compare
from cascade_core.deferral import LEARNED, with_learned_scores
from dashboard.choices import Choices
from dashboard.memory import STAGES, offer, recall, remember

NONE = "–"
NEEDED = 2  # stages that must be filled


class Composed(NamedTuple):
    """A cascade of `models` in their order; thresholds are chosen on `chosen_on` and its curve."""

    models: tuple[str, ...]
    ladder: ExitLadder
    curve: TradeoffCurve
    chosen_on: ExitLadder
    choosing: TradeoffCurve

    @property
    def name(self) -> str:
        return self.ladder.name


def choose_models(run: Run) -> tuple[str, ...]:
    """Draw a choice for each stage and return the models in order."""
    names = sorted(run.models, key=lambda name: run.models[name].size)
    _start_where_nothing_fits(names, _start(run, names))
    chosen = []
    for number, (stage, place) in enumerate(zip(STAGES, st.columns(len(STAGES)), strict=True)):
        needed = number < NEEDED
        with place:
            model = st.selectbox(
                f"Model {number + 1}",
                help="Asked first, of every example."
                if not number
                else "Asked of what no model before it was sure of. Its cost comes on top.",
                **offer(stage, names if needed else [NONE, *names], names[0] if needed else NONE),
            )
        chosen.append(model)
    return tuple(model for model in chosen if model != NONE)


def compose(choices: Choices, models: tuple[str, ...], name: str, metric: str = "") -> Composed:
    """The cascade under the choices of the side bar, in the run's metric or another one."""
    asked = (models, name, choices.criterion, choices.basis, metric or choices.run.metric)
    every, other = choices.everything.run, choices.shown.calibration
    ladder, curve = _composed(choices.run.identity, *asked, every, choices.narrowed.places)
    chosen = (ladder, curve)
    if other:
        chosen = _composed(other.identity, *asked, other, None)
    return Composed(models, ladder, curve, *chosen)


def free_name(systems: Sequence[str]) -> str:
    """What the composed cascade is called among the systems of the run.

    >>> free_name(["DeeBERT"]), free_name(["composed"])
    ('composed', 'composed here')
    """
    name = "composed"
    while name in systems:
        name += " here"
    return name


def best_other(choices: Choices, models: tuple[str, ...], speedup: float) -> str | None:
    """The system, not of these very models, with the best score where it is so fast."""
    scores = {}
    for name, curve in choices.curves.items():
        choosing = choices.choosing[name]
        if choices.run.system_specs[name].models != models and choosing.speedup[0] >= speedup:
            threshold = choosing.at_speedup(speedup).threshold
            scores[name] = curve.at_threshold(threshold).score
    return max(scores, key=scores.__getitem__, default=None)


def compare_with(
    choices: Choices, cascades: Sequence[Composed], systems: Sequence[str]
) -> Comparison:
    """Composed cascades and systems of the run on the same resamples of the examples."""
    ladders = {one.name: one.ladder for one in cascades}
    curves = {one.name: one.curve for one in cascades}
    choosing = {one.name: one.choosing for one in cascades}
    for name in systems:
        ladders[name], curves[name] = choices.systems[name], choices.curves[name]
        choosing[name] = choices.choosing[name]
    metric = cascades[0].curve.metric
    return _compared(
        (*choices.key[:3], metric),
        tuple((one.name, one.models) for one in cascades),
        tuple(systems),
        choices.run,
        ladders,
        curves,
        choosing if choices.shown.calibration else None,
    )


@st.cache_resource(show_spinner=False, max_entries=6)
def _composed(
    identity: str,
    models: tuple[str, ...],
    name: str,
    criterion: str,
    basis: str,
    metric: str,
    _run: Run,
    _places: NDArray[np.int64] | None,
) -> tuple[ExitLadder, TradeoffCurve]:
    ladder = _run.compose(models, name)
    if criterion == LEARNED:
        ladder = with_learned_scores(ladder)
    if _places is not None and 0 < len(_places) < _run.instances:
        ladder = ladder.only(_places)
    return ladder, tradeoff_curve(ladder, criterion, basis, metric)


@st.cache_resource(show_spinner="Resampling the examples …", max_entries=6)
def _compared(
    key: tuple[str, ...],
    cascades: tuple[tuple[str, tuple[str, ...]], ...],
    systems: tuple[str, ...],
    _run: Run,
    _ladders: dict[str, ExitLadder],
    _curves: dict[str, TradeoffCurve],
    _choosing: dict[str, TradeoffCurve] | None,
) -> Comparison:
    return compare(_run, _curves, MATCHED, _choosing, _ladders)


def _start_where_nothing_fits(names: Sequence[str], start: Sequence[str]) -> None:
    """Begin with a default; a link to models that are not here says so and begins with it too."""
    remembered = [recall(stage) for stage in STAGES]
    missing = [one for one in remembered if one not in (None, NONE, *names)]
    if missing:
        there = " and ".join(map(repr, missing))
        st.warning(f"This run has no model {there}: this is {' → '.join(start)} instead.")
    if missing or not any(remembered):
        filled = [*start, *[NONE] * (len(STAGES) - len(start))]
        remember(**dict(zip(STAGES, filled, strict=True)))
    if missing:
        remember(thresholds=None)


def _start(run: Run, names: Sequence[str]) -> list[str]:
    """The smallest complete model, one of a size in between if there is one, and the reference."""
    largest = run.models[run.reference].size
    by_size: dict[tuple[float, float], str] = {}
    for name in names:
        model = run.models[name]
        if model.exits == 1 and model.size < largest:
            by_size.setdefault(model.size, name)
    smaller = list(by_size.values()) or [name for name in names if name != run.reference][:1]
    return [*dict.fromkeys([smaller[0], smaller[len(smaller) // 2]]), run.reference]
