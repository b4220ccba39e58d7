"""One statement about what happened: who did what to whom, how, where and when, and its wording.

A statement is the words in its places, with a quantifier for the subject and one for the object; it
means the same in every voice. Quantifiers take scope in the order subject, object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from . import words
from .lexicon import Entry, Form

Voice = Literal["active", "passive", "there"]

# The places of a statement; those of one group share a polarity.
SUBJECT = ("subject noun", "subject adjective", "subject who verb", "subject who noun")
OBJECT = ("object noun", "object adjective")
# What may be added and dropped: one or more places at once.
MODIFIERS = {
    "subject adjective": ("subject adjective",),
    "subject who": ("subject who verb", "subject who noun"),
    "object adjective": ("object adjective",),
    "manner": ("manner",),
    "place": ("place",),
    "time": ("time",),
}


class Quantifier(NamedTuple):
    """How a quantifier behaves: monotone in its noun, and in what is said of those it names.

    1: what is more general follows; -1: what is more special does; 0: neither. `complement` is true
    exactly where the quantifier is not.
    """

    noun: int
    said: int
    complement: str = ""
    plural: bool = False
    counts: bool = False


QUANTIFIERS = {
    "name": Quantifier(0, 1),  # a name: no noun at all
    "the": Quantifier(0, 1),
    "a": Quantifier(1, 1, "no"),
    "no": Quantifier(-1, -1, "a"),
    "every": Quantifier(-1, 1, "not every"),
    "not every": Quantifier(1, -1, "every"),
    "most": Quantifier(0, 1, plural=True),
    "at least": Quantifier(1, 1, "fewer than", plural=True, counts=True),
    "fewer than": Quantifier(-1, -1, "at least", plural=True, counts=True),
    "exactly": Quantifier(0, 0, plural=True, counts=True),
}
DEFINITE = ("name", "the")


class Term(NamedTuple):
    """A word in a place: the entry it stands for, in one of its forms."""

    entry: Entry
    form: Form


class Quantity(NamedTuple):
    """A quantifier with its number, or a name.

    `other_wording` says "more than three" for "at least four", "at most" for "fewer than".
    """

    quantifier: str
    count: int = 0
    name: str = ""
    other_wording: bool = False

    @property
    def rule(self) -> Quantifier:
        return QUANTIFIERS[self.quantifier]

    @property
    def is_definite(self) -> bool:
        return self.quantifier in DEFINITE


class Polarities(NamedTuple):
    """Which way what is said goes with each group of places, and with the object's quantifier."""

    subject: int
    object: int
    deed: int
    said: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a subject did, to an object or not, or what it was (then "state" and no "verb").

    `negated` denies what is said of a definite subject.
    """

    subject: Quantity
    terms: Mapping[str, Term] = field(default_factory=dict)
    object: Quantity | None = None
    negated: bool = False
    voice: Voice = "active"

    @property
    def polarities(self) -> Polarities:
        subject = self.subject.rule
        said = -subject.said if self.negated else subject.said
        if self.object is None:
            return Polarities(subject.noun, 0, said, said)
        return Polarities(
            subject.noun, said * self.object.rule.noun, said * self.object.rule.said, said
        )

    def polarity(self, place: str) -> int:
        """Return 1 where what is more general follows, -1 where what is more special does, or 0."""
        found = self.polarities
        if place in SUBJECT:
            return found.subject
        return found.object if place in OBJECT else found.deed

    def kind(self, role: Literal["subject", "object"]) -> str:
        """Return of what kind subject or object are."""
        noun = self.terms.get(f"{role} noun")
        return next(iter(noun.entry.kinds)) if noun else "person"

    def having(self, **changed) -> Statement:
        """Return the statement with some parts changed."""
        return replace(self, **changed)

    def putting(self, terms: Mapping[str, Term]) -> Statement:
        """Return the statement with words in some places."""
        return replace(self, terms={**self.terms, **terms})

    def dropping(self, places: tuple[str, ...]) -> Statement:
        """Return the statement without the words in some places."""
        kept = {place: term for place, term in self.terms.items() if place not in places}
        return replace(self, terms=kept)

    @property
    def content(self) -> frozenset[str]:
        """The content words: names, and the entries of all words, whatever their form."""
        names = {one.name for one in (self.subject, self.object) if one and one.name}
        return frozenset(names | {term.entry.key for term in self.terms.values()})

    def __str__(self) -> str:
        return words.sentence(self.saying())

    def saying(self, doing: str = "") -> str:
        """Write the statement as a clause; `doing` wraps its verb: "failed to" sing, not "sang"."""
        return " ".join(part for part in self._parts(doing) if part)

    @property
    def subject_phrase(self) -> str:
        """The subject as it is written."""
        return self._phrase("subject", self.subject)

    def _parts(self, doing: str) -> Iterator[str]:
        subject = self.subject_phrase
        what = self._phrase("object", self.object) if self.object else ""
        was = _was(self.subject)
        not_ = "not" if self.negated else ""
        how = [self._word(place) for place in ("manner", "place", "time")]
        if "state" in self.terms:
            yield from (subject, was, not_, self._word("state"), *how)
            return
        verb = self.terms["verb"].form
        if self.voice == "passive":
            assert self.object
            yield from (what, _was(self.object), not_, verb.participle, "by", subject, *how)
        elif self.voice == "there":
            yield from ("there", was, subject, self._who(), verb.past, what, *how)
        else:
            doing = doing or ("did not" if self.negated else "")
            did = f"{doing} {verb.base}" if doing else verb.past
            yield from (subject, did, what, *how)

    def _phrase(self, role: Literal["subject", "object"], quantity: Quantity) -> str:
        if quantity.name:
            return quantity.name
        form = self.terms[f"{role} noun"].form
        noun = form.plural if quantity.rule.plural else form.base
        parts = [self._word(f"{role} adjective"), noun]
        if f"{role} who verb" in self.terms:
            thing = words.with_article(self._word(f"{role} who noun"))
            parts += [self._who(), self.terms[f"{role} who verb"].form.past, thing]
        described = " ".join(part for part in parts if part)
        if quantity.quantifier == "a":
            return words.with_article(described)
        return f"{_how_many(quantity)} {described}"

    def _who(self) -> str:
        return "who" if self.kind("subject") == "person" else "that"

    def _word(self, place: str) -> str:
        term = self.terms.get(place)
        return term.form.base if term else ""


def negated(statement: Statement) -> Statement | None:
    """Return what is true exactly where a statement is not; None where there is no wording."""
    subject, what = statement.subject, statement.object
    if not subject.is_definite:
        if not subject.rule.complement:
            return None
        return statement.having(subject=subject._replace(quantifier=subject.rule.complement))
    if what and what.rule.counts:
        if not what.rule.complement:
            return None
        return statement.having(object=what._replace(quantifier=what.rule.complement))
    return statement.having(negated=not statement.negated)


def _was(quantity: Quantity) -> str:
    return "were" if quantity.rule.plural else "was"


def _how_many(quantity: Quantity) -> str:
    if not quantity.rule.counts:
        return quantity.quantifier
    plain = not quantity.other_wording or quantity.quantifier == "exactly"
    if plain or quantity.count <= 2:  # not "more than one nurses"
        return f"{quantity.quantifier} {words.NUMBERS[quantity.count]}"
    wording = "more than" if quantity.quantifier == "at least" else "at most"
    return f"{wording} {words.NUMBERS[quantity.count - 1]}"
