"""What a prediction says of itself, in sentences for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from .parts import partial_folder
from .predict_file import Summary
from .predictor import Predictor


def choice_sentence(predictor: Predictor, speedup: float | None) -> str:
    """Return which threshold is used, where it comes from, and what the run says it gives."""
    run, point = predictor.run, predictor.expected
    if predictor.ladder.exits == 1:
        chosen = f"{predictor.system} has one exit and needs no threshold"
    elif speedup is None:
        chosen = f"tau = {predictor.threshold:.6g}, as given"
    else:
        chosen = f"tau = {predictor.threshold:.6g}, chosen for {speedup:g}x"
    score = "unknown" if math.isnan(point.score) else f"{100 * point.score:.1f}"
    return (
        f"{chosen}; on {run.task}/{run.split} of run {run.name}: {run.metric} {score} "
        f"at {point.speedup:.2f}x ({predictor.basis})"
    )


def summary_sentences(summary: Summary, output: Path | None) -> Iterator[str]:
    """Return a sentence per row that could not be read, up to a few, and what came of the rest."""
    for problem in summary.first_problems:
        yield f"row {problem.row:,} could not be read: {problem.sentence}"
    if unseen := summary.bad_rows - len(summary.first_problems):
        yield f"and {unseen:,} more, which the column problem explains"
    labelled = summary.rows - summary.bad_rows
    before = f", {summary.resumed:,} of them earlier" if summary.resumed else ""
    speed = f"{summary.seconds:.1f} s, {summary.rows_per_second:,.0f} rows/s"
    yield f"Labelled {labelled:,} of {summary.rows:,} rows{before} ({speed})."
    if summary.speedup is not None:
        yield (
            f"Speed-up {summary.speedup:.2f}x counted in layers; "
            f"{summary.expected_speedup:.2f}x was expected."
        )
    if output:
        yield f"Wrote {output}."


def interrupted_sentence(output: Path | None, overwrite: bool) -> str:
    """Return how to go on after an interruption."""
    if output is None:
        return "Stopped. Nothing is kept of what went to stdout; with --output it would be."
    folder, again = partial_folder(output), " without --overwrite" if overwrite else ""
    if not folder.is_dir():
        return "Stopped before anything was computed."
    return f"Stopped. What is finished is in {folder}; the same command{again} goes on from there."
