"""One sentence that says what the run shows, computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cascade_core.comparison import IN_FULL, REFERENCE, Comparison
from cascade_core.intervals import Interval
from dashboard.theme import percent, points

MOST_NAMED = 4


class Kept(NamedTuple):
    """A system at the speed-up: its score and the share it keeps of the reference's."""

    system: str
    score: float
    kept: float


class Verdict(NamedTuple):
    """What the sentence is made of; systems are ordered by score, the best one first.

    `gain` is the interval of the best one's score less the reference's, `lead` of it less that of
    the next one. `elsewhere`: thresholds were chosen on other instances than these.
    """

    speedup: float
    basis: str
    metric: str
    reference: str
    baseline: float
    dynamic: Sequence[Kept]
    static: Kept | None
    out_of_reach: Sequence[str]
    gain: Interval | None
    lead: Interval | None
    elsewhere: bool = False


def verdict(
    compared: Comparison, reference: str, titles: tuple[str, str], speedup: float = 2.0
) -> Verdict:
    """Compare all systems where they are at least `speedup` times as fast.

    Among what is compared the reference is called `REFERENCE`, and counts in full. `reference` is
    what it is called in the sentence, `titles` how basis and metric are.
    """
    baseline = compared.score((REFERENCE, IN_FULL))
    found: dict[bool, list[Kept]] = {True: [], False: []}
    beyond = []
    for system, curve in compared.curves.items():
        several = curve.exits > 1
        if system == REFERENCE:
            continue
        if compared.fastest(system) >= speedup:
            score = compared.score((system, speedup))
            found[several].append(Kept(system, score, score / baseline if baseline else np.nan))
        elif several:
            beyond.append(system)
    dynamic, static = (sorted(one, key=lambda kept: -kept.score) for one in found.values())
    best = [(kept.system, speedup) for kept in dynamic[:2]]
    return Verdict(
        speedup=speedup,
        basis=titles[0],
        metric=titles[1],
        reference=reference,
        baseline=baseline,
        dynamic=dynamic,
        static=static[0] if static else None,
        out_of_reach=beyond,
        gain=compared.difference(best[0], (REFERENCE, IN_FULL)) if best else None,
        lead=compared.difference(best[0], best[1]) if len(best) > 1 else None,
        elsewhere=compared.choosing is not None,
    )


def sentence(said: Verdict) -> str:
    """The verdict in words."""
    return " ".join(sentences(said))


def sentences(said: Verdict) -> list[str]:
    """The same sentence by sentence: what matters most comes first."""
    if np.isnan(said.baseline):
        return [
            f"The labels of this run are unknown, so there is speed-up to see but no {said.metric}."
        ]
    pace = f"{said.speedup:g}× speed-up ({said.basis})"
    if not said.dynamic and not said.out_of_reach:
        return ["Every system of this run has a single exit: there is nothing to trade."]
    if not said.dynamic:
        return [f"No system with several exits reaches {pace}."]
    first, *others = said.dynamic
    against = f" against {_in_short(others)}" if others else ""
    found = [
        f"At {pace}, {first.system} keeps {percent(first.kept)} of {said.reference}’s "
        f"{said.metric} ({percent(first.score)} of {percent(said.baseline)}{_by(said.gain)})"
        f"{against}."
    ]
    if said.static:
        fixed = said.static
        found.append(
            f"The best fixed model that fast, {fixed.system}, keeps {percent(fixed.kept)}."
        )
    if others and said.lead:
        found.append(_certainty(said, said.lead))
    if said.out_of_reach:
        found.append(f"{_listed(said.out_of_reach)} cannot be that fast.")
    return found


def _in_short(others: Sequence[Kept]) -> str:
    """The best ones by name; of many the rest by their range."""
    named = others if len(others) <= MOST_NAMED else others[: MOST_NAMED - 1]
    rest = others[len(named) :]
    parts = [f"{one.system}’s {percent(one.kept)}" for one in named]
    if rest:
        parts.append(f"{percent(rest[-1].kept)} to {percent(rest[0].kept)} of {len(rest)} others")
    return ", ".join(parts)


def _by(gain: Interval | None) -> str:
    """How many points above the reference, with 95 % confidence."""
    if gain is None:
        return ""
    return f"; 95 % interval of the difference {points(gain.low)} to {points(gain.high)} points"


def _certainty(said: Verdict, interval: Interval) -> str:
    first, second, *_ = said.dynamic
    apart = f"{100 * (first.score - second.score):.1f} points between {first.system} and"
    span = f"{points(interval.low)} to {points(interval.high)}"
    doubt = "" if interval.low > 0 else " and may be chance"
    chosen = "τ chosen on the other half" if said.elsewhere else "τ chosen on this split"
    return f"The {apart} {second.system} have a 95 % interval of {span}{doubt} ({chosen})."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
