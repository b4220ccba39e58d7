"""Give a run pictures of models' layers that it was made without: the models are run once more."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ..models.batches import encode
from ..models.inference import run_exits
from ..representations import Progress, Representations, represent
from ..run import Run
from ..runs import RunError, load_again, load_run, save_run
from ..texts import hydrate
from .trained import max_tokens_of, trained_stage


def represent_run(
    folder: str | os.PathLike,
    model: str,
    methods: Collection[str],
    *,
    seed: int = 0,
    allow_hub: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Run:
    """Project every exit of a model of a stored run, measure its layers, and keep both in the run.

    What the run says at its exits, and so its identity, stays as it is. An interrupted call leaves
    the run as it was.

    Args:
        folder: the run's folder.
        model: a model of the run whose trained weights are at hand.
        methods: of "pca", "tsne" and "umap".
        seed: decides all of them.
        allow_hub: whether texts may be fetched from the hub.
        cache: where trained weights are looked for, `CASCADELENS_CACHE` by default.
        progress: is told what is begun, how much is done, and of how much.

    Returns:
        The enlarged run.

    Raises:
        RunError: no such run or model, or the folder cannot be written to.
        WeightsError, TextError: the weights or texts are not at hand; the sentence says the remedy.
    """
    folder = Path(folder)
    run = load_run(folder)
    if model not in run.models:
        known = ", ".join(run.models)
        raise RunError(f"expected a model of run {run.name!r} out of {known}, but got {model!r}")
    _check_writable(folder)
    made = _represented(run, model, methods, seed, allow_hub, cache, progress)
    return _kept(folder, run, made)


def _represented(
    run: Run,
    model: str,
    methods: Collection[str],
    seed: int,
    allow_hub: bool,
    cache: Path | None,
    progress: Progress | None,
) -> Representations:
    stage = trained_stage(run, model, cache)
    texts = hydrate(run, allow_hub)
    done = 0

    def advance(finished: int) -> None:
        nonlocal done
        done += finished
        if progress:
            progress(f"reading the texts with {model}", done, run.instances)

    advance(0)
    encodings = encode(stage.tokenizer, texts, max_tokens_of(run))
    exits = run_exits(stage.model, encodings, stage.tokenizer, progress=advance)
    seeds = dict.fromkeys(methods, seed)
    pooling = stage.model.pooling
    layers = run.models[model].layers
    return represent(model, layers, exits.pooled, run.labels, seeds, pooling, progress)


def _kept(folder: Path, run: Run, made: Representations) -> Run:
    """Write the run with what was made, beside what others may have kept in it meanwhile."""
    standing = load_again(run, folder)
    enlarged = replace(
        standing,
        projections={**standing.projections, **made.projections},
        separability={**standing.separability, **made.separability},
    )
    try:
        save_run(enlarged, folder)
    except OSError as error:
        raise RunError(_cannot_write(folder, str(error))) from error
    return enlarged


def _check_writable(folder: Path) -> None:
    for place in (folder, folder.resolve().parent):  # the folder is replaced as a whole
        if not os.access(place, os.W_OK):
            raise RunError(_cannot_write(folder, f"{place} is read-only"))


def _cannot_write(folder: Path, reason: str) -> str:
    return (
        f"expected to keep projections in {folder}, but it cannot be written to ({reason}); copy "
        "the run into a folder of your own and open that with `cascadelens dashboard --runs FOLDER`"
    )
