"""How far confidences can be believed, on Reliability: diagrams, errors, what temperatures do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cascade_core import Run
from cascade_core.calibration import SCHEMES, ReliabilityBins, reliability_bins
from cascade_core.calibration_report import (
    CalibrationReport,
    calibration_report,
    smooth_calibration_error,
)
from cascade_core.criteria import confidences
from cascade_core.exit_quality import exit_grid
from cascade_core.operation import emitted, operate
from dashboard.bin_box import ANY_EXIT, Bin, bin_box, bins_at_tau, bins_of_exit, pick_bin
from dashboard.choices import Choices
from dashboard.conditions import Sure
from dashboard.figures.reliability import (
    NO_BINS,
    ReliabilityPanel,
    ReliabilityPicture,
    reliability_figure,
)
from dashboard.layout import committed
from dashboard.memory import offer, switch
from dashboard.tables import Cell, Row, table
from dashboard.tau_lab import figure_address, tau_lab
from dashboard.theme import percent

SCHEME_TITLES = dict(zip(SCHEMES, ("equally wide", "equally filled"), strict=True))
WHAT_IT_IS = """
- **ECE**: the mean gap of confidence and accuracy over 15 bins. A few examples have one by chance
  even where every confidence is honest: **by chance** says how large. The interval is the reflected
  one of the bootstrap, since an ECE is too large by nature; it begins at 0 where the ECE is within
  what chance gives in 19 draws of 20. It is made for 95 %, and covers some 90.
- **Smooth ECE** (Błasiok and Nakkiran 2023) has no bins whose edges decide it: a second opinion, by
  the library relplot.
"""


class Judged(NamedTuple):
    """Confidences of some answers, float64 [M], and which of them are right, bool [M]."""

    name: str
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]

    def bins(self, scheme: str) -> ReliabilityBins:
        """The answers by confidence; no bins where there are none."""
        if not self.right.size:
            return NO_BINS
        return reliability_bins(self.confidence, self.right, scheme=scheme)


def calibration_section(choices: Choices) -> None:
    """The lab with diagrams of one exit and of what is emitted, their errors, the temperatures."""
    ladder = choices.systems[choices.focus]
    if confidences(ladder) is None or not ladder.scorable:
        committed(choices)
        return
    st.subheader("Does being sure mean being right?", anchor=False)
    exits = list(choices.exit_names(choices.focus)) or [choices.focus]
    of_exit, of_bins, _ = st.columns([2, 2, 2], vertical_alignment="bottom")
    with of_exit:
        exit_name = st.selectbox(
            f"Exit of {choices.focus}",
            help="Asked about all examples, and about those it lets go of at τ.",
            **offer("exit", exits, exits[0]),
        )
    with of_bins:
        scheme = st.segmented_control(
            "Bins",
            required=True,
            format_func=SCHEME_TITLES.__getitem__,
            help="Equally wide bins are the usual ones; equally filled ones weigh alike.",
            **offer("bins", list(SCHEMES), SCHEMES[0]),
        )
    exit_, scheme = exits.index(exit_name or exits[0]), scheme or SCHEMES[0]
    everywhere, choices = choices, choices.without(Sure.kind)
    judged = _judged(choices, exit_)
    bins = _selectable(choices, exits[exit_], judged, scheme)
    _lab(choices, exit_, scheme, judged[0], bins)
    bin_box(everywhere, bins)
    committed(choices)
    smooth = st.toggle(
        "Smooth ECE as well",
        **switch("smooth"),
        help="A second opinion without bins; its library takes some seconds to load.",
    )
    _errors(choices, judged, scheme, smooth)
    if choices.shown.temperatures is not None:
        with st.expander("The temperature of every exit, and what it does"):
            _temperatures(choices)
    with st.expander("What these errors are"):
        st.markdown(WHAT_IT_IS)


def _selectable(
    choices: Choices, exit_name: str, judged: Sequence[Judged], scheme: str
) -> list[Bin]:
    """All bins of all diagrams that hold examples."""
    every, here, anywhere = (one.bins(scheme) for one in judged)
    return [
        *bins_of_exit(choices, exit_name, every),
        *bins_at_tau(choices, 1, "let go at τ", exit_name, here),
        *bins_at_tau(choices, 2, "all exits at τ", ANY_EXIT, anywhere),
    ]


def _lab(choices: Choices, exit_: int, scheme: str, of_exit: Judged, bins: Sequence[Bin]) -> None:
    """The diagrams, which follow tau in the browser, and the errors that they show."""
    sure = confidences(choices.systems[choices.focus])
    assert sure is not None
    lowest = math.floor(10 * float(sure.min())) / 10  # the least there is, in tenths
    names = _names(choices, exit_, "τ")
    title = f"Accuracy by confidence of {choices.focus} · {choices.setting}"

    def build():
        first = ReliabilityPanel(names[0], of_exit.bins(scheme))
        panels = [first, *map(ReliabilityPanel, names[1:])]
        return reliability_figure(ReliabilityPicture(title, panels, lowest))

    figure = figure_address(build, "reliability", choices.run.identity, title, str(exit_), scheme)
    label = f"{title}: {'; '.join(names)}. The table below says how far off confidences are."
    more = {"exit": exit_, "scheme": scheme, "lowest": lowest, "names": names}
    tau_lab(
        choices,
        "reliability",
        figure,
        label,
        {"reliability": more},
        on_point=lambda clicked: pick_bin(bins, clicked),
    )


def _names(choices: Choices, exit_: int, tau: str) -> Sequence[str]:
    """What the answers are called that are judged."""
    name = (choices.exit_names(choices.focus) or (choices.focus,))[exit_]
    return [f"{name}, all examples", f"{name}, let go at {tau}", f"all exits at {tau}"]


def _judged(choices: Choices, exit_: int) -> list[Judged]:
    ladder = choices.systems[choices.focus]
    sure = confidences(ladder)
    assert sure is not None
    assert ladder.correct is not None
    left = operate(ladder, choices.curves[choices.focus], choices.tau).left
    confidence, right = sure[exit_], ladder.correct[exit_]
    here = left == exit_
    every = sure[left, np.arange(ladder.instances)]
    emitted_right = emitted(ladder, left)
    assert emitted_right is not None
    names = _names(choices, exit_, f"τ = {choices.tau:.4g}")
    answers = [(confidence, right), (confidence[here], right[here]), (every, emitted_right)]
    return [Judged(name, *one) for name, one in zip(names, answers, strict=True)]


@st.cache_data(show_spinner="Resampling the examples …", max_entries=48)
def _computed(confidence: np.ndarray, right: np.ndarray, scheme: str) -> CalibrationReport:
    return calibration_report(confidence, right, scheme=scheme)


@st.cache_data(show_spinner="Asking for a second opinion …", max_entries=48)
def _smooth(confidence: np.ndarray, right: np.ndarray) -> float:
    return smooth_calibration_error(confidence, right)


def _errors(choices: Choices, judged: list[Judged], scheme: str, smooth: bool) -> None:
    """What the lab shows for the tau last settled on, with intervals and what chance gives."""
    extra = ["smooth ECE"] if smooth else []
    columns = ["answers", "n", "accuracy", "mean confidence", "ECE", "by chance", *extra]
    rows, numbers = [], []
    for one in judged:
        if not one.right.size:
            rows.append(Row(one.name, "", [Cell("0"), *[Cell("–", quiet=True)] * (4 + smooth)]))
            continue
        report = _computed(one.confidence, one.right, scheme)
        second = [_smooth(one.confidence, one.right)] if smooth else []
        accuracy, confidence = float(one.right.mean()), float(one.confidence.mean())
        low, high = report.interval
        cells = [
            Cell(f"{one.right.size:,}"),
            Cell(percent(accuracy)),
            Cell(percent(confidence)),
            Cell(percent(report.error), f"{percent(low)} to {percent(high)}"),
            Cell(percent(report.by_chance)),
            *(Cell(percent(value)) for value in second),
        ]
        rows.append(Row(one.name, "", cells))
        measured = [accuracy, confidence, report.error, low, high, report.by_chance]
        numbers.append([one.name, one.right.size, *measured, *second])
    caption = (
        f"For τ = {choices.tau:.10g}. Confidence is the highest probability; ECE with its interval"
    )
    head = [*columns[:5], "from", "to", *columns[5:]]
    saved = choices.saved("calibration", numbers=[head, *numbers], at_tau=True)
    table(columns, rows, name="table-calibration", caption=caption, saved=saved)


def _temperatures(choices: Choices) -> None:
    """What each exit's temperature is, and what it does to ECE and DIS."""
    temperatures = choices.shown.temperatures
    assert temperatures is not None
    trained, scaled = choices.shown.trained, choices.run
    grids = {
        (quality, when): _grid(run.identity, quality, run).values
        for quality in ("ece", "dis")
        for when, run in (("trained", trained), ("scaled", scaled))
    }
    depths = _grid(scaled.identity, "ece", scaled).depths
    rows, numbers = [], []
    for place, (model, output) in enumerate(choices.run.models.items()):
        for exit_, temperature in enumerate(temperatures[model]):
            at = place, depths.index(output.depths[exit_])
            found = [float(grid[at]) for grid in grids.values()]
            name = model if output.exits == 1 else f"{model}, {output.exit_names[exit_]}"
            cells = [f"{temperature:.2f}", *(percent(value) for value in found)]
            rows.append(Row(name, "", [Cell(text) for text in cells]))
            numbers.append([name, temperature, *found])
    columns = ["exit", "temperature", "ECE as trained", "at it", "DIS as trained", "at it"]
    fitted = "the other half" if choices.shown.calibration else "half of these examples"
    caption = (
        f"Fitted on {fitted}. Above 1 an exit was too sure. Dividing by one number changes no "
        "answer; with two classes it changes no order of confidences either, so DIS stays, but "
        "for confidences that were too near 1 to tell apart."
    )
    head = [*columns[:3], "ECE at it", columns[4], "DIS at it"]
    saved = choices.saved("temperatures", numbers=[head, *numbers])
    table(columns, rows, name="table-temperatures", caption=caption, saved=saved)


@st.cache_resource(show_spinner=False, max_entries=16)
def _grid(identity: str, quality: str, _run: Run):
    return exit_grid(_run, quality)
