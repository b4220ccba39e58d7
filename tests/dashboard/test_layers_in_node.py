"""layers.js gives Python's numbers: kinds of points, positions between layers, what is selected."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from cascade_core import ExitLadder, replay
from cascade_core.outcomes import outcomes
from cascade_core.representations import nearest
from dashboard.assets import WEB

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("layers_in_node.mjs")


@pytest.mark.skipif(NODE is None, reason="no node here; tests/browser runs it in Chromium")
def test_kinds_positions_and_selections_equal_python_s(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    exits, instances, layers, threshold = 4, 50, 3, 0.6
    correct = random.random((exits, instances)) < 0.6
    scores = random.random((exits, instances))
    drawn = np.sort(random.permutation(instances)[:20]).astype(np.int32)
    labels = random.integers(-1, 3, 20).astype(np.int32)
    answers = random.integers(-1, 3, (layers, 20)).astype(np.int32)
    places = random.normal(size=(layers, 20, 2)).astype(np.float32)
    kind = random.integers(0, 2, 20).astype(np.int32)
    ids = (1000.0 + drawn).astype(np.float64)
    arrays = {
        "sizes": np.array([exits, instances, layers], np.int32),
        "scores": scores,
        "correct": correct,
        "threshold": np.array([threshold]),
        "drawn": drawn,
        "ids": ids,
        "label": labels,
        "category/kind": kind,
        "0/places": places,
        "0/answers": answers,
    }
    (tmp_path / "arrays").write_bytes(save(arrays))
    command = [str(NODE), str(SCRIPT), str(WEB), str(tmp_path / "arrays")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)

    left = replay(scores, threshold)
    right = np.where((answers[1] < 0) | (labels < 0), -1, answers[1] == labels)
    expected = {
        "label": labels,
        "answer": answers[1],
        "right": right,
        "exit": left[drawn],
        "outcome": outcomes(ExitLadder("system", correct=correct), left)[drawn],
        "category/kind": kind,
    }
    for by, kinds in expected.items():
        np.testing.assert_array_equal(answer["kinds"][by], kinds, err_msg=by)
    assert answer["unreached"] == {"exit": [-1] * 20, "outcome": [-1] * 20}
    assert answer["unlabelled"] == [-1] * 20
    assert answer["counts"] == [int((right == one).sum()) for one in (0, 1, -1)]
    assert answer["nearest"] == [nearest([1, 3, 5], depth) for depth in (1, 2, 4, 9)]
    np.testing.assert_allclose(answer["halfway"], (places[0] + places[2]).T / 2, atol=1e-6)
    assert answer["chosen"] == [[1, 3], None]
    assert answer["news"] == [True, False, False, False, False, True]
