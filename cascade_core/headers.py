"""How what a run is made of is written in `run.json`, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import numpy as np

from .costs import Architecture, Head
from .model_output import ModelOutput
from .outputs import Category, LayerKey, Projection, ProjectionKey, Separability, SystemSpec
from .storage import HEADER, OnDemand, RunError

Kind = TypeVar("Kind")
PLANE_TYPES = ("float16", "float32")  # of coordinates on disk


def take(header: Mapping[str, Any], key: str, kind: type[Kind], where: str = "") -> Kind:
    """Return an entry of `run.json`; raises `RunError` naming one that is missing or no `kind`.

    >>> take({"name": "demo"}, "name", str)
    'demo'
    """
    value = header.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        came = f"is {value!r}" if key in header else "is missing"
        raise RunError(f"{HEADER}: '{where}{key}' should be of type {kind.__name__}, but {came}.")
    return value


def take_array(arrays: Mapping[str, np.ndarray], name: str, dtype: str) -> np.ndarray:
    """Return an array of a run; raises `RunError` when it is not listed or of another type."""
    if name not in arrays:
        raise RunError(f"array '{name}' is not listed in {HEADER}.")
    if arrays[name].dtype != dtype:
        raise RunError(f"array '{name}' should be of type {dtype}, but is {arrays[name].dtype}.")
    return arrays[name]


def describe_models(models: Mapping[str, ModelOutput]) -> dict[str, Any]:
    """Return what `run.json` says of the models; their logits are stored apart."""
    described = {}
    for name, output in models.items():
        described[name] = {
            "description": output.description,
            "checkpoint": output.checkpoint,
            "layers": list(output.layers),
            "pooler": output.pooler,
            "architecture": output.architecture and output.architecture._asdict(),
        }
        if output.head is not None:
            described[name]["head"] = output.head
        if output.scores:
            described[name]["scores"] = list(output.scores)
        if output.latency is not None:
            milliseconds = [float(value) for value in output.latency["milliseconds"]]
            described[name]["latency"] = {**output.latency, "milliseconds": milliseconds}
    return described


def read_models(
    header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> dict[str, ModelOutput]:
    """Return the models that `run.json` describes, with their arrays."""
    models = {}
    for name in (described := take(header, "models", dict)):
        where = f"models.{name}."
        entry = take(described, name, dict, "models.")
        models[name] = ModelOutput(
            name=name,
            **_outputs(name, entry, arrays, where),
            layers=_whole_numbers(take(entry, "layers", list, where), f"{where}layers"),
            architecture=_architecture(entry, where),
            pooler=take(entry, "pooler", bool, where),
            checkpoint=take(entry, "checkpoint", str, where),
            description=take(entry, "description", str, where),
            latency=take(entry, "latency", dict, where) if "latency" in entry else None,
            head=cast(Head, take(entry, "head", str, where)) if "head" in entry else None,
        )
    return models


def describe_systems(systems: Mapping[str, SystemSpec]) -> dict[str, Any]:
    """Return what `run.json` says of the systems."""
    return {
        name: {
            "description": spec.description,
            "models": list(spec.models),
            "criterion": spec.criterion,
        }
        for name, spec in systems.items()
    }


def read_systems(header: Mapping[str, Any]) -> dict[str, SystemSpec]:
    """Return the systems that `run.json` describes."""
    systems = {}
    for name in (described := take(header, "systems", dict)):
        where = f"systems.{name}."
        entry = take(described, name, dict, "systems.")
        systems[name] = SystemSpec(
            models=tuple(map(str, take(entry, "models", list, where))),
            criterion=take(entry, "criterion", str, where),
            description=take(entry, "description", str, where),
        )
    return systems


def projection_array(key: ProjectionKey) -> str:
    """Return the name of a projection's coordinates among the arrays.

    >>> projection_array(ProjectionKey("DeeBERT", 2, "tsne"))
    'projection/DeeBERT/2/tsne'
    """
    return f"projection/{key.model}/{key.layer}/{key.method}"


def stored_coordinates(projection: Projection) -> np.ndarray:
    """Return coordinates as they are stored: in float16 where that loses nothing."""
    with np.errstate(over="ignore"):
        halves = projection.coordinates.astype(np.float16)
    return halves if np.array_equal(halves, projection.coordinates) else projection.coordinates


def describe_projections(
    projections: Mapping[ProjectionKey, Projection],
) -> list[dict[str, Any]]:
    """Return what `run.json` says of the projections; their coordinates are stored apart."""
    return [
        {
            **key._asdict(),
            "seed": projection.seed,
            "parameters": dict(projection.parameters),
            "array": projection_array(key),
        }
        for key, projection in projections.items()
    ]


def read_projections(
    header: Mapping[str, Any], arrays: Mapping[str, np.ndarray], instances: int
) -> Mapping[ProjectionKey, Projection]:
    """Return the projections that `run.json` describes; coordinates are read when asked for."""
    entries: dict[ProjectionKey, dict[str, Any]] = {}
    for number, entry in enumerate(take(header, "projections", list)):
        where = f"projections[{number}]."
        if not isinstance(entry, dict):
            raise RunError(f"{HEADER}: '{where[:-1]}' should be of type dict, but is {entry!r}.")
        key = ProjectionKey(
            take(entry, "model", str, where),
            take(entry, "layer", int, where),
            take(entry, "method", str, where),
        )
        take(entry, "seed", int, where)
        take(entry, "parameters", dict, where)
        name = take(entry, "array", str, where)
        listed = take(header, "arrays", dict).get(name)
        if listed not in [{"dtype": one, "shape": [instances, 2]} for one in PLANE_TYPES]:
            raise RunError(
                f"array '{name}' should be {' or '.join(PLANE_TYPES)} [{instances}, 2], but is "
                f"{listed}."
            )
        entries[key] = entry

    def read(key: ProjectionKey) -> Projection:
        entry = entries[key]
        return Projection(arrays[entry["array"]], entry["seed"], entry["parameters"])

    return OnDemand(entries, read)


def describe_separability(measured: Mapping[LayerKey, Separability]) -> list[dict[str, Any]]:
    """Return what `run.json` says of how separable the classes are in models' layers."""
    return [{**key._asdict(), **one._asdict()} for key, one in measured.items()]


def read_separability(header: Mapping[str, Any]) -> dict[LayerKey, Separability]:
    """Return how separable the classes are in the layers that were measured, if any were."""
    measured = {}
    listed = take(header, "separability", list) if "separability" in header else []
    for number, entry in enumerate(listed):
        where = f"separability[{number}]."
        if not isinstance(entry, dict):
            raise RunError(f"{HEADER}: '{where[:-1]}' should be of type dict, but is {entry!r}.")
        key = LayerKey(take(entry, "model", str, where), take(entry, "layer", int, where))
        shares = {
            name: take(entry, name, float, where) for name in ("probe", "chance", "silhouette")
        }
        counts = {name: take(entry, name, int, where) for name in ("instances", "folds", "seed")}
        measured[key] = Separability(**shares, **counts)
    return measured


def category_array(name: str) -> str:
    """Return the name of a category's codes among the arrays.

    >>> category_array("level")
    'category/level'
    """
    return f"category/{name}"


def read_categories(
    header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> dict[str, Category]:
    """Return the categories that `run.json` names; older runs name none."""
    named = take(header, "categories", dict) if "categories" in header else {}
    return {
        name: Category(
            tuple(map(str, take(named, name, list, "categories."))),
            take_array(arrays, category_array(name), "int32"),
        )
        for name in named
    }


def _outputs(
    name: str, entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray], where: str
) -> dict[str, Any]:
    cost = f"cost/{name}"
    found: dict[str, Any] = {
        "cost": take_array(arrays, cost, "float64") if cost in arrays else None
    }
    if "scores" not in entry:
        return found | {"logits": take_array(arrays, f"logits/{name}", "float32")}
    criteria = map(str, take(entry, "scores", list, where))
    return found | {
        "predictions": take_array(arrays, f"predictions/{name}", "int32"),
        "scores": {one: take_array(arrays, f"scores/{name}/{one}", "float64") for one in criteria},
    }


def _architecture(entry: Mapping[str, Any], where: str) -> Architecture | None:
    if entry.get("architecture") is None:
        return None
    sizes = take(entry, "architecture", dict, where)
    where = f"{where}architecture."
    counts = [name for name in Architecture._fields if name != "gated"]
    read = {count: take(sizes, count, int, where) for count in counts}
    return Architecture(**read, gated=take(sizes, "gated", bool, where))


def _whole_numbers(values: list[Any], name: str) -> tuple[int, ...]:
    if not all(isinstance(value, int) for value in values):
        raise RunError(f"{HEADER}: '{name}' should be whole numbers, but is {values}.")
    return tuple(values)
