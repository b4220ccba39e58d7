"""Outputs of two made-up models, and files of them in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

INSTANCES = 30
CLASSES = ("cat", "dog", "owl")
LABELS = np.arange(INSTANCES) % 3
WORDS = [f"picture {number}" for number in range(INSTANCES)]
PLACES = ["indoors" if number % 4 else "outdoors" for number in range(INSTANCES)]


def made_up_logits(exits: int, instances: int = INSTANCES, classes: int = 3) -> np.ndarray:
    random = np.random.default_rng(exits)
    logits = random.normal(size=(exits, instances, classes))
    logits[:, np.arange(instances), np.arange(instances) % classes] += 1.5
    return logits.astype(np.float32)


LOGITS = {"small": made_up_logits(1), "ramps": made_up_logits(2)}


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits.astype(np.float64))
    return raised / raised.sum(axis=-1, keepdims=True)


def arrays(kind: str = "logits") -> dict[str, Any]:
    """All of it as arrays by name."""
    values = {name: one if kind == "logits" else softmax(one) for name, one in LOGITS.items()}
    outputs = {f"{kind}/{name}": one for name, one in values.items()}
    return {**outputs, "labels": LABELS, "ids": np.arange(100, 100 + INSTANCES)}


def frame(kind: str = "logits") -> pd.DataFrame:
    """All of it as a table."""
    columns: dict[str, Any] = {}
    for name, one in LOGITS.items():
        values = one if kind == "logits" else softmax(one)
        for exit_, at_exit in enumerate(values, 1):
            for class_name, column in zip(CLASSES, at_exit.T, strict=True):
                columns[f"{kind}/{name}/{exit_}/{class_name}"] = column
    known = {"label": [CLASSES[label] for label in LABELS], "id": np.arange(100, 100 + INSTANCES)}
    return pd.DataFrame({**columns, **known, "caption": WORDS, "place": PLACES})


def _jsonl(path: Path, kind: str) -> None:
    records = frame(kind).to_dict(orient="records")
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


WRITERS: dict[str, Callable[[Path, str], object]] = {
    ".npz": lambda path, kind: np.savez(path, **arrays(kind)),
    ".safetensors": lambda path, kind: save_file(arrays(kind), path),
    ".csv": lambda path, kind: frame(kind).to_csv(path, index=False),
    ".parquet": lambda path, kind: frame(kind).to_parquet(path),
    ".jsonl": _jsonl,
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the outputs of the two models to a file of a format."""

    def written(suffix: str, kind: str = "logits") -> Path:
        path = tmp_path / f"animals{suffix}"
        WRITERS[suffix](path, kind)
        return path

    return written
