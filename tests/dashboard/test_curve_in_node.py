"""curve.js gives Python's numbers; here in node, in tests/browser in Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.assets import WEB
from tests.dashboard.comparison import assert_agrees, cases, packed, questions

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("compare_in_node.mjs")


@pytest.mark.skipif(NODE is None, reason="no node here; tests/browser runs the same in Chromium")
def test_numbers_equal_python_s(tmp_path: Path) -> None:
    systems = cases()
    (tmp_path / "arrays").write_bytes(packed(systems))
    (tmp_path / "questions").write_text(json.dumps(questions(systems)))
    command = [
        str(NODE),
        str(SCRIPT),
        str(WEB),
        str(tmp_path / "arrays"),
        str(tmp_path / "questions"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert_agrees(systems, json.loads(done.stdout))
