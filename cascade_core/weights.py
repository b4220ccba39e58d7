"""Where the trained weights of a run's models are; nothing here needs torch."""

from __future__ import annotations

import os
from pathlib import Path

from .run import Run
from .runs import shipped_runs_dir

CACHE_VARIABLE = "CASCADELENS_CACHE"
IMPORTED = "imported"  # what the provenance of a run says that `cascadelens import` made
STAGE_FILE = "stage.json"  # in a training's folder, written last of all: what is kept is whole
SHIPPED = "weights"  # beside the shipped runs, see `cascade_core.prediction.packing`


class WeightsError(LookupError):
    """Trained weights that are not at hand; the sentence says how to get them."""


def cache_folder() -> Path:
    """Return `CASCADELENS_CACHE`, else `~/.cache/cascadelens`: for what can be made again."""
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "cascadelens")


def weights_folder(run: Run, model: str, cache: Path | None = None) -> Path:
    """Return the folder of a model's trained weights: the stage that the run's header names.

    It is in the cache, or comes with CascadeLens beside the shipped runs.
    Raises `WeightsError` with the remedy when it is not there.
    """
    if IMPORTED in run.provenance:
        raise WeightsError(
            f"run {run.name!r} was imported from what its models said; they themselves are not here"
        )
    training = run.provenance.get("trainings", {}).get(model, {})
    if "stage" not in training:
        raise WeightsError(
            f"run {run.name!r} does not say which training gave its model {model!r}: it was not "
            "made by `cascadelens run`, or by an older version; make it again from its recipe"
        )
    folder = (cache or cache_folder()) / "stages" / training["stage"]
    shipped = shipped_runs_dir() / SHIPPED / training["stage"]
    if not any((one / STAGE_FILE).is_file() for one in (folder, shipped)):
        minutes = sum(one.get("minutes", 0) for one in run.provenance["trainings"].values())
        raise WeightsError(
            f"expected the trained weights of {model!r} of run {run.name!r} in {folder}, but found "
            f"none; train them with `cascadelens run {run.name}` (or your recipe file; all models "
            f"took {minutes:.0f} minutes where the run was made)"
        )
    return folder if (folder / STAGE_FILE).is_file() else shipped


def missing_weights(run: Run, cache: Path | None = None) -> dict[str, str]:
    """Return which models' weights are not at hand, each with the sentence that says the remedy."""
    missing = {}
    for model in run.models:
        try:
            weights_folder(run, model, cache)
        except WeightsError as error:
            missing[model] = str(error)
    return missing


def systems_at_hand(run: Run, cache: Path | None = None) -> list[str]:
    """Return the systems all of whose models' weights are at hand."""
    missing = missing_weights(run, cache)
    return [
        name
        for name, spec in run.system_specs.items()
        if not any(model in missing for model in spec.models)
    ]
