"""How fast the dashboard is in a real browser: python -m tests.benchmarks.bench_dashboard

Headless Chromium, software rendering, a made-up run of 10,000 instances x 14 exits.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Page, sync_playwright

from cascade_core import list_runs, load_run, save_run
from cascade_core.prediction.live import LiveModels
from cascade_core.runs import shipped_runs_dir
from tests.browser.conftest import CHROMIUM, FLAGS, serving
from tests.browser.visitor import Visitor
from tests.dashboard.made_up import made_up
from tests.dashboard.pictured import pictured

INSTANCES, EXITS = 10_000, 14
DRAGS, MOVES = 15, 60
LIVE_TABLE = "[data-testid=live-table]"
# When every panel that Python draws shows the new tau, measured from the release of the mouse.
WATCH = """([tau, panels]) => {
  window.current = null;
  let released = null;
  const shown = (panel) => document.querySelector(panel)?.textContent.includes(tau);
  const release = () => { released = performance.now(); };
  window.addEventListener("pointerup", release, { once: true, capture: true });
  const watch = new MutationObserver(() => {
    if (released === null || !panels.every(shown)) return;
    window.current = performance.now() - released;
    watch.disconnect();
  });
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  watch.observe(document.body, everything);
}"""


class Dragged(NamedTuple):
    """A page whose slider is dragged, and what of it shows that Python knows the new tau."""

    name: str
    path: str
    panels: tuple[str, ...]
    slider: str = "tau-range"
    number: str = "tau-number"


COMMITTED = "[data-testid=tau-committed]"
DRAGGED = (
    Dragged(
        "Trade-off",
        "/tradeoff",
        (COMMITTED, "[data-testid=table-at-tau] caption", ".lens-chart .gtitle"),
    ),
    Dragged(
        "Reliability",
        "/reliability?system=ramps",
        (COMMITTED, "[data-testid=table-calibration] caption"),
    ),
    Dragged("Representations", "/representations?run=pictured&colour=exit", (COMMITTED,)),
    Dragged("Instances", "/instances", (COMMITTED,)),
    Dragged(
        "Compose",
        "/compose?stage1=small&stage2=large",
        ("[data-testid=table-thresholds] caption",),
        "tau-range-1",
        "tau-number-1",
    ),
)


def main() -> None:
    """Print every figure beside its target."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run = made_up(INSTANCES, EXITS)
        save_run(run, Path(folder) / "big")
        save_run(pictured(run), Path(folder) / "pictured")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        starts = [_start(browser, Path(folder)) for _ in range(3)]
        _say("server start to first curve", starts, "s", "< 4 s")
        server = serving(Path(folder))
        with server as address:
            visitor = Visitor(browser.new_context(), address, "/tradeoff", 1280, 720).ready()
            _next_pages(visitor)
            for dragged in DRAGGED:
                _drags(visitor.page.context, address, dragged)
            print(f"{'server process, this run':44} {_resident(server):8.0f} MB    target < 400 MB")
        browser.close()
        _shipped(playwright)


def _start(browser, folder: Path) -> float:
    context = browser.new_context()
    begun = time.perf_counter()
    with serving(folder) as address:
        page = context.new_page()
        page.goto(f"{address}/tradeoff")
        page.locator(".lab-plot .scatterlayer .js-line").first.wait_for(state="attached")
        seconds = time.perf_counter() - begun
        page.close()
    context.close()
    return seconds


def _next_pages(visitor: Visitor) -> None:
    shown = {"Instances": ".lab-chips b", "Overview": ".lens-verdict", "Trade-off": ".lab-table td"}
    seconds = []
    for name, element in [*shown.items(), *shown.items()]:
        begun = time.perf_counter()
        visitor.page.get_by_role("link", name=name).click()
        visitor.page.locator(element).first.wait_for()
        seconds.append(time.perf_counter() - begun)
    _say("next page", seconds, "s", "< 2 s")


def _drags(window: BrowserContext, server: str, dragged: Dragged) -> None:
    name, path, panels, slider, number = dragged
    visitor = Visitor(window, server, path, 1280, 720).ready()
    page: Page = visitor.page
    page.locator(panels[-1]).first.wait_for()
    drawn, rates, released, sent = [], [], [], 0
    for turn in range(DRAGS):
        begin = 0.2 + 0.02 * turn
        visitor.hold(begin, slider)
        page.wait_for_timeout(600)  # whatever the press itself has set off is over
        before, already = visitor.moves, len(visitor.sent)
        begun = time.perf_counter()
        visitor.drag(begin, begin + 0.4, MOVES, slider)
        rates.append(MOVES / (time.perf_counter() - begun))
        drawn.append(visitor.moves - before)
        sent += len(visitor.sent) - already
        page.evaluate(WATCH, [page.get_by_test_id(number).input_value(), list(panels)])
        visitor.release()
        page.wait_for_function("window.current !== null")
        released.append(page.evaluate("window.current"))
    _say(f"{name}: moves drawn of {MOVES}", drawn, "", "all")
    _say(f"{name}: updates per second", rates, "", ">= 20")
    print(f"{f'{name}: messages while dragging':44} {sent:8}       target 0")
    _say(f"{name}: release to Python's panels", released, "ms", "median < 250 ms")
    visitor.close()


def _shipped(playwright) -> None:
    shipped = shipped_runs_dir()
    if not any(shipped.glob("*/run.json")):
        return
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    server = serving(shipped)
    with server as address:
        visitor = Visitor(browser.new_context(), address, "/tradeoff", 1280, 720).ready()
        for name in ("Instances", "Overview"):
            visitor.page.get_by_role("link", name=name).click()
            visitor.page.wait_for_timeout(1500)
        print(f"{'server process, shipped runs':44} {_resident(server):8.0f} MB    target < 400 MB")
    _live(browser, shipped)
    browser.close()


def _live(browser, shipped: Path) -> None:
    """The first shipped run on the Live page, in new servers: a first answer, then typing."""
    firsts, reads, shown = [], [], []
    for _ in range(3):
        with serving(shipped) as address:
            visitor = Visitor(browser.new_context(), address, "/tradeoff", 1280, 720).ready()
            begun = time.perf_counter()
            visitor.page.get_by_role("link", name="Live").click()
            visitor.page.locator(f"{LIVE_TABLE} tbody tr").first.wait_for()
            firsts.append(time.perf_counter() - begun)
            area = visitor.page.get_by_role("textbox").first
            for word in ("one", "two", "three", "four"):
                area.fill(f"{area.input_value()} {word}")
                before = visitor.page.locator(LIVE_TABLE).inner_text()
                begun = time.perf_counter()
                area.press("Control+Enter")
                visitor.page.wait_for_function(
                    f"old => document.querySelector('{LIVE_TABLE}')?.innerText !== old", arg=before
                )
                shown.append(1000 * (time.perf_counter() - begun))
                said = visitor.page.get_by_text("ms of computing").inner_text()
                reads.append(float(re.findall(r"in (\d+) ms", said)[0]))
    _say("Live, models loaded and first answer", [_loaded(shipped) for _ in range(5)], "s", "< 2 s")
    _say("Live, the page opened first, torch imported", firsts, "s", "none")
    _say("Live, computing of a typed text", reads, "ms", "< 100 ms")
    _say("Live, typed text to answers on screen", shown, "ms", "none")


def _loaded(shipped: Path) -> float:
    run = load_run(list_runs(shipped)[0].folder)
    texts = {column: strings[0] for column, strings in (run.texts or {}).items()}
    begun = time.perf_counter()
    LiveModels(run).read(texts)
    return time.perf_counter() - begun


def _resident(server: serving) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _say(what: str, values: list, unit: str, target: str) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{what:44} {middle:8.2f} {unit:2}    target {target} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
