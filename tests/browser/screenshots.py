"""Pictures of every page: python -m tests.browser.screenshots FOLDER [PAGE ...]

Of the shipped run that a first start opens, light and dark, on a laptop, a large screen and a
phone; whole pages, however long they are.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from cascade_core.runs import shipped_runs_dir
from dashboard.app import PAGES
from tests.browser.conftest import CHROMIUM, FLAGS, serving

THEMES = ("light", "dark")
SIZES = {"laptop": (1280, 720), "large": (1920, 1080), "phone": (390, 844)}
LONGEST = 12_000  # pixels
# Python has said all, every figure has its lines.
SETTLED = """() =>
  document.querySelector(".stApp")?.dataset.testScriptState === "notRunning" &&
  document.querySelector("[data-testid=page-title]") &&
  !document.querySelector("[data-testid=stSkeleton]") &&
  [...document.querySelectorAll(".lens-chart")].every((one) => one.querySelector(".main-svg")) &&
  [...document.querySelectorAll(".lab-wait")].every((one) => one.hidden)"""
HEIGHT = "() => Math.ceil(document.querySelector('.stMainBlockContainer').scrollHeight)"


def main(folder: Path, pages: Sequence[str]) -> None:
    """Save a picture of each page in each theme and size."""
    folder.mkdir(parents=True, exist_ok=True)
    with serving(shipped_runs_dir()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in THEMES:
            for size, (width, height) in SIZES.items():
                page = opened(browser, theme, width, height)
                for path in pages:
                    page.set_viewport_size({"width": width, "height": height})
                    page.goto(address + path)
                    settle(page)
                    whole = min(max(height, page.evaluate(HEIGHT)), LONGEST)
                    page.set_viewport_size({"width": width, "height": whole})
                    settle(page)
                    name = f"{path.strip('/') or 'overview'}-{size}-{theme}.png"
                    page.screenshot(path=folder / name)
                    print(folder / name)
                page.context.close()
        browser.close()


def opened(browser: Browser, theme: str, width: int, height: int) -> Page:
    """An empty window whose person prefers `theme`."""
    scheme = "dark" if theme == "dark" else "light"
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    return context.new_page()


def settle(page: Page) -> None:
    """Wait until the page shows all it will show by itself."""
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(400)
    page.wait_for_function(SETTLED)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or PAGES)
