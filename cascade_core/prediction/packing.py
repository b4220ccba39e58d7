"""Trained weights made small enough to ship: rounded, and what models share only once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..atomic import replaced_folder
from ..models.exit_model import SCALE
from ..run import Run
from ..weights import STAGE_FILE, weights_folder

WORDS = "word_embeddings.weight"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
ABOUT = ("config.json", STAGE_FILE)


def pack_weights(
    run: Run, models: Sequence[str], folder: Path, cache: Path | None = None
) -> dict[str, int]:
    """Pack the weights of some models of a run; return the bytes that each takes.

    `folder` receives one folder per training, named by its stage. Weights are in half precision,
    those of words in eight bits with a scale for each word. A frozen encoder is written with its
    backbone only, a tokenizer with the first model that reads by it. Raises `ValueError` for a
    model the run does not have, `WeightsError` for one whose weights are not at hand.
    """
    for model in models:
        if model not in run.models:
            known = ", ".join(run.models)
            raise ValueError(f"expected a model out of {known}, but got {model!r}")
    sources = {model: weights_folder(run, model, cache) for model in models}
    readers: dict[str, str] = {}
    sizes = {}
    for model, source in sources.items():
        about = json.loads((source / "exits.json").read_text())
        if {"backbone", "tokenizer"} & set(about) or not (source / TOKENIZER[0]).is_file():
            raise ValueError(
                f"expected weights as they were trained, but {source} is packed already"
            )
        weights = load_file(source / "model.safetensors")
        backbone = _backbone(run, model, sources)
        if backbone and _has_encoder_of(weights, load_file(backbone / "model.safetensors")):
            weights = {name: one for name, one in weights.items() if not _is_encoders(name)}
            about["backbone"] = backbone.name
        reads_by = readers.setdefault((source / TOKENIZER[0]).read_text(), source.name)
        if reads_by != source.name:
            about["tokenizer"] = reads_by
        with replaced_folder(folder / source.name) as fresh:
            (fresh / "exits.json").write_text(json.dumps(about, indent=2) + "\n")
            for name in ABOUT if reads_by != source.name else (*ABOUT, *TOKENIZER):
                shutil.copyfile(source / name, fresh / name)
            save_file(_rounded(weights), fresh / "model.safetensors")
        sizes[model] = sum(path.stat().st_size for path in (folder / source.name).iterdir())
    return sizes


def _backbone(run: Run, model: str, sources: dict[str, Path]) -> Path | None:
    """Return where the model is that a model started from, if it is packed too."""
    spec = run.provenance["recipe"]["models"][model]
    return sources.get(spec.get("backbone", ""))


def _has_encoder_of(weights: dict[str, Tensor], others: dict[str, Tensor]) -> bool:
    own = [name for name in weights if _is_encoders(name)]
    return all(name in others and torch.equal(weights[name], others[name]) for name in own)


def _is_encoders(name: str) -> bool:
    return name.startswith("encoder.")


def _rounded(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    rounded = {}
    for name, tensor in weights.items():
        if name.endswith(WORDS):
            scale = tensor.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
            rounded[name] = (tensor / scale).round().to(torch.int8)
            rounded[name + SCALE] = scale
        else:
            rounded[name] = tensor.half() if tensor.is_floating_point() else tensor
    return rounded
