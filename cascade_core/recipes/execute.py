"""Carry a recipe out: train what is missing, compute every exit on dev, make a run of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..model_output import ModelOutput
from ..models.inference import ExitOutputs, run_exits
from ..models.training import StepProgress
from ..outputs import Category, SystemSpec
from ..representations import Representations, represent
from ..runs import Run
from ..tasks import find_task
from .architecture import architecture_of
from .effort import measure_pace
from .jobs import Job, do_all, helpers, longest_first
from .plan import Plan, make_plan
from .processes import is_main, leave_the_rest_to_main, quieten_transformers, several
from .progress import bar
from .provenance import environment, hardware
from .recipe import Recipe, RecipeError
from .training import PlannedModel
from .workshop import Workshop


def execute(
    recipe: Recipe, console: Console, cache_folder: Path | None = None, jobs: int = 1
) -> Run:
    """Make the run that `recipe` describes; what is trained already is taken from the cache.

    Prints the plan before it starts, shows progress. Killed and called again, it goes on from the
    last finished epoch of the training it was in. Under `accelerate launch` several processes share
    each training; what a batch holds is shared out among them. Otherwise `jobs` trainings are done
    at a time, by as many processes, where they do not wait for each other; `RecipeError` for both.
    """
    if jobs > 1 and several():
        raise RecipeError("expected --jobs 1 under accelerate launch, which shares each training")
    console.quiet = console.quiet or not is_main()
    quieten_transformers()
    with bar(console, "read the texts", transient=True) as advance:
        workshop = Workshop.open(recipe, cache_folder, advance)
        plan = make_plan(workshop)
    train, reported = (len(one.labels) for one in (workshop.train_texts, workshop.reported_texts))
    console.print(f"{recipe.name}: {train:,} texts to train on, {reported:,} to report on")
    with console.status("Counting their tokens, timing some steps"):
        minutes = _estimates(workshop, plan)
    trainings = longest_first(plan.jobs, minutes) if jobs > 1 else plan.jobs
    console.print(_plan_table(trainings, minutes))
    if minutes:
        order = ", if one followed the other" if jobs > 1 else ""
        duration = _duration(sum(minutes.values()))
        console.print(f"About {duration} of training on {hardware()}{order}.")
    with helpers(jobs - 1, partial(do_all, trainings)):
        do_all(trainings, console)
    leave_the_rest_to_main()
    models: dict[str, ModelOutput] = {}
    represented = Representations({}, {})
    for name in recipe.models:  # in the recipe's order, which is the reader's
        with bar(console, f"infer {name}") as advance:
            models[name], exits = _infer(workshop, plan.models[name], advance)
        of_model = _represent(workshop, models[name], exits, console)
        represented.projections.update(of_model.projections)
        represented.separability.update(of_model.separability)
    return _assemble(workshop, plan.models, models, represented)


def _infer(
    workshop: Workshop, planned: PlannedModel, advance: StepProgress
) -> tuple[ModelOutput, ExitOutputs]:
    model = planned.load()
    tokens = workshop.encoded(planned.origin.checkpoint)
    done = 0

    def progress(finished: int) -> None:
        nonlocal done
        done += finished
        advance(done, len(tokens.reported))

    exits = run_exits(model, tokens.reported, tokens.tokenizer, progress=progress)
    output = ModelOutput(
        name=planned.name,
        logits=exits.logits,
        layers=model.exits,
        architecture=architecture_of(model.encoder.config),
        head=model.counted_head,
        checkpoint=planned.origin.title,
        description=planned.spec.description,
    )
    return output, exits


def _represent(
    workshop: Workshop, model: ModelOutput, exits: ExitOutputs, console: Console
) -> Representations:
    recipe = workshop.recipe
    methods = {one.method: one.seed for one in recipe.projections if model.name in one.models}
    if not methods:
        return Representations({}, {})
    labels = workshop.reported_texts.labels
    with bar(console, f"project {model.name}") as advance:
        return represent(
            model.name,
            model.layers,
            exits.pooled,
            labels,
            methods,
            recipe.pooling,
            lambda _, done, pieces: advance(done, pieces),
        )


def _assemble(
    workshop: Workshop,
    planned: dict[str, PlannedModel],
    models: dict[str, ModelOutput],
    represented: Representations,
) -> Run:
    recipe, reported = workshop.recipe, workshop.reported_texts
    task, split = find_task(recipe.task), recipe.report or recipe.dev
    encoded = workshop.encoded(planned[recipe.reference].origin.checkpoint)
    text_source = {
        "source": task.source,
        "task": recipe.task,
        "split": split,
        "columns": list(task.columns),
        "fingerprint": reported.fingerprint,
        "shipped": task.source == "graded",  # which we wrote; GLUE's may not be passed on
    }
    return Run(
        name=recipe.name,
        task=recipe.task,
        split=split,
        metric=task.metric,
        label_names=task.label_names,
        labels=reported.labels,
        ids=reported.ids,
        tokens=encoded.reported.tokens,
        models=models,
        system_specs={
            name: SystemSpec(tuple(system.models), system.criterion, system.description)
            for name, system in recipe.systems.items()
        },
        reference=recipe.reference,
        texts=reported.texts if text_source["shipped"] else None,
        text_source=text_source,
        categories={
            name: Category.of_values(values) for name, values in reported.categories.items()
        },
        projections=represented.projections,
        separability=represented.separability,
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


def _estimates(workshop: Workshop, plan: Plan) -> dict[str, float]:
    """Return how many minutes each training that is left may take, by its stage's key."""
    left = [job for job in plan.jobs if not job.stage.is_done]
    if not left:
        return {}
    reference = plan.models[workshop.recipe.reference]
    origin, batch_size = reference.origin, reference.options.batch_size
    pace = measure_pace(workshop, origin.checkpoint, batch_size)
    return {job.stage.key: pace.minutes(job.effort()) for job in left}


def _plan_table(jobs: Sequence[Job], minutes: Mapping[str, float]) -> Table:
    table = Table("training", "method", "stage", "state", "estimate")
    for job in jobs:
        begun = "to be resumed" if job.stage.was_begun else "to train"
        state = "done" if job.stage.is_done else begun
        estimate = _duration(minutes[job.stage.key]) if job.stage.key in minutes else ""
        table.add_row(job.name, job.method, job.stage.key, state, estimate)
    return table


def _duration(minutes: float) -> str:
    """Write minutes for people.

    >>> _duration(0.2), _duration(12.4), _duration(80)
    ('12 s', '12 min', '1 h 20 min')
    """
    if minutes < 1:
        return f"{60 * minutes:.0f} s"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
