"""Where a run comes from: versions, hardware, code revision, date."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

LIBRARIES = ("torch", "transformers", "accelerate", "numpy", "scikit-learn")


def environment() -> dict[str, Any]:
    """Return library versions, hardware, the code's git revision and today's date, for a header."""
    return {
        "libraries": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "hardware": hardware(),
        "git": git_revision(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def hardware() -> str:
    """Name what computes here: the GPU where there is one, else processor and cores."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor_name()}, {cores} cores"


def git_revision() -> dict[str, Any] | None:
    """Return the revision of the clone this package runs from, and whether it has local changes."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", Path(__file__).name)
        return {"revision": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _processor_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
