"""Runs of many systems, many instances or one of anything: pages stay whole and true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cascade_core import ModelOutput, Run, SystemSpec, load_run, save_run, tradeoff_curve
from dashboard.theme import percent, times
from tests.dashboard.conftest import Opener
from tests.dashboard.made_up import made_up
from tests.dashboard.test_pages import cells, markup

PAGES = ("overview", "tradeoff", "reliability", "instances", "compose")


def many_systems(count: int = 40) -> Run:
    """As many systems: each a model of one exit, a cascade of two, or the off-ramps."""
    run = made_up(120)
    models = {"ramps": run.models["ramps"], "large": run.models["large"]}
    specs = {"ramps": SystemSpec(("ramps",)), "large": SystemSpec(("large",))}
    random = np.random.default_rng(1)
    small = run.models["small"]
    assert small.logits is not None
    for number in range(1, count // 2):
        name = f"small with a longish name, seed {number}"
        noise = random.normal(0, 0.7, small.logits.shape).astype(np.float32)
        models[name] = replace(small, name=name, logits=small.logits + noise)
        specs[name] = SystemSpec((name,))
        specs[f"CascadeBERT, seed {number}"] = SystemSpec((name, "large"))
    return replace(run, name="many", models=models, system_specs=specs)


@pytest.fixture(scope="module")
def odd_sizes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sizes")
    save_run(many_systems(), folder / "many")
    logits = np.random.default_rng(0).normal(size=(1, 30, 2)).astype(np.float32)
    one = Run("one", np.arange(30) % 2, {"m": ModelOutput("m", logits)})
    save_run(one, folder / "one-exit")
    return folder


@pytest.mark.parametrize("run", ["many", "one-exit"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_it(
    open_page: Opener, odd_sizes: Path, monkeypatch: pytest.MonkeyPatch, page: str, run: str
) -> None:
    monkeypatch.setenv("CASCADELENS_RUNS", str(odd_sizes))
    opened = open_page(page, run=run)
    assert not opened.exception
    assert not opened.error
    assert "page-title" in markup(opened)


def test_forty_systems_are_all_in_the_tables(
    open_page: Opener, odd_sizes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADELENS_RUNS", str(odd_sizes))
    run = load_run(odd_sizes / "many")
    assert len(run.systems) == 40
    opened = open_page("tradeoff", run="many")
    assert set(cells(opened, "table-at-tau")) == set(run.systems)
    assert any("has its band" in one.value for one in opened.caption)


def test_one_exit_trades_nothing(
    open_page: Opener, odd_sizes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADELENS_RUNS", str(odd_sizes))
    opened = open_page("tradeoff", run="one-exit")
    assert any("nothing leaves early" in one.value for one in opened.info)
    assert "nothing to trade" in markup(open_page("overview", run="one-exit"))


@pytest.mark.parametrize("run", ["one-class", "one-instance", "saturated", "unlabelled"])
def test_compose_shows_odd_runs(open_page: Opener, run: str) -> None:
    opened = open_page("compose", run)
    assert not opened.exception
    assert not opened.error


@pytest.mark.parametrize("run", ["cut-short", "no-header"])
@pytest.mark.parametrize("page", ["compose", "live"])
def test_a_damaged_run_is_named(open_page: Opener, page: str, run: str) -> None:
    opened = open_page(page, run, select="category:level:2")
    assert not opened.exception
    assert run in opened.error[0].value


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_instances(
    open_page: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_up(100_000, exits=3)
    save_run(run, tmp_path / "huge")
    monkeypatch.setenv("CASCADELENS_RUNS", str(tmp_path))
    chosen = np.flatnonzero(run.categories["level"].codes == 1)
    curve = tradeoff_curve(run.only(chosen, run.split).systems["ramps"])
    point = curve.at_threshold(0.8)
    for page in PAGES:
        opened = open_page(page, run="huge", patience=400, tau="0.8", select="category:level:2")
        assert not opened.exception, page
        assert f"{len(chosen):,} of 100,000 examples selected" in markup(opened)
        assert len(opened.query_params["select"][0]) < 40
        if page == "tradeoff":
            shown = cells(opened, "table-at-tau")["ramps"]
            assert shown[1:3] == [times(point.speedup), percent(point.score)]
