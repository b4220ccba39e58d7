"""The `cascadelens import` command: a file of outputs becomes a run that pages show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape

from ..runs import OWN_RUNS, Run, RunError, save_run
from ..runs_commands import console, fail
from .import_run import import_run
from .models import MOST_LOGITS
from .named_arrays import OutputsError

Number = TypeVar("Number", int, float)


def import_command(
    source: Annotated[
        Path, typer.Argument(help=".npz, .npy, .safetensors, .parquet, .csv or .jsonl.")
    ],
    name: Annotated[str | None, typer.Option(help="The run's name; default: the file's.")] = None,
    logits: Annotated[bool, typer.Option("--logits", help="A bare .npy holds logits.")] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="A bare .npy holds probabilities.")
    ] = False,
    labels: Annotated[
        str | None, typer.Option(help="Column of true labels, or a .npy; default: label(s).")
    ] = None,
    classes: Annotated[str | None, typer.Option(help="Names of the classes: no,yes")] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            help="What leaving at each exit costs in all: 1,3,12, or of one of several models "
            "small=0.2; repeatable. Cascades add up those of their models."
        ),
    ] = None,
    cost_unit: Annotated[str, typer.Option(help="What costs are counted in: cents ...")] = "",
    layers: Annotated[
        list[str] | None, typer.Option(help="Layers run at each exit, as in --cost: 2,4,12")
    ] = None,
    reference: Annotated[
        str, typer.Option(help="The model that is speed-up 1x; default: the largest.")
    ] = "",
    system: Annotated[
        list[str] | None,
        typer.Option(help="A cascade: NAME=small,big; repeatable. Default: all models in one."),
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option(help="A column of texts to show; repeatable.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="A column to group instances by; repeatable.")
    ] = None,
    metric: Annotated[str, typer.Option(help="accuracy, or f1 of the second class.")] = "accuracy",
    task: Annotated[str, typer.Option(help="What titles call it; default: the run's name.")] = "",
    split: Annotated[str, typer.Option(help="dev, test ... for titles.")] = "",
    output: Annotated[Path, typer.Option(help="Folder that receives the run's folder.")] = OWN_RUNS,
    overwrite: Annotated[bool, typer.Option(help="Replace a run of the same name.")] = False,
) -> None:
    """Make a run of logits, probabilities or answers that you have in a file.

    Arrays are named logits or probabilities, or logits/MODEL where there are several models, and
    labels. Columns of tables are named logits/EXIT/CLASS, or logits/MODEL/EXIT/CLASS, and label.

    Example: cascadelens import mine.npz --cost 1,3,12
    """
    try:
        if logits and probabilities:
            raise OutputsError("expected --logits or --probabilities but got both")
        called = source.stem if name is None else name
        if not called or called != Path(called).name:
            raise OutputsError(f"--name: expected the name of a folder but got {called!r}")
        folder = output / called
        if folder.exists() and not overwrite:
            raise RunError(f"{folder} exists: give --overwrite to replace it, or another --name")
        run = import_run(
            source,
            called,
            kind="logits" if logits else "probabilities" if probabilities else None,
            labels=labels,
            costs=_by_model("--cost", cost, float),
            cost_unit=cost_unit,
            layers=_by_model("--layers", layers, int),
            reference=reference,
            systems=_systems(system) if system else None,
            texts=text or (),
            categories=category or (),
            class_names=classes.split(",") if classes else (),
            task=task,
            split=split,
            metric=metric,
        )
        save_run(run, folder)
    except (OutputsError, RunError, OSError) as error:
        raise fail(error) from error
    for sentence in (*_about(run), f"Wrote {folder}. See it with: cascadelens dashboard"):
        console.print(escape(sentence), soft_wrap=True)


def _by_model(
    option: str, given: Sequence[str] | None, number: Callable[[str], Number]
) -> dict[str, list[Number]]:
    """Numbers between commas by model, "" where none is named."""
    found = {}
    for text in given or ():
        model, _, numbers = text.rpartition("=")
        try:
            found[model] = [number(one) for one in numbers.split(",")]
        except ValueError:
            raise OutputsError(
                f"{option}: expected numbers between commas, 1,3,12 or MODEL=1,3,12, but got "
                f"{text!r}"
            ) from None
    return found


def _systems(given: Sequence[str]) -> dict[str, list[str]]:
    found = {}
    for text in given:
        name, _, models = text.partition("=")
        if not name or not models:
            raise OutputsError(f"--system: expected NAME=MODEL,MODEL but got {text!r}")
        found[name] = models.split(",")
    return found


def _about(run: Run) -> Iterator[str]:
    """What the run holds, and what one may have expected of it in vain."""
    yield (
        f"{run.instances:,} instances, {len(run.label_names):,} classes; systems: "
        f"{', '.join(run.system_specs)}; speed-up 1x: {run.reference}."
    )
    unknown = int((run.labels < 0).sum())
    if unknown == run.instances:
        yield "There are no labels: there will be speed-up to see but no accuracy."
    elif unknown:
        yield f"{unknown:,} of {run.instances:,} labels are unknown: accuracy needs all of them."
    if any(model.layers and model.cost is None for model in run.models.values()):
        yield "Cost is counted in layers; say --cost for costs of your own."
    if len(run.label_names) > MOST_LOGITS:
        yield (
            f"Of more than {MOST_LOGITS} classes answers and scores are kept, not all logits: no "
            "page needs more, but class probabilities are not drawn."
        )
    if left_out := run.provenance["left_out"]:
        yield f"Left out: {', '.join(left_out)}; take columns with --text or --category."
