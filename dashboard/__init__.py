"""The dashboard of CascadeLens: pages, figures and the tau lab. Start it with `launch`."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "launch":  # only then is Streamlit needed
        from dashboard.app import launch

        return launch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
