"""Predictions on GLUE's test sets in the form its server takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..run import Run
from ..tasks import Task, find_task
from ..texts import read_examples
from .predictor import Predictor

NUMBERED = ("sst2", "mrpc", "qqp")  # tasks whose labels the server wants as numbers
FILES = {("mnli", "test"): "MNLI-m.tsv", ("mnli", "test_mm"): "MNLI-mm.tsv"}
CHUNK = 10_000  # texts


def submission_file(task: Task, split: str) -> str:
    """Return the name the server knows a test set's predictions by.

    >>> submission_file(find_task("mnli"), "test_mm"), submission_file(find_task("rte"), "test")
    ('MNLI-mm.tsv', 'RTE.tsv')
    """
    return FILES.get((task.name, split), f"{task.folder}.tsv")


def submission_table(run: Run, labels: NDArray[np.str_]) -> pd.DataFrame:
    """Return the table that the server takes for labels [N]: `index` from 0, and `prediction`."""
    if run.task in NUMBERED:
        numbers = {name: number for number, name in enumerate(run.label_names)}
        return _table([numbers[label] for label in labels.tolist()])
    return _table(labels.tolist())


def write_submissions(predictor: Predictor, folder: Path) -> list[Path]:
    """Predict every test set of the run's task, and write a file of each; return their paths.

    Raises `TextError`, a `LookupError`, with the remedy where a test set is not at hand, and where
    the run's task is none of GLUE's.
    """
    task = find_task(predictor.run.task)
    splits = [split for split in task.hub_splits if split.startswith("test")]
    texts = {split: read_examples(task, split).texts for split in splits}  # all, before any work
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for split in splits:
        table = submission_table(predictor.run, _labels(predictor, texts[split]))
        path = folder / submission_file(task, split)
        table.to_csv(path, sep="\t", index=False)
        written.append(path)
    return written


def _table(predictions: list[str] | list[int]) -> pd.DataFrame:
    return pd.DataFrame({"index": range(len(predictions)), "prediction": predictions})


def _labels(predictor: Predictor, texts: Mapping[str, Sequence[str]]) -> NDArray[np.str_]:
    """Predict texts chunk by chunk; the server wants an answer for an empty text as well."""
    count = len(next(iter(texts.values())))
    chunks = (
        {name: column[start : start + CHUNK] for name, column in texts.items()}
        for start in range(0, count, CHUNK)
    )
    answered = [predictor.read_off(one).labels for one in predictor.engine.stream(chunks)]
    return np.concatenate(answered)
