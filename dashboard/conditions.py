"""What instances may be selected by: conditions that a run meets again, or ids picked by hand.

Each fills a slot: of two levels the one chosen later counts. No Streamlit here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cascade_core import ExitLadder, Run, ladder_scores
from cascade_core.criteria import confidences
from cascade_core.difficulty import worst_inversions
from cascade_core.outcomes import OUTCOMES, outcomes
from cascade_core.replay import replay
from dashboard.theme import percent

T = TypeVar("T")


class Scene(NamedTuple):
    """What conditions are met by: the N instances of `run`, before anything is selected.

    `ladder` gives a system by criterion, as trained or at temperatures; `texts` columns of N texts.
    """

    run: Run
    ladder: Callable[[str, str, bool], ExitLadder]
    texts: Callable[[], Mapping[str, tuple[str, ...]]]


class Point(NamedTuple):
    """A system at a threshold: where each instance left, [N]."""

    ladder: ExitLadder
    left: NDArray[np.int64]


@dataclass(frozen=True)
class Condition:
    """One reason to select an instance; `by_answers` where it depends on what models answer."""

    kind: ClassVar[str] = ""
    by_answers: ClassVar[bool] = True
    last: ClassVar[bool] = False  # it is about those that all other conditions leave
    reads_texts: ClassVar[bool] = False

    @property
    def slot(self) -> str:
        """Of the conditions of one slot only one counts."""
        return self.kind

    @property
    def words(self) -> str:
        """What is selected, in words."""
        raise NotImplementedError

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which instances at `places`, those that conditions before left, meet it.

        Raises `LookupError` with a sentence where the run does not know what it speaks of.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class InCategory(Condition):
    """A level, or what else a run knows of its instances."""

    kind = "category"
    by_answers = False
    name: str
    value: str

    @property
    def slot(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def words(self) -> str:
        return f"{self.name} {self.value}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        category = _known(scene.run.categories, self.name, "category")
        return category.of([_one_of(category.names, self.value, self.name)])[places]


@dataclass(frozen=True)
class HasLabel(Condition):
    """A true label."""

    kind = "label"
    by_answers = False
    value: str

    @property
    def words(self) -> str:
        return f"true label {self.value}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        names = scene.run.label_names
        return scene.run.labels[places] == names.index(_one_of(names, self.value, "label"))


@dataclass(frozen=True)
class Found(Condition):
    """A search: a part of a text, in any case of letters, or an id."""

    kind = "search"
    by_answers = False
    reads_texts = True
    text: str

    @property
    def words(self) -> str:
        return f"search “{self.text}”"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        found = scene.run.ids[places].astype(str) == self.text
        columns, wanted = scene.texts(), self.text.lower()
        if not columns and not found.any():
            raise LookupError("the texts of this run are not at hand to search in")
        for strings in columns.values():
            found |= np.array([wanted in strings[place].lower() for place in places], dtype=bool)
        return found


@dataclass(frozen=True)
class Inverted(Condition):
    """The worst inverted pairs of an exit of a model: sure and wrong, unsure and right."""

    kind = "inverted"
    last = True
    model: str
    exit: str

    @property
    def slot(self) -> str:
        return "cell"

    @property
    def words(self) -> str:
        return f"worst inverted pairs of {self.model} after {self.exit}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        met = np.zeros(len(places), dtype=bool)
        met[self.pairs(scene.run, places).ravel()] = True
        return met

    def pairs(self, run: Run, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The pairs among the instances at `places`, the worst first: indices into these, [P, 2].

        Instances without a label are in none.
        """
        known = np.flatnonzero(run.labels[places] >= 0)
        right, confidence = (one[places[known]] for one in _exit(run, self.model, self.exit))
        return known[worst_inversions(right, confidence)]


@dataclass(frozen=True)
class Wrong(Condition):
    """Wrong answers of an exit of a model."""

    kind = "wrong"
    model: str
    exit: str

    @property
    def slot(self) -> str:
        return "cell"

    @property
    def words(self) -> str:
        return f"wrong answers of {self.model} after {self.exit}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        right, _ = _exit(scene.run, self.model, self.exit)
        return (~right & (scene.run.labels >= 0))[places]


@dataclass(frozen=True)
class CompleteAlone(Condition):
    """Cases as in Figure 1 of CascadeBERT: an off-ramp is wrong, a whole model of its depth right.

    Of pairs of texts those in which so great a share of the words of the second one, `overlap`,
    stands in the first one too; 0 asks nothing of the texts.
    """

    kind = "complete-alone"
    reads_texts = True
    model: str
    exit: str
    complete: str
    overlap: float = 0.0

    @property
    def words(self) -> str:
        shared = f", {percent(self.overlap, 0)} of words shared" if self.overlap else ""
        return f"{self.complete} right, {self.model} after {self.exit} wrong{shared}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        right, _ = _exit(scene.run, self.model, self.exit)
        whole = _known(scene.run.models, self.complete, "model")
        also_right, _ = _exit(scene.run, self.complete, whole.exit_names[-1])
        met = (~right & also_right)[places]
        if self.overlap:
            columns = list(scene.texts().values())
            if len(columns) != 2:
                raise LookupError("this run has no pairs of texts at hand to compare")
            shared = [_shared(*(texts[place] for texts in columns)) for place in places[met]]
            met[met] = np.array(shared) >= self.overlap
        return met


@dataclass(frozen=True)
class Sure(Condition):
    """How sure one exit of a system is: above `low`, up to `high`."""

    kind = "sure"
    system: str
    exit: str
    low: float
    high: float

    @property
    def words(self) -> str:
        return f"{self.system} at {self.exit} {percent(self.low)} to {percent(self.high)} sure"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        ladder = _known(scene.run.systems, self.system, "system")
        sure = confidences(ladder)
        if sure is None:
            raise LookupError(f"{self.system} does not say how sure it is")
        return _between(sure[_exit_number(ladder, self.exit), places], self.low, self.high)


@dataclass(frozen=True)
class AtThreshold(Condition):
    """What a system does at a threshold of a criterion, as trained or at temperatures."""

    system: str
    value: str
    tau: float
    criterion: str
    scaled: int = 0

    @property
    def threshold_words(self) -> str:
        return f"{self.system} for τ = {self.tau:.4g}"

    def point(self, scene: Scene) -> Point:
        """The system at its threshold."""
        ladder = scene.ladder(self.system, self.criterion, bool(self.scaled))
        if ladder.exits == 1:
            return Point(ladder, np.zeros(ladder.instances, dtype=np.int64))
        return Point(ladder, replay(ladder_scores(ladder, self.criterion), self.tau))


@dataclass(frozen=True)
class LeavesAt(AtThreshold):
    """Instances that leave at an exit, called as on the pages."""

    kind = "exit"

    @property
    def words(self) -> str:
        return f"leave at {self.value} of {self.threshold_words}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        ladder, left = self.point(scene)
        return left[places] == _exit_number(ladder, self.value)


@dataclass(frozen=True)
class LetGo(AtThreshold):
    """How sure a system is of what it lets go of: above `low`, up to `high`, at one exit or any.

    `value` is the exit, called as on the pages, or empty for any.
    """

    kind = "let-go"
    low: float = 0.0
    high: float = 1.0

    @property
    def slot(self) -> str:
        return Sure.kind

    @property
    def words(self) -> str:
        where = f"at {self.value}" if self.value else "at any exit"
        between = f"{percent(self.low)} to {percent(self.high)} sure"
        return f"let go {where}, {between}: {self.threshold_words}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        ladder, left = self.point(scene)
        sure = confidences(ladder)
        if sure is None:
            raise LookupError(f"{self.system} does not say how sure it is")
        here = _between(sure[left[places], places], self.low, self.high)
        return here & (left[places] == _exit_number(ladder, self.value)) if self.value else here


@dataclass(frozen=True)
class HasOutcome(AtThreshold):
    """Instances with one of the outcomes of the Instances page."""

    kind = "outcome"

    @property
    def words(self) -> str:
        title = OUTCOMES[self.value].title if self.value in OUTCOMES else self.value
        return f"{title}: {self.threshold_words}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        ladder, left = self.point(scene)
        if ladder.correct is None or not ladder.scorable:
            raise LookupError("outcomes need labels, which this run has not all of")
        names = list(OUTCOMES)
        return outcomes(ladder, left)[places] == names.index(_one_of(names, self.value, "outcome"))


@dataclass(frozen=True)
class Picked(Condition):
    """Instances picked by hand, by their stable ids; an address keeps them apart, as `ids`."""

    kind = "ids"
    by_answers = False
    ids: tuple[int, ...]

    @property
    def words(self) -> str:
        return f"{len(self.ids):,} picked by hand" if len(self.ids) != 1 else f"id {self.ids[0]}"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        met = np.isin(scene.run.ids[places], self.ids)
        if not met.any() and not np.isin(scene.run.ids, self.ids).any():
            raise LookupError("none of these ids is in this run")
        return met


def _known(of: Mapping[str, T], name: str, what: str) -> T:
    return of[_one_of(of, name, what)]


def _one_of(names: Sequence[str] | Mapping[str, object], name: str, what: str) -> str:
    if name not in names:
        raise LookupError(f"this run has no {what} {name!r}")
    return name


def _between(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.bool_]:
    """Which values a bin holds: above `low`, up to `high`; what is 0 is in the first."""
    return ((values > low) | (low <= 0)) & (values <= high)


def _shared(first: str, second: str) -> float:
    """The share of a text's words that stand in another one, which comes first.

    >>> _shared("The nurse sang a song.", "A nurse danced")
    0.6666666666666666
    """
    known, words = (re.findall(r"\w+", text.lower()) for text in (first, second))
    return sum(word in set(known) for word in words) / len(words) if words else 0.0


def _exit_number(ladder: ExitLadder, name: str) -> int:
    names = [one.removeprefix(f"{ladder.name} ") for one in ladder.exit_names or (ladder.name,)]
    return names.index(_one_of(names, name, f"exit of {ladder.name},"))


def _exit(run: Run, model: str, name: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which answers of a model's exit are right, [N], and how sure they are, [N]."""
    output = _known(run.models, model, "model")
    exit_ = output.exit_names.index(_one_of(output.exit_names, name, f"exit of {model},"))
    return output.answers(exit_) == run.labels, output.confidences(exit_)
