"""The list of instances that are selected; a click on a row opens one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cascade_core.operation import Operation
from cascade_core.outcomes import OUTCOMES, outcomes
from dashboard.choices import Choices
from dashboard.instance_filters import instance_filters
from dashboard.memory import act, offer, recall
from dashboard.trace import exit_scores_of

if TYPE_CHECKING:
    import pandas as pd

Texts = Mapping[str, tuple[str, ...]]
MOST_LISTED = 50_000  # a browser has to hold them
AS_IN_RUN = "as in the run"
DESCENDING = ", descending"


def instance_list(choices: Choices, operation: Operation, texts: Texts) -> None:
    """Show the instances selected, with what the system in focus does to them, and the filters."""
    instance_filters(choices, texts)
    frame = _sorted(_frame(choices, operation, texts), texts)
    st.caption(
        f"{len(frame):,} of {choices.everything.run.instances:,} examples · {choices.focus} for "
        f"τ = {choices.tau:.10g}. Tick a row to open it above, several to select them. A link "
        "keeps “Sort by”, not a click on a column’s head."
    )
    if len(frame) > MOST_LISTED:
        st.caption(f"Listed, and saved, are the first {MOST_LISTED:,}: filter to see others.")
        frame = frame.head(MOST_LISTED)
    ids = frame["id"].to_numpy()
    # Another list under another key: a tick must not stay at a row that now holds another example.
    key = f"instances {choices.run.identity} {hash(ids.tobytes())}"

    def open_one() -> None:
        rows, before = _ticked(key), recall("ticked", ())
        new = [row for row in rows if row not in before]
        opened = (new or rows)[-1:]
        act(instance=str(ids[opened[0]]) if opened else None, ticked=tuple(rows))

    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        on_select=open_one,
        selection_mode="multi-row",
        height=420,
        alt="The examples that are selected, with what the system in focus does to them",
        column_config={
            "id": st.column_config.NumberColumn(width="small", format="%d"),
            "exit score": st.column_config.NumberColumn(format="%.4f", width="small"),
            **{column: st.column_config.TextColumn(width=320) for column in texts},
        },
    )
    _select_ticked(ids[_ticked(key)])
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


def _ticked(key: str) -> list[int]:
    """The rows of a list that are ticked."""
    return list(st.session_state[key]["selection"]["rows"]) if key in st.session_state else []


def _select_ticked(ids: NDArray[np.int64]) -> None:
    """A button that selects the examples that are ticked, where they are several."""
    if len(ids) > 1:
        st.button(
            f"Select the {len(ids)} ticked",
            key="select-ticked",
            help="All pages then show these examples alone.",
            on_click=act,
            kwargs={"ids": tuple(ids.tolist())},
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


def _sorted(frame: pd.DataFrame, texts: Texts) -> pd.DataFrame:
    """The rows in the order that is chosen."""
    columns = [column for column in frame if column not in texts]
    orders = [AS_IN_RUN, *(f"{one}{end}" for one in columns for end in ("", DESCENDING))]
    order = st.selectbox("Sort by", width=260, **offer("sort", orders, AS_IN_RUN))
    if order == AS_IN_RUN:
        return frame
    by = str(order).removesuffix(DESCENDING)
    return frame.sort_values(by, ascending=by == order, kind="stable")
