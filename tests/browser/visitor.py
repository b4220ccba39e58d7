"""A person at the dashboard: opens a page, drags, types, reads."""

from __future__ import annotations

import re
import time
from typing import Any

PATIENCE = 60_000
SECONDS_PER_FRAME = 1 / 60


class Visitor:
    """One window on one page. `sent` counts messages to the server since it was last emptied."""

    def __init__(self, window: Any, server: str, path: str, width: int, height: int):
        self.page = window.new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.set_default_timeout(PATIENCE)
        self.sent: list[bytes | str] = []
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page.on("websocket", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url, server))
        self.page.goto(f"{server}{path}")
        self.page.get_by_test_id("page-title").wait_for()

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", lambda message: self.sent.append(message))

    def _note(self, address: str, server: str) -> None:
        local = (server, server.replace("http", "ws", 1), "data:", "blob:")
        if not address.startswith(local):
            self.foreign.append(address)

    def close(self) -> None:
        self.page.close()

    def ready(self) -> Visitor:
        """Wait until the lab is drawn and Python has said which tau it knows, or which ones."""
        self.page.locator(".lab[data-ready]").wait_for()
        known = "[data-testid=tau-committed], [data-testid=table-thresholds]"
        self.page.locator(known).first.wait_for()
        return self

    def read(self, name: str) -> str:
        return self.page.get_by_test_id(f"readout-{name}").inner_text()

    @property
    def committed(self) -> str:
        return self.page.get_by_test_id("tau-committed").inner_text()

    @property
    def moves(self) -> int:
        """How many times the lab has drawn."""
        return int(self.page.locator(".lab").get_attribute("data-moves") or 0)

    def wait_committed(self, tau: str | None = None) -> None:
        """Wait until Python has received what the lab shows (or a given tau)."""
        tau = tau or self.read("tau")
        self.page.wait_for_function(
            "tau => document.querySelector('[data-testid=tau-committed]')?.textContent === tau",
            arg=tau,
        )
        self.page.wait_for_function(
            "tau => new URL(location).searchParams.get('tau') === String(Number(tau))", arg=tau
        )

    def hold(self, share: float, slider: str = "tau-range") -> None:
        """Press the mouse on a slider at a share of its length."""
        self.page.get_by_test_id(slider).scroll_into_view_if_needed()
        self.page.mouse.move(*self._at(share, slider))
        self.page.mouse.down()

    def drag(self, begin: float, end: float, moves: int, slider: str = "tau-range") -> None:
        """Move the held slider, one move per frame of a 60 Hz screen."""
        started = time.monotonic()
        for number in range(1, moves + 1):
            self.page.mouse.move(*self._at(begin + (end - begin) * number / moves, slider))
            time.sleep(max(0, started + number * SECONDS_PER_FRAME - time.monotonic()))

    def release(self) -> None:
        self.page.mouse.up()

    def _at(self, share: float, slider: str) -> tuple[float, float]:
        box = self.page.get_by_test_id(slider).bounding_box()
        assert box
        return box["x"] + share * box["width"], box["y"] + box["height"] / 2

    def row(self, table: str, system: str) -> list[str]:
        """The cells of one system in a table that Python made."""
        row = self.page.locator(f"[data-testid={table}] tr", has=self.page.get_by_role(
            "rowheader", name=system, exact=True))  # fmt: skip
        return [re.sub(r"\s+", " ", text) for text in row.locator("td").all_inner_texts()]

    def lab_row(self, system: str) -> list[str]:
        """The cells of one system in the lab's own table."""
        return self.page.locator(f"[data-system='{system}'] td").all_inner_texts()
