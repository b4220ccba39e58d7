"""A served dashboard and a headless Chromium, shared by all browser tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cascade_core import save_run
from tests.dashboard.made_up import made_up, three_sizes
from tests.paper.made_up import made_up as made_up_for_the_paper

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
PATIENCE = 60_000  # milliseconds; a slow machine is not an error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="module")  # playwright's event loop must be gone before other tests
def chromium() -> Iterator[object]:
    """A running Chromium; without one the tests skip, or fail where the browser is required."""
    reason = "no Chromium in PATH"
    if CHROMIUM is None:
        if os.environ.get("CASCADELENS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_context()  # one for all: scripts are fetched and compiled once
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on made-up runs."""
    runs = tmp_path_factory.mktemp("runs")
    save_run(made_up(400), runs / "a-good-run")
    save_run(made_up(2000, exits=12, seed=3), runs / "larger")
    save_run(made_up(1), runs / "one-instance")
    save_run(made_up(systems=("large", "small")), runs / "single-exits")
    save_run(made_up(labelled=False), runs / "unlabelled")
    save_run(made_up(markup="<img src=x onerror='window.harmed=1'>"), runs / "markup")
    save_run(three_sizes(), runs / "three-sizes")
    save_run(made_up_for_the_paper(), runs / "sst2-dev")
    with serving(runs) as address:
        yield address


class serving:
    """Serve a folder of runs while the block lasts; gives the address."""

    def __init__(self, runs: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._runs = runs

    def __enter__(self) -> str:
        script = (
            "from pathlib import Path; from dashboard import launch; "
            f"launch(Path({str(self._runs)!r}), {self._port}, open_browser=False)"
        )
        root = Path(__file__).parents[2]
        environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", script], env=environment, stdout=subprocess.DEVNULL
        )
        address = f"http://127.0.0.1:{self._port}"
        deadline = time.monotonic() + PATIENCE / 1000
        while not _answers(f"{address}/_stcore/health"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the dashboard did not start")
            time.sleep(0.05)
        return address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE / 1000)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except OSError:
        return False


@pytest.fixture
def visit(chromium, server: str):
    """Open an address of the dashboard in a fresh browser window."""
    from tests.browser.visitor import Visitor

    visitors = []

    def visited(path: str, width: int = 1280, height: int = 720) -> Visitor:
        visitors.append(Visitor(chromium, server, path, width, height))
        return visitors[-1]

    yield visited
    for visitor in visitors:
        visitor.close()
