"""One text through every exit: what the run itself says of it, and what it took."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from cascade_core import replay
from cascade_core.criteria import ladder_scores
from cascade_core.outputs import LayerKey, Separability
from cascade_core.prediction.live import LiveModels
from cascade_core.weights import WeightsError, missing_weights, systems_at_hand


@pytest.fixture(scope="module")
def live(trained) -> LiveModels:
    return LiveModels(trained.run, trained.cache)


def test_every_exit_says_what_the_run_says(live, trained):
    for number, text in enumerate(trained.texts[:12]):
        reading = live.read({"sentence1": text})
        assert list(reading.run.systems) == list(trained.run.systems)
        for name, ladder in trained.run.systems.items():
            said = reading.run.systems[name]
            np.testing.assert_allclose(said.logits[:, 0], ladder.logits[:, number], atol=1e-5)
            assert said.costs["layers"].tolist() == ladder.costs["layers"].tolist()


def test_a_text_leaves_where_it_leaves_in_the_run(live, trained):
    whole = trained.run.systems["DeeBERT"]
    threshold = float(np.quantile(ladder_scores(whole, "max_prob")[:2], 0.6)) + 1e-4
    left = replay(ladder_scores(whole, "max_prob"), threshold)
    for number in range(12):
        ladder = live.read({"sentence1": trained.texts[number]}).run.systems["DeeBERT"]
        assert replay(ladder_scores(ladder, "max_prob"), threshold) == [left[number]]


def test_milliseconds_add_up_from_exit_to_exit_and_from_model_to_model(live):
    reading = live.read({"sentence1": "a warm and funny little film"})
    for name, ladder in reading.run.systems.items():
        spent = reading.milliseconds_of(name)
        assert spent.shape == (ladder.exits,)
        assert spent[0] > 0
        assert (np.diff(spent) > 0).all()
    cascade = reading.milliseconds_of("Cascade")
    assert cascade[1] == cascade[0] + reading.milliseconds["large"][-1]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\n", "😀 größer 中文 \u202e", "<b>markup</b> & 'quotes'", "nothing\0here", "x"],
)
def test_odd_texts_are_read(live, text):
    reading = live.read({"sentence1": text})
    assert not reading.cut
    assert np.isfinite(reading.run.systems["DeeBERT"].logits).all()


@pytest.mark.parametrize("text", ["word " * 300, "w" * 1_000_000, "many words " * 100_000])
def test_long_texts_are_cut_and_that_is_said(live, text):
    reading = live.read({"sentence1": text})
    assert reading.cut
    assert reading.tokens <= live.max_tokens


def test_systems_whose_weights_are_not_at_hand_are_left_out(trained, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(trained.cache, cache)
    small = trained.run.provenance["trainings"]["small"]["stage"]
    shutil.rmtree(cache / "stages" / small)
    assert list(missing_weights(trained.run, cache)) == ["small"]
    assert systems_at_hand(trained.run, cache) == ["DeeBERT", "large"]
    separability = {LayerKey("small", 1): Separability(0.6, 0.5, 0.1, 24, folds=5, seed=0)}
    live = LiveModels(replace(trained.run, separability=separability), cache)
    assert list(live.read({"sentence1": "so"}).run.systems) == ["DeeBERT", "large"]


def test_several_readers_share_the_models(live, trained):
    texts = [*trained.texts[:6], *(f"{text} and more " * 30 for text in trained.texts[:6])]
    alone = [live.read({"sentence1": text}) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda text: live.read({"sentence1": text}), texts))
    for one, other in zip(alone, together, strict=True):
        assert (one.tokens, one.cut) == (other.tokens, other.cut)


def test_without_any_weights_the_remedy_is_told(run, trained, tmp_path):
    with pytest.raises(WeightsError, match="train them with `cascadelens run tiny`"):
        LiveModels(trained.run, tmp_path)
    with pytest.raises(WeightsError, match="does not say which training gave its model"):
        LiveModels(run, tmp_path)
