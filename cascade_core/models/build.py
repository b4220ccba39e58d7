"""Models from checkpoints: complete, cut to the first k layers, or with an exit at every layer."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel, set_seed

from .checkpoints import CheckpointError, explained, load_config
from .exit_model import ExitModel, take_pooler
from .heads import HeadKind, Pooling
from .layers import describe_layers


def from_checkpoint(
    checkpoint: str,
    *,
    classes: int,
    pooling: Pooling,
    layers: int | None = None,
    seed: int = 0,
) -> ExitModel:
    """Build a model with one exit, at its last layer, from a pre-trained encoder.

    `checkpoint` is a local folder or a hub id; `layers` keeps its first so many layers (BERT-kL),
    None all of them. The head's pooler starts from the checkpoint's where it has one; what else is
    new in it is drawn from `seed`. Raises `CheckpointError` when the checkpoint is not there or
    lacks weights of the encoder.
    """
    config = load_config(checkpoint)
    available = config.num_hidden_layers
    if layers is not None and not 1 <= layers <= available:
        raise CheckpointError(
            f"expected 1 to {available} layers of {checkpoint!r}, but got {layers}"
        )
    describe_layers(config, range(1, (layers or available) + 1))
    encoder, pooler = _load_encoder(checkpoint, config)
    set_seed(seed)
    model = ExitModel(encoder, (config.num_hidden_layers,), classes, pooling)
    if pooler:
        model.typed_heads[-1].dense.load_state_dict(pooler)
    return model


def untrained(
    checkpoint: str, *, classes: int, pooling: Pooling, layers: int | None = None
) -> ExitModel:
    """Build a model of a checkpoint's sizes, as `from_checkpoint`, but with random weights."""
    config = load_config(checkpoint)
    describe_layers(config, range(1, (layers or config.num_hidden_layers) + 1))
    encoder = AutoModel.from_config(config)
    take_pooler(encoder)
    return ExitModel(encoder, (config.num_hidden_layers,), classes, pooling)


def with_off_ramps(trained: ExitModel, seed: int = 0) -> ExitModel:
    """Give a trained complete model an exit after every layer, keeping its last one (DeeBERT).

    Each new head starts from the model's own pooler, with a classifier drawn from `seed`. The
    encoder is shared with `trained`, not copied.
    """
    model = _with_every_exit(trained, "pooler", seed)
    for head in model.typed_heads:
        head.dense.load_state_dict(trained.typed_heads[-1].dense.state_dict())
    return model


def with_shared_pooler(complete: ExitModel, seed: int = 0) -> ExitModel:
    """Give a complete model an exit after every layer, all with one pooler (PABEE); all is trained.

    Pooler and last classifier start as the complete model has them, the other classifiers are drawn
    from `seed`. The encoder is shared with `complete`, not copied.
    """
    return _with_every_exit(complete, "shared-pooler", seed)


def with_students(trained: ExitModel, seed: int = 0) -> ExitModel:
    """Give a trained complete model students at all layers but the last, which teaches (FastBERT).

    The students are drawn from `seed`. The encoder is shared with `trained`, not copied.
    """
    return _with_every_exit(trained, "student", seed)


def with_one_exit(model: ExitModel, pooling: Pooling) -> ExitModel:
    """Return the model with its last exit alone, read by `pooling`; weights are shared."""
    single = ExitModel(model.encoder, model.exits[-1:], model.classes, pooling)
    single.heads[0] = model.heads[-1]
    return single.eval()


def _with_every_exit(model: ExitModel, heads: HeadKind, seed: int) -> ExitModel:
    """Return the encoder with fresh heads after all layers, the last one as it was."""
    set_seed(seed)
    every_layer = tuple(range(1, model.encoder.config.num_hidden_layers + 1))
    grown = ExitModel(model.encoder, every_layer, model.classes, model.pooling, heads)
    grown.heads[-1].load_state_dict(model.heads[-1].state_dict())
    return grown


def _load_encoder(
    checkpoint: str, config: PreTrainedConfig
) -> tuple[PreTrainedModel, dict[str, Tensor] | None]:
    """Load the encoder under exactly `config`, and its pooler's weights where there are any."""

    def load(location: str, **options):
        return AutoModel.from_pretrained(
            location,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )

    encoder, report = explained(load, checkpoint)
    absent = set(report["missing_keys"])
    missing = sorted(name for name in absent if not name.startswith("pooler."))
    if missing:
        raise CheckpointError(
            f"expected all weights of a {config.num_hidden_layers}-layer {config.model_type} in "
            f"{checkpoint!r}, but {len(missing)} are missing ({missing[0]}, …); they would stay "
            "random: use the configuration that belongs to the checkpoint"
        )
    pooler = take_pooler(encoder)
    return encoder, pooler if len(missing) == len(absent) else None
