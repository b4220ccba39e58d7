"""Where the time goes: one pass of the engine under torch's profiler, on one core."""

from __future__ import annotations

import os
from typing import NamedTuple

from torch.profiler import ProfilerActivity, profile, record_function

from ..prediction.engine import Engine, Texts

os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # else the profiler prints trace points of its own

# The parts the engine names while it works; attention is a part of layers.
PARTS = ("tokenise", "embed", "layers", "heads", "sync", "gather")


class Breakdown(NamedTuple):
    """Seconds of one pass by part, the rest under "other"; `attention` is inside "layers"."""

    seconds: dict[str, float]
    attention: float

    @property
    def shares(self) -> dict[str, float]:
        """Each part's share of the whole."""
        whole = sum(self.seconds.values())
        return {part: seconds / whole for part, seconds in self.seconds.items()}


def break_down(engine: Engine, texts: Texts) -> Breakdown:
    """Profile one warm answer of an engine that was made with one thread (`torch_threads`).

    On one core the parts follow each other, so that their seconds add up; on a GPU, "sync" holds
    the time in which the device still works at what the other parts asked for.
    """
    engine.answer(texts)
    with profile(activities=[ProfilerActivity.CPU]) as recorded, record_function("whole"):
        engine.answer(texts)
    spent = {one.key: one.cpu_time_total / 1e6 for one in recorded.key_averages()}
    seconds = {part: spent.get(part, 0.0) for part in PARTS}
    seconds["other"] = max(0.0, spent["whole"] - sum(seconds.values()))
    return Breakdown(seconds, spent.get("attention", 0.0))
