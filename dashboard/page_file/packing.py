"""How scripts and numbers travel inside one HTML file: compressed, and written in base64."""

from __future__ import annotations

import base64
import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from plotly.utils import PlotlyJSONEncoder

from dashboard.assets import VENDOR, WEB

# import { x } from "./folder/name.js" becomes an import of "cascadelens/name.js", which an import
# map finds: a script inside a page has no address that "./" could be relative to.
_IMPORT = re.compile(r'(\bfrom\s+)"\.[^"]*?([a-z_]+\.js)"')


def packed(content: bytes) -> str:
    """Bytes as a page holds them; page.js unpacks them.

    >>> gzip.decompress(base64.b64decode(packed(b"abc")))
    b'abc'
    """
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def packed_json(content: Any) -> str:
    """The same of what Plotly's own encoder writes."""
    return packed(json.dumps(content, cls=PlotlyJSONEncoder).encode())


@cache
def packed_plotly() -> str:
    """The plotly.js that the installed plotly package carries: 4.8 MB, 2 MB when packed."""
    return packed((VENDOR / "plotly.min.js").read_bytes())


@cache
def import_map() -> dict[str, dict[str, str]]:
    """An import map of all our scripts, each with its text for an address.

    >>> list(import_map()["imports"])[-1]
    'cascadelens/page.js'
    """
    scripts = [*sorted(WEB.glob("*.js")), Path(__file__).with_name("page.js")]
    return {"imports": {f"cascadelens/{path.name}": _address(path) for path in scripts}}


def _address(path: Path) -> str:
    text = _IMPORT.sub(r'\1"cascadelens/\2"', path.read_text(encoding="utf-8"))
    return f"data:text/javascript;base64,{base64.b64encode(text.encode()).decode('ascii')}"
