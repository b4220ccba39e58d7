from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from cascade_core.models.batches import (
    Packed,
    Run,
    encode,
    lengths_of,
    packed_batches,
    pad,
    places,
    runs_of,
    vocabulary,
)
from cascade_core.models.checkpoints import load_tokenizer

from . import tiny

TEXTS = {"text": tiny.texts(64, seed=3)}
PAIRS = {"premise": tiny.texts(9, seed=1), "hypothesis": tiny.texts(9, seed=2)}


def packed(encodings, budget: int) -> list[Packed]:
    return list(packed_batches(encodings, np.arange(len(encodings)), budget))


@pytest.mark.parametrize("texts", [TEXTS, PAIRS], ids=["texts", "pairs"])
@pytest.mark.parametrize("max_tokens", [64, 8])
def test_tokens_are_those_the_tokenizer_gives_by_itself(checkpoint, texts, max_tokens):
    tokenizer = load_tokenizer(checkpoint)
    expected = tokenizer(*texts.values(), truncation=True, max_length=max_tokens)
    encodings = encode(tokenizer, texts, max_tokens)
    assert set(encodings.inputs) == set(expected) - {"attention_mask"}
    for number in range(len(encodings)):
        row = encodings.row(number)
        assert row == {name: expected[name][number] for name in row}
    assert encodings.tokens.tolist() == [len(ids) for ids in expected["input_ids"]]


def test_texts_of_different_tokenizers_are_told_apart(bert, roberta):
    one, same, other = (load_tokenizer(str(folder)) for folder in (bert, bert, roberta))
    assert vocabulary(one, 64) == vocabulary(same, 64)
    assert vocabulary(one, 64) != vocabulary(other, 64)


def test_batches_hold_every_text_once_within_the_budget_longest_first(bert):
    encodings = encode(load_tokenizer(str(bert)), TEXTS, 64)
    batches = packed(encodings, 70)
    index = np.concatenate([batch.index for batch in batches])
    assert sorted(index) == list(range(64))
    assert (np.diff(encodings.tokens[index]) <= 0).all()
    assert all(len(batch.inputs["input_ids"]) <= 70 for batch in batches)
    full = [len(batch.inputs["input_ids"]) for batch in batches[:-1]]
    nexts = [encodings.tokens[batch.index[0]] for batch in batches[1:]]
    assert all(size + longest > 70 for size, longest in zip(full, nexts, strict=True))


def test_a_text_longer_than_the_budget_is_a_batch_of_its_own(bert):
    encodings = encode(load_tokenizer(str(bert)), TEXTS, 64)
    assert [len(batch.index) for batch in packed(encodings, 1)] == [1] * 64


def test_a_batch_has_its_texts_tokens_side_by_side(bert):
    encodings = encode(load_tokenizer(str(bert)), TEXTS, 64)
    for batch in packed(encodings, 200):
        rows = [encodings.row(number)["input_ids"] for number in batch.index]
        assert batch.inputs["input_ids"].tolist() == list(chain(*rows))
        assert lengths_of(batch.runs).tolist() == [len(row) for row in rows]
        assert len({run.length for run in batch.runs}) == len(batch.runs)  # sorted: one run each


def test_some_texts_keep_their_numbers_among_all(bert):
    tokenizer = load_tokenizer(str(bert))
    whole = encode(tokenizer, TEXTS, 64)
    chosen = np.array([2, 5, 40])
    some = encode(tokenizer, {"text": [TEXTS["text"][i] for i in chosen]}, 64).among(chosen, 64)
    for batch in packed_batches(some, chosen, 30):
        expected = whole.take(batch.index)["input_ids"]
        np.testing.assert_array_equal(batch.inputs["input_ids"], expected)


def test_runs_and_lengths_are_each_others_inverse():
    lengths = np.array([9, 4, 4, 4, 9, 1])
    runs = runs_of(lengths)
    assert runs == (Run(1, 9), Run(3, 4), Run(1, 9), Run(1, 1))
    assert lengths_of(runs).tolist() == lengths.tolist()
    assert places(np.array([2, 3])).tolist() == [0, 1, 0, 1, 2]
    assert runs_of(np.array([], int)) == ()


def test_padding_is_the_tokenizers_own(checkpoint):
    tokenizer = load_tokenizer(checkpoint)
    encodings = encode(tokenizer, PAIRS, 64)
    (batch,) = packed(encodings, 10**6)
    rows = [encodings.row(number) for number in batch.index]
    expected = tokenizer.pad(rows, return_tensors="pt")
    padded = pad(tokenizer, batch.inputs, batch.runs)
    assert set(padded) == set(expected)
    for name, values in padded.items():
        np.testing.assert_array_equal(values, expected[name])


def test_no_texts_are_no_batches(bert):
    nothing = encode(load_tokenizer(str(bert)), {"text": []}, 64)
    assert len(nothing) == 0
    assert packed(nothing, 100) == []
