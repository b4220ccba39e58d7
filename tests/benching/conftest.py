from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

from cascade_core.benching.bench import Subject
from cascade_core.benching.execute import untrained_subject
from cascade_core.benching.untrained import Shape


@pytest.fixture(scope="session")
def subject() -> Subject:
    """An off-ramp model and a cascade of 1 and 4 layers with random weights, and 40 texts."""
    return untrained_subject(40, Shape(layers=4, hidden=32, heads=2), precision="float32")
