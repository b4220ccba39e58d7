"""From a run back to the trained models it was made with, for real inference."""

from __future__ import annotations

from pathlib import Path

from ..models.checkpoints import load_tokenizer
from ..models.exit_model import load_exit_model
from ..recipes.stages import cache_folder
from ..run import Run
from .engine import Stage
from .settings import find_system


class WeightsError(LookupError):
    """Trained weights that are not at hand; the sentence says how to get them."""


def trained_stages(run: Run, system: str, cache: Path | None = None) -> list[Stage]:
    """Load the trained models of a system of a run, in the order they are asked.

    They are found in the cache under the stages that the run's header names. Raises `WeightsError`
    with the remedy when one is not there, `ValueError` for a system that the run does not have.
    """
    models = run.system_specs[find_system(run, system)].models
    return [trained_stage(run, model, cache) for model in models]


def trained_stage(run: Run, model: str, cache: Path | None = None) -> Stage:
    """Load one trained model of a run with its tokenizer; raises `WeightsError`."""
    training = run.provenance.get("trainings", {}).get(model, {})
    if "stage" not in training:
        raise WeightsError(
            f"run {run.name!r} does not say which training gave its model {model!r}: it was not "
            "made by `cascadelens run`, or by an older version; make it again from its recipe"
        )
    folder = (cache or cache_folder()) / "stages" / training["stage"]
    if not (folder / "stage.json").is_file():
        minutes = sum(one.get("minutes", 0) for one in run.provenance["trainings"].values())
        raise WeightsError(
            f"expected the trained weights of {model!r} of run {run.name!r} in {folder}, but found "
            f"none; train them with `cascadelens run {run.name}` (or your recipe file; all models "
            f"took {minutes:.0f} minutes where the run was made)"
        )
    return Stage(load_exit_model(folder), load_tokenizer(str(folder)))


def max_tokens_of(run: Run) -> int:
    """Return where the run's recipe cut its texts."""
    return int(run.provenance.get("recipe", {}).get("max_tokens", 128))
