"""Live: what happens to my sentence?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cascade_core import Run
from cascade_core.deferral import LEARNED
from cascade_core.operation import OutOfReach
from cascade_core.replay import replay
from cascade_core.weights import missing_weights, systems_at_hand
from dashboard.choices import CRITERION_TITLES, Choices, publish
from dashboard.figures.trace import trace_figure
from dashboard.layout import committed, page_header
from dashboard.memory import act, recall, remember
from dashboard.saving import Shown, save_buttons
from dashboard.side_bar import choose
from dashboard.tables import Cell, Row
from dashboard.tau_lab import figure_address, tau_lab
from dashboard.texts import texts_at_hand
from dashboard.trace import Traced, exit_scores_of, trace_picture, trace_settings

if TYPE_CHECKING:
    from cascade_core.prediction.live import LiveModels, Reading

GUIDANCE = (
    "Type a text, or take an example and change it. Every model reads it once; then moving τ only "
    "asks who would have stopped where."
)
SHOWN_CHARACTERS = 300


def page() -> None:
    """Draw the page."""
    choices = choose("live")
    page_header("Live", choices, GUIDANCE)
    texts = _typed(choices)
    models = _models(choices.run)
    if models is not None:
        _answers(choices, models, texts)
    publish(choices)


def _answers(choices: Choices, models: LiveModels, texts: Mapping[str, str]) -> None:
    """What the systems at hand say of the text, and where each lets go of it."""
    if not any(text.strip() for text in texts.values()):
        st.info("Type a text above to see at which exits it would leave.")
        return
    if choices.criterion in ("oracle", LEARNED):
        st.info(
            f"“{CRITERION_TITLES[choices.criterion].capitalize()}” goes by the answers to a run’s "
            "examples, not to your text: leave by another criterion."
        )
        return
    reading = _read(models.key, tuple(texts.items()), models)
    _about(choices, reading, models)
    _lab(choices, reading, texts, models.key)
    committed(choices)
    _save(choices, reading, texts)


def _typed(choices: Choices) -> dict[str, str]:
    """The text that stands in the fields, one for each column of the task."""
    run = choices.run
    columns = list(run.texts or run.text_source.get("columns") or ["text"])
    examples = texts_at_hand(run)
    if examples and st.button(
        "Another example", key="another", icon=":material/casino:", help="From this run's texts."
    ):
        _put(run, examples, int(np.random.default_rng().integers(run.instances)))
    elif examples and recall("live_run") != run.identity:
        _put(run, examples, choices.opened or 0)
    elif recall("live_run") != run.identity:
        remember(live_run=run.identity, live_texts={})
    kept: Mapping[str, str] = recall("live_texts", {})
    typed = {}
    for column, place in zip(columns, st.columns(len(columns)), strict=True):
        key = _field(run, column)
        if key not in st.session_state:  # Streamlit forgets a field when another page is entered
            st.session_state[key] = kept.get(column, "")
        name = column.removesuffix("1") if len(columns) == 1 else column  # GLUE numbers even one
        typed[column] = place.text_area(name.capitalize(), key=key, height=90, on_change=act)
    remember(live_texts=typed)
    return typed


def _put(run: Run, examples: Mapping[str, tuple[str, ...]], index: int) -> None:
    texts = {column: strings[index] for column, strings in examples.items()}
    remember(live_run=run.identity, live_texts=texts)
    for column, text in texts.items():
        st.session_state[_field(run, column)] = text


def _field(run: Run, column: str) -> str:
    """The key of a column's field; another run has other fields."""
    return f"live {run.identity} {column}"


def _models(run: Run) -> LiveModels | None:
    """The models that are at hand; None, with how to get them, where no system's are."""
    systems = systems_at_hand(run)
    if not systems:
        remedy = next(iter(missing_weights(run).values()))
        st.info(f"There are no trained weights to run here: {remedy}.")
        return None
    try:
        return _loaded(run.identity, tuple(systems), run)
    except ModuleNotFoundError as error:
        st.info(
            f"Running models needs {error.name}, which is not installed: "
            "pip install 'cascadelens[models]'"
        )
        return None


@st.cache_resource(show_spinner="Loading the models …", max_entries=1)
def _loaded(identity: str, systems: tuple[str, ...], _run: Run) -> LiveModels:
    from cascade_core.prediction.live import LiveModels  # torch, only when it is used

    return LiveModels(_run)


@st.cache_resource(show_spinner="Reading …", max_entries=32)
def _read(key: tuple[str, ...], texts: tuple[tuple[str, str], ...], _models: LiveModels) -> Reading:
    return _models.read(dict(texts))


def _about(choices: Choices, reading: Reading, models: LiveModels) -> None:
    """What was read, and which systems are not at hand."""
    spent = sum(float(one[-1]) for one in reading.milliseconds.values())
    cut = f" The text was cut after {models.max_tokens} tokens." if reading.cut else ""
    st.caption(
        f"{reading.tokens} tokens read by {len(reading.milliseconds)} models in {spent:.0f} ms of "
        f"computing, one after the other, in float32.{cut} Speed-up and {choices.metric_title} at "
        f"the slider are those of the run’s {choices.counted} examples."
    )
    missing = [name for name in models.run.system_specs if name not in models.systems]
    if missing:
        remedy = next(iter(models.missing.values()))
        st.info(f"Not at hand: {', '.join(missing)}. {remedy[:1].upper()}{remedy[1:]}.")


def _quoted(texts: Mapping[str, str]) -> str:
    """What was typed on one line, not too long to be said."""
    quoted = " / ".join(" ".join(text.split()) for text in texts.values())
    return quoted if len(quoted) <= SHOWN_CHARACTERS else f"{quoted[:SHOWN_CHARACTERS]}…"


def _save(choices: Choices, reading: Reading, texts: Mapping[str, str]) -> None:
    """What saves the lab's table, for the τ last settled on."""
    numbers = []
    for one in choices.operations:
        ladder = reading.run.systems.get(one.system)
        if ladder is None or isinstance(one, OutOfReach):
            continue
        scores = exit_scores_of(ladder, choices.criterion)
        exit_ = int(replay(scores, one.point.threshold)[0]) if ladder.exits > 1 else 0
        assert ladder.predictions is not None
        numbers.append(
            [
                one.system,
                choices.run.label_names[ladder.predictions[exit_, 0]],
                float(scores[exit_, 0]),
                choices.exit_names(one.system)[exit_] if ladder.exits > 1 else one.system,
                float(ladder.costs["layers"][exit_]),
                float(reading.milliseconds_of(one.system)[exit_]),
            ]
        )
    rows = [
        Row(
            name,
            "",
            [Cell(answer), Cell(f"{sure:.4f}"), Cell(at), Cell(f"{layers:g}"), Cell(f"{ms:.1f}")],
        )
        for name, answer, sure, at, layers, ms in numbers
    ]
    columns = ["system", "answers", "sure by", "leaves at", "layers", "milliseconds"]
    saved = choices.saved("live", numbers=[columns, *numbers], at_tau=True)
    save_buttons(saved, Shown(columns, rows, f"Every system on: {_quoted(texts)}"), "save-live")


def _lab(
    choices: Choices, reading: Reading, texts: Mapping[str, str], key: tuple[str, ...]
) -> None:
    shown = _quoted(texts)
    traced = Traced(reading.run.systems, 0, "Your text through every exit")
    figure = figure_address(
        lambda: trace_figure(trace_picture(choices, traced)),
        "live",
        *key,
        choices.criterion,
        repr(texts),
    )
    label = f"Exit scores and class probabilities, exit by exit, of: {shown}"
    tau_lab(choices, "live", figure, label, {"trace": _settings(choices, traced, reading)})


def _settings(choices: Choices, traced: Traced, reading: Reading) -> dict[str, Any]:
    """The trace, and what each exit of each system costs: layers counted, milliseconds measured."""
    settings = trace_settings(choices, traced)
    for name, panel in zip(choices.systems, settings["panels"], strict=True):
        if name in traced.ladders:
            ladder = traced.ladders[name]
            panel["scores"] = exit_scores_of(ladder, choices.criterion)[:, 0].tolist()
            panel["layers"] = ladder.costs["layers"].tolist()
            panel["milliseconds"] = reading.milliseconds_of(name).tolist()
    return settings
