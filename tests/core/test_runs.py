"""Runs: what is saved comes back, and systems cost what they should."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cascade_core.costs import HEADS, Architecture, flop_costs
from cascade_core.runs import (
    Category,
    LayerKey,
    ModelOutput,
    Projection,
    ProjectionKey,
    Run,
    RunError,
    Separability,
    SystemSpec,
    list_runs,
    load_run,
    save_run,
    shipped_runs_dir,
)
from cascade_core.storage import TEXTS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def categories(instances: int):
    """What may be known of so many instances: nothing, or one of two names for each."""
    codes = st.lists(st.integers(0, 1), min_size=instances, max_size=instances)
    one = st.builds(Category, st.just(("easy", "hard")), codes.map(np.array))
    return st.dictionaries(st.sampled_from(["level", "a/b"]), one)


@st.composite
def runs(draw) -> Run:
    """Runs of every size and with every optional part there or not."""
    instances, classes = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    models = {}
    for name in draw(st.lists(st.text("ab/ -", min_size=1), min_size=1, max_size=3, unique=True)):
        layers = tuple(sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=4))))
        milliseconds = draw(st.sampled_from([list(layers), np.sqrt(layers)]))
        models[name] = ModelOutput(
            name,
            50 * rng.normal(size=(len(layers), instances, classes)),
            layers,
            draw(st.none() | st.just(Architecture(12, 8, 16, 2, gated=True))),
            pooler=draw(st.booleans()),
            checkpoint=draw(TEXT),
            description=draw(TEXT),
            latency=draw(st.none() | st.just({"milliseconds": milliseconds, "batch": 1})),
            head=draw(st.sampled_from([None, *HEADS])),
        )
    key = ProjectionKey(next(iter(models)), draw(st.integers(0, 12)), "pca")
    coordinates = rng.normal(size=(instances, 2)).astype(draw(st.sampled_from(["f2", "f4"])))
    projection = Projection(coordinates, seed=1, parameters={"scale": 0.5})
    measured = Separability(*rng.random(3), instances=instances, folds=5, seed=2)
    columns = st.tuples(*[TEXT] * instances)
    return Run(
        name=draw(TEXT),
        labels=rng.integers(-1, classes, instances),
        models=models,
        system_specs={"all": SystemSpec(tuple(models), "patience", draw(TEXT))},
        task=draw(TEXT),
        metric="f1" if classes == 2 else "accuracy",
        ids=rng.permutation(50)[:instances],
        tokens=draw(st.none() | st.just(rng.integers(1, 99, instances))),
        texts=draw(st.none() | st.dictionaries(st.sampled_from("qa"), columns, min_size=1)),
        text_source={"source": draw(TEXT), "shipped": True},
        provenance={"date": draw(TEXT), "seeds": [1, 2]},
        projections={key: projection} if draw(st.booleans()) else {},
        separability={LayerKey(key.model, key.layer): measured} if draw(st.booleans()) else {},
        categories=draw(categories(instances)),
    )


@settings(max_examples=40, deadline=None)
@given(run=runs())
def test_what_is_saved_comes_back(run):
    with tempfile.TemporaryDirectory() as parent:
        save_run(run, Path(parent) / "demo")
        loaded = load_run(Path(parent) / "demo", verify=True)
        (summary,) = list_runs(parent)
        assert_same(loaded, run)
    assert (summary.identity, summary.name, summary.error) == (run.identity, run.name, None)
    for name, ladder in run.systems.items():
        assert loaded.systems[name].costs.keys() == ladder.costs.keys()
        for basis, cost in ladder.costs.items():
            np.testing.assert_array_equal(loaded.systems[name].costs[basis], cost)


def assert_same(one: Run, other: Run) -> None:
    for attribute in ("name", "task", "split", "metric", "label_names", "reference", "texts"):
        assert getattr(one, attribute) == getattr(other, attribute)
    assert one.provenance == other.provenance
    assert one.system_specs == other.system_specs
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], strict=True)
    assert list(one.models) == list(other.models)
    for name, output in one.models.items():
        for attribute in ("layers", "architecture", "pooler", "head", "checkpoint"):
            assert getattr(output, attribute) == getattr(other.models[name], attribute)
        assert output.description == other.models[name].description
        measured, expected = output.latency or {}, other.models[name].latency or {}
        assert measured.keys() == expected.keys()
        assert list(measured.get("milliseconds", [])) == list(expected.get("milliseconds", []))
    assert list(one.projections) == list(other.projections)
    assert one.separability == other.separability
    assert list(one.categories) == list(other.categories)
    for name, category in one.categories.items():
        assert category.names == other.categories[name].names
        np.testing.assert_array_equal(category.codes, other.categories[name].codes)
    for key, projection in one.projections.items():
        expected = other.projections[key]
        np.testing.assert_array_equal(projection.coordinates, expected.coordinates)
        assert (projection.seed, projection.parameters) == (expected.seed, expected.parameters)


def test_plain_arguments_are_enough_for_a_run():
    run = Run("mine", labels=[0, 1], models={"m": ModelOutput("m", np.zeros((3, 2, 2)))})  # pyright: ignore
    assert run.label_names == ("0", "1")
    assert run.ids.tolist() == [0, 1]
    assert (run.models["m"].layers, run.reference) == ((1, 2, 3), "m")
    assert list(run.systems["m"].costs) == ["layers"]


def test_costs_of_a_cascade_include_every_earlier_model(run):
    cascade = run.systems["cascade"]
    assert cascade.costs["layers"].tolist() == [2, 3, 4, 5, 6]
    assert cascade.reference_cost["layers"] == 4
    small, ramps = run.models["small"], run.models["ramps"]
    flops = flop_costs(ramps.architecture, ramps.layers, run.tokens, 2, ramps.pooler)
    first = flop_costs(small.architecture, small.layers, run.tokens, 2, small.pooler)[0]
    np.testing.assert_allclose(cascade.costs["flops"][1:], first + flops)
    np.testing.assert_allclose(run.systems["small"].reference_cost["flops"], flops[-1])


def test_a_cost_basis_needs_every_model_and_the_reference(run):
    latency = {"milliseconds": [1.0, 2.0, 3.0, 4.0], "hardware": "made up", "batch": 1}
    measured = dataclasses.replace(run.models["ramps"], latency=latency)
    timed = dataclasses.replace(run, models={**run.models, "ramps": measured})
    assert list(timed.systems["ramps"].costs) == ["layers", "flops", "latency"]
    assert list(timed.systems["cascade"].costs) == ["layers", "flops"]
    assert list(dataclasses.replace(timed, reference="small").systems["ramps"].costs) == [
        "layers",
        "flops",
    ]
    assert "flops" not in dataclasses.replace(timed, tokens=None).systems["ramps"].costs


def test_students_cost_what_students_cost(run):
    ramps = dataclasses.replace(run.models["ramps"], head="student")
    taught = dataclasses.replace(run, models={**run.models, "ramps": ramps})
    flops = flop_costs(ramps.architecture, ramps.layers, run.tokens, 2, head="student")
    np.testing.assert_array_equal(taught.systems["ramps"].costs["flops"], flops)


@pytest.mark.parametrize(
    ("head", "pooler"), [("pooler", True), ("linear", False), ("student", True), (None, False)]
)
def test_a_head_decides_whether_there_is_a_pooler(head, pooler):
    assert ModelOutput("m", np.zeros((2, 2, 2)), pooler=False, head=head).pooler == pooler


def test_systems_are_built_once(run):
    assert run.systems["cascade"] is run.systems["cascade"]


def test_the_identity_follows_results_and_nothing_else(run):
    plain = dataclasses.replace(run.models["small"], head="pooler")  # as it is without saying so
    same = [
        {"name": "other"},
        {"provenance": {"date": "another day"}},
        {"projections": {}},
        {"separability": {LayerKey("small", 2): Separability(0.5, 0.5, 0.0, 24, 5, seed=0)}},
        {"texts": None},
        {"categories": {}},
        {"label_names": ("bad", "good")},
        {"models": {**run.models, "small": plain}},
    ]
    small = dataclasses.replace(run.models["small"], logits=run.models["small"].logits + 1)
    different = [
        {"task": "other"},
        {"split": "other"},
        {"metric": "f1"},
        {"labels": 1 - run.labels},
        {"ids": run.ids + 1},
        {"tokens": run.tokens + 1},
        {"tokens": None},
        {"reference": "small"},
        {"models": {**run.models, "small": small}},
        {"models": {**run.models, "small": dataclasses.replace(small, pooler=False)}},
        {"models": {**run.models, "small": dataclasses.replace(small, head="student")}},
        {"system_specs": {"cascade": SystemSpec(("small", "ramps"))}},
        {"system_specs": {**run.system_specs, "small": SystemSpec(("small",), "entropy")}},
    ]
    assert {dataclasses.replace(run, **change).identity for change in same} == {run.identity}
    identities = {dataclasses.replace(run, **change).identity for change in different}
    assert len(identities | {run.identity}) == len(different) + 1


def test_texts_that_are_not_shipped_stay_out_of_the_folder(run, tmp_path):
    private = dataclasses.replace(run, text_source={"source": "a licence that forbids it"})
    save_run(private, tmp_path / "demo")
    assert not (tmp_path / "demo" / TEXTS).exists()
    loaded = load_run(tmp_path / "demo")
    assert loaded.texts is None
    assert loaded.text_source["columns"] == ["sentence"]


def test_the_callers_arrays_stay_writable_and_the_runs_do_not(run):
    logits = np.zeros((1, 2, 2), np.float32)
    output = ModelOutput("m", logits)
    logits[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        output.logits[0, 0, 0] = 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": [0.5] * 24}, "labels should be numbers of type int64, but are float64"),
        ({"label_names": ("one",)}, r"should be \[E, 24, 1\]"),
        (
            {"labels": [], "models": {"m": ModelOutput("m", np.zeros((1, 1, 2)))}},
            r"should be \[E, 0, 2\]",
        ),
        ({"labels": 1}, r"labels should have shape \[N\], but have \[\]"),
        (
            {"models": {"a": ModelOutput("b", np.zeros((1, 24, 2)))}},
            "'b' should not be listed as 'a'",
        ),
        ({"labels": [0, 1]}, r"should be \[E, 2, 2\]"),
        ({"tokens": [3]}, r"tokens should have shape \[24\], but have \[1\]"),
        ({"texts": {"sentence": ("one",)}}, "texts 'sentence' should have 24 strings, but have 1"),
    ],
)
def test_arguments_that_do_not_fit_are_named(change, sentence, run):
    with pytest.raises(RunError, match=sentence):
        dataclasses.replace(run, **change)


def test_a_run_s_frame_holds_what_every_exit_says(run):
    frame = run.to_frame()
    assert frame["id"].tolist() == run.ids.tolist()
    assert frame["label"].tolist() == [run.label_names[label] for label in run.labels]
    assert tuple(frame["text/sentence"]) == run.texts["sentence"]
    assert frame["category/level"].tolist()[:2] == ["easy", "hard"]
    for name, model in run.models.items():
        for logits, layer in zip(model.logits, model.layers, strict=True):
            said = [run.label_names[answer] for answer in logits.argmax(-1)]
            assert frame[f"prediction/{name}/{layer}"].tolist() == said
            exact = logits.astype(float)
            surest = (np.exp(exact) / np.exp(exact).sum(-1, keepdims=True)).max(-1)
            np.testing.assert_allclose(frame[f"confidence/{name}/{layer}"], surest)


def test_an_unknown_label_is_missing_in_a_run_s_frame(run_without_texts):
    labels = np.array([-1, *run_without_texts.labels[1:]])
    frame = dataclasses.replace(run_without_texts, labels=labels).to_frame()
    assert frame["label"].isna().tolist() == [True] + [False] * 23
    assert not [column for column in frame if column.startswith("text/")]


def test_shipped_runs_lie_beside_the_package():
    assert shipped_runs_dir().parent == Path(__file__).parents[2]


def test_every_shipped_run_is_whole_and_holds_no_text_it_may_not():
    for summary in list_runs(shipped_runs_dir()) if shipped_runs_dir().is_dir() else []:
        assert summary.error is None
        run = load_run(summary.folder, verify=True)
        assert run.provenance
        assert (run.texts is not None) == bool(run.text_source.get("shipped"))
