"""Models of any size with random weights, and made-up texts: enough to measure speed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModel, BertConfig, PreTrainedTokenizerFast

from ..models.build import with_off_ramps
from ..models.exit_model import ExitModel, take_pooler
from ..prediction.engine import Stage, Texts

WORDS = 2000
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

# Token counts of MNLI's development set in MiniLM's tokens: a log-normal of this median and spread.
MNLI_MEDIAN, MNLI_SIGMA = 36.0, 0.42


class Shape(NamedTuple):
    """The sizes of a BERT."""

    layers: int
    hidden: int
    heads: int

    @property
    def config(self) -> BertConfig:
        return BertConfig(
            vocab_size=30522,
            num_hidden_layers=self.layers,
            hidden_size=self.hidden,
            num_attention_heads=self.heads,
            intermediate_size=4 * self.hidden,
        )


BASE = Shape(layers=12, hidden=768, heads=12)


def random_stage(shape: Shape, classes: int = 3, seed: int = 0) -> Stage:
    """Return a complete model of a shape with random weights, and a tokenizer for made-up texts.

    Its classifier is drawn wide, so that confidences differ enough to be told apart in bfloat16.
    """
    torch.manual_seed(seed)
    encoder = AutoModel.from_config(shape.config)
    take_pooler(encoder)
    return Stage(_opinionated(ExitModel(encoder, (shape.layers,), classes, "first")), tokenizer())


def random_off_ramps(stage: Stage, seed: int = 0) -> Stage:
    """Give a random complete model random off-ramps after all its layers."""
    return Stage(_opinionated(with_off_ramps(stage.model, seed)), stage.tokenizer)


def made_up_texts(count: int, seed: int = 0) -> Texts:
    """Return made-up texts whose token counts are spread as MNLI's are."""
    draw = np.random.default_rng(seed)
    lengths = np.exp(draw.normal(np.log(MNLI_MEDIAN), MNLI_SIGMA, count)).clip(4, 128).astype(int)
    words = draw.integers(WORDS, size=int(lengths.sum() - 2 * count))
    pieces = np.split(words, np.cumsum(lengths - 2)[:-1])
    return {"text": [" ".join(f"w{number}" for number in piece) for piece in pieces]}


def tokenizer() -> PreTrainedTokenizerFast:
    """Return a word-level tokenizer that knows the words w0, w1, … of made-up texts."""
    names = [*SPECIAL, *(f"w{number}" for number in range(WORDS))]
    backend = Tokenizer(
        models.WordLevel({name: number for number, name in enumerate(names)}, unk_token="[UNK]")
    )
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def _opinionated(model: ExitModel) -> ExitModel:
    with torch.no_grad():
        for head in model.typed_heads:
            head.classifier.weight.normal_(std=1.0)
    return model.eval()
