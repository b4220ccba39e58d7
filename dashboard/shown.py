"""What of a run is shown: all of it or half, its confidences as trained or at temperatures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from cascade_core import Run
from cascade_core.halves import halves
from cascade_core.temperature import Temperatures, at_temperatures, fit_temperatures
from dashboard.memory import offer, recall

EXAMPLES = {"all": "all", "half": "evaluation half"}
CONFIDENCES = {"trained": "as trained", "scaled": "at temperatures"}
FEWEST = 20  # examples that may be halved


class Shown(NamedTuple):
    """The `run` on the pages, the same instances as `trained`, and the `whole` run on disk.

    Where half of it is shown, `calibration` is the other half, on which thresholds are chosen; with
    `temperatures` every exit's logits are divided by its own, fitted on the calibration half.
    """

    run: Run
    trained: Run
    whole: Run
    calibration: Run | None = None
    temperatures: Temperatures | None = None

    def only(self, places: np.ndarray) -> Shown:
        """Some of the instances shown, int [M]; the other half stays whole."""
        trained = self.trained.only(places, self.trained.split)
        as_trained = self.run is self.trained
        run = trained if as_trained else self.run.only(places, self.run.split)
        return self._replace(run=run, trained=trained)

    @property
    def places(self) -> np.ndarray:
        """Where the instances shown are in the whole run, int64 [M]."""
        order = self.whole.ids.argsort()
        return order[self.whole.ids[order].searchsorted(self.run.ids)]


def choose_shown(run: Run) -> Shown:
    """Draw the two controls; a run without known labels, or of few examples, is shown whole."""
    if run.instances < FEWEST or (run.labels < 0).any():
        return Shown(run, run, run)
    examples = st.segmented_control(
        "Examples",
        required=True,
        format_func=EXAMPLES.__getitem__,
        help="Half of the examples, drawn by label, can be set aside to choose on: thresholds at "
        "the same or at matched speed-ups, with a promise and for each exit. All numbers are then "
        "of the other half.",
        **offer("examples", list(EXAMPLES), "all"),
    )
    if any(model.logits is None for model in run.models.values()):
        return shown_of(run, examples == "half", False)
    confidences = st.segmented_control(
        "Confidences",
        required=True,
        format_func=CONFIDENCES.__getitem__,
        help="Temperature scaling divides each exit's logits by one number, fitted on the half of "
        "the examples that is set aside, so that 90 % sure is right nine times out of ten.",
        **offer("confidences", list(CONFIDENCES), "trained"),
    )
    return shown_of(run, examples == "half", confidences == "scaled")


def shown_of(run: Run, half: bool, scaled: bool) -> Shown:
    """All of a run or half of it, as trained or at temperatures."""
    return _shown(recall("loaded"), half, scaled, run)


@st.cache_resource(show_spinner="Fitting temperatures …", max_entries=8)
def _shown(loaded: str, half: bool, scaled: bool, _run: Run) -> Shown:
    if not (half or scaled):
        return Shown(_run, _run, _run)
    calibration, evaluation = halves(_run)
    trained = evaluation if half else _run
    temperatures = fit_temperatures(calibration) if scaled else None
    run, other = (
        one if temperatures is None else at_temperatures(one, temperatures)
        for one in (trained, calibration)
    )
    return Shown(run, trained, _run, other if half else None, temperatures)
