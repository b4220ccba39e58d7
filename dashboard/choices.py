"""What a person has chosen: run, system, cost basis, criterion, mode, tau, pin, selection.

Kept across pages and in the address, so that a link reproduces the view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade_core import BASES, ExitLadder, Run, TradeoffCurve, titles
from cascade_core.comparison import Comparison
from cascade_core.criteria import CONFIDENCE
from cascade_core.deferral import LEARNED
from cascade_core.exporting.names import saved_name
from cascade_core.operation import Operation, OutOfReach, operate_all
from cascade_core.tasks import TASKS
from dashboard.conditions import Condition
from dashboard.memory import Pin, parse_ids, recall
from dashboard.memory import publish as write_address
from dashboard.narrowing import Narrowed, narrow
from dashboard.run_choice import (
    comparison_of,
    curves_of,
    learned_systems,
    short_hash,
)
from dashboard.saving import Saved
from dashboard.selection import MOST_IDS, without, written
from dashboard.shown import Shown
from dashboard.start import start_of
from dashboard.theme import SystemStyle, system_styles

if TYPE_CHECKING:
    from cascade_core.exporting.table import Table

MOST_WORDS = 36  # characters
SAME_TAU, SAME_SPEEDUP = "tau", "speed-up"
MODES = {SAME_TAU: "same τ", SAME_SPEEDUP: "same speed-up"}
CRITERION_TITLES = {
    "max_prob": "highest probability",
    "entropy": "1 − normalised entropy",
    "margin": "probability margin",
    "patience": "repeated predictions",
    "oracle": "oracle (knows the answer)",
    "random": "random",
    CONFIDENCE: "confidence as given",
    LEARNED: "learned: little to gain from going on",
}


@dataclass(frozen=True)
class Choices:
    """All choices at once, checked against the run.

    `run` is what is shown: the run on disk, or half of it, or with other temperatures, and of that
    the instances that meet all conditions selected by. `everything` is the same before anything is
    selected.
    """

    everything: Shown
    focus: str
    same_speedup: bool
    basis: str
    criterion: str
    selected: tuple[Condition, ...] = ()

    @property
    def run(self) -> Run:
        return self.shown.run

    @property
    def shown(self) -> Shown:
        return self.narrowed.shown

    @cached_property
    def narrowed(self) -> Narrowed:
        """The instances that meet the conditions."""
        return narrow(self.everything, self.selected)

    @property
    def nothing(self) -> bool:
        """Whether no instance meets all conditions: what is shown is then everything."""
        return not self.narrowed.places.size

    @cached_property
    def base(self) -> Choices:
        """The same with nothing selected."""
        return replace(self, selected=()) if self.selected else self

    def without(self, *slots: str) -> Choices:
        """The same without the conditions of some slots: what a chart shows that sets them."""
        others = without(self.selected, *slots)
        return self if others == self.selected else replace(self, selected=others)

    def chosen(self, slot: str) -> Condition | None:
        """The condition of a slot, if there is one."""
        return next((one for one in self.selected if one.slot == slot), None)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What decides curves and arrays."""
        return (self.run.identity, self.criterion, self.basis, self.run.metric)

    @cached_property
    def systems(self) -> Mapping[str, ExitLadder]:
        """The ladders of the run, with learned scores where these are the criterion."""
        return self._systems(self.run, self.everything.run)

    @cached_property
    def curves(self) -> Mapping[str, TradeoffCurve]:
        """The exact curve of every system under these choices."""
        return curves_of(*self.key, self.systems)

    @property
    def curve(self) -> TradeoffCurve:
        """The curve of the system in focus."""
        return self.curves[self.focus]

    @cached_property
    def trained_curve(self) -> TradeoffCurve:
        """The same without temperatures."""
        run = self.shown.trained
        systems = self._systems(run, self.everything.trained)
        return curves_of(run.identity, *self.key[1:], systems)[self.focus]

    @cached_property
    def choosing(self) -> Mapping[str, TradeoffCurve]:
        """The curves that thresholds are chosen on: of the other half, where half is shown."""
        other = self.shown.calibration
        if other is None:
            return self.curves
        return curves_of(other.identity, *self.key[1:], self.choosing_systems)

    @cached_property
    def choosing_systems(self) -> Mapping[str, ExitLadder]:
        """The ladders that thresholds are chosen on."""
        other = self.shown.calibration
        return self._systems(other, other) if other else self.systems

    @cached_property
    def compared(self) -> Comparison:
        """Every system and the reference on the same resamples of the instances."""
        choosing = self.choosing if self.shown.calibration else None
        return comparison_of(*self.key, self.run, self.systems, self.curves, choosing)

    @cached_property
    def compared_for_choosing(self) -> Comparison:
        """The same of the instances that thresholds are chosen on."""
        other = self.shown.calibration
        if other is None:
            return self.compared
        key = (other.identity, *self.key[1:])
        return comparison_of(*key, other, self.choosing_systems, self.choosing, None)

    @cached_property
    def styles(self) -> dict[str, SystemStyle]:
        """Colours: systems with several exits first, so that they get the most distinct ones."""
        return system_styles(sorted(self.systems, key=lambda name: self.systems[name].exits == 1))

    @property
    def speedup_title(self) -> str:
        """The speed-up axis: its basis, and for measured time the hardware it was measured on."""
        title = BASES[self.basis]
        if self.basis == "cost":
            return f"speed-up ({self.basis_titles['cost']})"
        if self.basis != "latency":
            return title
        return f"{title.removesuffix(')')}, {measured_on(self.run)['hardware']})"

    @property
    def basis_titles(self) -> dict[str, str]:
        """What each basis counts; models' own costs by the unit that the run names."""
        return titles.basis_titles(self.run)

    def amount(self, basis: str, cost: float) -> str:
        """A mean cost with what it is counted in."""
        if basis == "layers":
            return f"{cost:.2f} layers"
        unit = self.run.cost_unit if basis == "cost" else titles.BASES[basis]
        return f"{cost:.4g} {unit or 'in cost'}"

    @property
    def metric_title(self) -> str:
        return titles.METRICS[self.run.metric]

    @property
    def task_title(self) -> str:
        known = TASKS.get(self.run.task)
        return known.title if known else self.run.task or self.run.name

    @property
    def setting(self) -> str:
        """What a title must say: task, split, n, and of a selection why it is one."""
        scaled = "" if self.shown.temperatures is None else "scaled"
        n = f"n = {self.counted}{f': {self.why}' if self.why else ''}"
        parts = [self.task_title, self.run.split, n, scaled]
        return " · ".join(part for part in parts if part)

    @property
    def opened(self) -> int | None:
        """Where the instance that was opened last is among those shown, if it is."""
        found = np.flatnonzero(np.isin(self.run.ids, parse_ids(recall("instance"))[:1]))
        return int(found[0]) if found.size else None

    @property
    def counted(self) -> str:
        """How many instances are shown, and of how many they were selected."""
        every = self.everything.run.instances
        if self.run.instances == every:
            return f"{every:,}"
        return f"{self.run.instances:,} of {every:,} selected"

    @property
    def why(self) -> str:
        """Why these instances are shown, in as many words as a figure's title has room for."""
        words = ", ".join(one.words for one in self.selected if not self.nothing)
        words = words.replace("<", "‹")  # which plotly takes for a mark
        return words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"

    @property
    def tau_range(self) -> tuple[float, float]:
        """What τ may be; it does not depend on what is selected, and neither does `start`."""
        return self.base.curves[self.focus].threshold_range

    @cached_property
    def start(self) -> float:
        """The threshold a page starts with: the focus at 2x, or in the middle of its range."""
        return self.start_for(self.focus)

    @property
    def tau(self) -> float:
        """The threshold last settled on, inside the range of the criterion."""
        low, high = self.tau_range
        return min(max(recall("tau"), low), high)

    @property
    def operations(self) -> list[Operation | OutOfReach]:
        """Every system at tau, or where it is as fast as the focus where thresholds are chosen."""
        return operate_all(
            self.systems, self.curves, self.focus, self.tau, self.same_speedup, self.choosing
        )

    @property
    def pin(self) -> Pin | None:
        pin = recall("pin")
        return pin if pin is not None and pin.system in self.systems else None

    def _systems(self, run: Run, every: Run) -> Mapping[str, ExitLadder]:
        """The ladders of `run`, which is some of `every`: learned scores are learned on these."""
        if self.criterion != LEARNED:
            return run.systems
        learned = learned_systems(every.identity, every)
        if run is every:
            return learned
        return {name: ladder.only(self.narrowed.places) for name, ladder in learned.items()}

    def file_name(self, *what: str, at_tau: bool = False) -> str:
        """What a file with a figure or a table of these choices is called."""
        scaled = [] if self.shown.temperatures is None else ["scaled"]
        tau = self.tau if at_tau else None
        return saved_name(self.run, *what, self.basis, self.criterion, *scaled, tau=tau)

    def saved(
        self,
        *what: str,
        exported: Callable[[], Table] | None = None,
        numbers: Sequence[Sequence[object]] = (),
        at_tau: bool = False,
    ) -> Saved:
        """How a table of these choices is kept: names and captions say what it is about."""
        tau = f", τ = {self.tau:.10g} of {self.focus}" if at_tau else ""
        about = (
            f"Run {self.run.name}, {self.setting}; {self.speedup_title}; leaving by "
            f"{CRITERION_TITLES[self.criterion]}{tau}."
        )
        return Saved(self.file_name(*what, at_tau=at_tau), about, exported, numbers)

    def start_for(self, system: str) -> float:
        """The threshold to start with where a system is the one in focus."""
        return start_of(self.base.choosing[system])

    def exit_names(self, system: str) -> tuple[str, ...]:
        """The exits of a system, without its name in front."""
        return exit_names(self.systems[system])


def publish(choices: Choices) -> None:
    """Write the choices into the address."""
    pin, ids = choices.pin, recall("ids", ())
    write_address(
        run=recall("run"),
        system=choices.focus,
        mode=SAME_SPEEDUP if choices.same_speedup else SAME_TAU,
        basis=choices.basis,
        criterion=choices.criterion,
        tau=repr(choices.tau),
        h=short_hash(choices.shown.whole),
        examples=recall("examples"),
        confidences=recall("confidences"),
        thresholds=_thresholds() if recall("page") == "compose" else None,
        select=written(recall("select", ())),
        pin=f"{pin.tau!r}@{pin.system}" if pin else None,
        ids=",".join(map(str, ids)) if 0 < len(ids) <= MOST_IDS else None,
    )


def _thresholds() -> str | None:
    return ",".join(map(repr, recall("thresholds") or ())) or None


def exit_names(ladder: ExitLadder) -> tuple[str, ...]:
    """The exits of a ladder, without its name in front.

    >>> ladder = ExitLadder("a", correct=[[True], [True]], exit_names=("a layer 1", "layer 2"))
    >>> exit_names(ladder)
    ('layer 1', 'layer 2')
    """
    return tuple(name.removeprefix(f"{ladder.name} ") for name in ladder.exit_names or ())


def measured_on(run: Run) -> Mapping[str, Any]:
    """Return what is said of the time measured for the reference: its hardware and batch."""
    latency = run.models[run.reference].latency or {}
    return {"hardware": "unnamed hardware", "batch": "unnamed batch size", **latency}
