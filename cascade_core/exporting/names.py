"""What saved files are called."""

from __future__ import annotations

import re


def file_name(*parts: str) -> str:
    """What a saved table or figure is called, without its suffix.

    >>> file_name("SST-2 dev", "trade-off")
    'cascadelens-sst-2-dev-trade-off'
    """
    words = re.findall(r"[a-z0-9]+", " ".join(parts).lower())
    return "-".join(["cascadelens", *words])
