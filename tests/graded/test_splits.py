"""Splits of the graded tasks: the same every time, apart in their words, of all levels."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from cascade_core.graded import catalog, sampling
from cascade_core.graded.catalog import graded_examples
from cascade_core.graded.examples import LEVELS, Example
from cascade_core.tasks import TASKS, find_task
from cascade_core.texts import TextError, read_examples

GRADED = [name for name, task in TASKS.items() if task.source == "graded" and task.label_names]


@pytest.fixture(params=GRADED)
def task(request) -> str:
    return request.param


@pytest.fixture
def splits(task, inference, sentiment):
    return {"graded-nli": inference, "graded-sentiment": sentiment}[task]


def test_the_same_every_time_and_a_larger_count_begins_alike(task):
    few, more = (graded_examples(task, "train", count) for count in (40, 70))
    assert len(few) == 40
    assert more[:40] == few
    assert few != graded_examples(task, "dev", 40)


def test_several_processes_draw_what_one_does(task, monkeypatch):
    def drawn(many: int) -> list[Example]:
        monkeypatch.setattr(sampling, "MANY", many)
        train = sampling.Drawn(catalog._MAKERS[task], "train", seed=3)
        train.first(5)
        return train.first(2_500)

    assert drawn(many=100) == drawn(many=10_000)


def test_drawing_says_how_far_it_is(task):
    told: list[tuple[int, int]] = []
    drawn = sampling.Drawn(catalog._MAKERS[task], "train", seed=3)
    drawn.first(2_500, lambda *now: told.append(now))
    assert [of for _, of in told] == [2_500] * len(told)
    done = [now for now, _ in told]
    assert done == sorted(set(done))
    assert 0 < done[0] < 2_500


def test_dev_has_four_thousand_of_all_levels_and_labels(task, splits):
    dev = splits["dev"]
    assert len(dev) == 4_000
    levels = Counter(example.level for example in dev)
    assert set(levels) == set(LEVELS)
    assert max(levels.values()) - min(levels.values()) <= 3
    labels = Counter(example.label for example in dev)
    assert max(labels.values()) - min(labels.values()) <= 3


def test_no_words_together_are_in_two_splits(splits):
    content = {name: {one.content for one in examples} for name, examples in splits.items()}
    texts = {name: {one.texts for one in examples} for name, examples in splits.items()}
    for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        assert not content[one] & content[other]
        assert not texts[one] & texts[other]
        assert len(texts[one]) == len(splits[one])  # nor does an example come twice


def test_several_thousand_words(splits, task):
    words = {
        word.strip(".,:;!?").lower()
        for example in splits["train"]
        for text in example.texts
        for word in text.split()
    }
    assert len(words) > 2_500


def test_sentences_are_written_as_sentences(splits):
    for example in splits["dev"]:
        for text in example.texts:
            assert text[0].isupper(), text
            assert text[-1] in ".!", text
            assert "  " not in text, text
            assert text.isascii(), text
            assert all(one != other for one, other in pairwise(text.split())), text


def test_examples_come_as_those_of_any_task(task):
    examples = read_examples(find_task(task), "dev", limit=30)
    assert examples.ids.tolist() == list(range(30))
    assert list(examples.texts) == list(find_task(task).columns)
    assert set(examples.categories) == {"level", "reasoning"}
    assert set(examples.categories["level"]) <= set(map(str, LEVELS))
    assert examples.labels.dtype == np.int64
    assert len(read_examples(find_task(task), "test").labels) == 4_000


def test_a_split_there_is_not(task):
    with pytest.raises(TextError, match="expected a split out of train, dev, test, but got 'devv'"):
        read_examples(find_task(task), "devv")
