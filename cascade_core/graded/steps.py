"""What follows from a statement: single changes that make it weaker, stronger, or another one.

A word's change is a change of meaning by where it stands: "a surgeon sang" says more than "a doctor
sang", but "no surgeon sang" says less than "no doctor sang". Each place has a polarity, which says
which way a change there goes. What is reached by weaker and equal steps follows; what is reached
with a stronger one, or one aside, in a place of its own does not; and what contradicts a statement
is the negation of what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from enum import Enum
from random import Random
from typing import Literal, NamedTuple

from .composing import Composer, term
from .lexicon import common
from .sentences import MODIFIERS, Quantity, Statement, Term

Kind = Literal[
    "modifier", "synonym", "more general", "within", "number", "quantifier", "wording", "opposite",
    "swap", "other word",
]  # fmt: skip
HIGHEST = 20
SIMPLE = ("name", "the", "a")
ROLES = ("subject", "object")
# What a wet sail is, and what its being wet is about, says the same in two places.
BESIDE = {"state": ("subject adjective",), "subject adjective": ("state",)}


class Direction(Enum):
    """Where a step leads: to what follows, to what it follows from, to the same, to another thing.

    What lies ASIDE neither follows nor is excluded.
    """

    WEAKER = 1
    SAME = 0
    STRONGER = -1
    ASIDE = 2


class Step(NamedTuple):
    """A step that can be taken: of what kind, which way, in which place."""

    kind: Kind
    direction: Direction
    place: str
    make: Callable[[Random], Statement | None]  # None where no word was found

    @property
    def places(self) -> tuple[str, ...]:
        """All places that the step changes."""
        return (self.place, *MODIFIERS.get(self.place, ()), *BESIDE.get(self.place, ()))


class Steps:
    """Finds the steps from a statement; a composer knows which words go together."""

    def __init__(self, composer: Composer):
        self.composer = composer
        self._finders: dict[Kind, Callable[[Statement], Iterator[Step]]] = {
            "modifier": self._modifiers,
            "synonym": self._synonyms,
            "more general": self._more_general,
            "within": self._within,
            "number": _numbers,
            "quantifier": _quantifiers,
            "wording": _wordings,
            "opposite": self._opposites,
            "swap": self._swaps,
            "other word": self._other_words,
        }

    def take(
        self,
        statement: Statement,
        rng: Random,
        kinds: Collection[Kind],
        directions: Collection[Direction],
        besides: Collection[str] = (),
    ) -> tuple[Statement, Step] | None:
        """Take a random step, in no place of `besides`; None where there is none."""
        taken = set(besides)
        for kind in rng.sample(list(kinds), len(kinds)):
            found = [
                step
                for step in self._finders[kind](statement)
                if step.direction in directions and taken.isdisjoint(step.places)
            ]
            if found:
                step = rng.choice(found)
                made = step.make(rng)
                return (_readable(made), step) if made else None
        return None

    def all(self, statement: Statement) -> Iterator[Step]:
        """Yield every step there is from a statement."""
        for find in self._finders.values():
            yield from find(statement)

    def _modifiers(self, statement: Statement) -> Iterator[Step]:
        """Modifiers dropped and added: what is said without one is more general."""
        for modifier, places in MODIFIERS.items():
            sign = statement.polarity(places[0])
            if not sign or not self.composer.takes(statement, modifier):
                continue
            if places[0] in statement.terms:
                make = _always(statement.dropping(places))
                yield Step("modifier", Direction(sign), modifier, make)
            else:

                def add(rng: Random, modifier=modifier) -> Statement | None:
                    added = self.composer.modifier(statement, modifier, rng)
                    return statement.putting(added) if added else None

                yield Step("modifier", Direction(-sign), modifier, add)

    def _synonyms(self, statement: Statement) -> Iterator[Step]:
        """The same, in other words."""
        for place, old in statement.terms.items():
            for form in old.entry.forms:
                if form != old.form:
                    make = _always(statement.putting({place: Term(old.entry, form)}))
                    yield Step("synonym", Direction.SAME, place, make)

    def _more_general(self, statement: Statement) -> Iterator[Step]:
        """More general nouns, verbs and adjectives, and more special ones."""
        places = (place for place in statement.terms if place not in ("place", "time"))
        return self._along("more general", statement, places)

    def _within(self, statement: Statement) -> Iterator[Step]:
        """Places and times that hold the one named, or lie within it."""
        places = (place for place in statement.terms if place in ("place", "time"))
        return self._along("within", statement, places)

    def _along(self, kind: Kind, statement: Statement, places: Iterator[str]) -> Iterator[Step]:
        for place in places:
            sign, key = statement.polarity(place), statement.terms[place].entry.key
            if not sign or _is_measured_by(statement, place):
                continue
            words = self.composer.words_of(statement, place)
            for up, keys in ((1, words.above[key]), (-1, words.below[key])):
                entries = [words[other] for other in keys]
                fitting = [one for one in entries if self.composer.fits(statement, place, one)]
                if fitting:

                    def put(rng: Random, place=place, fitting=fitting) -> Statement:
                        return statement.putting({place: term(common(fitting, rng), rng)})

                    yield Step(kind, Direction(up * sign), place, put)

    def _opposites(self, statement: Statement) -> Iterator[Step]:
        """Who says that it is wet says more than that it is not dry; "every wet", than "no dry".

        Not the other way round: some opposites leave nothing between them, and some do.
        """
        state, subject = statement.terms.get("state"), statement.subject
        if state is None or not state.entry.opposite:
            return
        if statement.negated and subject.is_definite:
            changed = statement.having(negated=False)
        elif subject.quantifier == "no":
            changed = statement.having(subject=subject._replace(quantifier="every"))
        else:
            return
        other = self.composer.lexicon.adjectives[state.entry.opposite]

        def put(rng: Random) -> Statement:
            return changed.putting({"state": term(other, rng)})

        yield Step("opposite", Direction.STRONGER, "state", put)

    def _swaps(self, statement: Statement) -> Iterator[Step]:
        """Subject and object in each other's place."""
        what, terms = statement.object, dict(statement.terms)
        if what is None or {statement.subject.quantifier, what.quantifier} - set(SIMPLE):
            return
        verb = terms["verb"].entry
        kinds = statement.kind("subject"), statement.kind("object")
        if verb.symmetric or "subject who verb" in terms:
            return
        if kinds[1] not in verb.kinds or kinds[0] not in verb.objects:
            return
        nouns = [terms[f"{role} noun"].entry.key for role in ROLES if f"{role} noun" in terms]
        if len(nouns) == 2 and self.composer.lexicon.nouns.are_related(*nouns):
            return  # who hugs and who is hugged may be the same
        swapped = {
            place.replace("subject", "\0")
            .replace("object", "subject")
            .replace("\0", "object"): word
            for place, word in terms.items()
        }
        changed = statement.having(subject=what, object=statement.subject, terms=swapped)
        yield Step("swap", Direction.ASIDE, "order", _always(changed))

    def _other_words(self, statement: Statement) -> Iterator[Step]:
        """Other words and names, which say nothing of the old ones.

        Where one deed or state may exclude another, of somebody definite or of all, it stays: one
        has been in one place at one time, and what was red was not blue. Only the most special
        words change for one another: of general ones the tables do not know all that is below.
        """
        subject = statement.subject
        exists = subject.quantifier in ("a", "at least")
        for place, old in statement.terms.items():
            if place in ("place", "time", "manner", "state") and not exists:
                continue
            if self.composer.words_of(statement, place).below[old.entry.key]:
                continue

            def put(rng: Random, place=place, old=old) -> Statement | None:
                other = self.composer.word(statement, place, rng, unlike=old.entry.key)
                return statement.putting({place: term(other, rng)}) if other else None

            yield Step("other word", Direction.ASIDE, place, put)
        for role, quantity, _ in _quantities(statement):
            if quantity.name:

                def call(rng: Random, role=role, quantity=quantity) -> Statement:
                    return statement.having(**{role: self.composer.another_name(quantity, rng)})

                yield Step("other word", Direction.ASIDE, f"{role} name", call)


def _numbers(statement: Statement) -> Iterator[Step]:
    """Higher and lower numbers; an exact number instead of a bound."""
    for role, quantity, sign in _quantities(statement):
        if not quantity.rule.counts or not sign:
            continue
        for direction, changes in (
            (Direction.WEAKER, _weaker_counts(quantity)),
            (Direction.STRONGER, _stronger_counts(quantity)),
        ):
            if changes:

                def put(rng: Random, role=role, quantity=quantity, changes=changes) -> Statement:
                    quantifier, count = rng.choice(changes)
                    changed = quantity._replace(quantifier=quantifier, count=count)
                    return statement.having(**{role: changed})

                yield Step("number", Direction(direction.value * sign), f"{role} quantifier", put)


def _quantifiers(statement: Statement) -> Iterator[Step]:
    """One follows from any number but none; from none, that there were fewer than some number."""
    for role, quantity, sign in _quantities(statement):
        name = quantity.quantifier
        if quantity.name or not sign or (role == "subject" and statement.negated):
            continue
        weaker, stronger = {
            "the": (["a"], []),
            "most": (["a"], []),
            "at least": (["a"], ["exactly"]),
            "exactly": (["a"], []),
            "a": ([], ["the", "most", "at least", "exactly"]),
            "no": (["fewer than"], []),
            "fewer than": ([], ["no"]),
        }.get(name, ([], []))
        if role == "object":  # "did not greet most nurses", "greeted no nurse": seldom said
            weaker, stronger = (
                [one for one in side if one in ("a", "the") or (sign > 0 and one == "at least")]
                for side in (weaker, stronger)
            )
        for direction, names in ((Direction.WEAKER, weaker), (Direction.STRONGER, stronger)):
            if names:

                def put(rng: Random, role=role, quantity=quantity, names=names) -> Statement:
                    changed = quantity._replace(quantifier=rng.choice(names), other_wording=False)
                    count = (quantity.count or rng.randint(3, 12)) if changed.rule.counts else 0
                    return statement.having(**{role: changed._replace(count=count)})

                place = f"{role} quantifier"
                yield Step("quantifier", Direction(direction.value * sign), place, put)


def _wordings(statement: Statement) -> Iterator[Step]:
    """The other voice; "more than three" for "at least four"."""
    for voice in ("active", "passive", "there"):
        if voice != statement.voice and _may_be(statement, voice):
            make = _always(statement.having(voice=voice))
            yield Step("wording", Direction.SAME, "voice", make)
    for role, quantity, _ in _quantities(statement):
        if quantity.quantifier in ("at least", "fewer than"):
            changed = quantity._replace(other_wording=not quantity.other_wording)
            make = _always(statement.having(**{role: changed}))
            yield Step("wording", Direction.SAME, f"{role} wording", make)


def _readable(statement: Statement) -> Statement:
    """Return a statement in the active where its voice does not suit it any more."""
    return statement if _may_be(statement, statement.voice) else statement.having(voice="active")


def _may_be(statement: Statement, voice: str) -> bool:
    """Whether a statement reads well in a voice, and means there what it means in the active."""
    subject, what, terms = statement.subject, statement.object, statement.terms
    if voice == "active":
        return True
    if "subject who verb" in terms or "verb" not in terms or "manner" in terms:
        return False
    if voice == "there":
        quantifiers = ("a", "no", "at least", "fewer than", "exactly")
        return subject.quantifier in quantifiers and not statement.negated
    if what is None or subject.quantifier in ("no", "not every", "fewer than"):
        return False
    if what.is_definite:
        return True
    return (
        what.quantifier == "a"
        and subject.quantifier in ("name", "the", "a")
        and not statement.negated
    )


def _quantities(statement: Statement) -> Iterator[tuple[str, Quantity, int]]:
    """Yield subject and object with the polarity of what they say."""
    yield "subject", statement.subject, 1
    if statement.object:
        yield "object", statement.object, statement.polarities.said


def _is_measured_by(statement: Statement, place: str) -> bool:
    """Whether an adjective depends on the noun in a place: no big mouse is a big animal."""
    role, _, part = place.partition(" ")
    adjective = statement.terms.get(f"{role} adjective")
    beside = adjective is not None and adjective.entry.relative
    state = statement.terms.get("state") if role == "subject" else None
    return part == "noun" and (beside or (state is not None and state.entry.relative))


def _weaker_counts(quantity: Quantity) -> list[tuple[str, int]]:
    count = quantity.count
    match quantity.quantifier:
        case "at least":
            return [("at least", less) for less in range(2, count)]
        case "fewer than":
            return [("fewer than", more) for more in range(count + 1, HIGHEST + 1)]
        case _:
            lower = [("at least", less) for less in range(2, count + 1)]
            return lower + [("fewer than", more) for more in range(count + 1, HIGHEST + 1)]


def _stronger_counts(quantity: Quantity) -> list[tuple[str, int]]:
    count = quantity.count
    match quantity.quantifier:
        case "at least":
            exact = [("exactly", more) for more in range(count, HIGHEST + 1)]
            return exact + [("at least", more) for more in range(count + 1, HIGHEST + 1)]
        case "fewer than":
            exact = [("exactly", less) for less in range(2, count)]
            return exact + [("fewer than", less) for less in range(2, count)]
        case _:
            return []


def _always(statement: Statement) -> Callable[[Random], Statement]:
    return lambda rng: statement
