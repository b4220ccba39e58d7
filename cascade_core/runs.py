"""Runs on disk: save, load and list them. What is in the folder says `cascade_core.storage`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from .headers import (
    category_array,
    describe_models,
    describe_projections,
    describe_separability,
    describe_systems,
    projection_array,
    read_categories,
    read_models,
    read_projections,
    read_separability,
    read_systems,
    stored_coordinates,
    take,
    take_array,
)
from .model_output import ModelOutput
from .outputs import Category, LayerKey, Projection, ProjectionKey, Separability, SystemSpec
from .run import Run
from .storage import (
    HEADER,
    RESTORE,
    RunError,
    RunFolder,
    find_run_folders,
    read_header,
    read_run_folder,
    write_run_folder,
)

OWN_RUNS = Path("runs")  # where `cascadelens run` writes

__all__ = [
    "OWN_RUNS",
    "Category",
    "LayerKey",
    "ModelOutput",
    "Projection",
    "ProjectionKey",
    "Run",
    "RunError",
    "RunSummary",
    "Separability",
    "SystemSpec",
    "default_runs_folders",
    "list_runs",
    "load_again",
    "load_run",
    "save_run",
    "shipped_runs_dir",
]


class RunSummary(NamedTuple):
    """What a listing shows of one run; `error` is the sentence that says what is wrong with it.

    >>> RunSummary(Path("runs/demo"), "demo", instances=872, systems=("DeeBERT",)).error is None
    True
    """

    folder: Path
    name: str
    task: str = ""
    split: str = ""
    instances: int = 0
    models: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    identity: str = ""
    error: str | None = None


def save_run(run: Run, folder: str | os.PathLike) -> None:
    """Write a run to a folder, replacing the run that stands there.

    A writer killed at any moment leaves the old run or the new one. Texts are written only when
    `run.text_source["shipped"]` is true, so that texts that may not be passed on stay out. Raises
    `RunError` when the folder holds anything that is no part of a run.

    >>> import tempfile
    >>> run = Run("demo", labels=[1], models={"m": ModelOutput("m", [[[0, 1]]])})
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     save_run(run, f"{parent}/demo")
    ...     sorted(path.name for path in Path(parent, "demo").iterdir())
    ['arrays.safetensors', 'run.json']
    """
    shipped = run.texts is not None and bool(run.text_source.get("shipped"))
    columns = list(run.text_source.get("columns") or run.texts or ())
    header = {
        "name": run.name,
        "cascadelens": _version(),
        "identity": run.identity,
        "task": run.task,
        "split": run.split,
        "instances": run.instances,
        "label_names": list(run.label_names),
        "metric": run.metric,
        "reference": run.reference,
        "models": describe_models(run.models),
        "systems": describe_systems(run.system_specs),
        "texts": {**run.text_source, "columns": columns, "shipped": shipped},
        "projections": describe_projections(run.projections),
        "separability": describe_separability(run.separability),
        "categories": {name: list(category.names) for name, category in run.categories.items()},
        **({"cost_unit": run.cost_unit} if run.cost_unit else {}),
        "provenance": dict(run.provenance),
    }
    beside = {
        projection_array(key): stored_coordinates(projection)
        for key, projection in run.projections.items()
    } | {category_array(name): category.codes for name, category in run.categories.items()}
    write_run_folder(folder, header, run.arrays | beside, run.texts if shipped else None)


def load_run(folder: str | os.PathLike, verify: bool = False) -> Run:
    """Read a run; what decides its results is checked now, projections are read on demand.

    With `verify` its content is also compared with the identity that was written beside it. Raises
    `RunError` that names what is damaged and says what to do.

    >>> run = Run("demo", labels=[1], models={"m": ModelOutput("m", [[[0, 1]]])})
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     save_run(run, f"{parent}/demo")
    ...     load_run(f"{parent}/demo", verify=True).identity == run.identity
    True
    """
    content = read_run_folder(folder)
    try:
        run = _build_run(content)
        if verify and run.identity != (stated := take(content.header, "identity", str)):
            raise RunError(f"its content is {run.identity}, but {HEADER} says {stated}.")
    except RunError as error:
        raise RunError(f"The run in {folder} is damaged: {error} {RESTORE}") from error
    return run


def load_again(run: Run, folder: str | os.PathLike) -> Run:
    """Return a run as its folder has it by now, with what others kept in it meanwhile.

    For what is to be added after long work. Raises `RunError` where another run took its place.

    >>> run = load_run(shipped_runs_dir() / "rte-minilm")
    >>> load_again(run, shipped_runs_dir() / "rte-minilm").identity == run.identity
    True
    """
    standing = load_run(folder)
    if standing.identity != run.identity:
        raise RunError(
            f"expected the run in {folder} to stay as it was, but another took its place "
            "meanwhile. Try again."
        )
    return standing


def list_runs(folder: str | os.PathLike) -> list[RunSummary]:
    """Return a summary of every run directly inside a folder, from their headers only.

    A damaged run is listed with its `error`. Raises `RunError` when there is no such folder.

    >>> [summary.name for summary in list_runs(shipped_runs_dir())][0]
    'graded-nli'
    """
    return [_summary(place) for place in find_run_folders(folder)]


def shipped_runs_dir() -> Path:
    """Return the folder of the runs that come with CascadeLens, in a clone as when installed.

    >>> shipped_runs_dir().name
    'cached_runs'
    """
    return Path(__file__).resolve().parent.parent / "cached_runs"


def default_runs_folders() -> list[Path]:
    """Return where runs are looked for unless a folder is named: the shipped ones, then ./runs.

    >>> default_runs_folders()[0] == shipped_runs_dir()
    True
    """
    return [shipped_runs_dir(), *(own for own in [OWN_RUNS] if own.is_dir())]


def _build_run(content: RunFolder) -> Run:
    header, arrays, texts = content
    labels = take_array(arrays, "labels", "int64")
    return Run(
        name=take(header, "name", str),
        labels=labels,
        models=read_models(header, arrays),
        system_specs=read_systems(header),
        task=take(header, "task", str),
        split=take(header, "split", str),
        metric=take(header, "metric", str),
        label_names=tuple(map(str, take(header, "label_names", list))),
        reference=take(header, "reference", str),
        ids=take_array(arrays, "ids", "int64"),
        tokens=take_array(arrays, "tokens", "int32") if "tokens" in arrays else None,
        texts=texts,
        text_source=take(header, "texts", dict),
        provenance=take(header, "provenance", dict),
        projections=read_projections(header, arrays, labels.size),
        separability=read_separability(header),
        categories=read_categories(header, arrays),
        cost_unit=take(header, "cost_unit", str) if "cost_unit" in header else "",
    )


def _summary(folder: Path) -> RunSummary:
    try:
        header = read_header(folder)
        return RunSummary(
            folder=folder,
            name=take(header, "name", str),
            task=take(header, "task", str),
            split=take(header, "split", str),
            instances=take(header, "instances", int),
            models=tuple(take(header, "models", dict)),
            systems=tuple(take(header, "systems", dict)),
            identity=take(header, "identity", str),
        )
    except RunError as error:
        return RunSummary(folder, folder.name, error=str(error))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cascadelens")
    except PackageNotFoundError:  # run from a source folder that was never installed
        return "unknown"
