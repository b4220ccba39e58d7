"""Runs for the dashboard's tests, made up on the spot, and pages opened without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cascade_core import save_run
from tests.dashboard.made_up import made_up, odd_runs

Opener = Callable[..., AppTest]


@pytest.fixture(scope="session")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all odd runs, by name, and two damaged ones."""
    folder = tmp_path_factory.mktemp("runs")
    for name, run in odd_runs().items():
        save_run(run, folder / _file_name(name))
    save_run(made_up(), folder / "cut-short")
    (folder / "cut-short" / "arrays.safetensors").write_bytes(b"\x08")
    (folder / "no-header").mkdir()
    (folder / "no-header" / "run.json").write_text("{")
    return folder


def _file_name(name: str) -> str:
    return "markup" if "<" in name else name


@pytest.fixture
def open_page(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a page on a run as an address would, and return it after its first run."""
    monkeypatch.setenv("CASCADELENS_RUNS", str(runs_dir))
    monkeypatch.delenv("CASCADELENS_DATA", raising=False)

    def opened(page: str, run: str = "good", *, patience: float = 60, **address: str) -> AppTest:
        script = f"from dashboard.pages.{page} import page\npage()"
        test = AppTest.from_string(script, default_timeout=patience)
        for name, value in {"run": run, **address}.items():
            test.query_params[name] = value
        return test.run()

    return opened
