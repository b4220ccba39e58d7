"""The graded runs that come with the project: texts, levels and weights, all at hand."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_core.runs import list_runs, load_run, shipped_runs_dir
from cascade_core.tasks import find_task, is_graded
from cascade_core.texts import read_examples
from cascade_core.weights import SHIPPED, missing_weights

RUNS = {one.name: one.folder for one in list_runs(shipped_runs_dir()) if is_graded(one.task)}
ROUNDING = 0.15  # what logits may move by when weights are rounded


@pytest.fixture(params=RUNS)
def graded(request):
    return load_run(RUNS[request.param])


def test_a_first_start_opens_a_graded_run():
    assert is_graded(list_runs(shipped_runs_dir())[0].task)


def test_texts_and_levels_are_what_the_grammar_says(graded):
    examples = read_examples(find_task(graded.task), graded.split, limit=graded.instances)
    assert graded.texts == examples.texts
    np.testing.assert_array_equal(graded.labels, examples.labels)
    for name, category in graded.categories.items():
        said = [category.names[code] for code in category.codes]
        assert said == list(examples.categories[name])


def test_the_large_model_is_good_and_a_small_one_is_not_where_it_is_difficult(graded):
    large, small = (
        graded.models[name].answers(-1) == graded.labels for name in ("BERT-8L", "BERT-Complete 2L")
    )
    difficult = graded.categories["level"].of(["4", "5"])
    assert large.mean() >= 0.88
    assert small.mean() < large.mean()
    assert small[difficult].mean() <= large[difficult].mean() - 0.04


def test_models_answer_with_the_weights_that_come_along(graded, tmp_path):
    pytest.importorskip("torch", reason="needs the `models` extra of cascadelens")
    from cascade_core.prediction.live import LiveModels

    assert set(missing_weights(graded, cache=tmp_path)) <= {
        "PABEE",
        "FastBERT",
    }  # too large to come along
    live = LiveModels(graded, cache=tmp_path)
    for number in range(0, graded.instances, graded.instances // 10):
        reading = live.read({column: texts[number] for column, texts in graded.texts.items()})
        for name, output in reading.run.models.items():
            said, expected = output.logits[:, 0], graded.models[name].logits[:, number]
            np.testing.assert_allclose(said, expected, atol=ROUNDING)


def test_graded_runs_and_their_weights_are_small():
    folders = [*RUNS.values(), shipped_runs_dir() / SHIPPED]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20e6
