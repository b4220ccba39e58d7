"""Figures 2 to 5 against loops over instances."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cascade_core.intervals import wilson
from cascade_core.model_output import ModelOutput
from cascade_core.paper.figures import figure_2, figure_3, figure_4, figure_5
from cascade_core.paper.model_exits import model_exits
from tests import oracles
from tests.paper.made_up import (
    MODELS,
    exits_by_hand,
    left_by_hand,
    made_up,
    score_by_hand,
    scores_by_hand,
)

RUN = made_up("mnli", classes=3, instances=80, seed=8)


def right_by_hand(run, model: str, exit: int) -> list[bool]:
    logits = run.models[model].logits[exit]
    return [int(np.argmax(logits[n])) == run.labels[n] for n in range(run.instances)]


@pytest.mark.parametrize("system", ["DeeBERT", "PABEE", "FastBERT"])
def test_figure_2_scores_models_on_what_leaves_at_each_layer(system):
    figure = figure_2(RUN, system, speedup=1.5)
    expected = left_by_hand(RUN, system, 1.5)
    assert expected is not None
    left, speedup = expected
    assert figure.speedup == pytest.approx(speedup)
    assert figure.layers == MODELS[system]
    assert figure.counts == tuple(left.count(exit) for exit in range(6))
    assert {(point.model, point.layers) for point in figure.points} == {
        (model, layers) for model, exits in MODELS.items() for layers in exits
    }
    for point in figure.points:
        subset = [n for n, exit in enumerate(left) if MODELS[system][exit] == point.layers]
        right = right_by_hand(RUN, point.model, MODELS[point.model].index(point.layers))
        hits = sum(right[n] for n in subset)
        assert point.n == len(subset)
        assert point.accuracy == (
            pytest.approx(hits / len(subset)) if subset else pytest.approx(np.nan, nan_ok=True)
        )


def test_figure_2_at_a_threshold_puts_the_off_ramp_first():
    figure = figure_2(RUN, "DeeBERT", threshold=0.7)
    left = oracles.leave_one_by_one(scores_by_hand(RUN, "DeeBERT"), 0.7)
    assert figure.threshold == 0.7
    assert figure.counts == tuple(left.count(exit) for exit in range(6))
    assert [point.method for point in figure.points[:6]] == ["DeeBERT"] * 6
    assert [point.layers for point in figure.points if point.method == "BERT-kL"] == [6, 1, 2, 3]
    assert figure_2(RUN, "PABEE", threshold=1.5).points[0].method == "PABEE"


def test_figure_2_has_no_accuracy_where_nothing_leaves():
    figure = figure_2(RUN, "DeeBERT", threshold=0.0)
    assert figure.counts == (RUN.instances, 0, 0, 0, 0, 0)
    for point in figure.points:
        assert math.isnan(point.accuracy) == (point.layers > 1)
        assert point.interval == pytest.approx(wilson(point.accuracy, point.n), nan_ok=True)
    assert figure.to_frame()["n"].tolist() == [point.n for point in figure.points]


def test_figure_2_leaves_out_models_deeper_than_the_ramps_or_between_them():
    ramps = ModelOutput("DeeBERT", RUN.models["DeeBERT"].logits[[0, 3]], (1, 4))
    run = dataclasses.replace(RUN, models={**RUN.models, "DeeBERT": ramps})
    assert {point.layers for point in figure_2(run, threshold=0.5).points} == {1, 4}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "expected a threshold or a speed-up"),
        ({"threshold": 0.5, "speedup": 2.0}, "expected a threshold or a speed-up"),
        ({"ramps": "nobody", "threshold": 0.5}, "expected one of BERT-6L, .* but got 'nobody'"),
        ({"ramps": "BERT-2L", "threshold": 0.5}, "'BERT-2L' has BERT-2L with 1"),
        ({"ramps": "CascadeBERT 2-6", "threshold": 0.5}, "several exits, but 'CascadeBERT 2-6'"),
        ({"speedup": 7.0}, "expected at most 6x but got 7x"),
        ({"threshold": 0.5, "basis": "flops"}, "basis"),
    ],
)
def test_figure_2_refuses_what_it_cannot_answer(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        figure_2(RUN, **arguments)


@pytest.mark.parametrize(("ties", "credit"), [("paper", 1.0), ("half", 0.5)])
def test_figure_3_is_dis_of_every_exit(ties, credit):
    difficulty = np.random.default_rng(1).integers(0, 2, RUN.instances)
    figure = figure_3(RUN, difficulty, ties)
    assert figure.methods == (
        *("BERT-kL", "DeeBERT", "PABEE", "FastBERT"),
        *("BERT-Complete", "BERT-Complete, DAR", "BERT-PKD"),
    )
    assert figure.layers == (1, 2, 3, 4, 5, 6)
    assert figure.given is not None
    filled = set()
    for at in model_exits(RUN):
        logits = RUN.models[at.model].logits[at.exit]
        sure = [oracles.confidence(logits[n], "max_prob") for n in range(RUN.instances)]
        right = right_by_hand(RUN, at.model, at.exit)
        easy = [value == 0 for value in difficulty]
        place = figure.methods.index(at.method), figure.layers.index(at.layers)
        filled.add(place)
        own = oracles.difficulty_inversion_score(right, sure, credit)
        assert figure.dis[place] == pytest.approx(own)
        other = oracles.difficulty_inversion_score(easy, sure, credit)
        assert figure.given[place] == pytest.approx(other)
    assert len(filled) == sum(map(len, MODELS.values()))
    assert np.isnan(figure.dis).sum() == figure.dis.size - len(filled)
    assert list(figure.to_frame()) == ["method", "layers", "dis", "given"]


def test_figure_3_without_difficulty_labels_has_none():
    figure = figure_3(RUN)
    assert figure.given is None
    frame = figure.to_frame()
    assert list(frame) == ["method", "layers", "dis"]
    ramps = frame[frame["method"] == "DeeBERT"]["dis"].tolist()
    assert ramps == figure.dis[figure.methods.index("DeeBERT")].tolist()


@pytest.mark.parametrize(
    "difficulty", [[0, 1], np.zeros((80, 1), int), np.full(80, 2), np.full(80, np.nan)]
)
def test_figure_3_refuses_other_difficulty_labels(difficulty):
    with pytest.raises(ValueError, match=r"expected 80 values of 0 \(easy\) or 1 \(difficult\)"):
        figure_3(RUN, difficulty)


def test_two_models_of_a_method_and_depth_keep_their_names():
    again = dataclasses.replace(RUN.models["BERT-6L"], name="BERT-base")
    run = dataclasses.replace(RUN, models={**RUN.models, "BERT-base": again})
    methods = {at.model: at.method for at in model_exits(run)}
    assert (methods["BERT-6L"], methods["BERT-base"]) == ("BERT-kL", "BERT-base")
    figure = figure_3(run)
    rows = [figure.dis[figure.methods.index(name)][5] for name in ("BERT-kL", "BERT-base")]
    assert rows[0] == rows[1]


def test_figure_4_has_stored_projections_with_the_exits_accuracy():
    figure = figure_4(RUN, method="tsne")
    assert [panel.model for panel in figure.panels] == [
        *("DeeBERT", "BERT-6L", "BERT-Complete 2L, DAR"),
    ]
    ramps, large, small = figure.panels
    assert ramps.accuracy == pytest.approx(np.mean(right_by_hand(RUN, "DeeBERT", 1)))
    assert small.accuracy == pytest.approx(np.mean(right_by_hand(RUN, small.model, 0)))
    assert math.isnan(large.accuracy)  # it has no exit there
    for key, projection in RUN.projections.items():
        if (key.model, key.layer) == ("DeeBERT", 2):
            np.testing.assert_array_equal(ramps.coordinates, projection.coordinates)
    np.testing.assert_array_equal(figure.labels, RUN.labels)
    frame = figure.to_frame()
    assert len(frame) == 3 * RUN.instances
    assert frame["label"].tolist()[:80] == [RUN.label_names[label] for label in RUN.labels]
    assert frame["x"].tolist()[:80] == ramps.coordinates[:, 0].tolist()
    assert frame["id"].tolist()[80:160] == RUN.ids.tolist()


def test_figure_4_of_all_methods_or_another_layer():
    assert [panel.method for panel in figure_4(RUN).panels] == ["tsne", "tsne", "tsne", "pca"]
    (panel,) = figure_4(RUN, layer=3).panels
    assert panel.accuracy == pytest.approx(np.mean(right_by_hand(RUN, "DeeBERT", 2)))


def test_figure_4_says_which_projections_there_are():
    with pytest.raises(ValueError, match=r"umap projection after 2 layers, .* DeeBERT after 3 \(t"):
        figure_4(RUN, method="umap")
    with pytest.raises(ValueError, match="'mnli dev' has none"):
        figure_4(dataclasses.replace(RUN, projections={}))


@pytest.mark.parametrize("system", ["CascadeBERT 2-6", "CascadeBERT 2-3-6"])
def test_figure_5_is_the_score_at_every_threshold(system):
    figure = figure_5(RUN, "CascadeBERT 2-6", "CascadeBERT 2-3-6")
    frame = figure.to_frame()
    rows = frame[frame["system"] == system]
    _, costs, _ = exits_by_hand(RUN, system)
    scores = scores_by_hand(RUN, system)
    assert len(rows) > RUN.instances
    for row in rows.iloc[::7].itertuples():
        # Between two confidences, so that rounding in the last place does not matter.
        left = oracles.leave_one_by_one(scores, float(row.threshold) + 1e-9)
        speedup = 6 / oracles.mean_cost(np.array(costs), left)
        assert row.speedup == pytest.approx(speedup)
        assert row.score == pytest.approx(score_by_hand(RUN, system, left))


def test_figure_5_counts_by_the_basis_it_is_told():
    run = made_up(latency=True)
    figure = figure_5(run, "CascadeBERT 2-6", "CascadeBERT 2-3-6", basis="latency")
    assert {curve.basis for curve in figure} == {"latency"}
    assert figure.two.speedup[0] == pytest.approx((0.5 + 6.6) / (0.5 + 2.2))
    with pytest.raises(ValueError, match="but got 'nobody'"):
        figure_5(run, "CascadeBERT 2-6", "nobody")


@pytest.mark.parametrize("figure", [lambda run: figure_2(run, threshold=0.5), figure_3, figure_4])
def test_unknown_labels_are_refused(figure):
    with pytest.raises(ValueError, match="expected known labels, but 3 of 'sst2 dev' are unknown"):
        figure(made_up(unknown=3))
