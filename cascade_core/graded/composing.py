"""Random statements: which words go together, and which modifiers a statement takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from random import Random
from typing import Literal, NamedTuple

from .lexicon import THINGS, Entry, Lexicon, Vocabulary, common
from .sentences import MODIFIERS, Quantity, Statement, Term

GUESSES = 20  # before all words are looked through
Shape = Literal["deed to", "deed", "state", "state with an opposite"]


class Likelihoods(NamedTuple):
    """How often a random statement has each modifier."""

    adjective: float = 0.3
    who: float = 0.0
    manner: float = 0.2
    place: float = 0.3
    time: float = 0.15


class Composer:
    """Makes random statements of a lexicon's words."""

    def __init__(self, lexicon: Lexicon):
        self.lexicon = lexicon
        self._fitting: dict[tuple[str, ...], list[Entry]] = {}
        self._handling = [  # what somebody can do to a thing
            verb
            for verb in lexicon.transitive.entries
            if "person" in verb.kinds and verb.objects & set(THINGS)
        ]

    def statement(
        self,
        rng: Random,
        shape: Shape,
        subjects: Collection[str],
        objects: Collection[str],
        likely: Likelihoods,
    ) -> Statement:
        """Make a statement of a shape, with quantifiers out of `subjects` and `objects`."""
        words = self.lexicon
        quantifier = rng.choice(list(subjects))
        terms: dict[str, Term] = {}
        what: Quantity | None = None
        if shape == "deed to":
            verb = self._any(words.transitive, rng)
            of = self._kind_for(verb.kinds, quantifier, rng)
            object_kind = rng.choice(sorted(verb.objects))
            what = self._quantity(rng.choice(list(objects)), rng, object_kind)
            if not what.name:
                terms["object noun"] = term(self.noun(object_kind, rng), rng)
            terms["verb"] = term(verb, rng)
        elif shape == "deed":
            verb = self._any(words.intransitive, rng)
            of = self._kind_for(verb.kinds, quantifier, rng)
            terms["verb"] = term(verb, rng)
        else:
            adjective = self._any(words.adjectives, rng)
            while shape == "state with an opposite" and not adjective.opposite:
                adjective = self._any(words.adjectives, rng)
            of = self._kind_for(adjective.kinds, quantifier, rng)
            terms["state"] = term(adjective, rng)
        subject = self._quantity(quantifier, rng, of)
        if not subject.name:
            terms["subject noun"] = term(self.noun(of, rng), rng)
        statement = Statement(subject, terms, what)
        for modifier in MODIFIERS:
            chance = getattr(likely, modifier.removeprefix("subject ").removeprefix("object "))
            if rng.random() < chance and self.takes(statement, modifier):
                statement = statement.putting(self.modifier(statement, modifier, rng))
        return statement

    def takes(self, statement: Statement, modifier: str) -> bool:
        """Whether a modifier reads well, and has one meaning only, in a statement."""
        terms, what = statement.terms, statement.object
        match modifier:
            case "subject adjective" | "subject who":
                clause = modifier == "subject who"
                if clause and (
                    statement.kind("subject") != "person" or statement.voice != "active"
                ):
                    return False
                return "subject noun" in terms
            case "object adjective":
                return "object noun" in terms
            case "manner":
                verb = terms.get("verb")
                return bool(
                    verb and statement.kind("subject") == "person" and " " not in verb.form.past
                )
            case _:  # where, when: of the deed, or of the object? there it must not matter
                ambiguous = what and not what.is_definite and what.rule.noun != what.rule.said
                return "verb" in terms and not ambiguous

    def modifier(self, statement: Statement, modifier: str, rng: Random) -> dict[str, Term]:
        """Return words for a modifier of a statement, by place."""
        if modifier == "subject who":
            verb = common(self._handling, rng)
            kind = rng.choice(sorted(verb.objects & set(THINGS)))
            noun = self.noun(kind, rng)
            return {"subject who verb": term(verb, rng), "subject who noun": term(noun, rng)}
        (place,) = MODIFIERS[modifier]
        found = self.word(statement, place, rng)
        return {place: term(found, rng)} if found else {}

    def word(self, statement: Statement, place: str, rng: Random, unlike: str = "") -> Entry | None:
        """Return a random word that fits in a place, and says nothing of the word `unlike`.

        Then it is one of the most special words. An adjective says nothing of the state its noun is
        in either. None where there is no such word.
        """
        fitting, words = self.fitting(statement, place), self.words_of(statement, place)
        state = statement.terms.get("state") if place == "subject adjective" else None
        beside = [key for key in (unlike, state.entry.key if state else "") if key]

        def suits(entry: Entry) -> bool:
            if unlike and words.below[entry.key]:
                return False
            return not any(words.are_related(entry.key, key) for key in beside)

        for _ in range(GUESSES):
            if fitting and suits(found := common(fitting, rng)):
                return found
        suiting = [entry for entry in fitting if suits(entry)]
        return common(suiting, rng) if suiting else None

    def fitting(self, statement: Statement, place: str) -> list[Entry]:
        """Return the words that fit in a place of a statement."""
        kinds = (statement.kind("subject"), statement.kind("object") if statement.object else "")
        who = [statement.terms.get(f"subject who {part}") for part in ("verb", "noun")]
        key = (place, *kinds, *(one.entry.key if one else "" for one in who))
        if key not in self._fitting:
            words = self.words_of(statement, place).entries
            self._fitting[key] = [one for one in words if self.fits(statement, place, one)]
        return self._fitting[key]

    def words_of(self, statement: Statement, place: str) -> Vocabulary:
        """Return the vocabulary that a place's words are of."""
        words = self.lexicon
        if place.endswith("noun"):
            return words.nouns
        if place.endswith("adjective") or place == "state":
            return words.adjectives
        if place == "verb":
            return words.transitive if statement.object else words.intransitive
        others: Mapping[str, Vocabulary] = {
            "subject who verb": words.transitive,
            "manner": words.manners,
            "place": words.places,
            "time": words.times,
        }
        return others[place]

    def fits(self, statement: Statement, place: str, entry: Entry) -> bool:
        """Whether a word fits in a place of a statement."""
        terms, subject = statement.terms, statement.kind("subject")
        match place:
            case "verb":
                what = statement.object is None or statement.kind("object") in entry.objects
                return subject in entry.kinds and what
            case "subject who verb":
                return (
                    "person" in entry.kinds
                    and terms["subject who noun"].entry.kinds <= entry.objects
                )
            case "subject who noun":
                return entry.kinds <= terms["subject who verb"].entry.objects
            case "object noun" | "object adjective":
                return statement.kind("object") in entry.kinds
            case "subject noun" | "subject adjective" | "state":
                return subject in entry.kinds
            case _:
                return True

    def noun(self, kind: str, rng: Random) -> Entry:
        """Return a random noun of a kind; the most general ones come seldom."""
        nouns = self.lexicon.nouns.of_kind(kind)
        found = common(nouns, rng)
        return found if found.under or rng.random() < 0.3 else common(nouns, rng)

    def another_name(self, quantity: Quantity, rng: Random) -> Quantity:
        """Return another name."""
        names = [name for name in self.lexicon.names if name != quantity.name]
        return quantity._replace(name=rng.choice(names))

    def _any(self, vocabulary: Vocabulary, rng: Random) -> Entry:
        return common(vocabulary.entries, rng)

    def _kind_for(self, kinds: Collection[str], quantifier: str, rng: Random) -> str:
        if "person" in kinds and (quantifier == "name" or rng.random() < 0.75):
            return "person"
        return rng.choice(sorted(kinds))

    def _quantity(self, quantifier: str, rng: Random, kind: str) -> Quantity:
        if quantifier == "name":
            if kind == "person":
                return Quantity("name", name=rng.choice(self.lexicon.names))
            quantifier = "the"
        count = rng.randint(3, 12)
        return Quantity(quantifier, count=count if Quantity(quantifier).rule.counts else 0)


def term(entry: Entry, rng: Random) -> Term:
    """Say a word in one of its forms, the first more often than not."""
    if len(entry.forms) == 1 or rng.random() < 0.6:
        return Term(entry, entry.forms[0])
    return Term(entry, rng.choice(entry.forms))
