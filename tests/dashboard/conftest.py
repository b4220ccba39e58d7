"""Runs for the dashboard's tests, made up on the spot, and pages opened without a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cascade_core import ModelOutput, Run, save_run
from tests.dashboard.made_up import made_up

Opener = Callable[..., AppTest]


def odd_runs() -> Mapping[str, Run]:
    """Runs at the edge of what a run can be."""
    logits = np.array([[[2, 0]], [[0, 1]]], dtype=np.float32)
    return {
        "good": made_up(),
        "f1": made_up(metric="f1"),
        "three-classes": made_up(classes=3),
        "no-tokens": made_up(tokens=False),
        "no-texts": made_up(texts=False, seed=1),
        "unlabelled": made_up(labelled=False),
        "single-exits": made_up(systems=("large", "small")),
        "one-system": made_up(systems=("cascade",)),
        "one-class": Run(
            "one-class",
            labels=np.array([0, 0]),
            models={"m": ModelOutput("m", np.zeros((2, 2, 1)))},
        ),
        "one-instance": Run("one-instance", np.zeros(1, int), {"m": ModelOutput("m", logits)}),
        "saturated": Run(
            "saturated",
            labels=np.zeros(9, dtype=int),
            models={"m": ModelOutput("m", np.full((3, 9, 2), [120.0, -120.0], dtype=np.float32))},
        ),
        "latency": made_up(latency=True),
        "<b>markup</b>": made_up(markup="<img src=x onerror=alert(1)>"),
    }


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

    def opened(page: str, run: str = "good", **address: str) -> AppTest:
        script = f"from dashboard.pages.{page} import page\npage()"
        test = AppTest.from_string(script, default_timeout=30)
        for name, value in {"run": run, **address}.items():
            test.query_params[name] = value
        return test.run()

    return opened
