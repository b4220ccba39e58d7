"""One run: the outputs of models on one set of instances, and the systems composed of them.

A run keeps models' outputs; a system is a named composition of them, built when it is asked for, so
that another cascade of the same models needs no new inference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .costs import flop_costs, layer_costs
from .ladder import ExitLadder, compose
from .model_output import ModelOutput, read_only
from .outputs import Category, LayerKey, Projection, ProjectionKey, Separability, SystemSpec
from .storage import OnDemand, RunError, content_hash

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("accuracy", "f1")


@dataclass(frozen=True, eq=False)
class Run:
    """Outputs of models on N instances, their true labels, and the systems made of the models.

    `labels` int64 [N], -1 where unknown; `ids` int64 [N] (default 0..N-1); `tokens` int32 [N],
    needed by the FLOPs basis; `texts` maps a column to N strings; `categories` say what else is
    known of the instances, such as their level. `reference` names the model whose
    last exit is speed-up 1 (default: the one with most layers, or else of the highest cost);
    `cost_unit` is what models' own costs are counted in. Without `system_specs` every model is a
    system of its own. Raises `RunError` naming what does not fit.

    >>> logits = np.array([[[2.0, 0.0], [0.0, 0.1]], [[3.0, 0.0], [2.0, 0.0]]])
    >>> run = Run("demo", labels=[0, 0], models={"ramps": ModelOutput("ramps", logits)})
    >>> run.systems["ramps"].predictions
    array([[0, 1],
           [0, 0]])
    >>> run.compose(["ramps"], "again").costs["layers"].tolist()
    [1.0, 2.0]
    >>> run.to_frame()[["id", "label", "prediction/ramps/1", "prediction/ramps/2"]]
       id label prediction/ramps/1 prediction/ramps/2
    0   0     0                  0                  0
    1   1     0                  1                  0
    """

    name: str
    labels: np.ndarray
    models: Mapping[str, ModelOutput]
    system_specs: Mapping[str, SystemSpec] = field(default_factory=dict)
    task: str = ""
    split: str = ""
    metric: str = "accuracy"
    label_names: tuple[str, ...] = ()
    reference: str = ""
    ids: np.ndarray = field(default=None)  # pyright: ignore[reportAssignmentType]
    tokens: np.ndarray | None = None
    texts: Mapping[str, tuple[str, ...]] | None = None
    text_source: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    projections: Mapping[ProjectionKey, Projection] = field(default_factory=dict)
    separability: Mapping[LayerKey, Separability] = field(default_factory=dict)
    categories: Mapping[str, Category] = field(default_factory=dict)
    cost_unit: str = ""

    def __post_init__(self) -> None:
        if not self.models:
            raise RunError("a run should have at least one model, but has none.")
        largest = max(self.models, key=lambda name: self.models[name].size)
        ids = np.arange(np.size(self.labels)) if self.ids is None else self.ids
        tokens = None if self.tokens is None else read_only(self.tokens, np.int32, "tokens")
        defaults = {
            "labels": read_only(self.labels, np.int64, "labels"),
            "ids": read_only(ids, np.int64, "ids"),
            "tokens": tokens,
            "label_names": tuple(self.label_names) or self._numbered_classes(),
            "reference": self.reference or largest,
            "system_specs": self.system_specs
            or {
                name: SystemSpec((name,), next(iter(model.scores), "max_prob"))
                for name, model in self.models.items()
            },
        }
        for attribute, value in defaults.items():
            object.__setattr__(self, attribute, value)
        if self.labels.ndim != 1:
            raise RunError(f"labels should have shape [N], but have {list(self.labels.shape)}.")
        self._check_models()
        self._check_instances()

    def _numbered_classes(self) -> tuple[str, ...]:
        first = next(iter(self.models.values()))
        seen = [np.max(one.predictions) for one in self.models.values() if one.logits is None]
        classes = first.classes or 1 + int(max([np.max(self.labels), *seen]))
        return tuple(map(str, range(classes)))

    def _check_models(self) -> None:
        for name, output in self.models.items():
            if output.name != name:
                raise RunError(f"model '{output.name}' should not be listed as '{name}'.")
            self._check_model(output)
        self._check_alike()
        classes = len(self.label_names)
        for system, spec in self.system_specs.items():
            _check_known(spec.models, self.models, f"system '{system}'")
        _check_known([self.reference], self.models, "the reference")
        for key in self.projections:
            _check_known([key.model], self.models, f"the {key.method} projection")
        for key in self.separability:
            _check_known([key.model], self.models, f"the separability after layer {key.layer}")
        logits = all(output.logits is not None for output in self.models.values())
        if self.metric not in METRICS or (self.metric == "f1" and not (logits and classes == 2)):
            raise RunError(
                "metric should be accuracy, or f1 for logits of two classes, but is "
                f"'{self.metric}' for {classes} classes{'' if logits else ' without logits'}."
            )

    def _check_model(self, output: ModelOutput) -> None:
        instances, classes = len(self.labels), len(self.label_names)
        if output.logits is not None and output.logits.shape[1:] != (instances, classes):
            raise RunError(
                f"logits of model '{output.name}' should be [E, {instances}, {classes}] for "
                f"{instances} labels and {classes} label names, but are "
                f"{list(output.logits.shape)}."
            )
        predictions = output.predictions
        if predictions is None:
            return
        if output.instances != instances or predictions.max() >= classes:
            raise RunError(
                f"predictions of model '{output.name}' should be [E, {instances}] classes from 0 "
                f"to {classes - 1}, but are {list(predictions.shape)} up to {predictions.max()}."
            )

    def _check_alike(self) -> None:
        models = self.models.values()
        if len({(output.logits is None, tuple(output.scores)) for output in models}) > 1:
            raise RunError(
                "models should all have logits, or all the same scores, so that cascades of them "
                "have something to exit by; some have others."
            )
        if not (
            all(output.layers for output in models)
            or all(output.cost is not None for output in models)
        ):
            raise RunError("models should all have layers, or all a cost, so that they compare.")

    def _check_instances(self) -> None:
        instances, classes = len(self.labels), len(self.label_names)
        for name, array in (("ids", self.ids), ("tokens", self.tokens)):
            if array is not None and array.shape != (instances,):
                raise RunError(
                    f"{name} should have shape [{instances}], but have {list(array.shape)}."
                )
        if self.labels.min() < -1 or self.labels.max() >= classes:
            raise RunError(
                f"labels should be from 0 to {classes - 1}, or -1 where unknown, but go from "
                f"{self.labels.min()} to {self.labels.max()}."
            )
        if self.tokens is not None and self.tokens.min() < 1:
            raise RunError(f"tokens should be at least 1, but go down to {self.tokens.min()}.")
        if len(np.unique(self.ids)) < instances:
            raise RunError("ids should be unique, but some instances share one.")
        for column, strings in (self.texts or {}).items():
            if len(strings) != instances:
                raise RunError(
                    f"texts '{column}' should have {instances} strings, but have {len(strings)}."
                )

        for name, category in self.categories.items():
            if len(category.codes) != instances:
                raise RunError(
                    f"category '{name}' should have {instances} codes, but has "
                    f"{len(category.codes)}."
                )

    @property
    def instances(self) -> int:
        """N, the number of instances."""
        return len(self.labels)

    @cached_property
    def systems(self) -> Mapping[str, ExitLadder]:
        """The ladders of all systems by name, each built when first asked for."""
        return OnDemand(
            self.system_specs, lambda name: self.compose(self.system_specs[name].models, name)
        )

    def compose(self, models: Sequence[str], name: str) -> ExitLadder:
        """Return the system that asks `models` of this run in the given order.

        It has the cost bases known of all of them and of the reference: "layers" unless models have
        costs of their own instead, "flops" with tokens and architectures, "latency" when measured,
        "cost" when given.
        """
        _check_known(models, self.models, f"system '{name}'")
        needed = (*models, self.reference)
        bases = [
            basis
            for basis in self._costs[self.reference]
            if all(basis in self._costs[model] for model in needed)
        ]
        ladders = [
            ExitLadder(
                name=model,
                logits=self.models[model].logits,
                labels=self.labels,
                costs={basis: self._costs[model][basis] for basis in bases},
                scores=self.models[model].scores,
                exit_names=self.models[model].exit_names,
                predictions=self.models[model].predictions,
            )
            for model in models
        ]
        reference_cost = {basis: self._costs[self.reference][basis][-1] for basis in bases}
        return compose(ladders, name=name, reference_cost=reference_cost)

    def only(self, places: ArrayLike, split: str) -> Run:
        """Return the run on some of its instances, as a run of its own.

        How separable layers are stays what it is of all instances, which it says.

        Args:
            places: int [M], at least one, of instances from 0 to N - 1, in the order wanted.
            split: what those instances are called.

        >>> outputs = {"m": ModelOutput("m", np.array([[[2.0, 0.0], [0.0, 1.0]]]))}
        >>> Run("demo", labels=[0, 1], models=outputs).only([1], "half").ids
        array([1])
        """
        places = np.asarray(places, np.int64)
        texts = self.texts and {
            column: tuple(strings[place] for place in places)
            for column, strings in self.texts.items()
        }
        return replace(
            self,
            split=split,
            labels=self.labels[places],
            ids=self.ids[places],
            tokens=None if self.tokens is None else self.tokens[places],
            texts=texts,
            models={name: output.only(places) for name, output in self.models.items()},
            projections={
                key: replace(one, coordinates=one.coordinates[places])
                for key, one in self.projections.items()
            },
            categories={
                name: replace(one, codes=one.codes[places]) for name, one in self.categories.items()
            },
        )

    def to_frame(self) -> pd.DataFrame:
        """All instances, one row each, with what is known of them and what every exit says.

        Columns are id, label, text/<column>, category/<name>, and for each model and number of
        layers (or exit, where layers are not known) prediction/<model>/<layers> and
        confidence/<model>/<layers>, the highest probability.
        Labels and predictions are categorical, by name; an unknown label is missing.
        """
        import pandas as pd

        columns: dict[str, Any] = {
            "id": self.ids,
            "label": pd.Categorical.from_codes(self.labels, self.label_names),
        }
        columns |= {f"text/{name}": strings for name, strings in (self.texts or {}).items()}
        for name, category in self.categories.items():
            columns[f"category/{name}"] = pd.Categorical.from_codes(category.codes, category.names)
        for name, model in self.models.items():
            for exit_, depth in enumerate(model.depths):
                answers = pd.Categorical.from_codes(model.answers(exit_), self.label_names)
                columns[f"prediction/{name}/{depth}"] = answers
                columns[f"confidence/{name}/{depth}"] = model.confidences(exit_)
        return pd.DataFrame(columns)

    @cached_property
    def _costs(self) -> Mapping[str, dict[str, np.ndarray]]:
        """Cumulative costs per model and basis, float64 [E] or [E, N]."""
        return OnDemand(self.models, lambda name: self._model_costs(self.models[name]))

    def _model_costs(self, model: ModelOutput) -> dict[str, np.ndarray]:
        costs = {"layers": layer_costs(model.layers)} if model.layers else {}
        if self.tokens is not None and model.architecture is not None and model.layers:
            costs["flops"] = flop_costs(
                model.architecture,
                model.layers,
                self.tokens,
                len(self.label_names),
                model.pooler,
                model.head,
            )
        if model.latency is not None:
            costs["latency"] = np.asarray(model.latency["milliseconds"], np.float64)
        if model.cost is not None:
            costs["cost"] = model.cost
        return costs

    @cached_property
    def identity(self) -> str:
        """Hash of what decides the results; dates, descriptions and pictures leave it alone."""
        models = {
            name: {
                "layers": output.layers,
                "architecture": output.architecture and output.architecture._asdict(),
                "pooler": output.pooler,
                **({"head": "student"} if output.head == "student" else {}),
                "milliseconds": output.latency and [*map(float, output.latency["milliseconds"])],
            }
            for name, output in self.models.items()
        }
        systems = {
            name: {"models": spec.models, "criterion": spec.criterion}
            for name, spec in self.system_specs.items()
        }
        settings = {
            "task": self.task,
            "split": self.split,
            "metric": self.metric,
            "reference": self.reference,
            "models": models,
            "systems": systems,
        }
        return content_hash(settings, self.arrays)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that decide the results, by their names on disk."""
        arrays = {"labels": self.labels, "ids": self.ids}
        if self.tokens is not None:
            arrays["tokens"] = self.tokens
        for output in self.models.values():
            arrays |= output.arrays
        return arrays


def _check_known(names: Sequence[str], models: Mapping[str, ModelOutput], user: str) -> None:
    for name in names:
        if name not in models:
            raise RunError(
                f"{user} needs model '{name}', but the run has only {', '.join(models)}. "
                "Correct the name or add the model."
            )
