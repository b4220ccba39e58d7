"""How a composed cascade compares to the run's best system, in words computed from numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cascade_core.comparison import Comparison
from cascade_core.intervals import Interval
from dashboard.theme import percent, points, times


class Against(NamedTuple):
    """A composed cascade and its rival where both are `wanted` times as fast.

    `score` is None where the cascade cannot be so fast, `rival` where no other system can.
    `elsewhere`: thresholds were chosen on other instances than these.
    """

    wanted: float
    fastest: float
    score: float | None
    rival: str | None = None
    rival_score: float = np.nan
    interval: Interval | None = None
    elsewhere: bool = False


def against(compared: Comparison, name: str, rival: str | None, wanted: float) -> Against:
    """Hold the cascade `name` against `rival`, both among what is compared."""
    fastest = compared.fastest(name)
    elsewhere = compared.choosing is not None
    if fastest < wanted:
        return Against(wanted, fastest, None, elsewhere=elsewhere)
    mine = (name, wanted)
    if rival is None:
        return Against(wanted, fastest, compared.score(mine), elsewhere=elsewhere)
    other = (rival, wanted)
    return Against(
        wanted,
        fastest,
        compared.score(mine),
        rival,
        compared.score(other),
        compared.difference(mine, other),
        elsewhere,
    )


def sentence(found: Sequence[Against], called: str, titles: tuple[str, str]) -> str:
    """The comparison in words; `titles` are what basis and metric are called."""
    if any(one.score is not None and np.isnan(one.score) for one in found):
        return (
            f"{called}: the labels of this run are unknown, so there is speed-up to see but no "
            f"{titles[1]}."
        )
    chosen = "τ chosen on the other half" if found[0].elsewhere else "τ chosen on this split"
    return f"{called}. {' '.join(_said(one, titles) for one in found)} ({chosen}.)"


def _said(one: Against, titles: tuple[str, str]) -> str:
    pace = f"{one.wanted:g}× speed-up ({titles[0]})"
    if one.score is None:
        return f"It cannot reach {pace}: at most {times(one.fastest)}."
    text = f"At {pace} it has {percent(one.score)} {titles[1]}"
    if one.rival is None:
        return f"{text}; no other system is that fast."
    text += f" and the best other system, {one.rival}, {percent(one.rival_score)}"
    if one.interval is None:
        return f"{text}."
    low, high = one.interval
    chance = ", which may be chance" if low <= 0 <= high else ", more than chance gives"
    apart = f"{100 * abs(one.score - one.rival_score):.1f} points apart"
    span = f"95 % interval of the difference {points(low)} to {points(high)}"
    return f"{text}: {apart}, {span}{chance}."
