"""The intervals of compared systems as bands along their curves."""

from __future__ import annotations

import numpy as np

from cascade_core.comparison import REFERENCE, Comparison
from dashboard.figures.tradeoff import Band


def bands_of(compared: Comparison) -> dict[str, Band]:
    """The band of every system but the reference, at those speed-ups that the system has."""
    speedup = np.array(compared.resampled.speedups)
    bands = {}
    for name, curve in compared.curves.items():
        has = (speedup >= curve.speedup[-1]) & (speedup <= curve.speedup[0])
        low, high = compared.resampled.band(name)
        if name != REFERENCE and has.any() and not np.isnan(low).any():
            bands[name] = Band(speedup[has], low[has], high[has])
    return bands
