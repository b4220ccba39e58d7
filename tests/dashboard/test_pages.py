"""Pages without a browser: what they show on good, odd and damaged runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cascade_core import load_run, tradeoff_curve
from cascade_core.operation import speedup_to_match
from dashboard.theme import percent, times
from tests.dashboard.conftest import Opener

PAGES = ("overview", "tradeoff", "reliability", "instances")
ODD = (
    "good", "f1", "three-classes", "no-tokens", "no-texts", "unlabelled", "single-exits",
    "one-system", "one-class", "one-instance", "saturated", "latency", "answers",
    "markup",
)  # fmt: skip


def markup(page: AppTest) -> str:
    """All HTML of a page."""
    return "\n".join(element.proto.body for element in page.get("html"))


def lab_data(page: AppTest) -> dict:
    """What was sent to the tau lab."""
    labs = [
        one.proto for one in page.get("bidi_component") if "tau_lab" in one.proto.component_name
    ]
    return json.loads(labs[0].json)[0]


def cells(page: AppTest, table: str) -> dict[str, list[str]]:
    """The rows of a table by name, without their second lines."""
    found = re.search(rf"data-testid='{table}'.*?</table>", markup(page), re.S)
    assert found, f"no table {table}"
    rows = {}
    for row in re.findall(r"<tr.*?</tr>", found[0], re.S)[1:]:
        name, *values = re.findall(
            r"<t[hd][^>]*>(.*?)</t[hd]>", re.sub(r"<small>.*?</small>", "", row)
        )
        rows[re.sub(r"<.*?>", "", name)] = values
    return rows


@pytest.mark.parametrize("run", ODD)
@pytest.mark.parametrize("page", PAGES)
def test_page_shows_every_odd_run(open_page: Opener, page: str, run: str) -> None:
    opened = open_page(page, run)
    assert not opened.exception
    assert not opened.error
    assert "page-title" in markup(opened)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("run", ["cut-short", "no-header"])
def test_damaged_run_is_named_with_its_remedy(
    open_page: Opener, runs_dir: Path, page: str, run: str
) -> None:
    opened = open_page(page, run)
    assert not opened.exception
    assert len(opened.error) == 1
    assert run in opened.error[0].value


def test_no_folder_and_no_run_are_sentences(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_page("overview")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path / "nowhere"))
    assert "nowhere" in opened.run().error[0].value
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    assert "cascadelens run" in opened.run().info[0].value


def test_table_at_tau_holds_the_core_s_numbers(open_page: Opener, runs_dir: Path) -> None:
    opened = open_page("tradeoff", tau="0.83")
    shown = cells(opened, "table-at-tau")
    run = load_run(runs_dir / "good")
    for name, ladder in run.systems.items():
        point = tradeoff_curve(ladder).at_threshold(0.83)
        assert shown[name][1:3] == [times(point.speedup), percent(point.score)]
        assert shown[name][4] == percent(point.early_share)
    assert "data-testid='tau-committed'>0.83<" in markup(opened)


def test_same_speedup_gives_every_system_its_own_threshold(
    open_page: Opener, runs_dir: Path
) -> None:
    shown = cells(open_page("tradeoff", tau="0.83", mode="speed-up"), "table-at-tau")
    run = load_run(runs_dir / "good")
    wanted = tradeoff_curve(run.systems["cascade"]).at_threshold(0.83).speedup
    point = tradeoff_curve(run.systems["ramps"]).at_speedup(speedup_to_match(wanted))
    assert shown["ramps"][:2] == [f"{point.threshold:.10g}", times(point.speedup)]
    assert shown["large"][1] == "attains 1.00× to 1.00×"


def test_matched_table_says_what_is_out_of_reach(open_page: Opener, runs_dir: Path) -> None:
    shown = cells(open_page("overview"), "table-matched")
    curve = tradeoff_curve(load_run(runs_dir / "good").systems["ramps"])
    assert shown["ramps"] == [percent(curve.at_speedup(s).score) for s in (1, 2, 3, 4)]
    assert shown["large"][1:] == ["out of reach"] * 3


def test_texts_from_data_are_escaped(open_page: Opener) -> None:
    for page in PAGES:
        assert "<img" not in markup(open_page(page, "markup"))


def test_arrays_do_not_go_through_streamlit_and_tau_changes_nothing_sent(open_page: Opener) -> None:
    opened = open_page("tradeoff")
    before = lab_data(opened)
    opened.session_state["lens.tau"] = 0.91
    opened.run()
    assert lab_data(opened) == before
    assert len(json.dumps(before)) < 4000
    assert ">0.91<" in markup(opened)


def test_link_hands_over_tau_pin_and_instance(open_page: Opener) -> None:
    opened = open_page("instances", tau="0.7", pin="0.6@ramps", instance="1005")
    data = lab_data(opened)
    assert data["tau"] == 0.7
    assert data["pin"] == {"system": "ramps", "tau": 0.6}
    assert data["trace"]["instance"] == 5
    assert opened.query_params["instance"] == "1005"
    assert opened.query_params["tau"] == "0.7"


def test_address_that_lags_behind_is_no_link(open_page: Opener) -> None:
    opened = open_page("instances", tau="0.7")
    opened.session_state["lens.tau"] = 0.9
    opened.run()
    opened.query_params["tau"] = "0.7"  # the browser has not yet heard of 0.9
    opened.text_input(key="search").set_value("rivers").run()
    assert ">0.9<" in markup(opened)
    opened.query_params["tau"] = "0.7"  # now somebody went back
    opened.run()
    assert ">0.7<" in markup(opened)


def test_link_to_other_content_says_so(open_page: Opener, runs_dir: Path) -> None:
    assert "other content" in open_page("overview", h="00000000").warning[0].value
    own = load_run(runs_dir / "good").identity.removeprefix("sha256:")[:8]
    assert not open_page("overview", h=own).warning
    assert open_page("overview").query_params["h"] == own


def test_link_to_a_run_that_is_not_here_says_so(open_page: Opener) -> None:
    opened = open_page("overview", "no-such-run")
    assert "no run 'no-such-run'" in opened.warning[0].value


@pytest.mark.parametrize("tau", ["nonsense", "nan", "-5", "7", ""])
def test_impossible_tau_in_a_link_is_brought_into_range(open_page: Opener, tau: str) -> None:
    opened = open_page("tradeoff", tau=tau)
    assert not opened.exception
    low, high = lab_data(opened)["range"]
    assert low <= lab_data(opened)["tau"] <= high


def test_texts_that_do_not_ship_are_fetched_on_request(
    open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_allowed = []

    def hydrate(run, allow_hub):
        hub_allowed.append(allow_hub)
        raise LookupError("no texts here; set CASCADELENS_DATA")

    monkeypatch.setattr("cascade_core.texts.hydrate", hydrate)
    opened = open_page("instances", "no-texts")
    assert "no texts here; set CASCADELENS_DATA" in opened.info[0].value
    assert hub_allowed == [False]
    opened.button(key="fetch").click().run()
    assert hub_allowed[-1] is True
    assert opened.run().info  # still said, and the hub is left alone until asked again
    assert hub_allowed.count(True) == 1


def test_filters_of_the_instance_list(open_page: Opener, runs_dir: Path) -> None:
    run = load_run(runs_dir / "good")
    opened = open_page("instances")
    assert len(opened.dataframe[0].value) == run.instances
    opened.text_input(key="search").set_value("1007").run()
    assert opened.dataframe[0].value["id"].tolist() == [1007]
    opened.text_input(key="search").set_value("RIVERS").run()
    with_word = ["rivers" in text for text in (run.texts or {})["sentence"]]
    assert opened.dataframe[0].value["id"].tolist() == run.ids[np.array(with_word)].tolist()
    opened.text_input(key="search").set_value("").run()
    opened.selectbox(key="label").set_value("class 1").run()
    assert len(opened.dataframe[0].value) == (run.labels == 1).sum()
    opened.text_input(key="search").set_value("no such word").run()
    assert any("No example fits" in info.value for info in opened.info)


def test_chosen_outcome_is_what_the_list_holds(open_page: Opener) -> None:
    opened = open_page(
        "instances", system="ramps", tau="0.8", select="outcome:ramps:harmful:0.8:max_prob:0"
    )
    assert set(opened.dataframe[0].value["outcome"]) == {"left, harmful"}


@pytest.mark.parametrize("page", ["overview", "tradeoff", "instances"])
def test_measured_time_is_never_shown_without_its_hardware(open_page: Opener, page: str) -> None:
    opened = open_page(page, run="latency")
    assert "abacus" not in markup(opened)
    opened.segmented_control(key="basis").set_value("latency").run()
    assert not opened.exception
    assert "an &lt;i&gt;abacus&lt;/i&gt;, 2 cores; 60 texts pooled" in markup(opened)
    if page == "tradeoff":
        assert lab_data(opened)["basisTitle"] == "speed-up (latency, an <i>abacus</i>, 2 cores)"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("run", "three-classes"),
        ("system", "ramps"),
        ("basis", "flops"),
        ("criterion", "patience"),
        ("mode", "speed-up"),
    ],
)
@pytest.mark.parametrize("page", ["tradeoff", "instances"])
def test_every_choice_of_the_side_bar_changes_the_page(
    open_page: Opener, page: str, key: str, value: str
) -> None:
    opened = open_page(page)
    before = (lab_data(opened), markup(opened))
    widget = opened.segmented_control if key in ("basis", "mode") else opened.selectbox
    widget(key=key).set_value(value).run()
    assert not opened.exception
    assert (lab_data(opened), markup(opened)) != before


def test_curves_are_summarised_over_the_stretch_that_is_chosen(open_page: Opener) -> None:
    opened = open_page("tradeoff", "good")
    before = cells(opened, "table-summaries")
    assert list(before) == ["ramps", "cascade"]
    assert before["ramps"][0].endswith("%")
    opened.segmented_control(key="span").set_value("1-2").run()
    after = cells(opened, "table-summaries")
    assert after["ramps"] != before["ramps"]
    assert "between 1× and 2×" in markup(opened)


def test_promises_follow_what_is_allowed(open_page: Opener) -> None:
    opened = open_page("tradeoff", "good")
    assert set(cells(opened, "table-promises")) == {"ramps", "cascade"}
    assert "none" in str(cells(opened, "table-promises"))  # too few examples for one point
    assert "at most 1 point more errors than large" in markup(opened)
    opened.segmented_control(key="margin").set_value("5").run()
    assert "at most 5 points more errors than large" in markup(opened)


@pytest.mark.parametrize("run", ["unlabelled", "single-exits"])
def test_without_labels_or_exits_there_is_nothing_to_promise(open_page: Opener, run) -> None:
    assert "table-promises" not in markup(open_page("tradeoff", run))


def test_overview_says_what_systems_are_and_by_what_they_leave(open_page: Opener) -> None:
    page = open_page("overview")
    rows = cells(page, "table-systems")
    assert rows["cascade"][:3] == ["small, then large", "2", "highest probability"]
    assert rows["large"][1:3] == ["1", "–"]
    assert "leaving-note" not in markup(page)
    page.selectbox(key="criterion").set_value("margin").run()
    note = (
        "Here all leave by probability margin. Of their own, ramps, cascade by highest probability."
    )
    assert note in markup(page)
