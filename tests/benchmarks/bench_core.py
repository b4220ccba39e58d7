"""How fast the analysis core is at full size: python -m tests.benchmarks.bench_core

Each part runs in a process of its own, so that peaks of memory do not mix.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cascade_core import ExitLadder, difficulty_inversion_score, tradeoff_curve

INSTANCES, EXITS, CLASSES = 1_000_000, 12, 2
LAYERS = {"layers": np.arange(1, EXITS + 1)}


class Measurement(NamedTuple):
    what: str
    seconds: float
    gigabytes: float
    target: str


def main() -> None:
    print(f"{'':62} {'seconds':>10} {'peak GB':>8}  target")
    for part in (ready_scores, per_instance_costs, logits, sorted_scores, inversion):
        with multiprocessing.get_context("spawn").Pool(1) as fresh_process:
            for what, seconds, gigabytes, target in fresh_process.apply(part):
                print(f"{what:62} {seconds:10.6f} {gigabytes:8.2f}  {target}")


def ready_scores() -> list[Measurement]:
    scores = _random_scores()
    ladder = ExitLadder("ramps", correct=_correct(), scores={"max_prob": scores}, costs=LAYERS)
    made, curve = _measured(
        "curve from ready scores", lambda: tradeoff_curve(ladder), "< 1.5 s, < 2 GB"
    )
    lookups: dict[str, tuple[Callable[[float], Any], list[float]]] = {
        "at_threshold": (curve.at_threshold, np.linspace(0, 1, 999).tolist()),
        "at_speedup": (curve.at_speedup, np.linspace(1, 12, 999).tolist()),
        "at_score": (curve.at_score, np.linspace(0.5, 0.8, 999).tolist()),
        "at_early_share": (curve.at_early_share, np.linspace(0, 1, 999).tolist()),
    }
    return [made, *(_lookup(name, *lookup) for name, lookup in lookups.items())]


def per_instance_costs() -> list[Measurement]:
    scores = _random_scores()
    costs = {"flops": np.cumsum(_random_scores(seed=1), axis=0)}
    ladder = ExitLadder("ramps", correct=_correct(), scores={"max_prob": scores}, costs=costs)
    return [
        _measured("curve, costs per instance", lambda: tradeoff_curve(ladder, basis="flops"))[0]
    ]


def logits() -> list[Measurement]:
    random = np.random.default_rng(0)
    labels = random.integers(0, CLASSES, INSTANCES)
    values = np.empty((EXITS, INSTANCES, CLASSES), dtype=np.float32)
    for number, values_of_exit in enumerate(values):  # later exits are surer and more often right
        random.standard_normal(out=values_of_exit, dtype=np.float32)
        values_of_exit[np.arange(INSTANCES), labels] += 0.5 + 0.2 * number
    made, ladder = _measured(
        "ladder from logits (predictions, correctness)",
        lambda: ExitLadder("ramps", values, labels, costs=LAYERS),
    )
    return [
        made,
        _measured("curve from logits, accuracy", lambda: tradeoff_curve(ladder))[0],
        _measured("curve from logits, F1", lambda: tradeoff_curve(ladder, metric="f1"))[0],
    ]


def sorted_scores() -> list[Measurement]:
    scores = np.sort(_random_scores(), axis=0)  # the worst case: every score is a breakpoint
    ladder = ExitLadder("ramps", correct=_correct(), scores={"max_prob": scores}, costs=LAYERS)
    return [
        _measured("curve, every instance surer at every exit", lambda: tradeoff_curve(ladder))[0]
    ]


def inversion() -> list[Measurement]:
    random = np.random.default_rng(0)
    confidence = random.random(400_000)
    correct = random.random(400_000) < confidence
    return [
        _measured(
            "difficulty inversion score of 400,000",
            lambda: difficulty_inversion_score(correct, confidence),
            "< 0.2 s",
        )[0]
    ]


def _random_scores(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((EXITS, INSTANCES))


def _correct() -> np.ndarray:
    return _random_scores(seed=2) < np.linspace(0.6, 0.9, EXITS)[:, None]


def _lookup(name: str, lookup: Callable[[float], Any], values: list[float]) -> Measurement:
    attainable = [value for value in values if _succeeds(lookup, value)]
    seconds = []
    for value in attainable:
        start = time.perf_counter()
        lookup(value)
        seconds.append(time.perf_counter() - start)
    what = f"{name}, median of {len(seconds)}"
    return Measurement(what, statistics.median(seconds), _peak_gigabytes(), "< 0.001 s")


def _succeeds(lookup: Callable[[float], Any], value: float) -> bool:
    try:
        lookup(value)
    except ValueError:
        return False
    return True


def _measured(what: str, work: Callable[[], Any], target: str = "") -> tuple[Measurement, Any]:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    breakpoints = f" ({len(result) - 1:,} breakpoints)" if hasattr(result, "breakpoints") else ""
    return Measurement(what + breakpoints, seconds, _peak_gigabytes(), target), result


def _peak_gigabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


if __name__ == "__main__":
    main()
