"""The tables of words hold together."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from cascade_core.graded.lexicon import KINDS, Vocabulary, common, lexicon, rows

VOCABULARIES = {
    name: getattr(lexicon(), name)
    for name in (
        *("nouns", "adjectives", "transitive", "intransitive", "manners", "places", "times"),
    )
}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_what_is_more_general_is_there_and_leads_somewhere(name):
    words: Vocabulary = VOCABULARIES[name]
    for key, entry in words.items():
        assert key not in words.above[key], f"{key} is above itself"
        assert len(words.above[key]) <= 5
        if entry.under:
            assert entry.kinds <= words[entry.under].kinds, f"{key} under {entry.under}"
            assert entry.objects <= words[entry.under].objects, f"{key} under {entry.under}"
        if entry.opposite:
            assert words[entry.opposite].opposite == key, f"{key} against {entry.opposite}"


@pytest.mark.parametrize("name", VOCABULARIES)
def test_no_form_stands_for_two_words(name):
    forms = [form.base for entry in VOCABULARIES[name].values() for form in entry.forms]
    assert len(forms) == len(set(forms))


def test_kinds_are_known_and_none_is_without_words():
    words = lexicon()
    for kind in KINDS:
        assert len(words.nouns.of_kind(kind)) >= 15, kind
        assert any(kind in entry.kinds for entry in words.adjectives.values()), kind
        assert any(kind in entry.objects for entry in words.transitive.values()), kind
    for name in ("nouns", "adjectives", "transitive", "intransitive"):
        for entry in VOCABULARIES[name].values():
            assert entry.kinds, entry.key
            assert entry.kinds | entry.objects <= set(KINDS), entry.key


def test_persons_and_animals_lead_to_one_word_each():
    nouns = lexicon().nouns
    for kind in ("person", "animal"):
        tops = {entry.key for entry in nouns.of_kind(kind) if not entry.under}
        assert tops == {kind}


def test_relations_and_their_converses():
    words = lexicon()
    phrases = [one.phrase for one in words.relations]
    assert len(phrases) == len(set(phrases))
    for one in words.relations:
        assert (one.phrase == one.converse) == (one.kind == "symmetric"), one.phrase
        assert one.of, one.phrase
        for pair in one.of:
            assert set(pair) <= set(KINDS), one.phrase
    # another respect has to be there for whatever two are compared in
    for one in (one for one in words.relations if one.kind == "order"):
        for pair in one.of:
            assert sum(pair in other.of for other in words.relations if other.kind == "order") > 1


def test_names_are_no_other_words():
    words = lexicon()
    others = {word for words in VOCABULARIES.values() for word in words}
    assert not {name.lower() for name in words.names} & others
    assert len(set(words.names)) == len(words.names) > 300


def test_related_words_are_known_as_such():
    words = lexicon().adjectives
    assert words.are_related("wet", "dry")
    assert words.are_related("soaked", "wet")
    assert words.are_related("soaked", "dry")
    assert not words.are_related("wet", "left-handed")


def test_sentiment_tables():
    groups = {row["group"] for row in rows("sentiment_aspects")}
    for group in groups:
        for polarity in ("positive", "negative"):
            mild = [
                row
                for row in rows("sentiment_opinions")
                if group in row["groups"].split(",")
                and (row["polarity"], row["strength"]) == (polarity, "1")
            ]
            assert len(mild) >= 15, (group, polarity)
    for row in rows("sentiment_facts"):
        assert row["fact"] != row["denied"]


def test_short_words_are_taken_to_be_common():
    words = lexicon()
    for vocabulary in (words.nouns, words.adjectives, words.transitive):
        for entries in (vocabulary.entries, vocabulary.of_kind("person")):
            lengths = [len(entry.key) for entry in entries]
            assert lengths == sorted(lengths)


def test_common_words_come_more_often():
    rng = Random(1)
    drawn = Counter(common(range(1_000), rng) for _ in range(50_000))
    expected = [50_000 / np.log(1_003 / 3) / (rank + 3.5) for rank in range(1_000)]
    for first, last in ((0, 10), (100, 200), (800, 1_000)):
        found = sum(drawn[rank] for rank in range(first, last))
        assert found == pytest.approx(sum(expected[first:last]), rel=0.1)
