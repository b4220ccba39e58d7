"""An imported run in a real browser: answers without logits, prices for costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from cascade_core import import_run, save_run
from tests.browser.conftest import serving
from tests.browser.visitor import Visitor

INSTANCES = 200


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on an imported run."""
    folder = tmp_path_factory.mktemp("imported")
    random = np.random.default_rng(0)
    labels = random.integers(0, 5, INSTANCES)
    sure = random.uniform(0.2, 1, INSTANCES)
    np.savez(
        folder / "calls.npz",
        **{
            "predictions/mini": np.where(random.random(INSTANCES) < sure, labels, 0),
            "scores/mini": sure,
            "predictions/large": labels,
            "scores/large": np.ones(INSTANCES),
            "labels": labels,
        },
    )
    run = import_run(folder / "calls.npz", costs={"mini": [0.25], "large": [5]}, cost_unit="cents")
    save_run(run, folder / "runs" / "calls")
    with serving(folder / "runs") as address:
        yield address


def test_tau_moves_over_answers_and_prices_as_python_counts_them(chromium, imported) -> None:
    visitor = Visitor(chromium, imported, "/tradeoff?run=calls", 1300, 900).ready()
    visitor.hold(0.5)
    visitor.drag(0.5, 0.7, 10)
    visitor.release()
    visitor.wait_committed()
    assert "speed-up (cost in cents)" in visitor.page.locator(".lab").inner_text()
    python = visitor.row("table-at-tau", "mini then large")
    browser = visitor.lab_row("mini then large")
    assert browser[:3] == python[:3]  # tau, speed-up, accuracy
    assert browser[-1] == python[-1]  # calibration error
    assert visitor.errors == []
    visitor.close()


def test_an_instance_without_logits_is_traced(chromium, imported) -> None:
    visitor = Visitor(chromium, imported, "/instances?run=calls&ids=7", 1300, 900).ready()
    visitor.page.locator(".lab-answers li").first.wait_for()
    said = visitor.page.locator(".lab-answers").inner_text()
    assert "mini then large answers" in said
    assert visitor.page.locator(".lab-plot .main-svg").count()
    assert visitor.errors == []
    visitor.close()
