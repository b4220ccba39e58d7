"""Representations: what does a layer know?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from cascade_core.projections import METHODS
from cascade_core.representations import nearest
from dashboard.assets import SHELF
from dashboard.choices import Choices, publish
from dashboard.conditions import Picked
from dashboard.figures.layers import LayersPicture, ScatterPanel, layers_figure
from dashboard.layer_pictures import (
    MOST_DRAWN,
    MOVING,
    LayerPanel,
    codes_of,
    colours_of,
    drawn_places,
    layer_panels,
    methods_of,
    paints_of,
    partner_of,
    projected_models,
)
from dashboard.layout import committed, page_header
from dashboard.make_pictures import make_pictures
from dashboard.memory import act, offer, recall, remember
from dashboard.pages import instances
from dashboard.side_bar import choose
from dashboard.tables import Cell, Row, table
from dashboard.tau_lab import figure_address, tau_lab
from dashboard.tau_lab.packing import pack_layers

GUIDANCE = (
    "Each point is an example, placed by what a model has made of it after some layers. Move "
    "through the layers, colour the points by what interests you, lasso some to see what they are. "
    "The numbers say what a picture only suggests: how well a linear probe tells the classes apart."
)
NONE = "no other"


class Chosen(NamedTuple):
    """What is drawn: one or two models, by which method, coloured by what."""

    models: tuple[str, ...]
    method: str
    colour: str


def page() -> None:
    """Draw the page."""
    selecting = choose("representations")
    page_header("Representations", selecting, GUIDANCE)
    choices = selecting.without(Picked.kind)  # what is picked is marked among the others
    whole = choices.shown.whole
    models = projected_models(whole)
    if not models:
        publish(choices)
        st.info("This run has no pictures of layers yet.")
        make_pictures(whole, _by_exits(choices))
        return
    chosen = _choose(choices, models)
    drawn = _drawn(choices.run.instances)
    panels = layer_panels(choices, chosen.models, chosen.method, drawn)
    _lab(choices, chosen, panels, drawn)
    publish(choices)
    _selection()
    if chosen.colour in MOVING:
        committed(choices)
    _table(choices, panels)
    with st.expander("Make more pictures"):
        make_pictures(whole, _by_exits(choices))


def _by_exits(choices: Choices) -> list[str]:
    """The run's models, those of most exits first."""
    models = choices.run.models
    return sorted(models, key=lambda name: -models[name].exits)


def _choose(choices: Choices, models: Sequence[str]) -> Chosen:
    whole = choices.shown.whole
    places = st.columns(4)
    left = places[0].selectbox(
        "Model", help="Whose layers are on the left.", **offer("left", models, models[0])
    )
    others = [model for model in models if model != left]
    right = places[1].selectbox(
        "Beside it",
        help="An off-ramp model knows less after two layers than a whole model of two: see for "
        "yourself.",
        **offer("right", [*others, NONE], partner_of(whole, left, others) or NONE),
    )
    methods = methods_of(whole, left)
    method = places[2].segmented_control(
        "Picture by",
        required=True,
        format_func=METHODS.__getitem__,
        help="t-SNE and UMAP show which examples lie together; PCA keeps directions and distances.",
        **offer("projection", methods, methods[0]),
    )
    colours = colours_of(choices.run)
    colour = places[3].selectbox(
        "Colour by",
        format_func=colours.__getitem__,
        **offer("colour", list(colours), next(iter(colours))),
    )
    method = method or methods[0]
    chosen = (left,) if right == NONE else (left, right)
    if right != NONE and method not in methods_of(whole, right):
        st.info(f"{right} was not projected by {METHODS[method]}: make that picture below.")
        chosen = (left,)
    return Chosen(chosen, method, colour)


def _drawn(instances: int) -> NDArray[np.int32]:
    if instances <= MOST_DRAWN:
        return drawn_places(instances, everything=True)
    everything = st.toggle(f"Draw all {instances:,}", key="draw_all", on_change=act)
    if not everything:
        st.caption(f"Drawn are {MOST_DRAWN:,} of {instances:,} examples, a seeded sample.")
    return drawn_places(instances, everything)


def _lab(
    choices: Choices, chosen: Chosen, panels: Sequence[LayerPanel], drawn: NDArray[np.int32]
) -> None:
    run = choices.run
    depths = sorted({layer for panel in panels for layer in panel.aligned.layers})
    start = max(set.intersection(*(set(panel.aligned.layers) for panel in panels)) or depths)
    title = f"{METHODS[chosen.method]} · {choices.setting}"
    made_from = (
        *(recall("loaded"), run.identity, *chosen.models),
        *(chosen.method, str(len(drawn))),
    )

    def build():
        return _figure(choices, title, panels, drawn, start)

    figure = figure_address(build, title, *made_from)
    codes = {f"category/{name}": one.codes for name, one in run.categories.items()}
    more = {
        "layers": SHELF.offer(
            ("layers", *made_from),
            lambda: pack_layers(panels, run.ids, run.labels, drawn, codes),
        ),
        "colour": {"by": chosen.colour, "moving": chosen.colour in MOVING},
        "panels": [_settings(choices, panel, chosen.colour) for panel in panels],
        "labels": list(run.label_names),
        "depths": depths,
        "layer": _layer(depths, start),
        "selection": list(recall("ids", ())),
    }
    label = f"{title}: " + " beside ".join(chosen.models)
    tau_lab(choices, "representations", figure, label, more)


def _layer(depths: Sequence[int], start: int) -> int:
    """The depth remembered, if there is one, or else one that all models shown have."""
    named = recall("layer")
    layer = depths[nearest(depths, int(named) if str(named).isdecimal() else start)]
    remember(layer=str(layer))
    return layer


def _figure(
    choices: Choices,
    title: str,
    panels: Sequence[LayerPanel],
    drawn: NDArray[np.int32],
    layer: int,
) -> go.Figure:
    """The pictures after a layer, coloured by label; the lab moves and recolours them."""
    colour = "label" if (choices.run.labels >= 0).any() else "answer"
    scattered = []
    for panel in panels:
        at = nearest(panel.aligned.layers, layer)
        paints = paints_of(choices, panel, colour)
        codes = codes_of(choices.run, colour)
        kinds = panel.answers[at] if codes is None else codes[drawn]
        colors = [paints[kind].color for kind in kinds]
        scattered.append(ScatterPanel(panel.titles[at], panel.aligned.coordinates[at], colors))
    reach = 1.06 * max(float(np.abs(panel.aligned.coordinates).max()) for panel in panels)
    return layers_figure(LayersPicture(title, scattered, choices.run.ids[drawn], reach or 1.0))


def _settings(choices: Choices, panel: LayerPanel, colour: str) -> dict:
    return {
        "model": panel.model,
        "system": list(choices.systems).index(panel.system),
        "layers": list(panel.aligned.layers),
        "titles": panel.titles,
        "facts": panel.facts(choices.run.instances),
        "paints": paints_of(choices, panel, colour),
    }


def _selection() -> None:
    chosen = recall("ids", ())
    if not chosen:
        st.caption("Draw around points to select them; a click selects one, a double click none.")
        return
    examples = "the selected example" if len(chosen) == 1 else f"the {len(chosen):,} selected"
    if st.button(f"Open {examples} in Instances", key="to_instances", icon=":material/list:"):
        st.switch_page(st.Page(instances.page, url_path="instances"))


def _table(choices: Choices, panels: Sequence[LayerPanel]) -> None:
    """Every layer's numbers, which the pictures show one at a time."""
    rows: list[Row] = []
    numbers: list[list[object]] = [
        ["model", "layer", "accuracy", "probe", "chance", "silhouette", "n"]
    ]
    for panel in panels:
        for layer, facts, accuracy, measured in zip(
            panel.aligned.layers,
            panel.facts(choices.run.instances),
            panel.accuracy,
            panel.separability,
            strict=True,
        ):
            cells = [Cell(fact.value, fact.note, fact.value == "–") for fact in facts]
            color = choices.styles[panel.system].color
            rows.append(Row(f"{panel.model}, layer {layer}", color, cells))
            measures = (*measured[:4],) if measured else ("",) * 4
            numbers.append([panel.model, layer, accuracy, *measures])
    caption = (
        "How separable the classes are in the hidden states themselves, not in their pictures: "
        "cross-validated accuracy of a logistic regression, and the mean silhouette of the labels."
    )
    columns = ["layer", "accuracy of its own classifier", "linear probe", "silhouette"]
    saved = choices.saved("layers", numbers=numbers)
    table(columns, rows, name="table-layers", caption=caption, saved=saved)
