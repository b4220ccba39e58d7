"""What the pictures of layers show: whose, how they are coloured, and the facts beside them.

Axes: M instances drawn, L layers with a projection.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cascade_core import ModelOutput, Run
from cascade_core.outcomes import OUTCOMES
from cascade_core.outputs import LayerKey, Separability
from cascade_core.projections import METHODS
from cascade_core.representations import AlignedLayers, aligned_layers
from dashboard.choices import Choices
from dashboard.theme import NEUTRAL, OUTCOME_COLORS, PALETTE, ordinal_colors, percent

MOST_DRAWN = 20_000
COLOURS = {
    "label": "true label",
    "answer": "answer at this layer",
    "right": "right or wrong at this layer",
    "exit": "exit at τ",
    "outcome": "outcome at τ",
}
MOVING = ("exit", "outcome")  # with tau
CLASSIFIER = "Accuracy of the model’s own classifier after this layer, on the examples shown."
SILHOUETTE = (
    "Mean silhouette of the labels among the vectors, −1 to 1: above 0, classes lie together."
)
NOT_MEASURED = "Not measured when the run was made; making a picture below measures it too."
RIGHT, WRONG = OUTCOME_COLORS["left_right"], OUTCOME_COLORS["harmful"]


class Paint(NamedTuple):
    """What points of one kind are called, and their colour."""

    name: str
    color: str


class Fact(NamedTuple):
    """A number beside a picture, what it is to be held against, and how it came about."""

    title: str
    value: str
    note: str = ""
    explained: str = ""


class LayerPanel(NamedTuple):
    """One model's layers, aligned: `answers` int32 [L, M], -1 where no exit follows a layer.

    `system` is the one whose exits and outcomes colour it. Accuracies are of all instances shown,
    NaN where they are not known.
    """

    model: str
    system: str
    aligned: AlignedLayers
    answers: NDArray[np.int32]
    accuracy: tuple[float, ...]
    separability: tuple[Separability | None, ...]

    @property
    def titles(self) -> list[str]:
        """What the picture of each layer is called."""
        known = ["" if math.isnan(one) else f" · accuracy {percent(one)}" for one in self.accuracy]
        return [
            f"{self.model} after {layer} layer{'s' if layer > 1 else ''}{accuracy}"
            for layer, accuracy in zip(self.aligned.layers, known, strict=True)
        ]

    def facts(self, instances: int) -> list[list[Fact]]:
        """What is said beside the picture of each layer, of `instances` shown."""
        return [
            [
                Fact("classifier", percent(accuracy), "", CLASSIFIER),
                *_separability_facts(measured, instances),
            ]
            for accuracy, measured in zip(self.accuracy, self.separability, strict=True)
        ]


def projected_models(run: Run) -> list[str]:
    """The models of a run that have pictures, those of most layers first."""
    layers = {model: {key.layer for key in run.projections if key.model == model} for model in
              run.models}  # fmt: skip
    return sorted((one for one in layers if layers[one]), key=lambda one: -len(layers[one]))


def methods_of(run: Run, model: str) -> list[str]:
    """The methods by which a model was projected, in the order they are offered."""
    there = {key.method for key in run.projections if key.model == model}
    return [method for method in METHODS if method in there]


def partner_of(run: Run, model: str, others: Sequence[str]) -> str | None:
    """The model to stand beside another at first: the last one with a layer of the same depth."""
    depths = {one: {key.layer for key in run.projections if key.model == one} for one in
              (model, *others)}  # fmt: skip
    alike = [one for one in others if depths[one] & depths[model]]
    return (alike or [*others, None])[-1 if alike else 0]


def drawn_places(instances: int, everything: bool) -> NDArray[np.int32]:
    """Which instances are drawn, int32 [M]: a seeded sample of very many."""
    if everything or instances <= MOST_DRAWN:
        return np.arange(instances, dtype=np.int32)
    chosen = np.random.default_rng(0).permutation(instances)[:MOST_DRAWN]
    return np.sort(chosen).astype(np.int32)


def layer_panels(
    choices: Choices, models: Sequence[str], method: str, drawn: NDArray[np.int32]
) -> list[LayerPanel]:
    """The panels of models projected by a method; later ones are turned towards the first.

    Layers are aligned by all instances of the run, so that half of them lie where they lay before.
    """
    whole, shown, places = choices.shown.whole, choices.run, choices.shown.places
    first: AlignedLayers | None = None
    panels = []
    for model in models:
        aligned = aligned_layers(whole.projections, model, method, beside=first)
        first = first or aligned
        output = shown.models[model]
        answers = _answers(output, aligned.layers)
        panels.append(
            LayerPanel(
                model,
                system_of(choices, model),
                aligned._replace(coordinates=aligned.coordinates[:, places[drawn]]),
                np.ascontiguousarray(answers[:, drawn]),
                tuple(_accuracy(row, shown.labels) for row in answers),
                tuple(whole.separability.get(LayerKey(model, layer)) for layer in aligned.layers),
            )
        )
    return panels


def system_of(choices: Choices, model: str) -> str:
    """The system that colours a model's pictures: that in focus, if it or no other asks the model.

    Of others the first with several exits.
    """
    having = [name for name, spec in choices.run.system_specs.items() if model in spec.models]
    if choices.focus in having or not having:
        return choices.focus
    return max(having, key=lambda name: choices.systems[name].exits > 1)


def colours_of(run: Run) -> dict[str, str]:
    """What points can be coloured by, with its title."""
    labelled = bool((run.labels >= 0).any())
    offered = {
        name: title
        for name, title in COLOURS.items()
        if labelled or name not in ("label", "right", "outcome")
    }
    return offered | {f"category/{name}": name for name in run.categories}


def paints_of(choices: Choices, panel: LayerPanel, colour: str) -> list[Paint]:
    """The colours of a panel by the codes of its points; the last one is for those with none."""
    run = choices.run
    if colour == "exit":
        names = choices.exit_names(panel.system)
        exits = zip(names, ordinal_colors(len(names)), strict=True)
        return [*(Paint(*one) for one in exits), Paint("cannot be this fast", NEUTRAL)]
    if colour == "outcome":
        titles = [Paint(one.title, OUTCOME_COLORS[name]) for name, one in OUTCOMES.items()]
        return [*titles, Paint("cannot be this fast", NEUTRAL)]
    if colour == "right":
        return [Paint("wrong", WRONG), Paint("right", RIGHT), Paint("not known", NEUTRAL)]
    if colour.startswith("category/"):
        category = run.categories[colour.removeprefix("category/")]
        if all(name.isdecimal() for name in category.names):
            levels = zip(category.names, ordinal_colors(len(category.names)), strict=True)
            return [*(Paint(*one) for one in levels), Paint("not known", NEUTRAL)]
        return _named(category.names, category.codes)
    return _named(run.label_names, run.labels)


def codes_of(run: Run, colour: str) -> NDArray[np.int32] | None:
    """Codes of what does not depend on layer and tau, int32 [N]; None for what does."""
    if colour == "label":
        return run.labels.astype(np.int32)
    if colour.startswith("category/"):
        return run.categories[colour.removeprefix("category/")].codes
    return None


def _named(names: Sequence[str], codes: NDArray) -> list[Paint]:
    """A colour of their own for the most frequent of many names; the others share one."""
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    own = np.sort(np.argsort(-counts, kind="stable")[: len(PALETTE)])
    colors = dict(zip(own.tolist(), PALETTE, strict=False))
    paints = [Paint(name, colors.get(code, NEUTRAL)) for code, name in enumerate(names)]
    return [*paints, Paint("not known", NEUTRAL)]


def _answers(output: ModelOutput, layers: Sequence[int]) -> NDArray[np.int32]:
    rows = [
        output.answers(output.layers.index(layer))
        if layer in output.layers
        else np.full(output.instances, -1)
        for layer in layers
    ]
    return np.stack(rows).astype(np.int32)


def _accuracy(answers: NDArray, labels: NDArray) -> float:
    known = (labels >= 0) & (answers >= 0)
    return float(np.mean(answers[known] == labels[known])) if known.any() else math.nan


def _separability_facts(measured: Separability | None, instances: int) -> list[Fact]:
    if measured is None:
        return [
            Fact("probe", "–", "", NOT_MEASURED),
            Fact("silhouette", "–", "", NOT_MEASURED),
        ]
    of = "" if measured.instances == instances else f" Of {measured.instances:,} examples."
    how = f"{measured.folds}-fold cross-validated accuracy of a logistic regression."
    chance = f"chance {percent(measured.chance)}"
    silhouette = f"{round(measured.silhouette, 2) + 0.0:+.2f}".replace("-", "−")
    return [
        Fact("probe", percent(measured.probe), chance, how + of),
        Fact("silhouette", silhouette, "", SILHOUETTE + of),
    ]
