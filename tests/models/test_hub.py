"""The hub's code path for real, against a hub on this machine, in an interpreter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

from . import loopback_hub, tiny

SCRIPT = """
from cascade_core.models.build import from_checkpoint
from cascade_core.models.checkpoints import CheckpointError, load_tokenizer
from cascade_core.tasks import find_task
from cascade_core.texts import read_examples

model = from_checkpoint("tiny/bert", classes=2, pooling="first", layers=2)
print(model.exits, load_tokenizer("tiny/bert")("a good film")["input_ids"])
examples = read_examples(find_task("mnli"), "dev_mm")
print(examples.texts["sentence2"], examples.labels.tolist())
try:
    from_checkpoint("tiny/absent", classes=2, pooling="first")
except CheckpointError as error:
    print(error)
"""


def test_weights_and_texts_come_from_the_hub(tmp_path):
    tiny.write_checkpoint(tmp_path / "hub" / "tiny" / "bert")
    table = tmp_path / "hub/datasets/nyu-mll/glue/mnli/validation_mismatched-00000-of-00001.parquet"
    table.parent.mkdir(parents=True)
    rows = {"premise": ["it rains"], "hypothesis": ["it is dry"], "label": [2], "idx": [0]}
    pd.DataFrame(rows).to_parquet(table)
    with loopback_hub.serving(tmp_path / "hub") as endpoint:
        environment = {
            **os.environ,
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        environment.pop("CASCADELENS_DATA", None)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr
    model, texts, error = done.stdout.splitlines()
    assert model == "(2,) [2, 15, 4, 16, 3]"
    assert texts == "('it is dry',) [2]"
    assert error.startswith(
        "expected a Hugging Face checkpoint folder or hub id, but 'tiny/absent'"
    )
