"""The arrays the tau lab works on, packed as safetensors: a short header, then the bytes.

Axes: N instances, E exits. Systems are numbered in the order of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cascade_core import ExitLadder, TradeoffCurve, ladder_scores
from cascade_core.criteria import confidences
from dashboard.layer_pictures import LayerPanel

Arrays = dict[str, NDArray]


def pack_scores(systems: Mapping[str, ExitLadder], criterion: str, metric: str) -> bytes:
    """Scores, confidences and outcomes of every exit of every system.

    Per system i: `i/scores` float64 [E, N]; where they are known `i/confidence` float64 [E, N],
    unless the criterion is `max_prob`, whose scores they are; with known labels `i/correct` bool
    [E, N] and for F1 also `i/hit`, `i/miss` uint8 [E, N] (true positives; false positives + false
    negatives).

    >>> ladder = ExitLadder("a", logits=np.zeros((1, 2, 2)), labels=np.array([0, 1]))
    >>> isinstance(pack_scores({"a": ladder}, "max_prob", "accuracy"), bytes)
    True
    """
    arrays: Arrays = {}
    for number, ladder in enumerate(systems.values()):
        for name, array in _arrays(ladder, criterion, metric).items():
            arrays[f"{number}/{name}"] = np.ascontiguousarray(array)
    return save(arrays)


def pack_costs(systems: Mapping[str, ExitLadder], basis: str) -> bytes:
    """Per system i: `i/cost` float64 [E] or [E, N], cumulative, and `i/reference` float64 [1].

    The reference is the total over all instances, so that a speed-up is one division of totals.
    """
    arrays: Arrays = {}
    for number, ladder in enumerate(systems.values()):
        reference = np.broadcast_to(ladder.reference_cost[basis], ladder.instances)
        arrays[f"{number}/cost"] = np.ascontiguousarray(ladder.costs[basis])
        arrays[f"{number}/reference"] = reference.sum(keepdims=True)
    return save(arrays)


def pack_choosing(curves: Mapping[str, TradeoffCurve]) -> bytes:
    """The staircases thresholds are chosen on; per system i, float64: `i/breakpoints` [B] and
    `i/speedup` [B + 1].
    """
    arrays: Arrays = {}
    for number, curve in enumerate(curves.values()):
        arrays[f"{number}/breakpoints"] = np.ascontiguousarray(curve.breakpoints)
        arrays[f"{number}/speedup"] = np.ascontiguousarray(curve.speedup)
    return save(arrays)


def pack_layers(
    panels: Sequence[LayerPanel], ids: NDArray, labels: NDArray, drawn: NDArray, codes: Arrays
) -> bytes:
    """Pictures of layers: `drawn` int32 [M] says which of the N instances are in them.

    `ids` float64 [M] and `label` int32 [M] are theirs, `codes` what else colours all N. Per panel
    p: `p/places` float32 [L, M, 2], `p/answers` int32 [L, M].
    """
    arrays: Arrays = {
        "drawn": drawn,
        "ids": ids[drawn].astype(np.float64),
        "label": labels[drawn].astype(np.int32),
    }
    arrays |= {name: np.ascontiguousarray(all_[drawn]) for name, all_ in codes.items()}
    for number, panel in enumerate(panels):
        arrays[f"{number}/places"] = np.ascontiguousarray(panel.aligned.coordinates)
        arrays[f"{number}/answers"] = panel.answers
    return save(arrays)


def _arrays(ladder: ExitLadder, criterion: str, metric: str) -> Arrays:
    # A single exit emits whatever its score: it needs none, and some criteria have none for it.
    scores = (
        ladder_scores(ladder, criterion) if ladder.exits > 1 else np.zeros((1, ladder.instances))
    )
    arrays: Arrays = {"scores": np.asarray(scores, dtype=np.float64)}
    if (criterion != "max_prob" or ladder.exits == 1) and (sure := confidences(ladder)) is not None:
        arrays["confidence"] = sure
    if not ladder.scorable or ladder.correct is None:
        return arrays
    arrays["correct"] = ladder.correct
    if metric == "f1" and ladder.predictions is not None and ladder.labels is not None:
        claimed, positive = ladder.predictions == 1, ladder.labels == 1
        arrays["hit"] = (claimed & positive).astype(np.uint8)
        arrays["miss"] = (claimed ^ positive).astype(np.uint8)
    return arrays
