"""Nothing gives the label away: what a bag of words can learn, and what it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from cascade_core.graded.examples import Example

pytestmark = pytest.mark.slow


def accuracy(
    splits: dict[str, list[Example]],
    read: Callable[[Example], str],
    levels: Sequence[int] = (1, 2, 3, 4, 5),
    ngrams: int = 1,
) -> float:
    """Accuracy on dev of a bag of words, or of so many neighbours, that learnt from train."""
    words = CountVectorizer(token_pattern=r"\S+", ngram_range=(1, ngrams))
    classifier = make_pipeline(words, LogisticRegression(C=0.1, max_iter=200))
    train = splits["train"]
    classifier.fit([read(one) for one in train], [one.label for one in train])
    dev = [one for one in splits["dev"] if one.level in levels]
    predicted = classifier.predict([read(one) for one in dev])
    return float(np.mean(predicted == [one.label for one in dev]))


def premise(example: Example) -> str:
    return example.texts[0]


def hypothesis(example: Example) -> str:
    return example.texts[1]


def review(example: Example) -> str:
    return example.texts[0]


def test_hypotheses_alone_say_nothing(inference):
    assert abs(accuracy(inference, hypothesis) - 1 / 3) < 0.05


def test_premises_alone_say_little(inference):
    """Something, since the easy hypotheses affirm: a premise that denies entails none of them."""
    assert accuracy(inference, premise) < 0.55


def test_a_bag_of_both_texts_words_is_far_from_enough(inference):
    assert accuracy(inference, lambda one: f"{one.texts[0]} {one.texts[1].upper()}") < 0.6


def test_words_alone_say_little_of_the_sentiment_of_levels_three_to_five(sentiment):
    assert accuracy(sentiment, review, levels=(3, 4, 5)) < 0.75


def test_even_three_words_in_a_row_do_not(sentiment):
    assert accuracy(sentiment, review, levels=(3, 4, 5), ngrams=3) < 0.75


def test_plain_sentiment_is_in_the_words(sentiment):
    """The referee can learn: where the words are enough, it finds them."""
    plain = {name: [one for one in of if one.level == 1] for name, of in sentiment.items()}
    assert accuracy(plain, review, levels=(1,)) > 0.8
