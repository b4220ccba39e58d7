"""What somebody did not fail to do: whether it was done, by the verbs it is wrapped in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from .by_steps import BySteps
from .composing import Composer
from .order import Label
from .sentences import SUBJECT, Statement
from .words import sentence


class Wrapping(NamedTuple):
    """What wraps what is said: a verb before an infinitive, or a clause before a sentence.

    `affirmed` and `denied` say what becomes of what is wrapped where the wrapping is so and where
    it is not: 1, it is so; -1, it is not; 0, nobody knows. Only verbs have a `past`.
    """

    said: str
    past: str
    affirmed: int
    denied: int


VERBS = (
    Wrapping("manage", "managed", 1, -1),
    Wrapping("remember", "remembered", 1, -1),
    Wrapping("happen", "happened", 1, -1),
    Wrapping("bother", "bothered", 1, -1),
    Wrapping("dare", "dared", 1, -1),
    Wrapping("fail", "failed", -1, 1),
    Wrapping("forget", "forgot", -1, 1),
    Wrapping("neglect", "neglected", -1, 1),
    Wrapping("omit", "omitted", -1, 1),
    Wrapping("refuse", "refused", -1, 0),
    Wrapping("decline", "declined", -1, 0),
    Wrapping("hesitate", "hesitated", 0, 1),
    Wrapping("help", "helped", 1, 0),
    Wrapping("hope", "hoped", 0, 0),
    Wrapping("plan", "planned", 0, 0),
    Wrapping("promise", "promised", 0, 0),
    Wrapping("want", "wanted", 0, 0),
)
CLAUSES = (
    Wrapping("it is true that", "", 1, -1),
    Wrapping("it is certain that", "", 1, 0),
    Wrapping("it is false that", "", -1, 1),
    Wrapping("it is not the case that", "", -1, 1),
    Wrapping("it is a lie that", "", -1, 1),
    Wrapping("it is said that", "", 0, 0),
    Wrapping("it is possible that", "", 0, 0),
)


class Shell(NamedTuple):
    """A wrapping in a sentence, affirmed or denied there."""

    wrapping: Wrapping
    denied: bool = False


class Wrapped(NamedTuple):
    """A statement in some shells, the outermost first: at most one clause, then verbs."""

    shells: tuple[Shell, ...]
    statement: Statement

    @property
    def content(self) -> frozenset[str]:
        """The content words of the statement: shells are no matter of content."""
        return self.statement.content

    def __str__(self) -> str:
        return sentence(self.saying())

    def saying(self) -> str:
        """Write it as a clause."""
        clauses = [shell.wrapping.said for shell in self.shells if not shell.wrapping.past]
        verbs = [shell for shell in self.shells if shell.wrapping.past]
        doing = []
        for number, (verb, denied) in enumerate(verbs):
            if number:
                doing.append(f"not to {verb.said}" if denied else f"to {verb.said}")
            else:
                doing.append(f"did not {verb.said}" if denied else verb.past)
        said = self.statement.saying(" ".join([*doing, "to"]) if doing else "")
        return " ".join([*clauses, said])


def value(shells: Sequence[Shell]) -> int:
    """What becomes of a statement in some shells: 1, it is so; -1, it is not; 0, nobody knows.

    >>> value([Shell(VERBS[5], denied=True), Shell(VERBS[6])])  # did not fail to forget to
    -1
    """
    found = 1
    for wrapping, denied in shells:
        so = found if not denied else -found
        found = {1: wrapping.affirmed, -1: wrapping.denied, 0: 0}[so]
    return found


class Deeds(tuple[Wrapped, ...]):
    """What one and the same did, or did not, in one sentence."""

    @property
    def content(self) -> frozenset[str]:
        """The content words of all."""
        return frozenset().union(*(one.content for one in self))

    def __str__(self) -> str:
        subject = self[0].statement.subject_phrase
        first, *others = (one.saying() for one in self)
        others = [one.removeprefix(f"{subject} ") for one in others]
        return sentence(", ".join([first, *others[:-1], *(f"but {one}" for one in others[-1:])]))


@dataclass(frozen=True)
class Implied:
    """Reasoning `about` what somebody did, which is wrapped in verbs: was it done?

    `count` has the least and greatest number of wrappings. Half of what is neutral is so because
    its wrappings leave it open. `others` has the least and greatest number of other deeds that are
    told of the same, each in wrappings of its own.
    """

    about: BySteps
    name: str
    level: int
    count: tuple[int, int]
    others: tuple[int, int] = (0, 0)
    share: float = 1.0

    def hypothesis(self, rng: Random) -> Statement:
        """Return a statement about somebody in particular."""
        return self.about.hypothesis(rng)

    def premise(self, hypothesis: Statement, label: Label, rng: Random) -> Deeds | None:
        """Return something wrapped from which the hypothesis follows as the label says."""
        open_ = label == "neutral" and rng.random() < 0.5
        alike: Label = rng.choice(("entailment", "contradiction")) if open_ else label
        statement = self.about.premise(hypothesis, alike, rng)
        if statement is None:
            return None
        others = rng.randint(*self.others)
        wanted = 0 if open_ else -1 if statement.negated else 1
        while value(shells := self._shells(rng, alone=not others)) != wanted:
            pass
        told = [Wrapped(shells, statement.having(negated=False))]
        for _ in range(others):
            other = self._another(hypothesis, [one.statement for one in told], rng)
            told.append(Wrapped(self._shells(rng, alone=False), other))
        return Deeds(rng.sample(told, len(told)))

    def _another(self, said: Statement, told: Sequence[Statement], rng: Random) -> Statement:
        """Return another deed of the subject, which has nothing to do with those told."""
        composer = self.about.steps.composer
        subject = {place: one for place, one in told[0].terms.items() if place in SUBJECT}
        while True:
            made = self.about.hypothesis(rng)
            kind = said.kind("subject")
            if made.kind("subject") != kind:
                continue
            terms = {place: one for place, one in made.terms.items() if place not in SUBJECT}
            made = made.having(subject=told[0].subject, terms={**terms, **subject}, negated=False)
            if not any(_has_to_do(composer, made, one) for one in (said, *told)):
                return made

    def _shells(self, rng: Random, alone: bool) -> tuple[Shell, ...]:
        count = rng.randint(*self.count)
        clause = alone and count > 1 and rng.random() < 0.4
        clauses = [Shell(rng.choice(CLAUSES))] if clause else []
        verbs = rng.sample(VERBS, count - len(clauses))
        return (*clauses, *(Shell(verb, rng.random() < 0.4) for verb in verbs))


def _has_to_do(composer: Composer, one: Statement, other: Statement) -> bool:
    """Whether one deed may say something of another."""
    if (one.object is None) != (other.object is None):
        return False
    verbs = composer.words_of(one, "verb")
    return verbs.are_related(one.terms["verb"].entry.key, other.terms["verb"].entry.key)
