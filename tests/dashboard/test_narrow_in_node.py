"""narrow.js puts panels below each other: as high as before, under their titles."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.assets import WEB
from dashboard.figures.ahead import AheadMark, AheadPicture, ahead_figure
from dashboard.figures.reliability import (
    ReliabilityPanel,
    ReliabilityPicture,
    reliability_figure,
)
from dashboard.figures.trace import TracePanel, TracePicture, trace_figure
from dashboard.theme import system_styles

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("narrow_in_node.mjs")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node here; tests/browser runs it")


def narrowed(folder: Path, *figures: go.Figure) -> list[dict[str, Any]]:
    """What narrow.js makes of figures."""
    (folder / "figures").write_text(
        json.dumps([json.loads(one.to_json() or "") for one in figures])
    )
    command = [str(NODE), str(SCRIPT), str(WEB), str(folder / "figures")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def traces(count: int) -> go.Figure:
    names = [f"system {number}" for number in range(count)]
    styles = list(system_styles(names).values())
    panels = [
        TracePanel(name, ("layer 1", "layer 2"), np.array([0.5, 0.9]), np.full((2, 2), 0.5))
        for name in names
    ]
    return trace_figure(TracePicture("title", panels, styles, ("no", "yes"), "sure", 1.0))


def heights(figure: dict[str, Any]) -> list[tuple[float, float]]:
    """Where drawn y axes begin and end, in pixels above the plot's foot, from the top one down."""
    layout = figure["layout"]
    margin = layout["margin"]
    inner = layout["height"] - margin["t"] - margin["b"]
    drawn = {one.get("yaxis", "y").replace("y", "yaxis") for one in figure["data"]}
    axes = [one for name, one in layout.items() if name in drawn]
    spans = [tuple(inner * end for end in one.get("domain", [0, 1])) for one in axes]
    return sorted(spans, reverse=True)


def test_panels_are_as_high_as_before_and_apart(tmp_path: Path) -> None:
    wide = traces(7)
    (made,) = narrowed(tmp_path, wide)
    (high, *_), below = heights(json.loads(wide.to_json() or "")), heights(made)
    assert len(below) == 7
    for low, top in below:
        assert top - low == pytest.approx(high[1] - high[0])
    for (low, _), (_, top) in pairwise(below):
        assert low - top > 60  # room for ticks and a title
    assert all(made["layout"][f"xaxis{number or ''}"]["domain"] == [0, 1] for number in ("", 4, 7))


def test_titles_stay_above_their_panels(tmp_path: Path) -> None:
    (made,) = narrowed(tmp_path, traces(7))
    layout = made["layout"]
    inner = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    titles = {one["text"]: inner * one["y"] for one in layout["annotations"]}
    tops = dict(zip(titles, (top for _, top in heights(made)), strict=True))
    assert titles == pytest.approx(tops)
    assert [title.split(",")[0] for title in titles] == [f"system {number}" for number in range(7)]


def test_the_legend_has_room_for_every_name(tmp_path: Path) -> None:
    wide = ahead_figure(
        AheadPicture("t", "points", [AheadMark("RTE", at, 0.1, 0, 0.2, 0.1) for at in (2, 3)])
    )
    (made,) = narrowed(tmp_path, wide)
    layout = made["layout"]
    inner = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    under = -layout["legend"]["y"] * inner
    assert layout["legend"]["orientation"] == "v"
    assert layout["margin"]["b"] - under >= 2 * 20


def test_a_scale_that_panels_shared_is_shown_in_each(tmp_path: Path) -> None:
    marks = [AheadMark("RTE", at, 0.1, 0, 0.2, 0.1) for at in (2, 3, 4)]
    wide = ahead_figure(AheadPicture("t", "points", marks))
    assert json.loads(wide.to_json() or "")["layout"]["yaxis2"]["showticklabels"] is False
    (made,) = narrowed(tmp_path, wide)
    assert made["layout"]["yaxis2"]["showticklabels"] is True


def test_a_column_of_panels_over_one_axis_stays_together(tmp_path: Path) -> None:
    panels = [ReliabilityPanel(name) for name in ("all", "let go", "at τ")]
    (made,) = narrowed(tmp_path, reliability_figure(ReliabilityPicture("t", panels, 0.3)))
    layout = made["layout"]
    ordered = [layout[f"yaxis{number or ''}"]["domain"] for number in ("", 4, 2, 5, 3, 6)]
    assert ordered == sorted(ordered, reverse=True)


def test_one_panel_is_left_where_it_is(tmp_path: Path) -> None:
    wide = go.Figure(go.Heatmap(x=["1", "2"], y=["a"], z=[[1, 2]], textfont={"size": 12}))
    wide.update_layout(height=200, margin={"t": 40, "b": 50}, title={"text": "t"})
    (made,) = narrowed(tmp_path, wide)
    assert made["layout"]["height"] == 200
    assert made["layout"]["title"]["text"] == ""
    assert made["data"][0]["showscale"] is False
