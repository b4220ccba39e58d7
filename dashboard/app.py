"""The application: Streamlit's pages and, beside them, the scripts and arrays of the tau lab.

Start it with `cascadelens dashboard`, `python -m dashboard` or `streamlit run dashboard/app.py`.
"""

from __future__ import annotations

import os
import threading
import tomllib
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.assets import routes
from dashboard.run_choice import RUNS_VARIABLE

# As in pages/navigation.py.
PAGES = (
    *("/", "/tradeoff", "/reliability", "/representations"),
    *("/instances", "/live", "/compose", "/paper"),
)
UNTIL_LISTENING = 0.3  # seconds from the start of the application to that of the server


@asynccontextmanager
async def _shown_in_browser(_app: st.App) -> AsyncIterator[None]:
    """Open the dashboard in a browser, which Streamlit leaves to applications like this one."""
    if not st.get_option("server.headless"):
        host, port = st.get_option("server.address"), st.get_option("server.port")
        address = f"http://{host or 'localhost'}:{port}"
        timer = threading.Timer(UNTIL_LISTENING, webbrowser.open, [address])
        timer.daemon = True
        timer.start()
    yield


app = st.App(
    Path(__file__).parent / "pages" / "navigation.py",
    routes=routes(PAGES),
    lifespan=_shown_in_browser,
)


def launch(
    runs_dir: Path | None = None,
    port: int = 8501,
    host: str = "127.0.0.1",
    open_browser: bool = True,
) -> None:
    """Serve the dashboard until it is interrupted.

    Args:
        runs_dir: the folder with runs; the shipped ones and ./runs when it is not given.
        port: 0 takes any free one.
        host: 127.0.0.1 is reachable from this machine only.
        open_browser: whether to show it at once, where there is a screen.
    """
    if runs_dir is not None:
        os.environ[RUNS_VARIABLE] = str(Path(runs_dir).resolve())
    settings = {**_settings(), "server.port": port, "server.address": host}
    if not open_browser:
        settings["server.headless"] = True
    app.run(config=settings)


def _settings() -> dict[str, Any]:
    """The settings in .streamlit/config.toml: beside the clone's folders, or in the package."""
    here = Path(__file__).parent
    for folder in (here, here.parent):
        file = folder / ".streamlit" / "config.toml"
        if file.is_file():
            return dict(_options(tomllib.loads(file.read_text(encoding="utf-8"))))
    return {"browser.gatherUsageStats": False}


def _options(section: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _options(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
