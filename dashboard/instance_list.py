"""The list of instances with search and filters; a click on a row chooses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cascade_core.operation import Operation
from cascade_core.outcomes import OUTCOMES, outcomes
from dashboard.choices import Choices
from dashboard.memory import act, recall
from dashboard.trace import exit_scores_of

if TYPE_CHECKING:
    import pandas as pd

Texts = Mapping[str, tuple[str, ...]]
ANY = "any"
MOST_LISTED = 50_000  # a browser has to hold them


def instance_list(choices: Choices, operation: Operation, texts: Texts) -> None:
    """Show the instances that fit the filters, with what the system in focus does to them."""
    frame, filters = _filtered(_frame(choices, operation, texts), choices, texts)
    st.caption(
        f"{len(frame):,} of {choices.run.instances:,} examples · {choices.focus} for "
        f"τ = {choices.tau:.10g}. Tick a row to trace it; click a column’s head to sort."
    )
    if frame.empty:
        st.info("No example fits these filters. Take one away.")
        return
    if len(frame) > MOST_LISTED:
        st.caption(f"Listed, and saved, are the first {MOST_LISTED:,}: filter to see others.")
        frame = frame.head(MOST_LISTED)
    ids = frame["id"].to_numpy()
    # Another list under another key: a tick must not stay at a row that now holds another example.
    key = f"instances {choices.run.identity} {filters}"

    def select() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        act(ids=tuple(int(ids[row]) for row in rows[:1]))

    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        on_select=select,
        selection_mode="single-row",
        height=420,
        alt="The examples that fit the filters, with what the system in focus does to them",
        column_config={
            "id": st.column_config.NumberColumn(width="small", format="%d"),
            "exit score": st.column_config.NumberColumn(format="%.4f", width="small"),
            **{column: st.column_config.TextColumn(width=320) for column in texts},
        },
    )
    st.download_button(
        "CSV",
        lambda: frame.to_csv(index=False, lineterminator="\n"),
        f"{choices.file_name('instances', choices.focus, at_tau=True)}.csv",
        "text/csv",
        key="save-instances",
        help="Save this list as CSV.",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )


def _frame(choices: Choices, operation: Operation, texts: Texts) -> pd.DataFrame:
    import pandas as pd  # here and not above: the first page is there sooner without it

    run, ladder, left = choices.run, choices.systems[choices.focus], operation.left
    every = np.arange(run.instances)
    names = np.array([*run.label_names, "unknown"], dtype=object)
    columns: dict[str, Any] = {"id": run.ids, **texts, "label": names[run.labels]}
    if ladder.predictions is not None:
        columns["answer"] = names[ladder.predictions[left, every]]
    if ladder.correct is not None and ladder.scorable:
        titles = np.array([one.title for one in OUTCOMES.values()], dtype=object)
        columns["outcome"] = titles[outcomes(ladder, left)]
    columns["leaves at"] = np.array(choices.exit_names(choices.focus), dtype=object)[left]
    columns["exit score"] = exit_scores_of(ladder, choices.criterion)[left, every]
    if run.tokens is not None:
        columns["tokens"] = run.tokens
    for name, category in run.categories.items():
        columns[name] = np.array(category.names, dtype=object)[category.codes]
    return pd.DataFrame(columns)


def _filtered(frame: pd.DataFrame, choices: Choices, texts: Texts) -> tuple[pd.DataFrame, str]:
    """The rows that fit the filters, and a name for what decides which rows they are."""
    categories = choices.run.categories
    search_place, label_place, exit_place, *places = st.columns([3, 1, 1, *[1] * len(categories)])
    search = search_place.text_input(
        "Search", key="search", placeholder="a word of the text, or an id", on_change=act
    ).strip()
    label = label_place.selectbox(
        "True label", [ANY, *choices.run.label_names], key="label", on_change=act
    )
    leaves = exit_place.selectbox(
        "Leaves at", [ANY, *choices.exit_names(choices.focus)], key="leaves", on_change=act
    )
    outcome = recall("outcome") if "outcome" in frame else None
    keep = np.ones(len(frame), dtype=bool)
    chosen = []
    for place, (name, category) in zip(places, categories.items(), strict=True):
        names = [ANY, *category.names]
        chosen.append(place.selectbox(name.capitalize(), names, key=f"only {name}", on_change=act))
        if chosen[-1] != ANY:
            keep &= category.of([chosen[-1]])
    if search:
        keep &= _found(frame, search, texts)
    if label != ANY:
        keep &= (frame["label"] == label).to_numpy()
    if leaves != ANY:
        keep &= (frame["leaves at"] == leaves).to_numpy()
    if outcome:
        keep &= (frame["outcome"] == OUTCOMES[outcome].title).to_numpy()
    moving = (choices.focus, choices.criterion, choices.tau) if outcome or leaves != ANY else ()
    return frame.loc[keep], repr((search, label, leaves, outcome, moving, chosen))


def _found(frame: pd.DataFrame, search: str, texts: Texts) -> np.ndarray:
    found = [frame["id"].astype(str) == search]
    found += [frame[column].str.contains(search, case=False, regex=False) for column in texts]
    return np.any(found, axis=0)
