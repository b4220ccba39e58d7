"""Selections at a threshold: who leaves at an exit there, and with which outcome.

They keep the threshold they were made at, so that one may ask what another τ does to the same
instances. Only on Instances, where slices are chosen, they go along with τ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from dashboard.choices import Choices
from dashboard.conditions import AtThreshold, HasOutcome, LeavesAt
from dashboard.memory import act, recall
from dashboard.narrowing import selected

SLOTS = (LeavesAt.kind, HasOutcome.kind)
Slice = TypeVar("Slice", bound=AtThreshold)


def slice_at(
    of: type[Slice],
    value: str,
    choices: Choices,
    system: str | None = None,
    tau: float | None = None,
) -> Slice:
    """The slice of a system, by default that in focus, at a threshold, by default the current."""
    scaled = int(choices.shown.temperatures is not None)
    tau = choices.tau if tau is None else tau
    return of(system or choices.focus, value, tau, choices.criterion, scaled)


def outcome_at_tau(choices: Choices) -> str | None:
    """The outcome that is selected by, if it is that of the system in focus at this very τ."""
    chosen = next((one for one in selected() if one.slot == HasOutcome.kind), None)
    if not isinstance(chosen, HasOutcome):
        return None
    return chosen.value if chosen == slice_at(HasOutcome, chosen.value, choices) else None


def move_slices(choices: Choices, tau: float) -> None:
    """Take over τ, and have the slices that were made at the one before go along."""
    moved = [
        replace(one, tau=tau)
        if isinstance(one, AtThreshold) and one == slice_at(type(one), one.value, choices)
        else one
        for one in recall("select", ())
    ]
    act(tau=tau, select=tuple(moved))
