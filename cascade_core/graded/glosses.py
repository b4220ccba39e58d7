"""What the words of graded-nli mean, one relation a sentence, as a dictionary would say it.

Nobody is asked anything about these sentences: they are texts to pre-train on, so that an encoder
has met the words' relations before it has to use them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from .lexicon import Entry, Lexicon, Relation, Vocabulary
from .words import sentence, with_article

Related = tuple[str, str, str]  # two words, and what the first is of the second


def glosses(lexicon: Lexicon) -> list[str]:
    """Return all of them: every relation of two words in each of some ways to put it.

    >>> from .lexicon import lexicon
    >>> said = glosses(lexicon())
    >>> [one for one in said if one.startswith("A lime ")][:2]
    ['A lime is a citrus fruit.', 'A lime is a kind of citrus fruit.']
    """
    verbs = (lexicon.transitive, lexicon.intransitive)
    settings = (lexicon.places, lexicon.times)
    said = [
        *(text for pair in _pairs(lexicon.nouns) for text in _of_nouns(*pair)),
        *(text for pair in _pairs(lexicon.adjectives) for text in _of_adjectives(*pair)),
        *(text for words in verbs for text in _of_verbs(words)),
        *(text for words in settings for text in _of_settings(words)),
        *(text for pair in _pairs(lexicon.manners) for text in _of_manners(*pair)),
        *(text for relation in lexicon.relations for text in _of_relations(relation)),
    ]
    return list(dict.fromkeys(map(sentence, said)))


def _pairs(words: Vocabulary, form: str = "base") -> Iterator[Related]:
    """Yield pairs of words of which one is "same" as, "under" or "opposite" to the other."""
    for entry in words.entries:
        own = _written(entry, form)
        yield from ((one, other, "same") for one, other in permutations(own, 2))
        for general in words.above[entry.key]:
            others = _written(words[general], form)
            near = others if general == entry.under else others[:1]
            yield from ((one, other, "under") for one in own for other in near)
        if entry.opposite in words:
            for other in _written(words[entry.opposite], form):
                yield from ((one, other, "opposite") for one in own)


def _written(entry: Entry, form: str) -> list[str]:
    return [getattr(one, form) for one in entry.forms]


def _of_nouns(one: str, other: str, relation: str) -> tuple[str, ...]:
    first, second = with_article(one), with_article(other)
    if relation == "same":
        return (f"{first} is the same as {second}", f"{first} is {second} by another name")
    return (f"{first} is {second}", f"{first} is a kind of {other}", f"every {one} is {second}")


def _of_adjectives(one: str, other: str, relation: str) -> tuple[str, ...]:
    if relation == "opposite":
        return (f"what is {one} is not {other}", f"{one} is the opposite of {other}")
    if relation == "same":
        return (f"{one} means {other}", f"{one} is the same as {other}")
    return (f"what is {one} is {other}", f"to be {one} is to be {other}")


def _of_verbs(verbs: Vocabulary) -> Iterator[str]:
    for one, other, relation in _pairs(verbs):
        yield f"to {one} is {'the same as ' * (relation == 'same')}to {other}"
    for one, other, _ in _pairs(verbs, "past"):
        yield f"those who {one} also {other}"


def _of_settings(words: Vocabulary) -> Iterator[str]:
    for one, other, _ in _pairs(words):
        yield f"what happened {one} happened {other}"
        yield f"whatever was {one} was {other}"


def _of_manners(one: str, other: str, relation: str) -> tuple[str, ...]:
    if relation == "opposite":
        return (f"{one} is the opposite of {other}", f"what is done {one} is not done {other}")
    return (f"{one} means {other}", f"what is done {one} is done {other}")


def _of_relations(relation: Relation) -> tuple[str, ...]:
    one, other = relation.phrase, relation.converse
    said = (
        f"if one was {one} another, the other was {other} the first",
        f"if one was {other} another, the other was {one} the first",
    )
    if relation.kind != "order":
        return said
    return (
        *said,
        f"who was {one} another was not {other} that one",
        f"who was {one} one who was {one} another was {one} both",
        f"who was {other} one who was {other} another was {other} both",
    )
