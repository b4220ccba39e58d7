"""The script Streamlit runs: navigation between the pages.

It lies inside `pages`: beside a folder of that name Streamlit would take the files in it for
pages of its own making.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.pages import (
    compose,
    instances,
    live,
    overview,
    paper,
    reliability,
    representations,
    tradeoff,
)

# A file of ours: Streamlit would fetch its own symbols from the internet.
ICON = Path(__file__).parent.parent / "icon.svg"


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="CascadeLens", page_icon=str(ICON), layout="wide")
    st.navigation(
        [
            st.Page(overview.page, title="Overview", icon=":material/home:", default=True),
            st.Page(
                tradeoff.page, title="Trade-off", icon=":material/stairs_2:", url_path="tradeoff"
            ),
            st.Page(
                reliability.page,
                title="Reliability",
                icon=":material/grid_on:",
                url_path="reliability",
            ),
            st.Page(
                representations.page,
                title="Representations",
                icon=":material/scatter_plot:",
                url_path="representations",
            ),
            st.Page(
                instances.page, title="Instances", icon=":material/list:", url_path="instances"
            ),
            st.Page(live.page, title="Live", icon=":material/bolt:", url_path="live"),
            st.Page(
                compose.page, title="Compose", icon=":material/account_tree:", url_path="compose"
            ),
            st.Page(paper.page, title="Paper", icon=":material/article:", url_path="paper"),
        ]
    ).run()


if __name__ == "__main__":
    main()
