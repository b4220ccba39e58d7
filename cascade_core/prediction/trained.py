"""From a run back to the trained models it was made with, for real inference."""

from __future__ import annotations

import json
from pathlib import Path

from ..models.checkpoints import load_tokenizer
from ..models.exit_model import load_exit_model
from ..run import Run
from ..weights import weights_folder
from .engine import Stage
from .settings import find_system


def trained_stages(run: Run, system: str, cache: Path | None = None) -> list[Stage]:
    """Load the trained models of a system of a run, in the order they are asked.

    Raises `WeightsError` with the remedy when one is not at hand, `ValueError` for a system that
    the run does not have.
    """
    models = run.system_specs[find_system(run, system)].models
    return [trained_stage(run, model, cache) for model in models]


def trained_stage(run: Run, model: str, cache: Path | None = None) -> Stage:
    """Load one trained model of a run with its tokenizer; raises `WeightsError`."""
    folder = weights_folder(run, model, cache)
    about = json.loads((folder / "exits.json").read_text())
    tokenizer = folder.parent / about.get("tokenizer", folder.name)  # packed models share one
    return Stage(load_exit_model(folder), load_tokenizer(str(tokenizer)))


def max_tokens_of(run: Run) -> int:
    """Return where the run's recipe cut its texts."""
    return int(run.provenance.get("recipe", {}).get("max_tokens", 128))
