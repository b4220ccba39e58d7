"""What is selected, applied to what is shown: the instances that meet all conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cascade_core import ExitLadder, Run
from cascade_core.criteria import known_criteria
from cascade_core.deferral import LEARNED
from dashboard.conditions import Condition, Picked, Scene
from dashboard.memory import act, recall
from dashboard.run_choice import learned_systems
from dashboard.selection import replaced, without, written
from dashboard.shown import Shown, shown_of
from dashboard.texts import shown_texts_at_hand, texts_at_hand


class Narrowed(NamedTuple):
    """What is shown of the instances at `places`, int [M]; all of them where M would be 0.

    `ignored` are conditions that the run does not know, with why.
    """

    shown: Shown
    places: NDArray[np.int64]
    ignored: tuple[tuple[Condition, str], ...]


def selected() -> tuple[Condition, ...]:
    """All that is selected by, instances picked by hand first."""
    ids = recall("ids", ())
    return (*([Picked(ids)] if ids else []), *recall("select", ()))


def pick(condition: Condition) -> None:
    """Select by a condition too, in place of another of its slot.

    A second time it changes nothing: Streamlit may deliver one click twice.
    """
    act(select=replaced(recall("select", ()), condition))


def drop(*slots: str) -> None:
    """Select by the conditions of these slots no more."""
    if Picked.kind in slots:
        act(ids=())
    act(select=without(recall("select", ()), *slots))


def narrow(shown: Shown, conditions: Sequence[Condition]) -> Narrowed:
    """The instances shown that meet all conditions."""
    if not conditions:
        return Narrowed(shown, np.arange(shown.run.instances), ())
    half, scaled = shown.calibration is not None, shown.temperatures is not None
    reads = any(one.reads_texts for one in conditions)
    made_from = (half, scaled, reads and bool(texts_at_hand(shown.whole)))
    return _narrow(recall("loaded"), made_from, written(conditions), shown, conditions)


@st.cache_resource(show_spinner=False, max_entries=12)
def _narrow(
    loaded: str,
    made_from: tuple[bool, ...],
    address: str | None,
    _shown: Shown,
    _conditions: Sequence[Condition],
) -> Narrowed:
    scene = Scene(_shown.run, _ladders(_shown), lambda: shown_texts_at_hand(_shown))
    places, ignored = np.arange(_shown.run.instances), []
    for condition in sorted(_conditions, key=lambda one: one.last):
        try:
            places = places[condition.met(scene, places)]
        except LookupError as unknown:
            ignored.append((condition, str(unknown.args[0])))
    everything = len(places) in (0, _shown.run.instances)
    return Narrowed(_shown if everything else _shown.only(places), places, tuple(ignored))


def _ladders(shown: Shown) -> Callable[[str, str, bool], ExitLadder]:
    def ladder(system: str, criterion: str, scaled: bool) -> ExitLadder:
        run = _version(shown, scaled)
        if system not in run.systems:
            raise LookupError(f"this run has no system {system!r}")
        if criterion == LEARNED:
            return learned_systems(run.identity, run)[system]
        found = run.systems[system]
        if criterion not in known_criteria(found):
            raise LookupError(f"{system} has no exit score {criterion!r}")
        return found

    return ladder


def _version(shown: Shown, scaled: bool) -> Run:
    """The instances shown, as trained or at temperatures."""
    if not scaled:
        return shown.trained
    if shown.temperatures is not None:
        return shown.run
    return shown_of(shown.whole, shown.calibration is not None, True).run
