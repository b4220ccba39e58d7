"""What the browser fetches beside Streamlit's own messages: scripts, plotly.js, arrays, figures.

A page sends only the address of arrays and figures, so their bytes travel once per browser, however
often the page reruns.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import plotly
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from streamlit.file_util import get_static_dir

PREFIX = "/cascadelens"
WEB = Path(__file__).parent / "tau_lab"
VENDOR = Path(plotly.__file__).parent / "package_data"
# Each address names one content for ever. "identity" keeps the server from compressing megabytes
# for a browser on the same machine.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Encoding": "identity",
}


class Parcel(NamedTuple):
    """Bytes and what they are."""

    content: bytes
    media_type: str


class Shelf:
    """Parcels by what they were made from; the ones not asked for the longest go first.

    None goes within `grace` seconds, however many bytes there are: a page that has just been told
    where its figure and its arrays are must find them there.

    >>> shelf = Shelf(capacity=10, grace=0)
    >>> address = shelf.offer(("run", "max_prob"), lambda: b"12345678")
    >>> shelf.get(address.rsplit("/", 1)[1]).content
    b'12345678'
    >>> _ = shelf.offer(("run", "entropy"), lambda: b"another one")
    >>> shelf.get(address.rsplit("/", 1)[1]) is None
    True
    """

    def __init__(self, capacity: int = 96 * 2**20, grace: float = 60):
        self._capacity = capacity
        self._grace = grace
        self._parcels: OrderedDict[str, Parcel] = OrderedDict()
        self._asked: dict[str, float] = {}  # when, by name
        self._lock = threading.RLock()
        # Browsers keep what they fetched; after an update of this program they must ask again.
        self._salt = secrets.token_hex(8)

    def offer(
        self,
        made_from: tuple[str, ...],
        build: Callable[[], bytes],
        media_type: str = "application/octet-stream",
    ) -> str:
        """Return the address of a parcel, built now unless it is here.

        `made_from` must say all that decides the content, such as the identity of the run.
        """
        key = "\x1f".join((self._salt, *made_from))
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        with self._lock:
            if name not in self._parcels:
                self._parcels[name] = Parcel(build(), media_type)
                self._make_room()
            self._touch(name)
        return f"{PREFIX}/data/{name}"

    def get(self, name: str) -> Parcel | None:
        """The parcel of that name, or None."""
        with self._lock:
            if name in self._parcels:
                self._touch(name)
            return self._parcels.get(name)

    def _touch(self, name: str) -> None:
        self._parcels.move_to_end(name)
        self._asked[name] = time.monotonic()

    def _make_room(self) -> None:
        used = sum(len(parcel.content) for parcel in self._parcels.values())
        for name in list(self._parcels)[:-1]:
            recent = time.monotonic() - self._asked[name] < self._grace
            if recent or used <= self._capacity:
                break
            used -= len(self._parcels.pop(name).content)
            del self._asked[name]


SHELF = Shelf()


class _Immutable(StaticFiles):
    """Static files under an address that changes whenever they do."""

    def file_response(self, *args, **kwargs) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


@cache
def scripts_address() -> str:
    """Where our scripts and styles are: an address that changes with their content."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(WEB.glob("*.[jc]s*")):
        digest.update(path.read_bytes())
    return f"{PREFIX}/lab/{digest.hexdigest()}"


def plotly_address() -> str:
    """Where the plotly.js of the installed plotly package is."""
    return f"{PREFIX}/plotly/{plotly.__version__}/plotly.min.js"


def _data(request: Request) -> Response:
    parcel = SHELF.get(request.path_params["name"])
    if parcel is None:
        return Response("Gone from the server's memory; reload the page.", status_code=404)
    return Response(parcel.content, media_type=parcel.media_type, headers=HEADERS)


@cache
def _shell() -> str:
    """Streamlit's page, that fetches our scripts while Python computes what the page shows."""
    page = Path(get_static_dir(), "index.html").read_text(encoding="utf-8")
    modules = "".join(
        f'<link rel="modulepreload" href="{scripts_address()}/{path.name}">'
        for path in sorted(WEB.glob("*.js"))
    )
    plotly = (
        "<script>addEventListener('load', () => {"
        f"const plotly = document.createElement('script'); plotly.src = '{plotly_address()}';"
        "document.head.append(plotly); })</script>"
    )
    return page.replace("</head>", f"{modules}{plotly}</head>", 1)


def _page(request: Request) -> Response:
    return HTMLResponse(_shell(), headers={"Cache-Control": "no-cache"})


def routes(pages: Iterable[str] = ()) -> list[BaseRoute]:
    """The routes that serve all this; `pages` are the addresses of the dashboard's pages."""
    return [
        *(Route(address, _page) for address in pages),
        Route(f"{PREFIX}/data/{{name}}", _data),
        Mount(scripts_address(), _Immutable(directory=WEB)),
        Mount(plotly_address().rsplit("/", 1)[0], _Immutable(directory=VENDOR)),
    ]
