"""graded-sentiment: short reviews whose polarity is known by how they are built.

A clause has words that are good or bad news; what it is put into (negated, said by somebody who was
wrong, held against another) decides what the review says. Which words are in it, and what it says,
are drawn apart, so that from level 2 on the words alone do not give the label away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import NamedTuple

from .examples import Example
from .lexicon import rows
from .sampling import Allowed
from .words import sentence

LABELS = ("negative", "positive")
FOLLOWING = ("but", "yet", "but in the end", "but then")
CONCEDING = ("although", "even though", "while it is true that", "despite the fact that")
SO = (
    "it is true that {}",
    "nobody can deny that {}",
    "I must say that {}",
    "I cannot deny that {}",
)
NOT_SO = (
    *("it is not true that {}", "nobody can say that {}", "I cannot say that {}"),
    *("I would be lying if I said that {}", "it would be wrong to say that {}"),
)
RIGHTLY = ("{} rightly said that {}", "as {} had told us, {}", "{} had every reason to say that {}")
WRONGLY = (
    "{} said, quite wrongly, that {}",
    "{} wrongly said that {}",
    "{} claimed in vain that {}",
)
CAME_SO = ("And so it was.", "It turned out exactly so.", "That is how it was.")
CAME_OTHERWISE = ("It was not so.", "It turned out otherwise.", "Nothing of the kind.")
TRUE = (*CAME_SO, "That was true.", "That was no lie.")
UNTRUE = (*CAME_OTHERWISE, "That was not true.", "That was a lie.")


class Clause(NamedTuple):
    """A clause and its denial, whether it is good news, and its content words."""

    said: str
    denied: str
    good: bool
    content: frozenset[str]

    def saying(self, good: bool) -> str:
        """Return the clause or its denial, whichever is good news, or bad."""
        return self.said if good == self.good else self.denied


class Aspect(NamedTuple):
    """Part of what is reviewed, such as "plot": of which group its adjectives are."""

    name: str
    group: str
    was: str


class Material(NamedTuple):
    """What can be said of one domain, by whether it is good news."""

    things: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    facts: Mapping[bool, tuple[Clause, ...]]
    reactions: Mapping[bool, tuple[Clause, ...]]


class Opinions(NamedTuple):
    """Adjectives by the group of what they are said of and whether they are good; who says so."""

    mild: Mapping[tuple[str, bool], tuple[str, ...]]
    all: Mapping[tuple[str, bool], tuple[str, ...]]
    openers: Mapping[bool, tuple[str, ...]]
    voices: tuple[str, ...]


class Writer:
    """Writes about one domain, and remembers which content words it used."""

    def __init__(self, rng: Random):
        self.rng = rng
        self.opinions = opinions()
        self.about = rng.choice(list(materials().values()))
        self.content: set[str] = set()

    def clause(self, good: bool | None = None, deniable: bool = True) -> Clause:
        """Return a clause of good news or bad, whichever comes where that is not said."""
        good = self.rng.random() < 0.5 if good is None else good
        chance = self.rng.random()
        if chance < 0.6:
            made = self._opinion(good, deniable)
        elif chance < 0.85 or deniable:
            made = self.rng.choice(self.about.facts[good])
        else:
            made = self.rng.choice(self.about.reactions[good])
        self.content |= made.content
        return made

    def fact(self) -> Clause:
        """Return a clause that judges by what it tells, not by a word of praise or blame."""
        made = self.rng.choice(self.about.facts[self.rng.random() < 0.5])
        self.content |= made.content
        return made

    def voice(self) -> str:
        """Return somebody else."""
        return self.used(self.rng.choice(self.opinions.voices))

    def adjectives(self, good: bool) -> tuple[Aspect, str, str]:
        """Return an aspect, an adjective for it, good or bad, and one of the other kind."""
        aspect = self.rng.choice(self.about.aspects)
        of = self.opinions.all
        one = self.rng.choice(of[aspect.group, good])
        other = self.rng.choice(of[aspect.group, not good])
        self.content |= {aspect.name, one, other}
        return aspect, one, other

    def opener(self) -> str:
        """Return an exclamation; good or bad, meant or not."""
        return self.used(self.rng.choice(self.opinions.openers[self.rng.random() < 0.5]))

    def one_of(self, *wordings: str) -> str:
        """Return one of several wordings."""
        return self.rng.choice(wordings)

    def _opinion(self, good: bool, deniable: bool) -> Clause:
        aspect = self.rng.choice(self.about.aspects)
        of = self.opinions.mild if deniable else self.opinions.all
        adjective = self.rng.choice(of[aspect.group, good])
        said = f"the {aspect.name} {aspect.was} {adjective}"
        denied = f"the {aspect.name} {aspect.was} not {adjective}"
        return Clause(said, denied, good, frozenset({aspect.name, adjective}))

    def used(self, word: str) -> str:
        """Return a content word, remembered."""
        self.content.add(word)
        return word


class Pattern(NamedTuple):
    """A way to build a review: what it takes to read, its level, how it is written for a label."""

    name: str
    level: int
    write: Callable[[Writer, bool], str]


def plain(writer: Writer, good: bool) -> str:
    """Write one clause, or two that agree."""
    first = writer.clause(good, deniable=False).said
    if writer.rng.random() < 0.5:
        return sentence(first)
    return sentence(f"{first} and {writer.clause(good, deniable=False).said}")


def denied(writer: Writer, good: bool) -> str:
    """Write a clause as it stands, or its denial."""
    return sentence(writer.clause().saying(good))


def contrast(writer: Writer, good: bool) -> str:
    """Write two clauses against each other; the main one, or the last, says what counts."""
    return sentence(_against(writer, lambda part: writer.clause(part, deniable=False).said, good))


def reported(writer: Writer, good: bool) -> str:
    """Write what somebody else said, and whether it was so."""
    clause = writer.clause(deniable=False)
    said = writer.one_of("said", "swore", "told us", "wrote")
    told = sentence(f"{writer.voice()} {said} that {clause.said}")
    return f"{told} {writer.rng.choice(TRUE if clause.good == good else UNTRUE)}"


def awaited(writer: Writer, good: bool) -> str:
    """Write what was hoped or feared, and whether it came."""
    clause = writer.fact() if writer.rng.random() < 0.5 else writer.clause()
    hoped = writer.one_of("we hoped", "I was confident")
    feared = writer.one_of("we feared", "I was afraid")
    thought = sentence(f"{hoped if clause.good else feared} that {clause.said}")
    return f"{thought} {writer.rng.choice(CAME_SO if clause.good == good else CAME_OTHERWISE)}"


def changed(writer: Writer, good: bool) -> str:
    """Write how something was before, and how it is now."""
    aspect, now, before = writer.adjectives(good)
    it, is_ = ("they", "are") if aspect.was == "were" else ("it", "is")
    return sentence(
        writer.one_of(
            f"the {aspect.name} used to be {before}; now {it} {is_} {now}",
            f"the {aspect.name} {aspect.was} {before} last year and {now} this time",
            f"this time the {aspect.name} {aspect.was} {now}, after years of being {before}",
        )
    )


def expected(writer: Writer, good: bool) -> str:
    """Write what something was said to be like, and what it was like."""
    aspect, found, told = writer.adjectives(good)
    of_it = f"the {aspect.name} of this {writer.used(writer.rng.choice(writer.about.things))}"
    it = "they" if aspect.was == "were" else "it"
    return sentence(
        writer.one_of(
            f"we had been told that {of_it} {aspect.was} {told}; {it} {aspect.was} {found}",
            f"{of_it} {aspect.was} {found}, not {told} as the papers had it",
            f"everyone calls {of_it} {told}; to us {it} {aspect.was} {found}",
        )
    )


def doubted(writer: Writer, good: bool) -> str:
    """Write that something is so, or is not so, where the something may be a denial itself."""
    return sentence(_framed(writer, good))


def denials(writer: Writer, good: bool) -> str:
    """Write two clauses against each other, each as it stands or denied."""
    return sentence(_against(writer, lambda part: writer.clause().saying(part), good))


def sarcasm(writer: Writer, good: bool) -> str:
    """Write an exclamation, meant or not, and the fact it is about, which says what counts."""
    fact, exclaimed = writer.fact().saying(good), writer.opener()
    return writer.one_of(
        f"{exclaimed}: {fact}.",
        f"{exclaimed}! {sentence(fact)}",
        f"{sentence(fact)} {exclaimed}!",
    )


def composed(writer: Writer, good: bool) -> str:
    """Write two parts against each other, each of them what somebody said or may be doubted."""

    def part(good: bool) -> str:
        return _framed(writer, good) if writer.rng.random() < 0.5 else _judged(writer, good)

    return sentence(_against(writer, part, good))


PATTERNS = (
    Pattern("plain", 1, plain),
    Pattern("negated", 2, denied),
    Pattern("contrast", 3, contrast),
    Pattern("reported", 3, reported),
    Pattern("changed", 3, changed),
    Pattern("expected", 3, expected),
    Pattern("double negation", 4, doubted),
    Pattern("negated contrast", 4, denials),
    Pattern("hoped or feared", 4, awaited),
    Pattern("sarcasm", 5, sarcasm),
    Pattern("composed", 5, composed),
)


def pair(pattern: Pattern, rng: Random, allowed: Allowed) -> list[Example]:
    """Make a negative and a positive review of a pattern; `allowed` may refuse content words."""
    found: list[Example] = []
    while len(found) < len(LABELS):
        writer, label = Writer(rng), len(found)
        text = pattern.write(writer, bool(label))
        content = frozenset(writer.content)
        if allowed(content):
            found.append(Example((text,), label, pattern.name, pattern.level, content))
    return found


@cache
def materials() -> Mapping[str, Material]:
    """Read what there is to say of each domain, once."""
    domains = sorted({row["domain"] for row in rows("sentiment_things")})
    return {domain: _material(domain) for domain in domains}


@cache
def opinions() -> Opinions:
    """Read adjectives, exclamations and voices, once."""
    every: dict[tuple[str, bool], list[str]] = {}
    mild: dict[tuple[str, bool], list[str]] = {}
    for row in rows("sentiment_opinions"):
        for group in row["groups"].split(","):
            key = (group.strip(), row["polarity"] == "positive")
            every.setdefault(key, []).append(row["adjective"])
            if row["strength"] == "1":
                mild.setdefault(key, []).append(row["adjective"])
    exclamations: dict[bool, list[str]] = {True: [], False: []}
    for row in rows("sentiment_openers"):
        exclamations[row["polarity"] == "positive"].append(row["opener"])
    return Opinions(
        mild={key: tuple(found) for key, found in mild.items()},
        all={key: tuple(found) for key, found in every.items()},
        openers={good: tuple(found) for good, found in exclamations.items()},
        voices=tuple(row["voice"] for row in rows("sentiment_voices")),
    )


def _material(domain: str) -> Material:
    def of(table: str) -> list[dict[str, str]]:
        return [
            row
            for row in rows(f"sentiment_{table}")
            if {"any", domain} & set(map(str.strip, row["domain"].split(",")))
        ]

    def news(found: list[Clause]) -> Mapping[bool, tuple[Clause, ...]]:
        return {good: tuple(one for one in found if one.good == good) for good in (False, True)}

    facts = [
        # known by its denial, which some facts share
        Clause(
            row["fact"], row["denied"], row["polarity"] == "positive", frozenset({row["denied"]})
        )
        for row in of("facts")
    ]
    reactions = [
        Clause(f"I {row['phrase']}", "", row["polarity"] == "positive", frozenset({row["phrase"]}))
        for row in of("reactions")
    ]
    return Material(
        things=tuple(row["thing"] for row in of("things")),
        aspects=tuple(
            Aspect(row["aspect"], row["group"], "were" if row["number"] == "plural" else "was")
            for row in of("aspects")
        ),
        facts=news(facts),
        reactions=news(reactions),
    )


def _against(writer: Writer, part: Callable[[bool], str], good: bool) -> str:
    """Put a part that counts against one that is conceded."""
    counts, conceded = part(good), part(not good)
    if writer.rng.random() < 0.5:
        return f"{conceded}, {writer.rng.choice(FOLLOWING)} {counts}"
    conceding = f"{writer.rng.choice(CONCEDING)} {conceded}"
    return writer.one_of(f"{conceding}, {counts}", f"{counts}, {conceding}")


def _framed(writer: Writer, good: bool) -> str:
    """Say that something is so or is not so; the something may be a denial."""
    so = writer.rng.random() < 0.5
    frame = writer.rng.choice(SO if so else NOT_SO)
    return frame.format(writer.clause().saying(good if so else not good))


def _judged(writer: Writer, good: bool) -> str:
    """Say that somebody was right or wrong to say something."""
    right = writer.rng.random() < 0.5
    frame = writer.rng.choice(RIGHTLY if right else WRONGLY)
    return frame.format(writer.voice(), writer.clause().saying(good if right else not good))
