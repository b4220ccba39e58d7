"""The `cascadelens` command: each subcommand is a thin door to one function of the packages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from .export_command import export
from .importing.command import import_command
from .runs import OWN_RUNS, RunError, save_run
from .runs_commands import console, fail, load, missing, runs_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Compute every exit of early-exit models and cascades once; replay any rule over them.",
)
app.add_typer(runs_app, name="runs")
app.command("import")(import_command)


@app.command()
def dashboard(
    runs: Annotated[
        Path | None, typer.Option(help="A folder of runs; default: shipped ones and ./runs.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Explore runs in a browser: trade-off curves, exits, single examples, as tau moves.

    Example: cascadelens dashboard --port 8600
    """
    try:
        from dashboard import launch
    except ModuleNotFoundError as error:
        raise missing("dashboard", error) from error
    launch(runs_dir=runs, port=port, open_browser=browser)


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help="A shipped recipe's name, or a TOML file.")],
    output: Annotated[Path, typer.Option(help="Folder that receives the run's folder.")] = OWN_RUNS,
    seed: Annotated[
        int | None, typer.Option(help="Another seed than the recipe's; the run is named after it.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Where trained models are kept.")] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="How many trainings to do at a time, by as many processes.")
    ] = 1,
    overwrite: Annotated[bool, typer.Option(help="Replace a run of the same name.")] = False,
) -> None:
    """Train what is missing, compute every exit, write a run.

    Prints what it is going to train and about how long that takes here. Trained models are kept and
    shared between recipes. Interrupt it at any time: the same command goes on from the last
    finished epoch.

    Example: cascadelens run sst2-minilm
    """
    from .recipes.recipe import RecipeError, load_recipe, with_seed

    try:
        chosen = load_recipe(recipe)
        chosen = chosen if seed is None else with_seed(chosen, seed)
        folder = output / chosen.name
        if folder.exists() and not overwrite:
            raise RunError(f"{folder} exists: give --overwrite to replace it, or another --output")
        from .recipes.execute import execute

        save_run(execute(chosen, console, cache, jobs), folder)
    except (RecipeError, RunError, LookupError) as error:
        raise fail(error) from error
    except ModuleNotFoundError as error:
        raise missing("models", error) from error
    console.print(f"Wrote {folder}. See it with: cascadelens dashboard")


@app.command()
def predict(
    source: Annotated[str, typer.Argument(help="A file with texts, or - for stdin.")],
    run: Annotated[Path, typer.Option(help="Folder of the run whose models answer.")],
    system: Annotated[str | None, typer.Option(help="Which of the run's systems.")] = None,
    threshold: Annotated[
        float | None, typer.Option(help="tau: a text leaves where it is exceeded.")
    ] = None,
    speedup: Annotated[
        float | None, typer.Option(help="Choose tau for this speed-up on the run's curve.")
    ] = None,
    basis: Annotated[str, typer.Option(help="What speed-up counts: layers, flops ...")] = "layers",
    column: Annotated[
        list[str] | None, typer.Option(help="The input's text column; for pairs give two.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="text, csv, tsv, jsonl or parquet; default: by suffix.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help=".parquet, .csv or .jsonl; default: JSON lines on stdout.")
    ] = None,
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, typer.Option(help="Default: the faster one here.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Where trained models are kept.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the output; start anew.")] = False,
) -> None:
    """Label texts with a system of a run, stopping each at the exit that is sure enough.

    Plain text has one text per line, pairs separated by a tab; other formats have columns. Rows
    are numbered from 1; one that cannot be read keeps its place, with the problem for a label.
    Interrupt it at any time: with --output the same command goes on after the last finished part.

    Example: cascadelens predict reviews.txt --run cached_runs/sst2-minilm --system "Cascade 2-6"
    --speedup 2 --output labels.parquet
    """
    errors = Console(stderr=True, highlight=False)
    try:
        from .prediction.parts import begun_with
        from .prediction.predict_file import predict_file
        from .prediction.predictor import Predictor
        from .prediction.report import choice_sentence, interrupted_sentence, summary_sentences
        from .prediction.rows import PredictionError

        begun = begun_with(output) if output and not overwrite else {}
        predictor = Predictor.from_run(
            load(run),
            system,
            threshold=threshold,
            speedup=speedup,
            basis=basis,
            cache=cache,
            precision=precision or begun.get("precision"),  # which is faster here may be a toss-up
        )
    except ModuleNotFoundError as error:
        raise missing("models", error) from error
    except (ValueError, LookupError) as error:
        raise fail(error) from error
    errors.print(escape(choice_sentence(predictor, speedup)), soft_wrap=True)
    try:
        with predictor:
            summary = predict_file(
                predictor,
                source,
                output,
                form=format,
                columns=column or (),
                overwrite=overwrite,
                console=errors,
            )
    except PredictionError as error:
        raise fail(error) from error
    except KeyboardInterrupt:
        errors.print(escape(interrupted_sentence(output, overwrite)), soft_wrap=True)
        raise typer.Exit(130) from None
    for sentence in summary_sentences(summary, output):
        errors.print(escape(sentence), soft_wrap=True)


@app.command()
def submit(
    run: Annotated[Path, typer.Argument(help="Folder of a run about one of GLUE's tasks.")],
    system: Annotated[str | None, typer.Option(help="Which of the run's systems.")] = None,
    threshold: Annotated[
        float | None, typer.Option(help="tau: a text leaves where it is exceeded.")
    ] = None,
    speedup: Annotated[
        float | None, typer.Option(help="Choose tau for this speed-up on the run's curve.")
    ] = None,
    basis: Annotated[str, typer.Option(help="What speed-up counts: layers, flops ...")] = "layers",
    output: Annotated[Path, typer.Option(help="Folder that receives the files.")] = Path("glue"),
    cache: Annotated[Path | None, typer.Option(help="Where trained models are kept.")] = None,
) -> None:
    """Predict GLUE's test sets of a run's task, in files that its server takes.

    The threshold is chosen on the run, that is on dev. The test sets are found like all texts: in
    the folder CASCADELENS_DATA, or on the hub.

    Example: cascadelens submit runs/mnli-minilm --system "CascadeBERT 2-6" --speedup 3
    """
    try:
        from .prediction.predictor import Predictor
        from .prediction.report import choice_sentence
        from .prediction.submission import write_submissions

        predictor = Predictor.from_run(
            load(run), system, threshold=threshold, speedup=speedup, basis=basis, cache=cache
        )
        console.print(escape(choice_sentence(predictor, speedup)), soft_wrap=True)
        with predictor:
            written = write_submissions(predictor, output)
    except ModuleNotFoundError as error:
        raise missing("models", error) from error
    except (ValueError, LookupError) as error:
        raise fail(error) from error
    console.print(f"Wrote {', '.join(map(str, written))}. Zip them for the server.")


@app.command()
def bench(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a run; default: models with random weights.")
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option(help="One of the run's systems; repeatable. Default: all.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--texts", help="One text per line; default: the run's own.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Measure on the first so many texts.")] = None,
    speedup: Annotated[
        list[float] | None, typer.Option(help="Counted (FLOPs); repeatable. Default: 2 and 3.")
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help="Texts at a time, 0 for pooled; repeatable.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Counted rounds; medians are taken.")] = 5,
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, typer.Option(help="Default: the faster one here.")
    ] = None,
    peers: Annotated[
        bool, typer.Option(help="Compare with other libraries and the papers' way as well.")
    ] = False,
    growth: Annotated[
        bool, typer.Option(help="Measure time and memory from 1,000 texts on.")
    ] = False,
    store: Annotated[bool, typer.Option(help="Keep the latency of every exit in the run.")] = False,
    results: Annotated[Path | None, typer.Option(help="A JSON file for all figures.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Where trained models are kept.")] = None,
) -> None:
    """Measure what skipping work buys here: counted against measured speed-up, targets beside.

    Thresholds are set so that each system reaches the speed-up by count on the measured texts.
    Without a run, a 12-layer model of BERT's base size with random weights is measured, and a
    cascade with one of 2 layers.

    Example: cascadelens bench runs/sst2-minilm --system DeeBERT --system "Cascade 2-6" --peers
    """
    try:
        from .benching.execute import Options, bench_command
    except ModuleNotFoundError as error:
        raise missing("models", error) from error
    options = Options(
        speedups=speedup or Options().speedups,
        batches=batch or Options().batches,
        repeats=repeats,
        peers=peers,
    )
    try:
        bench_command(
            console,
            options,
            run=load(run) if run else None,
            folder=run,
            systems=system or (),
            source=source,
            limit=limit,
            precision=precision,
            growth=growth,
            store=store,
            results=results,
            cache=cache,
        )
    except (ValueError, LookupError) as error:
        raise fail(error) from error


app.command()(export)


if __name__ == "__main__":
    app()
