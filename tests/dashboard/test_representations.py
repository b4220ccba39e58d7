"""The Representations page: it draws what the run holds, and says what to do where it cannot."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from cascade_core import RunError, load_run, save_run
from cascade_core.outputs import ProjectionKey
from cascade_core.weights import WeightsError
from dashboard import layer_pictures, make_pictures
from dashboard.assets import SHELF
from dashboard.figures.layers import UNCHOSEN, LayersPicture, ScatterPanel, layers_figure
from dashboard.layer_pictures import NEUTRAL, drawn_places
from dashboard.theme import PALETTE, ordinal_colors, percent
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up, odd_runs
from tests.dashboard.pictured import pictured
from tests.dashboard.test_pages import cells, lab_data, markup

ODD = ("good", "f1", "three-classes", "no-texts", "unlabelled", "single-exits", "one-class",
       "one-instance", "saturated", "latency", "answers", "<b>markup</b>")  # fmt: skip


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of odd runs with pictures, and one whose models share no layer."""
    folder = tmp_path_factory.mktemp("pictures")
    runs = odd_runs()
    for number, name in enumerate(ODD):
        run = runs[name]
        if all(one.layers for one in run.models.values()):
            save_run(pictured(run), folder / f"run-{number}")
        else:
            save_run(run, folder / f"run-{number}")
    return folder


@pytest.fixture
def open_pictures(open_page: Opener, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the page on a run with pictures by its name in ODD."""

    def opened(run: str = "good", **address: str):
        monkeypatch.setenv("CASCADELENS_RUNS", str(pictures))
        return open_page("representations", f"run-{ODD.index(run)}", **address)

    return opened


def sent_arrays(data: dict) -> dict[str, np.ndarray]:
    parcel = SHELF.get(data["layers"].rsplit("/", 1)[1])
    assert parcel
    return load(parcel.content)


@pytest.mark.parametrize(
    "colour", ["label", "answer", "right", "exit", "outcome", "category/level"]
)
@pytest.mark.parametrize("run", ODD)
def test_every_odd_run_is_shown_in_every_colour(open_pictures: Opener, run: str, colour: str):
    opened = open_pictures(run, colour=colour)
    assert not opened.exception
    assert not opened.error
    assert "page-title" in markup(opened)
    assert "<img" not in markup(opened)


def test_two_models_of_equal_depth_stand_side_by_side(open_pictures: Opener, pictures: Path):
    data = lab_data(open_pictures())
    run = load_run(pictures / "run-0")
    assert [panel["model"] for panel in data["panels"]] == ["ramps", "small"]
    assert data["depths"] == [1, 2, 3, 4, 5, 6]
    assert data["layer"] == 2  # both have it
    ramps, small = data["panels"]
    right = run.models["ramps"].answers(1) == run.labels
    assert ramps["titles"][1] == f"ramps after 2 layers · accuracy {percent(right.mean())}"
    measured = run.separability["small", 2]  # pyright: ignore[reportArgumentType]
    (_, probe, silhouette) = small["facts"][0]
    assert probe[:3] == [
        "probe", percent(measured.probe), f"chance {percent(measured.chance)}"
    ]  # fmt: skip
    assert silhouette[1] == f"{measured.silhouette:+.2f}".replace("-", "−")


def test_arrays_are_the_run_s_own(open_pictures: Opener, pictures: Path):
    arrays = sent_arrays(lab_data(open_pictures()))
    run = load_run(pictures / "run-0")
    np.testing.assert_array_equal(arrays["ids"], run.ids)
    np.testing.assert_array_equal(arrays["label"], run.labels)
    for layer in range(6):
        np.testing.assert_array_equal(
            arrays["0/answers"][layer], run.models["ramps"].answers(layer)
        )
        stored = run.projections[ProjectionKey("ramps", layer + 1, "tsne")].coordinates
        distances = [
            np.linalg.norm(at[:9] - at[9:18], axis=1) for at in (stored, arrays["0/places"][layer])
        ]
        ratio = distances[1] / distances[0]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)


def test_half_of_the_examples_lie_where_they_lay(open_pictures: Opener):
    whole = sent_arrays(lab_data(open_pictures()))
    half = sent_arrays(lab_data(open_pictures(examples="half")))
    assert 0 < len(half["ids"]) < len(whole["ids"])
    places = np.searchsorted(whole["ids"], half["ids"])
    np.testing.assert_array_equal(half["0/places"], whole["0/places"][:, places])
    np.testing.assert_array_equal(half["label"], whole["label"][places])


def test_a_model_is_coloured_by_a_system_that_asks_it(open_pictures: Opener):
    opened = open_pictures(colour="exit", system="cascade")
    ramps, small = lab_data(opened)["panels"]
    systems = ["large", "small", "ramps", "cascade"]
    assert (systems[ramps["system"]], systems[small["system"]]) == ("ramps", "cascade")
    assert [name for name, _ in ramps["paints"][:-1]] == [f"layer {n}" for n in range(1, 7)]
    assert "tau-committed" in markup(opened)
    assert "tau-committed" not in markup(open_pictures(colour="label"))


def test_a_link_says_what_is_seen(open_pictures: Opener):
    address = {
        "left": "small",
        "right": "ramps",
        "projection": "pca",
        "layer": "4",
        "colour": "right",
    }
    opened = open_pictures(**address, ids="1003,1005")
    data = lab_data(opened)
    assert [panel["model"] for panel in data["panels"]] == ["small", "ramps"]
    assert (data["layer"], data["colour"]["by"], data["selection"]) == (4, "right", [1003, 1005])
    assert {name: opened.query_params[name] for name in address} == address
    assert "2 of 60 examples selected" in markup(opened)


def test_a_selection_can_be_taken_back(open_pictures: Opener):
    opened = open_pictures(ids="1003")
    opened.button("clear-ids").click().run()
    assert lab_data(opened)["selection"] == []
    assert "ids" not in opened.query_params


def test_one_model_alone_is_drawn_alone(open_pictures: Opener):
    opened = open_pictures(right="no other")
    assert [panel["model"] for panel in lab_data(opened)["panels"]] == ["ramps"]
    assert len(cells(opened, "table-layers")) == 6


def test_every_layer_is_in_the_table(open_pictures: Opener, pictures: Path):
    shown = cells(open_pictures(), "table-layers")
    run = load_run(pictures / "run-0")
    assert len(shown) == 7
    for key, measured in run.separability.items():
        if key.model == "ramps":
            assert shown[f"ramps, layer {key.layer}"][1] == percent(measured.probe)


def test_odd_addresses_fall_back(open_pictures: Opener):
    data = lab_data(open_pictures(layer="many", left="nobody", projection="cubism", colour="smell"))
    assert (data["layer"], data["panels"][0]["model"], data["colour"]["by"]) == (
        2,
        "ramps",
        "label",
    )
    assert lab_data(open_pictures(layer="40"))["layer"] == 6


def test_without_pictures_or_weights_the_remedy_is_said(open_page: Opener):
    opened = open_page("representations")
    assert "no pictures of layers yet" in opened.info[0].value
    assert "make it again from its recipe" in opened.info[1].value
    assert [one.key for one in opened.button] == ["present"]


def test_pictures_are_made_on_a_button(
    open_page: Opener, runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With the work itself replaced, which tests/prediction does for real."""
    from cascade_core.prediction import represent_run as module

    run = made_up()
    save_run(run, tmp_path / "good")
    asked = []

    def work(folder, model, methods, *, allow_hub, progress):
        asked.append((Path(folder).name, model, methods, allow_hub))
        progress("UMAP after layer 1", 1, 2)
        save_run(pictured(run, methods=("umap",)), folder)

    monkeypatch.setattr(make_pictures, "missing_weights", lambda run: {"large": "it is gone"})
    monkeypatch.setattr(module, "represent_run", work)
    opened = open_page("representations")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened.run()
    assert "Not at hand: large" in opened.caption[0].value
    opened.button("make").click().run()
    assert asked == [("good", "ramps", ["umap"], False)]
    assert lab_data(opened)["panels"][0]["model"] == "ramps"
    assert not opened.exception


@pytest.mark.parametrize("error", [RunError("the folder is read-only"), WeightsError("gone")])
def test_what_goes_wrong_while_making_is_a_sentence(
    open_page: Opener, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    from cascade_core.prediction import represent_run as module

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(make_pictures, "missing_weights", lambda run: {})
    monkeypatch.setattr(module, "represent_run", fail)
    opened = open_page("representations")
    opened.button("make").click().run()
    assert opened.error[0].value == f"{error.args[0]}."
    assert not opened.exception


def test_very_many_are_sampled_and_that_is_said(
    open_pictures: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("dashboard.pages.representations.MOST_DRAWN", 25)
    monkeypatch.setattr(layer_pictures, "MOST_DRAWN", 25)
    opened = open_pictures()
    assert len(sent_arrays(lab_data(opened))["drawn"]) == 25
    assert "25 of 60" in opened.caption[0].value
    opened.toggle("draw_all").set_value(True).run()
    assert len(sent_arrays(lab_data(opened))["drawn"]) == 60


def test_a_sample_is_the_same_every_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layer_pictures, "MOST_DRAWN", 10)
    places = drawn_places(40, everything=False)
    assert len(set(places.tolist())) == 10
    np.testing.assert_array_equal(places, drawn_places(40, everything=False))
    assert len(drawn_places(40, everything=True)) == 40


def test_of_many_classes_the_most_frequent_have_a_colour_of_their_own():
    codes = np.repeat(np.arange(9), np.arange(9, 0, -1))
    paints = layer_pictures._named([f"class {n}" for n in range(9)], codes)
    assert [paint.color for paint in paints[:7]] == list(PALETTE)
    assert {paint.color for paint in paints[7:]} == {NEUTRAL}


def test_steps_in_an_order_have_colours_in_between():
    assert len(set(ordinal_colors(12))) == 12
    assert ordinal_colors(1) == [PALETTE[0]]


def test_the_figure_holds_what_it_was_given():
    points = np.random.default_rng(0).normal(size=(2, 7, 2)).astype(np.float32)
    colors = ["#1b76cd"] * 7
    panels = [ScatterPanel(f"model {n}", one, colors) for n, one in enumerate(points)]
    figure = layers_figure(LayersPicture("title", panels, np.arange(7), reach=3.0))
    for panel, trace in zip(panels, figure.data, strict=True):
        np.testing.assert_array_equal(trace.x, panel.coordinates[:, 0])
        np.testing.assert_array_equal(trace.y, panel.coordinates[:, 1])
        assert (trace.type, trace.name, list(trace.marker.color)) == (
            "scattergl",
            panel.title,
            colors,
        )
        assert trace.unselected.marker.opacity == UNCHOSEN
    shown = figure.to_dict()["layout"]
    assert [one["text"] for one in shown["annotations"]] == ["model 0", "model 1"]
    assert shown["xaxis"]["range"] == shown["yaxis2"]["range"] == [-3.0, 3.0]
    assert (shown["yaxis"]["scaleanchor"], shown["yaxis2"]["scaleanchor"]) == ("x", "x2")
    assert shown["dragmode"] == "lasso"


def test_pictures_of_layers_without_an_exit_have_no_accuracy(
    open_page: Opener, tmp_path, monkeypatch
):
    run = pictured(made_up())
    key = ProjectionKey("large", 3, "tsne")  # large has only one exit, after layer 6
    extra = {key: next(iter(run.projections.values()))}
    save_run(dataclasses.replace(run, projections={**run.projections, **extra}), tmp_path / "extra")
    opened = open_page("representations")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    opened = open_page("representations", "extra", left="large", right="no other", layer="3")
    panel = lab_data(opened)["panels"][0]
    assert panel["titles"][0] == "large after 3 layers"
    assert panel["facts"][0][0][1] == "–"
    assert (sent_arrays(lab_data(opened))["0/answers"][0] == -1).all()
