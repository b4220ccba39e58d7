"""What saved files are called."""

from __future__ import annotations

import re

from ..run import Run


def file_name(*parts: str) -> str:
    """What a saved table or figure is called, without its suffix.

    >>> file_name("SST-2 dev", "trade-off")
    'cascadelens-sst-2-dev-trade-off'
    """
    words = re.findall(r"[a-z0-9]+(?:\.[0-9]+)?", " ".join(parts).lower())
    return "-".join(["cascadelens", *words])


def saved_name(run: Run, *what: str, tau: float | None = None) -> str:
    """The same of what is about a run: its name, split and n, then what it is and for which tau.

    >>> from cascade_core.paper.example import example_run
    >>> saved_name(example_run(), "at-work", "layers", tau=0.82)
    'cascadelens-sst2-example-dev-n6-at-work-layers-tau-0.82'
    """
    at = [] if tau is None else [f"tau {tau:.6f}".rstrip("0").rstrip(".").replace("-", "minus ")]
    return file_name(run.name, run.split or "", f"n{run.instances}", *what, *at)
