from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

from . import toy


@pytest.fixture
def texts_file(tmp_path) -> Path:
    """25 texts, one per line, of which the 8th and the 21st are empty."""
    lines = [f"text number {number} {'very ' * (number % 5)}long" for number in range(1, 26)]
    lines[7] = lines[20] = "  "
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def predictor(run):
    return toy.predictor(run)
