"""An engine without a model: a text's length decides where it leaves, and what is said there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cascade_core.prediction.engine import Answers
from cascade_core.prediction.predictor import Predictor
from cascade_core.run import Run
from cascade_core.tradeoff import tradeoff_curve


class ToyEngine:
    """Answers by length, and counts the texts it was asked for; may be slow, or stop after some."""

    max_tokens = 128
    precision = "float32"

    def __init__(
        self,
        exits: int,
        classes: int,
        *,
        chunk_rows: int = 4,
        stop_after: int | None = None,
        seconds_per_chunk: float = 0,
    ):
        self.exits = exits
        self.classes = classes
        self.chunk_rows = chunk_rows
        self.stop_after = stop_after
        self.seconds_per_chunk = seconds_per_chunk
        self.asked: list[str] = []

    def answer(self, texts: Mapping[str, Sequence[str]]) -> Answers:
        joined = [" ".join(cells) for cells in zip(*texts.values(), strict=True)]
        self.asked += joined
        time.sleep(self.seconds_per_chunk)
        lengths = np.array([len(text) for text in joined], np.int64)
        logits = np.sin(lengths[:, None] * np.arange(1, self.classes + 1))
        tokens = np.array([len(text.split()) + 2 for text in joined], np.int32)
        return Answers(lengths % self.exits, logits.astype(np.float32), tokens)

    def stream(self, chunks: Iterable[Mapping[str, Sequence[str]]]) -> Iterator[Answers]:
        ahead = None
        for number, texts in enumerate(chunks):
            if ahead is not None:
                yield self.answer(ahead)
            if number == self.stop_after:
                raise KeyboardInterrupt
            ahead = texts
        if ahead is not None:
            yield self.answer(ahead)

    def close(self) -> None: ...


def predictor(
    run: Run, system: str = "cascade", threshold: float = 0.9, **options: Any
) -> Predictor:
    """Return a predictor for a system of a run; `options` are the toy engine's."""
    ladder = run.systems[system]
    criterion = run.system_specs[system].criterion
    engine: Any = ToyEngine(ladder.exits, len(run.label_names), **options)
    expected = tradeoff_curve(ladder, criterion).at_threshold(threshold)
    return Predictor(run, system, criterion, threshold, "layers", expected, engine)
