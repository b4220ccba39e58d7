"""Trainings that are kept: found again by what decided them, resumed after a kill."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from ..models.checkpoints import locate
from ..weights import STAGE_FILE, cache_folder
from .provenance import hardware

LOCK_FILE = "lock"  # in a stage's folder, held by whoever makes it
STAGE_FORMAT = 1  # raise when training code changes what the same inputs give


class Stage(NamedTuple):
    """One training: everything that decides its result, and the folder where the result is kept."""

    decides: dict[str, Any]
    folder: Path

    @property
    def key(self) -> str:
        return self.folder.name

    @property
    def is_done(self) -> bool:
        return (self.folder / STAGE_FILE).is_file()

    @property
    def was_begun(self) -> bool:
        return self.scratch.is_dir()

    @property
    def scratch(self) -> Path:
        """Trainer's own checkpoints, from which an interrupted training goes on."""
        return self.folder / "training"

    def lock(self) -> FileLock:
        """Return the lock that whoever makes this stage holds meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / LOCK_FILE)

    def report(self) -> dict[str, Any]:
        """Return what the training reported when it finished, and the hardware it ran on."""
        return json.loads((self.folder / STAGE_FILE).read_text())["report"]

    def finish(self, report: dict[str, Any]) -> None:
        """Mark the stage done, last of all, and drop what only resuming needed."""
        report = {**report, "hardware": hardware()}
        text = json.dumps({"decides": self.decides, "report": report}, indent=2)
        partial = self.folder / f"stage.{os.getpid()}.partial"
        partial.write_text(text + "\n")
        partial.replace(self.folder / STAGE_FILE)
        shutil.rmtree(self.scratch, ignore_errors=True)


def stage_for(decides: dict[str, Any], cache: Path | None = None) -> Stage:
    """Return the stage whose result `decides` determines; equal inputs share one folder."""
    decides = {"stage_format": STAGE_FORMAT, **decides}
    canonical = json.dumps(decides, sort_keys=True, separators=(",", ":"))
    key = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    return Stage(decides, (cache or cache_folder()) / "stages" / key)


def checkpoint_identity(checkpoint: str) -> str:
    """Return a name for the checkpoint's weights that does not depend on where they lie.

    A hash of weights and configuration for a local folder, else the hub id.
    """
    folder = Path(locate(checkpoint))
    if not folder.is_dir():
        return f"hub:{checkpoint}"
    digest = hashlib.sha256()
    for path in sorted([folder / "config.json", *folder.glob("*.safetensors")]):
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{digest.hexdigest()}"
