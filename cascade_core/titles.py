"""What metrics, cost bases and qualities of exits are called wherever a person reads them."""

from __future__ import annotations

from .run import Run

METRICS = {"accuracy": "accuracy", "f1": "F1"}
BASES = {"layers": "layers", "flops": "FLOPs", "latency": "latency", "cost": "cost"}
QUALITIES = {
    "dis": "difficulty inversion score",
    "accuracy": "accuracy",
    "ece": "expected calibration error",
}


def basis_titles(run: Run) -> dict[str, str]:
    """What each basis counts; models' own costs by the unit that the run names.

    >>> from cascade_core.paper.example import example_run
    >>> basis_titles(example_run())["flops"]
    'FLOPs'
    """
    return {**BASES, **({"cost": f"cost in {run.cost_unit}"} if run.cost_unit else {})}
