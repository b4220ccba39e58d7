"""Figures 2 to 5 of the CascadeBERT paper from one run, as numbers to draw.

Figures 2 and 3 are made in `probing`. Axis: N instances.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..curve import TradeoffCurve
from ..run import Run
from .model_exits import model_exits, need_labels, right_answers, system_curve
from .probing import Figure2, Figure3, SubsetPoint, figure_2, figure_3

__all__ = [
    "Figure2",
    "Figure3",
    "Figure4",
    "Figure5",
    "Panel",
    "SubsetPoint",
    "figure_2",
    "figure_3",
    "figure_4",
    "figure_5",
]


class Panel(NamedTuple):
    """A panel of Figure 4: where the instances lie [N, 2], and how well the exit there does.

    The accuracy is NaN where the model has no exit after that layer.
    """

    model: str
    method: str
    coordinates: NDArray[np.float32]
    accuracy: float


class Figure4(NamedTuple):
    """Stored projections after one layer; `labels` int [N] are indices into `label_names`."""

    layer: int
    label_names: tuple[str, ...]
    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    panels: tuple[Panel, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each model and instance, its label by name."""
        names = np.array(self.label_names)[self.labels]
        frames = [
            pd.DataFrame({"model": panel.model, "method": panel.method, "id": self.ids}).assign(
                label=names, x=panel.coordinates[:, 0], y=panel.coordinates[:, 1]
            )
            for panel in self.panels
        ]
        return pd.concat(frames, ignore_index=True)


def figure_4(run: Run, layer: int = 2, method: str | None = None) -> Figure4:
    """Figure 4: instances in the plane after 2 layers, with the accuracy of each classifier there.

    Args:
        run: with known labels and stored projections.
        layer: after how many layers.
        method: "tsne" as in the paper, "umap" or "pca"; all there are when None.

    Raises:
        ValueError: unknown labels, or no such projection; the message says which there are.

    >>> from cascade_core.paper.example import example_run
    >>> [(panel.model, round(panel.accuracy, 3)) for panel in figure_4(example_run()).panels]
    [('DeeBERT', 0.333), ('BERT-Complete 2L, DAR', 0.667)]
    """
    need_labels(run, "figure 4")
    exits = {(at.model, at.layers): at.exit for at in model_exits(run)}
    panels = tuple(
        Panel(
            key.model,
            key.method,
            run.projections[key].coordinates,
            float(right_answers(run, key.model, exits[key.model, layer]).mean())
            if (key.model, layer) in exits
            else np.nan,
        )
        for key in run.projections
        if key.layer == layer and method in (None, key.method)
    )
    if not panels:
        known = [f"{key.model} after {key.layer} ({key.method})" for key in run.projections]
        raise ValueError(
            f"figure 4: expected a {method or 'stored'} projection after {layer} layers, but "
            f"{run.name!r} has {', '.join(known) or 'none'}"
        )
    return Figure4(layer, run.label_names, run.ids, run.labels, panels)


class Figure5(NamedTuple):
    """Exact trade-off curves of a cascade of two models and of one with a third in between."""

    two: TradeoffCurve
    three: TradeoffCurve

    def to_frame(self) -> pd.DataFrame:
        """One row for each state of each curve, with the lowest threshold of the state."""
        frames = [
            pd.DataFrame({"system": curve.name, "threshold": thresholds}).assign(
                speedup=curve.speedup, score=curve.score
            )
            for curve in self
            for thresholds in [[curve.point(0).threshold, *curve.breakpoints]]
        ]
        return pd.concat(frames, ignore_index=True)


def figure_5(run: Run, two: str, three: str, basis: str = "layers") -> Figure5:
    """Figure 5: do more models help? The run's metric against speed-up, two models against three.

    Each system exits by its own criterion; speed-ups are counted by `basis`, the same for both.

    Raises:
        ValueError: no such system, or it does not know the basis.

    >>> from cascade_core.paper.example import example_run
    >>> figure = figure_5(example_run(), "CascadeBERT 2-12", "CascadeBERT 2-4-12")
    >>> [round(curve.at_speedup(1.5).score, 3) for curve in figure]
    [0.833, 1.0]
    """
    return Figure5(system_curve(run, two, basis), system_curve(run, three, basis))
