"""Presentation mode: what is hidden and enlarged, how one comes and goes."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.presentation import LARGER, enlarged
from tests.dashboard.conftest import Opener
from tests.dashboard.test_pages import lab_data, markup

PAGES = ("overview", "tradeoff", "reliability", "instances", "live", "compose", "paper")


def font_sizes(page) -> set[float]:
    charts = [
        json.loads(one.proto.json)[0]["figure"]
        for one in page.get("bidi_component")
        if one.proto.component_name.endswith("chart")
    ]
    return {chart["layout"]["template"]["layout"]["font"]["size"] for chart in charts}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_presented_and_left(open_page: Opener, page: str) -> None:
    opened = open_page(page, present="1")
    assert not opened.exception
    assert "display: none" in markup(opened)
    assert opened.query_params["present"] == "1"
    opened.button(key="leave").click().run()
    assert "display: none" not in markup(opened)
    assert "present" not in opened.query_params
    opened.button(key="present").click().run()
    assert opened.query_params["present"] == "1"
    assert not opened.exception


def test_figures_are_larger_while_one_presents(open_page: Opener) -> None:
    assert font_sizes(open_page("overview")) == {13}
    assert font_sizes(open_page("overview", present="1")) == {round(13 * LARGER, 2)}
    figures = {lab_data(open_page("tradeoff", present=now))["figure"] for now in ("1", "0")}
    assert len(figures) == 2


def test_what_counts_in_data_is_not_enlarged() -> None:
    figure = go.Figure(
        [go.Bar(x=[1], y=[2], width=[0.5]), go.Bar(x=[2], y=[2], width=0.5)],
        {"margin": {"l": 10}, "height": 100, "xaxis": {"range": [0, 4]}},
    )
    larger = enlarged(figure, 2).to_dict()
    assert [list(np.atleast_1d(bar["width"])) for bar in larger["data"]] == [[0.5], [0.5]]
    layout = larger["layout"]
    assert (layout["margin"]["l"], layout["height"]) == (20, 200)
    assert list(layout["xaxis"]["range"]) == [0, 4]
    assert figure.to_dict()["layout"]["height"] == 100
