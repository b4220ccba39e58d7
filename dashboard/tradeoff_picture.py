"""The curves of all systems under a person's choices, for the Trade-off page and a saved page."""

from __future__ import annotations

from cascade_core.comparison import Comparison
from cascade_core.summaries import pareto_front
from dashboard.bands import bands_of
from dashboard.choices import Choices
from dashboard.figures.tradeoff import TradeoffPicture


def tradeoff_picture(choices: Choices, compared: Comparison) -> TradeoffPicture:
    """All curves, with the bands of what was compared."""
    return TradeoffPicture(
        title=f"{choices.metric_title} against speed-up · {choices.setting}",
        curves=list(choices.curves.values()),
        bands=bands_of(compared),
        front=pareto_front(choices.curves),
        styles=choices.styles,
        speedup_title=choices.speedup_title,
        score_title=choices.metric_title,
        reference=choices.run.reference,
    )


def tradeoff_label(choices: Choices) -> str:
    """The same in words, for those who do not see it."""
    return (
        f"Curves of {choices.metric_title} against {choices.speedup_title} for "
        f"{', '.join(choices.systems)} on {choices.setting}; points mark the current threshold."
    )
