"""Label a whole file: rows in, chunks through the engine, parts out, one output at the end."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow
from pyarrow import Table
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .parts import SCHEMA, as_json_lines, check_output, open_parts
from .predictor import Predictions, Predictor
from .readers import open_rows
from .rows import Chunk, read_chunks
from .settings import text_columns

SHOWN_PROBLEMS = 5


class Problem(NamedTuple):
    """A row that could not be read, and why; rows are numbered from 1."""

    row: int
    sentence: str


class Summary(NamedTuple):
    """What became of a file.

    `speedup` is the one realised, counted in layers: the reference's layers / the mean of those run
    (None without answers); `expected_speedup` is the run's own at the same threshold. `seconds` and
    `rows_per_second` are this session's, which did not compute the `resumed` rows.
    """

    rows: int
    resumed: int
    bad_rows: int
    first_problems: tuple[Problem, ...]
    speedup: float | None
    expected_speedup: float
    seconds: float
    rows_per_second: float


def predict_file(
    predictor: Predictor,
    source: str | Path,
    output: Path | None = None,
    *,
    form: str | None = None,
    columns: Sequence[str] = (),
    overwrite: bool = False,
    console: Console | None = None,
) -> Summary:
    """Label every row of a file or of stdin ("-") and write `output`, or JSON lines on stdout.

    Called again after a kill, it goes on after the last finished chunk. A row that cannot be read
    has no label but a problem. Memory does not grow with the file.

    Args:
        predictor: the system that answers.
        source: see `open_rows`, as for `form`.
        output: a file that ends in .parquet, .csv or .jsonl, with the columns of SCHEMA.
        columns: the input's own names of the text columns, where they are not the task's.
        overwrite: replace an output, and forget what was begun of it.
        console: where progress is shown.

    Raises:
        InputError: the input cannot be read.
        OutputError: the output exists, or was begun from other rows or with other settings.
    """
    if output:
        check_output(output, overwrite)
    wanted = text_columns(predictor.run, columns)
    tally = Tally()
    with open_rows(str(source), wanted, form) as opened, _progress(console) as show:
        parts = open_parts(output, settings_of(predictor), overwrite) if output else None
        chunks = read_chunks(opened, wanted, predictor.engine.chunk_rows)
        for table in parts.resume(chunks) if parts else ():
            tally.add(table)
        show(tally.rows, None)
        resumed, start = tally.rows, time.perf_counter()
        for chunk, predictions in _answered(predictor, chunks):
            table = to_table(chunk, predictions)
            if parts:
                parts.write(table, chunk)
            else:
                _print_lines(table)
            tally.add(table)
            show(tally.rows, chunk.share)
        if parts:
            parts.finish()
    return tally.summary(predictor, resumed, time.perf_counter() - start)


def settings_of(predictor: Predictor) -> dict[str, object]:
    """What decides the answers beside the rows themselves."""
    return {
        "run": predictor.run.identity,
        "system": predictor.system,
        "criterion": predictor.criterion,
        "threshold": predictor.threshold,
        "max_tokens": predictor.engine.max_tokens,
        "precision": predictor.precision,
        "chunk_rows": predictor.engine.chunk_rows,
    }


def to_table(chunk: Chunk, predictions: Predictions) -> Table:
    """Return a chunk's rows with the columns of SCHEMA; rows with a problem have nulls."""
    fine = np.array([problem is None for problem in chunk.problems])
    places = pyarrow.array(np.cumsum(fine) - 1, mask=~fine)  # taking a null gives a null

    def spread(name: str, values: Iterable[object]) -> pyarrow.Array:
        return pyarrow.array(values, SCHEMA.field(name).type, from_pandas=True).take(places)

    columns = {
        "row": np.arange(chunk.first, chunk.first + len(fine)),
        "label": spread("label", predictions.labels),
        "probability": spread("probability", predictions.probability),
        "exit": spread("exit", predictions.exit_names),
        "layers": spread("layers", predictions.layers.astype(np.int32)),
        "gflops": spread("gflops", predictions.gflops),
        "problem": chunk.problems,
    }
    return pyarrow.table(columns, SCHEMA)


def _answered(predictor: Predictor, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Predictions]]:
    """Each chunk with its answers; the engine reads ahead, so some chunks wait for theirs."""
    waiting: deque[Chunk] = deque()

    def texts() -> Iterator[dict[str, list[str]]]:
        for chunk in chunks:
            waiting.append(chunk)
            yield chunk.texts

    for answers in predictor.engine.stream(texts()):
        yield waiting.popleft(), predictor.read_off(answers)


@dataclass
class Tally:
    """Counts over the tables seen so far."""

    rows: int = 0
    good_rows: int = 0
    layers: int = 0
    first_problems: list[Problem] = field(default_factory=list)

    def add(self, table: Table) -> None:
        problems = table.filter(table["problem"].is_valid())
        problems = problems.slice(0, SHOWN_PROBLEMS - len(self.first_problems))
        cells = zip(problems["row"].to_pylist(), problems["problem"].to_pylist(), strict=True)
        self.first_problems.extend(Problem(*cell) for cell in cells)
        self.rows += len(table)
        self.good_rows += table["problem"].null_count
        self.layers += int(np.nansum(table["layers"].to_numpy()))

    def summary(self, predictor: Predictor, resumed: int, seconds: float) -> Summary:
        reference = float(np.mean(predictor.ladder.reference_cost["layers"]))
        return Summary(
            rows=self.rows,
            resumed=resumed,
            bad_rows=self.rows - self.good_rows,
            first_problems=tuple(self.first_problems),
            speedup=reference * self.good_rows / self.layers if self.layers else None,
            expected_speedup=predictor.expected_speedup,
            seconds=seconds,
            rows_per_second=(self.rows - resumed) / seconds,
        )


@contextmanager
def _progress(console: Console | None) -> Iterator[Callable[[int, float | None], None]]:
    """Show a bar while the block runs; it is moved by calling (rows, share of the input).

    Rows of the first call were there before and do not count for the speed.
    """
    counts = TextColumn("{task.fields[rows]:,} rows, {task.fields[speed]:,.0f} rows/s")
    columns = (TextColumn("label"), BarColumn(), counts, TimeElapsedColumn(), TimeRemainingColumn())
    first: tuple[int, float] | None = None
    with Progress(
        *columns,
        console=console,
        disable=console is None,
        redirect_stdout=False,  # which may be where the answers go
    ) as progress:
        task = progress.add_task("", total=None, rows=0, speed=0.0)

        def show(rows: int, share: float | None) -> None:
            nonlocal first
            now = time.perf_counter()
            before, begun = first = first or (rows, now)
            speed = (rows - before) / (now - begun) if rows > before else 0.0
            total = None if share is None else 1.0
            progress.update(task, completed=share, total=total, rows=rows, speed=speed)

        yield show


def _print_lines(table: Table) -> None:
    sys.stdout.writelines(as_json_lines(table))
    sys.stdout.flush()
