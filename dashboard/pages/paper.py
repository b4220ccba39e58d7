"""Paper: does this agree with the publication?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.layout import header
from dashboard.memory import SHARED, adopt_address, offer, publish, recall

if TYPE_CHECKING:
    from dashboard.paper_runs import PaperRuns

GUIDANCE = (
    "The CascadeBERT paper’s Tables 2 to 7, its numbers beside those of all runs of GLUE tasks. "
    "Speed-ups count layers, as in print."
)
KEPT = (*SHARED, "tau", "h", "pin", "select", "ids")  # in the address, for the other pages
SUBJECTS = {
    "2": "all systems",
    "3": "distilled models",
    "4": "without DAR",
    "5": "smallest models",
    "6": "RoBERTa",
    "7": "FastBERT",
}


def page() -> None:
    """Draw the page."""
    from dashboard.paper_runs import choose_paper_runs  # pandas, only when it is used

    adopt_address("paper")
    about = choose_paper_runs()
    header("Paper", _setting(about), GUIDANCE)
    if about.by_task:
        _draw(about)
    else:
        st.info(
            "There is no run of a GLUE task to set beside the paper. Make one: "
            "cascadelens run sst2-minilm"
        )
    _left_out(about)
    publish(**{name: value for name, value in (recall("published") or {}).items() if name in KEPT})


def _draw(about: PaperRuns) -> None:
    from dashboard.paper_claims import claims_section
    from dashboard.paper_figure import ahead_section
    from dashboard.paper_setting import setting_section
    from dashboard.paper_tables import table_section

    number = st.segmented_control(
        "Table",
        required=True,
        format_func=lambda one: f"{one}: {SUBJECTS[one]}",
        help="The paper’s tables by their numbers. DAR is difficulty-aware regularisation.",
        **offer("table", list(SUBJECTS), "2"),
    )
    setting_section(int(number or "2"), about.by_task)
    above = st.container()
    ahead_section(about)
    with above:  # drawn second: it takes the longest
        table_section(int(number or "2"), about)
    claims_section(about)


def _setting(about: PaperRuns) -> str:
    count = len(about.by_task)
    return f"{count} run{'' if count == 1 else 's'}, one for each task"


def _left_out(about: PaperRuns) -> None:
    """Which runs are not on this page, and why."""
    for reason, names in about.reasons.items():
        st.caption(f"Not on this page: {', '.join(names)} ({reason}).")
