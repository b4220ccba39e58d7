"""By what systems leave: all by one criterion on these pages, whatever is their own."""

from __future__ import annotations

from cascade_core import Run
from dashboard.choices import CRITERION_TITLES

MOST_NAMED = 4


def leaving_note(run: Run, criterion: str) -> str:
    """Say which systems leave here by another criterion than their own; empty where none does.

    >>> from cascade_core.paper.example import example_run
    >>> leaving_note(example_run(), "entropy")[:50]
    'Here all leave by 1 − normalised entropy. Of their'
    >>> leaving_note(example_run(), "max_prob")
    ''
    """
    others: dict[str, list[str]] = {}
    for name, ladder in run.systems.items():
        own = run.system_specs[name].criterion
        if ladder.exits > 1 and own != criterion:
            others.setdefault(CRITERION_TITLES.get(own, own), []).append(name)
    if not others:
        return ""
    said = "; ".join(f"{_listed(names)} by {own}" for own, names in others.items())
    return f"Here all leave by {CRITERION_TITLES[criterion]}. Of their own, {said}."


def _listed(names: list[str]) -> str:
    """All of a few names, else the first ones and how many there are."""
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMED - 1])} and {len(names) - MOST_NAMED + 1} more"
