"""The machine that is measured: its name, and how fast it multiplies matrices."""

from __future__ import annotations

import torch

from ..models.inference import Precision
from .timing import interleaved

MATRIX = {"cpu": 2048, "cuda": 8192}  # rows and columns; large enough for the full rate


def matrix_rate(device: torch.device, precision: Precision, repeats: int = 9) -> float:
    """Return the best rate of a square matrix product, in floating-point operations per second."""
    size = MATRIX[device.type]
    matrix = torch.randn(size, size, device=device).to(getattr(torch, precision))

    def multiply() -> None:
        torch.mm(matrix, matrix)
        synchronise(device)

    seconds = interleaved({"product": multiply}, repeats)["product"]
    return 2 * size**3 / min(seconds.runs)


def synchronise(device: torch.device) -> None:
    """Wait until a GPU has done what it was asked."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
