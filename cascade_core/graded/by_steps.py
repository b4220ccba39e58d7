"""Reasoning about the steps that lead from one statement to another."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .composing import Likelihoods, Shape
from .order import Label
from .sentences import Statement, negated
from .steps import Direction, Kind, Steps

UP = ("name", "the", "a")
DEEDS: tuple[Shape, ...] = ("deed to", "deed to", "deed")
USUAL = Likelihoods()


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
