"""How time and memory grow with the number of texts and of exits: one fresh process per row."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SHAPE = (6, 64, 2)  # layers, hidden size, heads: small, so that what grows beside the model shows
CHUNK = 10_000
MEBIBYTE = 1024**2


class Grown(NamedTuple):
    """What answering `texts` made-up texts through `exits` exits took, and the peak memory."""

    texts: int
    exits: int
    seconds: float
    peak_mebibytes: float

    @property
    def microseconds_per_text(self) -> float:
        return 1e6 * self.seconds / self.texts


def measure_growth(texts: int, exits: int) -> Grown:
    """Answer made-up texts, streamed, in a process of their own, as peak memory never shrinks."""
    command = [sys.executable, "-m", __name__, str(texts), str(exits)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Grown(**json.loads(done.stdout.splitlines()[-1]))


def _answer(texts: int, exits: int) -> Grown:
    from ..models.exit_model import ExitModel
    from ..prediction.engine import Engine, Stage
    from .untrained import Shape, made_up_texts, random_stage

    shape = Shape(*SHAPE)
    whole, tokenizer = random_stage(shape)
    layers = tuple(round(shape.layers * number / exits) for number in range(1, exits + 1))
    ramps = ExitModel(whole.encoder, layers, whole.classes, whole.pooling).eval()

    def chunks() -> Iterator:
        for start in range(0, texts, CHUNK):
            yield made_up_texts(min(CHUNK, texts - start), seed=start)

    with Engine([Stage(ramps, tokenizer)]) as engine:  # nothing leaves early: every exit is asked
        engine.answer(made_up_texts(256))
        started = time.perf_counter()
        answered = sum(len(answers.exits) for answers in engine.stream(chunks()))
        seconds = time.perf_counter() - started
    return Grown(answered, exits, seconds, _peak_bytes() / MEBIBYTE)


def _peak_bytes() -> int:
    """The largest size this process ever had in memory.

    Linux's own count: what `getrusage` says begins with the size of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    print(json.dumps(_answer(int(sys.argv[1]), int(sys.argv[2]))._asdict()))
