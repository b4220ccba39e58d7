"""One call from a file of outputs to a run.

Axes: N instances, C classes, E exits.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..criteria import CONFIDENCE
from ..ladder import UNKNOWN_LABEL
from ..model_output import ModelOutput
from ..outputs import SystemSpec
from ..runs import Run
from ..weights import IMPORTED
from .columns import (
    USUAL,
    as_text,
    categories_of,
    class_numbers,
    find_labels,
    texts_of,
    usual_name,
    whole_numbers,
)
from .models import Found, model_names, read_model
from .named_arrays import Kind, NamedArrays, OutputsError, read_named_arrays

THEN = " then "  # between the models of a cascade that nobody named

Costs = Mapping[str, Sequence[float]]


def import_run(
    source: str | os.PathLike,
    name: str | None = None,
    *,
    kind: Kind | None = None,
    labels: str | None = None,
    costs: Costs | None = None,
    cost_unit: str = "",
    layers: Mapping[str, Sequence[int]] | None = None,
    reference: str = "",
    systems: Mapping[str, Sequence[str]] | None = None,
    texts: Sequence[str] = (),
    categories: Sequence[str] = (),
    class_names: Sequence[str] = (),
    task: str = "",
    split: str = "",
    metric: str = "accuracy",
) -> Run:
    """Make a run of what models said, in .npz, .npy, .safetensors, .parquet, .csv or .jsonl.

    How arrays and columns are named say `named_arrays` and `tables`. Of more than 100 classes only
    answers and scores are kept, of which every page but for class probabilities is made.

    Args:
        source: the file.
        name: the run's, by default the file's; also that of a model without one.
        kind: what a bare .npy holds, "logits" or "probabilities".
        labels: the column of the true labels, or a .npy with them; by default `labels` or `label`.
            Class names or numbers from 0; -1 or empty where unknown.
        costs: per model ("" for the only one) the *cumulative* cost of leaving at each exit, [E]; a
            cascade adds up those of its models. May stand in the file instead.
        cost_unit: what costs are counted in, such as "cents".
        layers: per model how many layers have run at each exit; the only model has 1..E where it
            has neither these nor costs.
        reference: the model whose last exit is speed-up 1; by default the largest.
        systems: cascades by name, each a sequence of models; by default all, the cheapest first.
        texts, categories: columns to show, and to group by.
        class_names: C names in order; by default what a table's columns or the labels say.
        task, split, metric: as in `Run`.

    Raises:
        OutputsError: the file cannot be read, or something in it is missing or wrong.
        RunError: parts that do not fit one another.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.npz"
    >>> np.savez(file, logits=[[[2.0, 0.0], [0.0, 0.1]], [[3.0, 0.0], [2.0, 0.0]]], labels=[0, 0])
    >>> run = import_run(file, costs={"": [1, 5]})
    >>> run.name, run.systems["mine"].costs["cost"].tolist()
    ('mine', [1.0, 5.0])
    """
    source = Path(source)
    name = source.stem if name is None else name
    with read_named_arrays(source, kind) as given:
        found = {model or name: read_model(given, model) for model in model_names(given)}
        instances = _alike(found)
        truth = find_labels(given, labels, source)
        names = _class_names(given, found, truth, class_names)
        ids, tokens = (whole_numbers(given, what, source) for what in ("ids", "tokens"))
        shown = texts_of(given, texts, source)
        groups = categories_of(given, categories, source)
        used = {labels, *(usual_name(given, what) for what in USUAL), *texts, *categories}
        left_out = [column for column in given.columns if column not in used]
    models = _models(
        _numbered(given, found, names),
        _of_models(costs, found, name),
        _of_models(layers, found, name),
    )
    return Run(
        name=name,
        labels=_labels(given, truth, names, instances),
        models=models,
        system_specs=_systems(models, systems),
        task=task,
        split=split,
        metric=metric,
        label_names=names,
        reference=reference,
        ids=np.arange(instances) if ids is None else ids,
        tokens=tokens,
        texts=shown,
        text_source={"source": IMPORTED, "shipped": shown is not None},
        provenance={IMPORTED: source.name, "left_out": left_out},
        categories=groups,
        cost_unit=cost_unit,
    )


def _alike(found: Mapping[str, Found]) -> int:
    """N, the same for all models; raises where models differ in instances or classes."""
    for what in ("instances", "classes"):
        sizes = {model: getattr(one, what) for model, one in found.items()}
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{model} has {size or 'none'}" for model, size in sizes.items())
            raise OutputsError(
                f"expected models of the same instances and classes; {what}: {listed}"
            )
    return next(iter(found.values())).instances


def _class_names(
    given: NamedArrays,
    found: Mapping[str, Found],
    truth: np.ndarray | None,
    wanted: Sequence[str],
) -> tuple[str, ...]:
    """What classes are called: as one wishes, as columns say, as answers say, or by number."""
    classes = next(iter(found.values())).classes
    named = tuple(wanted) or given.class_names
    if classes is None and not named:
        answers = [one.outputs["predictions"] for one in found.values()]
        return _names_in([*answers, *([] if truth is None else [truth])])
    if classes is not None and named and len(set(named)) != classes:
        raise OutputsError(
            f"class names: expected {classes} different ones but got {', '.join(named)}"
        )
    return named or tuple(map(str, range(classes or 0)))


def _names_in(arrays: Sequence[np.ndarray]) -> tuple[str, ...]:
    """The classes that answers and labels name: numbers up to the highest, or names by alphabet."""
    names = {as_text(value) for array in arrays for value in _distinct(array)}
    names -= {"", "nan", str(UNKNOWN_LABEL)}
    if all(name.isdecimal() for name in names):
        return tuple(map(str, range(1 + max(map(int, names), default=0))))
    return tuple(sorted(names))


def _distinct(array: np.ndarray) -> Collection[Any]:
    return set(array.ravel().tolist()) if array.dtype == object else np.unique(array).tolist()


def _labels(
    given: NamedArrays, truth: np.ndarray | None, names: Sequence[str], instances: int
) -> np.ndarray:
    if truth is None:
        return np.full(instances, UNKNOWN_LABEL)
    if truth.shape != (instances,):
        raise OutputsError(
            f"labels: expected {instances:,}, one for each instance, but got {list(truth.shape)}"
        )
    return class_numbers(truth, names, lambda row: f"{given.row(row)}, label", unknown=True)


def _numbered(
    given: NamedArrays, found: Mapping[str, Found], names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The arguments of every model; answers that are names of classes become numbers."""
    numbered = {}
    for model, one in found.items():
        outputs = dict(one.outputs)
        if one.classes is None:
            array = "predictions" if "predictions" in given.arrays else f"predictions/{model}"
            answers = [
                class_numbers(row, names, partial(given.place, array, exit=number))
                for number, row in enumerate(outputs["predictions"])
            ]
            outputs["predictions"] = np.stack(answers)
        numbered[model] = outputs
    return numbered


def _of_models(
    given: Mapping[str, Sequence[Any]] | None, found: Mapping[str, Found], name: str
) -> dict[str, Sequence[Any]]:
    """Numbers by model, "" being the only one."""
    by_model = {(model or name): numbers for model, numbers in (given or {}).items()}
    for model in by_model:
        if model not in found:
            raise OutputsError(
                f"costs and layers: expected one of the models {', '.join(found)}, but got "
                f"{model!r}; write MODEL=1,3,12"
            )
    return by_model


def _models(
    outputs: Mapping[str, dict[str, Any]],
    costs: Mapping[str, Sequence[float]],
    layers: Mapping[str, Sequence[int]],
) -> dict[str, ModelOutput]:
    models = {}
    for model, one in outputs.items():
        if "cost" in one and model in costs:
            raise OutputsError(
                f"cost of {model!r}: expected it in the file or as an option, not both"
            )
        cost = one.get("cost", costs.get(model))
        if cost is None and model not in layers and len(outputs) > 1:
            raise OutputsError(
                f"cost of {model!r}: expected what leaving at each of its exits costs, to compare "
                f"models by; say --cost {model}=NUMBER,... or --layers, or give cost/{model}"
            )
        models[model] = ModelOutput(
            model, layers=tuple(layers.get(model, ())), **{**one, "cost": cost}
        )
    return models


def _systems(
    models: Mapping[str, ModelOutput], cascades: Mapping[str, Sequence[str]] | None
) -> dict[str, SystemSpec]:
    """Every model alone, and the cascades; without any named, one of all, the cheapest first."""
    if cascades is None and len(models) > 1:
        order = sorted(models, key=lambda name: _whole_cost(models[name]))
        cascades = {THEN.join(order): order}
    criterion = (
        CONFIDENCE if any(CONFIDENCE in one.scores for one in models.values()) else "max_prob"
    )
    for taken in set(models).intersection(cascades or ()):
        raise OutputsError(f"--system: {taken!r} is a model, which is a system of its own already")
    composed = {**{name: (name,) for name in models}, **(cascades or {})}
    return {name: SystemSpec(tuple(of), criterion) for name, of in composed.items()}


def _whole_cost(model: ModelOutput) -> float:
    return float(np.mean(model.cost[-1])) if model.cost is not None else model.layers[-1]
