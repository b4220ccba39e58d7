"""Carry a recipe out: train what is missing, compute every exit on dev, make a run of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from transformers.utils import logging as transformers_logging

from ..models.inference import ExitOutputs, run_exits
from ..models.training import StepProgress
from ..outputs import ModelOutput, Projection, ProjectionKey, SystemSpec
from ..projections import project
from ..runs import Run
from ..tasks import find_task
from .architecture import architecture_of
from .plan import Job, make_plan
from .progress import bar
from .provenance import environment
from .recipe import Recipe
from .training import PlannedModel
from .workshop import Workshop


def execute(recipe: Recipe, console: Console, cache_folder: Path | None = None) -> Run:
    """Make the run that `recipe` describes; what is trained already is taken from the cache.

    Prints the plan before it starts, shows progress. Killed and called again, it goes on from the
    last finished epoch of the training it was in.
    """
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    workshop = Workshop.open(recipe, cache_folder)
    plan = make_plan(workshop)
    train, dev = (len(texts.labels) for texts in (workshop.train_texts, workshop.dev_texts))
    console.print(f"{recipe.name}: {train:,} texts to train on, {dev:,} to report on")
    console.print(_plan_table(plan.jobs))
    for job in plan.jobs:
        if not job.stage.is_done:
            with bar(console, f"train {job.name}") as advance:
                job.run(advance)
    models: dict[str, ModelOutput] = {}
    projections: dict[ProjectionKey, Projection] = {}
    for name in recipe.models:  # in the recipe's order, which is the reader's
        with bar(console, f"infer {name}") as advance:
            models[name], exits = _infer(workshop, plan.models[name], advance)
        projections |= _project(recipe, models[name], exits, console)
    return _assemble(workshop, plan.models, models, projections)


def _infer(
    workshop: Workshop, planned: PlannedModel, advance: StepProgress
) -> tuple[ModelOutput, ExitOutputs]:
    model = planned.load()
    tokens = workshop.encoded(planned.origin.checkpoint)
    done = 0

    def progress(finished: int) -> None:
        nonlocal done
        done += finished
        advance(done, len(tokens.dev))

    exits = run_exits(model, tokens.dev, tokens.tokenizer, progress=progress)
    output = ModelOutput(
        name=planned.name,
        logits=exits.logits,
        layers=model.exits,
        architecture=architecture_of(model.encoder.config),
        head=model.counted_head,
        checkpoint=planned.origin.checkpoint,
        description=planned.spec.description,
    )
    return output, exits


def _project(
    recipe: Recipe, model: ModelOutput, exits: ExitOutputs, console: Console
) -> dict[ProjectionKey, Projection]:
    projections = {}
    for request in recipe.projections:
        if model.name not in request.models:
            continue
        with bar(console, f"{request.method} of {model.name}") as advance:
            for number, layer in enumerate(model.layers):
                projected = project(exits.pooled[number], request.method, request.seed)
                parameters = {**projected.parameters, "vectors": f"{recipe.pooling} of tokens"}
                key = ProjectionKey(model.name, layer, request.method)
                projections[key] = Projection(projected.coordinates, request.seed, parameters)
                advance(number + 1, len(model.layers))
    return projections


def _assemble(
    workshop: Workshop,
    planned: dict[str, PlannedModel],
    models: dict[str, ModelOutput],
    projections: dict[ProjectionKey, Projection],
) -> Run:
    recipe, dev = workshop.recipe, workshop.dev_texts
    task = find_task(recipe.task)
    text_source = {
        "source": "glue",
        "task": recipe.task,
        "split": recipe.dev,
        "columns": list(task.columns),
        "fingerprint": dev.fingerprint,
    }
    return Run(
        name=recipe.name,
        task=recipe.task,
        split=recipe.dev,
        metric=task.metric,
        label_names=task.label_names,
        labels=dev.labels,
        ids=dev.ids,
        tokens=workshop.encoded(planned[recipe.reference].origin.checkpoint).dev.tokens,
        models=models,
        system_specs={
            name: SystemSpec(tuple(system.models), system.criterion, system.description)
            for name, system in recipe.systems.items()
        },
        reference=recipe.reference,
        text_source=text_source,
        projections=projections,
        provenance={
            "recipe": recipe.model_dump(mode="json", exclude_none=True),
            "seed": recipe.seed,
            "train_instances": len(workshop.train_texts.labels),
            "trainings": {
                name: {**model.stage.report(), "stage": model.stage.key}
                for name, model in planned.items()
            },
            **environment(),
        },
    )


def _plan_table(jobs: Sequence[Job]) -> Table:
    table = Table("training", "method", "stage", "state")
    for job in jobs:
        begun = "to be resumed" if job.stage.was_begun else "to train"
        state = "done" if job.stage.is_done else begun
        table.add_row(job.name, job.method, job.stage.key, state)
    return table
