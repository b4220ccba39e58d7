"""One recipe, two processes: what `accelerate launch` starts must train together and write once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from cascade_core.runs import load_run

from .tiny_run import write_tiny_recipe

RECIPE = """
name = "shared"
task = "sst2"
pooling = "mean"
max_tokens = 64
reference = "large"
training = { epochs = 1, learning_rate = 1e-3, batch_size = 32 }

[difficulty.labels]
model = "small"
folds = 2

[models.large]
method = "fine-tune"
checkpoint = CHECKPOINT

[models.small]
method = "fine-tune"
checkpoint = CHECKPOINT
layers = 1

[models.careful]
method = "fine-tune"
checkpoint = CHECKPOINT
layers = 1
dar = { difficulty = "labels", margins = [0.1, 0.7] }

[models.ramps]
method = "deebert"
backbone = "large"

[models.successors]
method = "theseus"
backbone = "large"
layers = 1

[systems.DeeBERT]
models = ["ramps"]

[systems.Cascade]
models = ["careful", "large"]

[systems.Theseus]
models = ["successors"]
"""

LAUNCH = (
    *("-m", "accelerate.commands.launch", "--cpu", "--num_processes=2", "--num_machines=1"),
    *("--mixed_precision=no", "--dynamo_backend=no", "-m", "cascade_core.cli", "run"),
)


@pytest.mark.slow
def test_two_processes_share_trainings_and_one_writes(tmp_path):
    write_tiny_recipe(tmp_path, dev_texts=48)  # for its texts and checkpoint
    recipe = tmp_path / "shared.toml"
    recipe.write_text(RECIPE.replace("CHECKPOINT", json.dumps(str(tmp_path / "checkpoint"))))
    done = subprocess.run(
        [
            *(sys.executable, *LAUNCH, str(recipe)),
            *("--output", str(tmp_path / "runs"), "--cache", str(tmp_path / "cache")),
        ],
        env={**os.environ, "CASCADELENS_DATA": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("Wrote") == 1
    run = load_run(tmp_path / "runs" / "shared", verify=True)
    assert list(run.systems) == ["DeeBERT", "Cascade", "Theseus"]
    reports = run.provenance["trainings"]
    assert {report["train_instances"] for report in reports.values()} == {64}
    assert len(reports["large"]["dev_accuracy"]) == 1
