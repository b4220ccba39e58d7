"""Cost bases: what leaving at an exit costs, counted in layers or in floating-point operations.

Axes: N instances, C classes, E exits, H hidden size, T tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

BASES = {
    "layers": "speed-up (layers)",
    "flops": "speed-up (FLOPs)",
    "latency": "speed-up (latency)",
    "cost": "speed-up (cost)",
}
"""Title of the speed-up axis per cost basis; bases are never mixed on one axis.

"cost" is whatever who made the run says that leaving at an exit costs, such as the price of calls.
"""

LAYER_NORM_OPERATIONS = 5
"""Per element: sum, square, sum of squares, scale, shift."""

Head = Literal["pooler", "linear", "student"]
"""What an exit computes: pooler and classifier, a classifier alone, or FastBERT's student."""

HEADS: tuple[Head, ...] = get_args(Head)

STUDENT_SIZE = 128


class Architecture(NamedTuple):
    """The sizes of a transformer encoder that decide what it costs.

    >>> Architecture(layers=12, hidden=768, intermediate=3072, heads=12).hidden
    768
    """

    layers: int
    hidden: int
    intermediate: int
    heads: int
    vocabulary: int = 0
    gated: bool = False


def layer_costs(exits: Sequence[int]) -> NDArray[np.float64]:
    """Layers executed when leaving at each exit, the paper's cost; one model, no earlier ones.

    Args:
        exits: the layer number of each exit, rising.

    Returns:
        float64 [E].

    Raises:
        ValueError: the numbers do not rise from 1.

    >>> layer_costs([1, 2, 6]).tolist()
    [1.0, 2.0, 6.0]
    """
    numbers = np.asarray(exits, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers) or numbers[0] < 1 or (np.diff(numbers) <= 0).any():
        raise ValueError(f"exits: expected rising layer numbers from 1 on but got {list(exits)}")
    return numbers


def flop_costs(
    architecture: Architecture,
    exits: Sequence[int],
    tokens: ArrayLike,
    classes: int,
    pooler: bool = True,
    head: Head | None = None,
) -> NDArray[np.float64]:
    """Floating-point operations per instance when leaving at each exit; a multiply-add counts 2.

    With l(e) the layer number of exit e (e = 1..E), I the intermediate size and D = 128::

        cost(e) = 5 T H                                          LayerNorm of the embeddings
                + l(e) * (8 T H^2 + 4 T^2 H + 4 T H I)           projections, attention, FFN
                + head(1) + .. + head(e)                         the exits so far

        head    = 2 H^2 + 2 H C                                  pooler, classifier
        student = 2 T H D + 8 T D^2 + 4 T^2 D + 2 D^2 + 2 D C    in its place before the last exit

    Gated FFNs have a third matrix: 6 T H I. Without a pooler 2 H^2 is left out. Element-wise work
    inside layers and heads (softmax, GELU, LayerNorm, biases) is not counted.

    Args:
        architecture: the encoder.
        exits: the layer number of each exit, rising.
        tokens: T per instance, [N], without padding.
        classes: C.
        pooler: whether every head runs an H x H pooler, its own or one shared by all.
        head: what an exit computes, in place of `pooler`; a student does so at all exits but the
            last, which has a pooler.

    Returns:
        float64 [E, N], cumulative over exits.

    Raises:
        ValueError: exits do not rise or exceed the layers, a token count is below 1, or there is no
            such head.

    >>> tiny = Architecture(layers=2, hidden=4, intermediate=8, heads=1)
    >>> flop_costs(tiny, exits=[1, 2], tokens=[3], classes=2, pooler=True).tolist()
    [[1020.0], [1980.0]]
    """
    numbers = layer_costs(exits)
    if numbers[-1] > architecture.layers:
        raise ValueError(
            f"exits: expected at most layer {architecture.layers} but got {list(exits)}"
        )
    length = np.asarray(tokens, dtype=np.float64)
    if length.ndim != 1 or not (length >= 1).all():
        raise ValueError("tokens: expected one count of at least 1 per instance, shape [N]")
    if head not in (None, *HEADS):
        raise ValueError(f"head: expected one of {', '.join(HEADS)} but got {head!r}")
    hidden = architecture.hidden
    matrices = 3 if architecture.gated else 2
    embeddings = LAYER_NORM_OPERATIONS * length * hidden
    layer = (
        8 * length * hidden**2
        + 4 * length**2 * hidden
        + 2 * matrices * length * hidden * architecture.intermediate
    )
    kind = head or ("pooler" if pooler else "linear")
    ordinary = 2 * hidden**2 * (kind != "linear") + 2 * hidden * classes
    heads = np.full((len(numbers), len(length)), float(ordinary))
    if kind == "student":
        heads[:-1] = _student_flops(length, hidden, classes)
    return embeddings + numbers[:, None] * layer + heads.cumsum(axis=0)


def _student_flops(length: NDArray[np.float64], hidden: int, classes: int) -> NDArray[np.float64]:
    return (
        2 * length * hidden * STUDENT_SIZE
        + 8 * length * STUDENT_SIZE**2
        + 4 * length**2 * STUDENT_SIZE
        + 2 * STUDENT_SIZE**2
        + 2 * STUDENT_SIZE * classes
    )
