"""What a model between two others should bring by Appendix C, and what it brings, on Compose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from cascade_core.comparison import MATCHED, Comparison
from cascade_core.inserted_model import (
    Stage,
    is_between,
    largest_gain,
    predicted_gain,
    stages_of,
)
from cascade_core.intervals import Interval
from cascade_core.operation import operate
from dashboard.choices import Choices
from dashboard.composed import Composed, compare_with, compose
from dashboard.tables import Cell, Row, table
from dashboard.theme import percent, points, times

WITHOUT = "without the second model"
WHAT_IT_IS = r"""
At the same speed-up, a model M\* between two others gains in accuracy (Eq. 13 of Appendix C)

$$T = \hat s^* (a^* - a_1) - \frac{L^*}{L_2} (\hat s_2 + \hat s^*) (a_2 - a_1)$$

where $a$ are the models' accuracies on all examples, $L$ what each alone costs, and $\hat s$ the
shares of examples that leave at M\* and at the large model. Whoever leaves at M\* gains over the
small model; M\* is paid for by letting some leave at the small model who went on to the large one.
No such model can gain more than $(a_2 - a_1)(1 - L_1 / L_2)$ (from Eq. 14 and 15).

The formula takes every model to be as accurate on any part of the examples as on all. But a cascade
lives on the contrary: what a model lets go of it mostly has right, and what reaches the next one is
difficult. The second table shows how far the two are apart; the further, the less the prediction
says, even of the sign. Costs that differ by example enter by their means.
"""


class Foreseen(NamedTuple):
    """At one speed-up: what is predicted, what is measured, and how sure models were right."""

    wanted: float
    predicted: float
    measured: float
    interval: Interval
    shares: tuple[float, ...]
    accuracies: tuple[float, ...]


def inserted_table(choices: Choices, made: Composed) -> None:
    """The predicted gain beside the measured one, for a cascade of three complete models."""
    st.subheader("Does a model in between pay?", anchor=False)
    if len(made.models) != 3 or made.ladder.exits != 3:
        st.info(
            "The appendix of the CascadeBERT paper predicts what a model between two others gains: "
            "choose three models of one exit each to see it beside what is measured."
        )
        return
    if not made.ladder.scorable:
        st.info("Without labels there are no accuracies to predict a gain from.")
        return
    stages = stages_of(made.ladder, choices.basis)
    found = _foreseen(choices, made, stages)
    if not found:
        st.info("The cascades with and without the second model share no speed-up of 1× or more.")
        return
    _say_if_not_between(made, stages)
    _gains(choices, made, stages, found)
    _accuracies(choices, made, stages, found)
    with st.expander("What the prediction is, and when it says little"):
        st.markdown(WHAT_IT_IS)


def _foreseen(choices: Choices, made: Composed, stages: Sequence[Stage]) -> list[Foreseen]:
    small, _, large = made.models
    two, three = (
        compose(choices, (small, large), WITHOUT, "accuracy"),
        compose(choices, made.models, made.name, "accuracy"),
    )
    compared = compare_with(choices, [two, three], [])
    reached = min(compared.fastest(one.name) for one in (two, three))
    return [
        _at(compared, three, stages, wanted)
        for wanted in MATCHED
        if wanted <= reached and wanted >= 1
    ]


def _at(compared: Comparison, three: Composed, stages: Sequence[Stage], wanted: float) -> Foreseen:
    ladder, curve = three.ladder, three.curve
    assert ladder.correct is not None
    left = operate(ladder, curve, three.choosing.at_speedup(wanted).threshold).left
    shares = np.bincount(left, minlength=3) / ladder.instances
    accuracies = [
        float(right[left == exit_].mean()) if (left == exit_).any() else np.nan
        for exit_, right in enumerate(ladder.correct)
    ]
    new, old = (three.name, wanted), (WITHOUT, wanted)
    interval = compared.difference(new, old)
    assert interval is not None
    return Foreseen(
        wanted,
        predicted_gain(stages, shares),
        compared.score(new) - compared.score(old),
        interval,
        tuple(shares.tolist()),
        tuple(accuracies),
    )


def _say_if_not_between(made: Composed, stages: Sequence[Stage]) -> None:
    if not is_between(stages):
        small, middle, large = made.models
        st.caption(
            f"The bound does not hold here: it takes {middle} to be between {small} and {large} "
            "in cost and in accuracy."
        )


def _gains(
    choices: Choices, made: Composed, stages: Sequence[Stage], found: Sequence[Foreseen]
) -> None:
    bound = largest_gain(stages) if is_between(stages) else None
    rows = [
        Row(
            f"{one.wanted:g}×",
            "",
            [
                Cell(points(one.predicted)),
                Cell("–", quiet=True) if bound is None else Cell(points(bound)),
                Cell(
                    points(one.measured),
                    f"{points(one.interval.low)} to {points(one.interval.high)}",
                ),
                Cell(percent(one.shares[1])),
            ],
        )
        for one in found
    ]
    middle = made.models[1]
    columns = ["speed-up at least", "predicted", "at most", "measured", f"leave at {middle}"]
    small, _, large = made.models
    chosen = "on the other half" if choices.shown.calibration else "on these same examples"
    caption = (
        f"Points of accuracy that {middle} brings between {small} and {large}, at the same "
        f"{choices.speedup_title}, with one τ for all, chosen {chosen}; 95 % intervals of the "
        "difference, paired"
    )
    head = ["wanted", "predicted", "at most", "measured", "95 % from", "95 % to", columns[-1]]
    numbers = [
        [one.wanted, one.predicted, bound, one.measured, *one.interval, one.shares[1]]
        for one in found
    ]
    saved = choices.saved("inserted", *made.models, numbers=[head, *numbers])
    table(columns, rows, name="table-inserted", caption=caption, saved=saved)


def _accuracies(
    choices: Choices, made: Composed, stages: Sequence[Stage], found: Sequence[Foreseen]
) -> None:
    rows = [
        Row(
            model,
            "",
            [
                Cell(choices.amount(choices.basis, stage.cost)),
                Cell(percent(stage.accuracy)),
                *(
                    Cell(percent(one.accuracies[exit_]), f"of {percent(one.shares[exit_])}")
                    for one in found
                ),
            ],
        )
        for exit_, (model, stage) in enumerate(zip(made.models, stages, strict=True))
    ]
    columns = ["model", "costs alone", "on all", *(f"at {times(one.wanted)}" for one in found)]
    caption = (
        "Accuracy on all examples, which the prediction goes by, and on those that leave at the "
        "model"
    )
    saved = choices.saved("stages", *made.models)
    table(columns, rows, name="table-stages", caption=caption, saved=saved)
