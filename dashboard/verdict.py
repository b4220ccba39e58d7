"""One sentence that says what the run shows, computed from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cascade_core import ExitLadder, TradeoffCurve, replay
from cascade_core.criteria import ladder_scores
from cascade_core.intervals import Interval, difference_interval
from cascade_core.operation import emitted
from dashboard.theme import percent, points

MOST_NAMED = 4


class Kept(NamedTuple):
    """A system at the speed-up: its score and the share it keeps of the reference's."""

    system: str
    score: float
    kept: float


class Verdict(NamedTuple):
    """What the sentence is made of; systems are ordered by score, the best one first."""

    speedup: float
    basis: str
    metric: str
    reference: str
    baseline: float
    dynamic: Sequence[Kept]
    static: Kept | None
    out_of_reach: Sequence[str]
    difference: Interval | None


def verdict(
    ladders: Mapping[str, ExitLadder],
    curves: Mapping[str, TradeoffCurve],
    reference: tuple[str, float],
    titles: tuple[str, str],
    speedup: float = 2.0,
) -> Verdict:
    """Compare all systems where they are at least `speedup` times as fast.

    `reference` is its name and score, `titles` how basis and metric are called. The interval is
    that of the accuracy difference of the two best systems with several exits, paired by
    instance.
    """
    name, baseline = reference
    found: dict[bool, list[Kept]] = {True: [], False: []}
    beyond = []
    for system, curve in curves.items():
        several = curve.exits > 1
        try:
            score = curve.at_speedup(speedup).score
        except ValueError:
            if several:
                beyond.append(system)
            continue
        found[several].append(Kept(system, score, score / baseline if baseline else np.nan))
    dynamic, static = (sorted(one, key=lambda kept: -kept.score) for one in found.values())
    best = dynamic[:2]
    return Verdict(
        speedup=speedup,
        basis=titles[0],
        metric=titles[1],
        reference=name,
        baseline=baseline,
        dynamic=dynamic,
        static=static[0] if static else None,
        out_of_reach=beyond,
        difference=_difference([(ladders[k.system], curves[k.system]) for k in best], speedup),
    )


def sentence(said: Verdict) -> str:
    """The verdict in words."""
    if np.isnan(said.baseline):
        return (
            f"The labels of this run are unknown, so there is speed-up to see but no {said.metric}."
        )
    pace = f"{said.speedup:g}× speed-up ({said.basis})"
    if not said.dynamic and not said.out_of_reach:
        return "Every system of this run has a single exit: there is nothing to trade."
    if not said.dynamic:
        return f"No system with several exits reaches {pace}."
    first, *others = said.dynamic
    text = (
        f"At {pace}, {first.system} keeps {percent(first.kept)} of {said.reference}’s "
        f"{said.metric} ({percent(first.score)} of {percent(said.baseline)})"
    )
    if others:
        text += f" against {_in_short(others)}"
    text += "."
    if said.static:
        fixed = said.static
        text += f" The best fixed model that fast, {fixed.system}, keeps {percent(fixed.kept)}."
    if others and said.difference:
        text += f" {_certainty(first, others[0], said.difference)}"
    if said.out_of_reach:
        text += f" {_listed(said.out_of_reach)} cannot be that fast."
    return text


def _in_short(others: Sequence[Kept]) -> str:
    """The best ones by name; of many the rest by their range."""
    named = others if len(others) <= MOST_NAMED else others[: MOST_NAMED - 1]
    rest = others[len(named) :]
    parts = [f"{one.system}’s {percent(one.kept)}" for one in named]
    if rest:
        parts.append(f"{percent(rest[-1].kept)} to {percent(rest[0].kept)} of {len(rest)} others")
    return ", ".join(parts)


def _certainty(first: Kept, second: Kept, interval: Interval) -> str:
    apart = f"{100 * (first.score - second.score):.1f} points between {first.system} and"
    span = f"{points(interval.low)} to {points(interval.high)}"
    doubt = "" if interval.low > 0 else " and may be chance"
    chosen = "τ chosen on this split"
    return f"The {apart} {second.system} have a 95 % interval of {span}{doubt} ({chosen})."


def _difference(
    best: Sequence[tuple[ExitLadder, TradeoffCurve]], speedup: float
) -> Interval | None:
    if len(best) < 2 or any(curve.metric != "accuracy" for _, curve in best):
        return None
    right = []
    for ladder, curve in best:
        tau = curve.at_speedup(speedup).threshold
        right.append(emitted(ladder, replay(ladder_scores(ladder, curve.criterion), tau)))
    if right[0] is None or right[1] is None:
        return None
    return difference_interval(right[0], right[1])


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
