"""Starting the dashboard: settings, folders, the browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import streamlit as st

import dashboard
from dashboard import app as application
from dashboard.run_choice import RUNS_VARIABLE, runs_folders


def test_launch_passes_on_what_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: dict = {}
    monkeypatch.setattr(application.app, "run", lambda config: told.update(config))
    monkeypatch.setenv(RUNS_VARIABLE, "elsewhere")
    dashboard.launch(tmp_path, port=0, open_browser=False)
    assert told["server.address"] == "127.0.0.1"
    assert told["server.port"] == 0
    assert told["server.headless"] is True
    assert told["browser.gatherUsageStats"] is False
    assert runs_folders() == [tmp_path.resolve()]


@pytest.mark.parametrize("headless", [True, False])
def test_browser_opens_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, headless: bool
) -> None:
    opened: list[str] = []
    options = {"server.headless": headless, "server.address": "127.0.0.1", "server.port": 8600}
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    monkeypatch.setattr(application.webbrowser, "open", opened.append)
    monkeypatch.setattr(application, "UNTIL_LISTENING", 0)

    async def start() -> None:
        async with application._shown_in_browser(application.app):
            await asyncio.sleep(0.2)

    asyncio.run(start())
    assert opened == ([] if headless else ["http://127.0.0.1:8600"])


def test_own_runs_are_listed_after_the_shipped_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(RUNS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert [folder.name for folder in runs_folders()] == ["cached_runs"]
    (tmp_path / "runs").mkdir()
    assert [folder.name for folder in runs_folders()] == ["cached_runs", "runs"]


def test_pages_are_served_at_their_addresses() -> None:
    navigation = (Path(dashboard.__file__).parent / "pages" / "navigation.py").read_text()
    for address in application.PAGES[1:]:
        assert f'url_path="{address[1:]}"' in navigation
