"""A run as one HTML file: what is in it, and what is not."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load

from cascade_core import Run, load_run, tradeoff_curve
from cascade_core.exporting.view import Asked
from cascade_core.halves import halves
from cascade_core.operation import operate
from cascade_core.runs import shipped_runs_dir
from dashboard.choices import Choices
from dashboard.figures.staircase import LONGEST
from dashboard.page_file import page_html
from dashboard.page_file.packing import import_map
from dashboard.page_file.states import pack_states
from dashboard.shown import Shown
from tests.dashboard.made_up import made_up, odd_runs


def states_of(run: Run) -> dict[str, np.ndarray]:
    choices = {
        basis: Choices(Shown(run, run, run), "ramps", False, basis, "max_prob")
        for basis in ("layers", "flops")
    }
    return load(pack_states(choices))


def part(page: str, name: str) -> str:
    found = re.search(rf'<script type="[a-z/]+" id="{name}">(.*?)</script>', page, re.S)
    assert found
    return found[1]


@pytest.mark.parametrize("metric", ["accuracy", "f1"])
def test_states_are_those_of_the_curves(metric: str) -> None:
    run = made_up(200, metric=metric)
    arrays = states_of(run)
    for number, (name, ladder) in enumerate(run.systems.items()):
        for basis in ("layers", "flops"):
            curve = tradeoff_curve(ladder, "max_prob", basis, metric)
            np.testing.assert_array_equal(arrays[f"{number}/speedup/{basis}"], curve.speedup)
        np.testing.assert_array_equal(arrays[f"{number}/breakpoints"], curve.breakpoints)
        np.testing.assert_array_equal(arrays[f"{number}/score"], curve.score)
        for state in range(0, len(curve), 17):
            done = operate(ladder, curve, curve.point(state).threshold)
            counts = arrays[f"{number}/counts"][:, state]
            np.testing.assert_array_equal(counts, done.point.exit_counts)
            assert arrays[f"{number}/error"][state] == pytest.approx(done.calibration_error), name
        if metric == "f1":
            # Of TP + FP + FN a share of F1 / (2 - F1) is right: a whole number of them.
            counted = arrays[f"{number}/counted"]
            right = counted * curve.score / (2 - curve.score)
            np.testing.assert_allclose(right, right.round(), atol=1e-9)


def test_a_long_curve_is_thinned_and_the_page_says_so() -> None:
    run = made_up(3000)
    kept = states_of(run)["2/score"]
    curve = tradeoff_curve(run.systems["ramps"])
    assert len(kept) < LONGEST < len(curve)
    assert kept[[0, -1]].tolist() == curve.score[[0, -1]].tolist()
    page = page_html(run)
    about = json.loads(part(page, "about"))
    assert [one["name"] for one in about["systems"] if one["thinned"]] == ["ramps"]
    assert "Of ramps, with more than" in page
    assert "with more than" not in page_html(made_up())


@pytest.mark.parametrize("name", [name for name in odd_runs() if name != "no-instances"])
def test_every_odd_run_has_its_page(name: str) -> None:
    page = page_html(odd_runs()[name])
    assert "<img" not in page
    assert len(page) < 5e6
    assert json.loads(part(page, "about"))["bases"]


def test_text_of_the_run_is_escaped_everywhere() -> None:
    harm = "</script><img src=x onerror=alert(1)>"
    page = page_html(replace(made_up(), name=harm, split=harm))
    assert harm not in page
    assert "&lt;/script&gt;&lt;img" in page


def test_what_is_asked_for_is_what_the_page_starts_with() -> None:
    asked = Asked(speedups=(1.5,), basis="flops", criterion="margin", thresholds=(0.3,))
    page = page_html(made_up(), asked)
    about = json.loads(part(page, "about"))
    assert list(about["bases"]) == ["flops", "layers"]
    assert (about["tau"], about["criterionTitle"]) == (0.3, "probability margin")
    assert "<th scope='col'>1.5×</th></tr>" in page
    with pytest.raises(ValueError, match="basis: expected one of layers, flops"):
        page_html(made_up(), Asked(basis="latency"))


def test_thresholds_of_the_table_come_from_the_other_half_where_asked() -> None:
    page = page_html(made_up(), Asked(half=True))
    assert "evaluation half" in page
    assert "τ chosen on the other half" in page
    assert json.loads(part(page, "about"))["instances"] == 30
    arrays = load(gzip.decompress(base64.b64decode(part(page, "states"))))
    calibration, _ = halves(made_up())
    for number, ladder in enumerate(calibration.systems.values()):
        curve = tradeoff_curve(ladder, basis="flops")
        np.testing.assert_array_equal(arrays[f"{number}/choosing/breakpoints"], curve.breakpoints)
        np.testing.assert_array_equal(arrays[f"{number}/choosing/speedup/flops"], curve.speedup)


def test_no_instance_and_no_address_is_in_the_page() -> None:
    run = made_up(300)
    page = page_html(run)
    arrays = load(gzip.decompress(base64.b64decode(part(page, "states"))))
    # One state more than breakpoints: nothing is as long as scores of instances at exits are.
    for number, ladder in enumerate(run.systems.values()):
        states = len(tradeoff_curve(ladder))
        assert arrays[f"{number}/counts"].shape == (ladder.exits, states)
    assert not [text for text in run.texts or () if str(text) in page]
    assert not re.findall(r"""(?:src|href)=["']?https?:""", page)
    assert "default-src 'none'" in page


def test_scripts_of_the_page_import_each_other_by_name() -> None:
    scripts = import_map()["imports"]
    for address in scripts.values():
        text = base64.b64decode(address.partition(",")[2]).decode()
        named = re.findall(r'\bfrom\s+"([^"]+\.js)"', text)
        assert set(named) <= set(scripts)


@pytest.mark.slow
def test_the_page_of_mnli_is_under_five_megabytes() -> None:
    assert len(page_html(load_run(shipped_runs_dir() / "mnli-minilm")).encode()) < 5e6
