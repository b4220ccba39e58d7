"""The dictionary that encoders are pre-trained on: what it says, and that it asks nothing."""

from __future__ import annotations

import re

import pytest

from cascade_core.graded.catalog import graded_examples
from cascade_core.graded.glosses import glosses
from cascade_core.graded.lexicon import lexicon
from cascade_core.tasks import find_task
from cascade_core.texts import TextError, read_examples


@pytest.fixture(scope="module")
def said():
    return set(glosses(lexicon()))


def test_every_noun_that_is_under_another_is_said_to_be_one(said):
    for entry in lexicon().nouns.entries:
        if entry.under:
            assert any(one.startswith(f"Every {entry.key} is a") for one in said), entry.key


@pytest.mark.parametrize(
    "sentence",
    [
        "A lime is a citrus fruit.",
        "A physiotherapist is the same as a physical therapist.",
        "What is uneaten is not half-eaten.",
        "To devour is to eat.",
        "What happened in Porto happened in Portugal.",
        "Rapidly means quickly.",
        "If one was taller than another, the other was shorter than the first.",
    ],
)
def test_each_kind_of_relation_is_said(said, sentence):
    assert sentence in said


def test_nothing_is_said_of_a_word_and_itself(said):
    for sentence in said:
        pair = re.fullmatch(r"(?:Every|An?) (.+) is (?:a kind of|an?) (.+)\.", sentence)
        assert not pair or pair[1] != pair[2], sentence


def test_they_are_all_there_once_and_come_again_when_more_are_wanted(said):
    once = graded_examples("graded-glosses", "train")
    assert {example.texts[0] for example in once} == said
    assert len(once) == len(said)
    more = graded_examples("graded-glosses", "train", len(said) + 10)
    assert more[: len(said)] == once
    assert len(more) == len(said) + 10


def test_they_are_texts_without_labels_to_train_on_only():
    task = find_task("graded-glosses")
    assert set(read_examples(task, "train", limit=10).labels.tolist()) == {-1}
    with pytest.raises(TextError, match="expected the split train, but got 'dev'"):
        read_examples(task, "dev")
