"""Carry a benchmark out part by part: measure, print, and keep the figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console

from ..models.inference import Precision, best_device, best_precision
from ..prediction.engine import Texts
from ..prediction.settings import find_system
from ..prediction.trained import max_tokens_of, trained_stage
from ..recipes.progress import bar
from ..recipes.provenance import hardware
from ..run import Run
from ..runs import load_again, save_run
from ..texts import hydrate
from . import bench, report
from .growth import measure_growth
from .speedups import (
    POOLED,
    System,
    latency_milliseconds,
    measure_speedups,
    settings_at,
)
from .untrained import BASE, Shape, made_up_texts, random_off_ramps, random_stage

UNTRAINED_TEXTS = 300  # of a 12-layer model: a few seconds a pass on two cores
GROWTH = [(1_000, 6), (10_000, 6), (100_000, 6), (1_000_000, 6)]
EXITS = [(20_000, 1), (20_000, 2), (20_000, 3), (20_000, 6)]


class Options(NamedTuple):
    """What to measure, and how often."""

    speedups: Sequence[float] = (2.0, 3.0)
    batches: Sequence[int] = (1, 8, 32, 128, POOLED)
    repeats: int = 5
    peers: bool = False


def run_subject(
    run: Run,
    systems: Sequence[str],
    cache: Path | None = None,
    texts: Texts | None = None,
    limit: int | None = None,
    precision: Precision | None = None,
) -> bench.Subject:
    """Load a run's trained models and its texts, or other texts, as something to measure.

    Without names, all systems. Raises `ValueError` for a system that the run does not have, and
    `LookupError` with the remedy when weights or texts are not at hand.
    """
    names = [find_system(run, name) for name in systems or run.system_specs]
    specs = {name: run.system_specs[name] for name in names}
    needed = dict.fromkeys([run.reference, *(m for spec in specs.values() for m in spec.models)])
    stages = {model: trained_stage(run, model, cache) for model in needed}
    whole = hydrate(run) if texts is None else texts
    device = best_device()
    return bench.Subject(
        systems=[
            System(name, [stages[model] for model in spec.models], spec.criterion)
            for name, spec in specs.items()
        ],
        reference=stages[run.reference],
        texts={name: column[:limit] for name, column in whole.items()},
        max_tokens=max_tokens_of(run),
        precision=precision or best_precision(device),
        device=device,
        labels=run.labels[:limit] if texts is None else None,
    )


def untrained_subject(
    count: int, shape: Shape = BASE, precision: Precision | None = None
) -> bench.Subject:
    """Make models of a size with random weights: an off-ramp model, and a cascade of two.

    The cascade's small model has a sixth of the layers, as 2 of 12.
    """
    large = random_stage(shape)
    small = random_stage(shape._replace(layers=max(1, shape.layers // 6)), seed=1)
    device = best_device()
    return bench.Subject(
        systems=[
            System(f"off-ramps {shape.layers}L", [random_off_ramps(large)]),
            System(f"cascade {small.model.exits[-1]}-{shape.layers}", [small, large]),
        ],
        reference=large,
        texts=made_up_texts(count),
        max_tokens=128,
        precision=precision or best_precision(device),
        device=device,
    )


def measure(subject: bench.Subject, options: Options, console: Console) -> dict[str, Any]:
    """Measure a subject, print a table after each part, and return the figures as plain values."""
    kind = subject.device.type
    full = bench.full_model(subject, options.repeats)
    console.print(report.full_model_table(full, kind))
    outputs = subject.outputs()
    settings, out_of_reach = settings_at(
        subject.systems, subject.reference, options.speedups, outputs, subject.precision
    )
    with bar(console, "speed-ups", transient=True) as progress:
        rows = measure_speedups(
            subject.reference,
            settings,
            subject.texts,
            options.batches,
            repeats=options.repeats,
            progress=progress,
            **subject.options,
        )
    console.print(report.speedup_table(settings, rows, kind))
    for sentence in out_of_reach:
        console.print(sentence, highlight=False)
    breakdowns = bench.breakdowns(subject, settings)
    console.print(report.breakdown_table(breakdowns))
    agreements = bench.agreements(subject, settings, outputs)
    console.print(report.agreement_table(agreements, subject.precision))
    figures: dict[str, Any] = {
        "hardware": hardware(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": subject.precision,
        "texts": subject.count,
        "full_model": {**full._asdict(), "share": full.share},
        "speedups": [{**row._asdict(), "kept": row.kept} for row in rows],
        "breakdown": {
            name: {**found.shares, "attention": found.attention / sum(found.seconds.values())}
            for name, found in breakdowns.items()
        },
        "agreement": [row._asdict() for row in agreements],
    }
    if options.peers:
        figures |= _elsewhere(subject, settings, rows, options, console)
    return figures


def _elsewhere(subject, settings, rows, options: Options, console: Console) -> dict[str, Any]:
    """Compare with other libraries, and with the papers' way at the highest wanted speed-up."""
    found = bench.against_peers(subject, options.repeats)
    console.print(report.peer_table(found))
    per_batch = len(options.batches)
    ratios = {}
    for number, setting in enumerate(settings):
        own = rows[number * per_batch : (number + 1) * per_batch]
        pooled = next((row for row in own if row.batch == POOLED), None)
        fastest = setting.wanted == max(options.speedups)
        if pooled and fastest and len(setting.stages) > 1:
            name = setting.name
            ratios[name] = bench.reference_way(subject, setting, 1 / pooled.texts_per_second)
    console.print(report.reference_table(ratios))
    return {"peers": [row._asdict() for row in found], "over_reference_way": ratios}


def measure_all_growth(console: Console) -> list[dict[str, Any]]:
    """Measure growth with texts, then with exits; each row in a process of its own."""
    rows = []
    with bar(console, "growth", transient=True) as progress:
        for texts, exits in [*GROWTH, *EXITS]:
            rows.append(measure_growth(texts, exits))
            progress(len(rows), len(GROWTH) + len(EXITS))
    console.print(report.growth_table(rows))
    return [{**row._asdict(), "us_per_text": row.microseconds_per_text} for row in rows]


def measure_latency(
    run: Run, subject: bench.Subject, repeats: int, console: Console, cache: Path | None
) -> dict[str, dict[str, Any]]:
    """Time every exit of every model of a run: their latency bases, in milliseconds."""
    stages = {model: trained_stage(run, model, cache) for model in run.models}
    with bar(console, "latency of every exit", transient=True) as progress:
        measured = latency_milliseconds(
            stages, subject.texts, POOLED, repeats=repeats, progress=progress, **subject.options
        )
    return {
        name: {
            "milliseconds": milliseconds.round(6).tolist(),
            "hardware": hardware(),
            "batch": f"{subject.count} texts pooled, {subject.precision}",
        }
        for name, milliseconds in measured.items()
    }


def bench_command(
    console: Console,
    options: Options,
    *,
    run: Run | None,
    folder: Path | None,
    systems: Sequence[str],
    source: Path | None,
    limit: int | None,
    precision: Precision | None,
    growth: bool,
    store: bool,
    results: Path | None,
    cache: Path | None,
) -> None:
    """Do what `cascadelens bench` was asked for, in this order; see there.

    Raises `ValueError` or `LookupError` with a sentence for what cannot be measured.
    """
    if store and folder is None:
        raise ValueError(
            "--store: expected the folder of a run to keep the latency in, but got none"
        )
    texts = _read_texts(source) if source else None
    if run:
        subject = run_subject(run, systems, cache, texts, limit, precision)
    else:
        subject = untrained_subject(limit or UNTRAINED_TEXTS, precision=precision)
        subject = subject._replace(texts=texts or subject.texts)
    console.print(f"{hardware()}, {subject.count:,} texts, {subject.precision}")
    figures = measure(subject, options, console)
    if growth:
        figures["growth"] = measure_all_growth(console)
    if results:
        write_figures(figures, results)
        console.print(f"Wrote {results}.")
    if run and folder and store:
        latency = measure_latency(run, subject, options.repeats, console, cache)
        standing = load_again(run, folder)
        models = {
            name: replace(output, latency=latency[name]) for name, output in standing.models.items()
        }
        save_run(replace(standing, models=models), folder)
        console.print(f"Kept the latency of every exit in {folder}.")


def _read_texts(path: Path) -> Texts:
    """Read one text per line, or two with a tab between them."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    widths = {len(row) for row in rows}
    if widths not in ({1}, {2}):
        raise ValueError(
            f"expected one text per line, or two and a tab, in {path}, but got {widths}"
        )
    return {f"sentence{number}": column for number, column in enumerate(zip(*rows, strict=True), 1)}


def write_figures(figures: dict[str, Any], path: Path) -> None:
    """Write all figures as JSON, rounded to what the clock can tell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_rounded(figures), indent=2) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}") if isfinite(value) else None  # JSON has no NaN
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
