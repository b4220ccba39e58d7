"""What the tests of the graded tasks share."""

from __future__ import annotations

import pytest

from cascade_core.graded.catalog import graded_examples
from cascade_core.graded.examples import Example


@pytest.fixture(scope="session")
def inference() -> dict[str, list[Example]]:
    """graded-nli, as much of it as a bag of words needs to learn what there is to learn."""
    return {"train": graded_examples("graded-nli", "train", 12_000), **_held_out("graded-nli")}


@pytest.fixture(scope="session")
def sentiment() -> dict[str, list[Example]]:
    """graded-sentiment, in full but for its train split."""
    return {
        "train": graded_examples("graded-sentiment", "train", 20_000),
        **_held_out("graded-sentiment"),
    }


def _held_out(task: str) -> dict[str, list[Example]]:
    return {"dev": graded_examples(task, "dev"), "test": graded_examples(task, "test", 1_000)}
