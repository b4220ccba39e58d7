"""graded-nli: a hypothesis and, for each label, a premise, by the reasoning that is needed.

Every hypothesis comes three times, once with each label, so that nothing in it gives its label
away. Premises are made back from it: one that is stronger entails it, one that is stronger than its
negation contradicts it, and one that is weaker, or lies aside, does neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any, Protocol

from .composing import Composer, Likelihoods, Shape
from .examples import Example
from .lexicon import Lexicon
from .order import LABELS, Chain, Converse, Label
from .sampling import Allowed
from .sentences import Statement, negated
from .steps import Direction, Kind, Steps

UP = ("name", "the", "a")
COUNTING = ("at least", "fewer than")
QUANTIFYING = ("no", "every", "not every", "fewer than", "at least")
DEEDS: tuple[Shape, ...] = ("deed to", "deed to", "deed")
ALL: tuple[Shape, ...] = (*DEEDS, "state")
USUAL = Likelihoods()
GENERAL: tuple[Kind, ...] = ("modifier", "more general", "within")
TRIES = 20  # of premises for one hypothesis, before another one is taken


class Said(Protocol):
    """What is said: its content words, and str for the text."""

    @property
    def content(self) -> frozenset[str]: ...


class Reasoning(Protocol):
    """A kind of reasoning: how hypotheses and premises that need it are made."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def share(self) -> float: ...

    def hypothesis(self, rng: Random) -> Any:
        """Return something said."""
        ...

    def premise(self, hypothesis: Any, label: Label, rng: Random) -> Any:
        """Return what stands to the hypothesis as `label` says; None where nothing was found."""
        ...


@dataclass(frozen=True)
class BySteps:
    """Reasoning about the steps from one statement to another: which, how many, from which.

    Of `kinds` is the first step, where there is one, and of `others` too are further ones; `count`
    has their least and greatest number. `subjects` and `objects` are their quantifiers, `denied`
    says how often the hypothesis about a definite subject is a negation.
    """

    steps: Steps
    name: str
    level: int
    kinds: tuple[Kind, ...]
    shapes: tuple[Shape, ...] = DEEDS
    subjects: tuple[str, ...] = UP
    objects: tuple[str, ...] = UP
    count: tuple[int, int] = (1, 1)
    others: tuple[Kind, ...] = ()
    denied: float = 0.0
    likely: Likelihoods = USUAL
    share: float = 1.0

    def hypothesis(self, rng: Random) -> Statement:
        """Return a statement that has a negation."""
        while True:
            shape = rng.choice(self.shapes)
            quantifiers = (self.subjects, self.objects)
            made = self.steps.composer.statement(rng, shape, *quantifiers, self.likely)
            denial = negated(made)
            if denial:
                definite = made.subject.is_definite
                return denial if definite and rng.random() < self.denied else made

    def premise(self, hypothesis: Statement, label: Label, rng: Random) -> Statement | None:
        """Return a statement some steps away, in as many places."""
        deny = rng.random() < 0.5 if label == "neutral" else label == "contradiction"
        statement = negated(hypothesis) if deny else hypothesis
        assert statement
        onward = (Direction.STRONGER, Direction.SAME)
        count = rng.randint(*self.count)
        directions = [onward] * count
        if label == "neutral":
            anywhere = tuple(Direction)
            away = (Direction.WEAKER, Direction.ASIDE)
            directions = [away, *[anywhere] * (count - 1)]
        places: list[str] = []
        for number, allowed in enumerate(rng.sample(directions, count)):
            away = () if Direction.STRONGER in allowed else ("other word",)
            kinds = (*self.kinds, *away) if number == 0 else (*self.kinds, *self.others, *away)
            taken = self.steps.take(statement, rng, kinds, allowed, places)
            taken = taken or self.steps.take(statement, rng, self.others, allowed, places)
            if taken is None:
                return None
            statement, step = taken
            places += step.places
        return statement


def reasonings(lexicon: Lexicon) -> list[Reasoning]:
    """Return all kinds of reasoning, easy ones first."""
    by_steps = partial(BySteps, Steps(Composer(lexicon)))
    objects = (*UP, "a", "every", "at least")
    return [
        by_steps("overlap", 1, ("modifier",), share=2),
        by_steps("synonym", 2, ("synonym",), ALL),
        by_steps("hypernym", 2, ("more general",), ALL),
        by_steps("containment", 2, ("within",), likely=Likelihoods(place=0.7, time=0.5)),
        by_steps("negation", 3, GENERAL, ALL, ("name", "the"), denied=1),
        by_steps("voice", 3, ("wording", "swap"), ("deed to",), likely=Likelihoods(manner=0)),
        by_steps("number", 3, ("number",), subjects=COUNTING),
        by_steps(
            "opposite",
            level=3,
            kinds=("opposite",),
            shapes=("state with an opposite",),
            subjects=("name", "the", "every", "no"),
            others=("synonym", "more general"),
            denied=0.5,
        ),
        Converse(lexicon),
        by_steps("monotonicity", 4, GENERAL, ALL, QUANTIFYING, objects, count=(1, 2), share=2),
        by_steps(
            "relative clause",
            level=4,
            kinds=("modifier", "more general"),
            subjects=(*QUANTIFYING, "a"),
            count=(1, 2),
            likely=Likelihoods(who=1),
        ),
        by_steps(
            "composed",
            level=5,
            kinds=(*GENERAL, "synonym", "number", "quantifier", "wording", "opposite"),
            shapes=ALL,
            subjects=(*UP, *QUANTIFYING, *COUNTING),
            objects=objects,
            count=(3, 4),
            others=("swap",),
            denied=0.4,
            likely=Likelihoods(who=0.3, place=0.4, time=0.3),
            share=2,
        ),
        Chain(lexicon),
    ]


def triplet(reasoning: Reasoning, rng: Random, allowed: Allowed) -> list[Example]:
    """Make a hypothesis with a premise for each label; `allowed` may refuse content words."""
    while True:
        hypothesis = reasoning.hypothesis(rng)
        if _stutters(hypothesis):
            continue
        found: list[Example] = []
        for number, label in enumerate(LABELS):
            for _ in range(TRIES):
                premise = reasoning.premise(hypothesis, label, rng)
                if premise is None or str(premise) == str(hypothesis) or _stutters(premise):
                    continue
                content = premise.content | hypothesis.content
                if allowed(content):
                    texts = (str(premise), str(hypothesis))
                    found.append(Example(texts, number, reasoning.name, reasoning.level, content))
                    break
            else:
                break
        if len(found) == len(LABELS):
            return found


def _stutters(said: Said) -> bool:
    """Whether a word follows itself, as in "hot hot chocolate"."""
    return any(one == other for one, other in pairwise(str(said).split()))
