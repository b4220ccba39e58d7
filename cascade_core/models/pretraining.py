"""Encoders of our own sizes, pre-trained from scratch: a tokenizer, and masked words to fill in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, cast

import torch
from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoModel,
    BertConfig,
    BertModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    set_seed,
)

from .batches import Encodings

ENOUGH = 64  # texts, to see whether tokens differ
MARKS = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}


class Sizes(NamedTuple):
    """What a BERT-like encoder is built of: so many layers of so many units, and so on.

    `dropout` is the share of units and of attention that is left out while training.
    """

    layers: int
    hidden: int
    heads: int
    vocabulary: int
    positions: int
    dropout: float = 0.1


def write_blank(folder: Path, texts: Iterable[str], sizes: Sizes) -> None:
    """Write a checkpoint without weights: configuration, and a tokenizer learnt from `texts`.

    The tokenizer is uncased WordPiece of some `sizes.vocabulary` pieces, never fewer than there are
    letters; as many as there are are the configuration's.
    """
    learnt = BertWordPieceTokenizer(lowercase=True)
    learnt.train_from_iterator(
        iter(texts), vocab_size=sizes.vocabulary, min_frequency=1, show_progress=False
    )
    marks = [(mark, learnt.token_to_id(mark)) for mark in (MARKS["cls_token"], MARKS["sep_token"])]
    learnt._tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=learnt._tokenizer,
        model_max_length=sizes.positions,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **MARKS,
    )
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes.hidden,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=4 * sizes.hidden,
        max_position_embeddings=sizes.positions,
        hidden_dropout_prob=sizes.dropout,
        attention_probs_dropout_prob=sizes.dropout,
        pad_token_id=cast(int, tokenizer.pad_token_id),
    )
    tokenizer.save_pretrained(folder)
    config.save_pretrained(folder)


class MaskedWords(nn.Module):
    """An encoder and a head that fills in masked tokens; its output is the loss, for Trainer.

    The head is BERT's: dense, GELU, normalisation, and a product with the word embeddings. It sees
    masked positions only, `labels` [B, T] being -100 elsewhere.
    """

    accepts_loss_kwargs = False

    def __init__(self, config: BertConfig, seed: int = 0):
        super().__init__()
        set_seed(seed)
        self.encoder = cast(BertModel, AutoModel.from_config(config, add_pooling_layer=False))
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.normalise = nn.LayerNorm(config.hidden_size)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        labels: Tensor,
        token_type_ids: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return `loss`, the mean cross entropy of the masked tokens."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        masked = labels != -100
        states = self.normalise(functional.gelu(self.dense(hidden[masked])))
        words = self.encoder.embeddings.word_embeddings.weight
        scores = functional.linear(states, words, self.bias).float()
        return {"loss": functional.cross_entropy(scores, labels[masked])}


@torch.no_grad()
def spread(encoder: BertModel, tokenizer: PreTrainedTokenizerBase, texts: Encodings) -> float:
    """Return how unlike an encoder's last layer makes tokens of the first texts.

    The standard deviation over tokens, mean over units: near 1 at first, some tenths once trained.
    Near 0 all tokens look alike, and nothing can be learnt from them any more.
    """
    rows = [texts.row(number) for number in range(min(len(texts), ENOUGH))]
    batch = tokenizer.pad(rows, return_tensors="pt").to(encoder.device)
    hidden = encoder.eval()(**batch).last_hidden_state
    return float(hidden[batch["attention_mask"].bool()].float().std(dim=0).mean())


def masking(tokenizer: PreTrainedTokenizerBase, share: float):
    """Return a collator that masks a share of the tokens, as BERT does: 80 % so, 10 % by others."""
    from transformers import DataCollatorForLanguageModeling

    return DataCollatorForLanguageModeling(tokenizer, mlm_probability=share)
