"""Timing that can be trusted on a busy machine: warm, interleaved, medians of several."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Seconds(NamedTuple):
    """Seconds of several runs of one thing."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def spread(self) -> float:
        """How far the slowest is from the fastest, as a share of the median."""
        return (max(self.runs) - min(self.runs)) / self.median


def interleaved(
    functions: Mapping[Key, Callable[[], object]],
    repeats: int = 5,
    progress: Callable[[int, int], None] | None = None,
) -> dict[Key, Seconds]:
    """Time functions in turn, A B C A B C, after one warm round that does not count.

    What the machine does beside falls on all of them alike, so that ratios hold. `progress` is
    called with (runs done, runs in all).

    >>> found = interleaved({"quick": lambda: None, "slow": lambda: sum(range(10_000))}, repeats=3)
    >>> found["quick"].median < found["slow"].median, len(found["slow"].runs)
    (True, 3)
    """
    runs: dict[Key, list[float]] = {key: [] for key in functions}
    for number in range(repeats + 1):
        for place, (key, function) in enumerate(functions.items(), start=1):
            started = time.perf_counter()
            function()
            if number:
                runs[key].append(time.perf_counter() - started)
            if progress:
                progress(number * len(functions) + place, (repeats + 1) * len(functions))
    return {key: Seconds(tuple(values)) for key, values in runs.items()}
