"""How far confidences can be believed, on Reliability: diagrams, errors, what temperatures do."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cascade_core import Run
from cascade_core.calibration import SCHEMES
from cascade_core.calibration_report import (
    CalibrationReport,
    calibration_report,
    smooth_calibration_error,
)
from cascade_core.criteria import confidences
from cascade_core.exit_quality import exit_grid
from cascade_core.operation import emitted, operate
from dashboard.charts import chart
from dashboard.choices import Choices
from dashboard.figures.reliability import (
    ReliabilityPanel,
    ReliabilityPicture,
    reliability_figure,
)
from dashboard.memory import offer
from dashboard.tables import Cell, Row, table
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


def calibration_section(choices: Choices) -> None:
    """Diagrams of one exit and of what is emitted, with their errors, and the temperatures."""
    ladder = choices.systems[choices.focus]
    if confidences(ladder) is None or not ladder.scorable:
        return
    st.subheader("Does being sure mean being right?", anchor=False)
    exits = list(choices.exit_names(choices.focus)) or ["its only exit"]
    of_exit, of_bins, second = st.columns([2, 2, 2], vertical_alignment="bottom")
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
    with second:
        smooth = st.toggle(
            "Smooth ECE as well",
            key="smooth",
            help="A second opinion without bins; its library takes some seconds to load.",
        )
    judged = _judged(choices, exits.index(exit_name or exits[0]))
    reports = {one.name: _report(one, scheme or SCHEMES[0]) for one in judged if one.right.size}
    _diagrams(choices, reports, _lowest(judged))
    _errors(choices, judged, reports, smooth)
    if choices.shown.temperatures is not None:
        with st.expander("The temperature of every exit, and what it does"):
            _temperatures(choices)
    with st.expander("What these errors are"):
        st.markdown(WHAT_IT_IS)


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
    name = (choices.exit_names(choices.focus) or (choices.focus,))[exit_]
    tau = f"τ = {choices.tau:.4g}"
    return [
        Judged(f"{name}, all examples", confidence, right),
        Judged(f"{name}, let go at {tau}", confidence[here], right[here]),
        Judged(f"all exits at {tau}", every, emitted_right),
    ]


def _report(judged: Judged, scheme: str) -> CalibrationReport:
    return _computed(judged.confidence, judged.right, scheme)


@st.cache_data(show_spinner="Resampling the examples …", max_entries=48)
def _computed(confidence: np.ndarray, right: np.ndarray, scheme: str) -> CalibrationReport:
    return calibration_report(confidence, right, scheme=scheme)


@st.cache_data(show_spinner="Asking for a second opinion …", max_entries=48)
def _smooth(confidence: np.ndarray, right: np.ndarray) -> float:
    return smooth_calibration_error(confidence, right)


def _diagrams(choices: Choices, reports: dict[str, CalibrationReport], lowest: float) -> None:
    panels = [ReliabilityPanel(name, one.bins) for name, one in reports.items()]
    title = f"Accuracy by confidence of {choices.focus} · {choices.setting}"
    picture = ReliabilityPicture(title, panels, lowest)
    label = f"{title}: " + "; ".join(
        f"{name} has an expected calibration error of {percent(one.error)}"
        for name, one in reports.items()
    )
    chart(
        reliability_figure(picture),
        key="reliability-diagram",
        label=label,
        name=choices.file_name("reliability", choices.focus, at_tau=True),
    )


def _lowest(judged: list[Judged]) -> float:
    """The least confidence there is, in steps of a tenth."""
    least = min(float(one.confidence.min()) for one in judged if one.right.size)
    return math.floor(10 * least) / 10


def _errors(
    choices: Choices,
    judged: list[Judged],
    reports: dict[str, CalibrationReport],
    smooth: bool,
) -> None:
    extra = ["smooth ECE"] if smooth else []
    columns = ["answers", "n", "accuracy", "mean confidence", "ECE", "by chance", *extra]
    rows, numbers = [], []
    for one in judged:
        report = reports.get(one.name)
        if report is None:
            rows.append(Row(one.name, "", [Cell("0"), *[Cell("–", quiet=True)] * (4 + smooth)]))
            continue
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
    caption = "Confidence is the highest probability; ECE with its interval"
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
