"""Tiny random checkpoints in hub layout, and made-up texts they can read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

OPINIONS = "good great fine lovely bright bad poor dull awful grim".split()
NEUTRAL = "the a film story song was is very not quite and but or it this that".split()
WORDS = [*OPINIONS, *NEUTRAL]
SPECIAL = ["<pad>", "<unk>", "<cls>", "<sep>"]


def write_checkpoint(
    folder: Path, kind: str = "bert", layers: int = 4, seed: int = 0, positions: int = 66
) -> Path:
    """Write config, safetensors and tokenizer of a random encoder of a `kind`, such as "bert"."""
    torch.manual_seed(seed)
    # ModernBERT's marks are numbered far beyond this vocabulary, unless it is told.
    marks = {"cls_token_id": 2, "sep_token_id": 3} if kind == "modernbert" else {}
    config = AutoConfig.for_model(
        kind,
        vocab_size=len(SPECIAL) + len(WORDS),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=positions,
        pad_token_id=0,
        **marks,
    )
    model = AutoModel.from_config(config)
    with torch.no_grad():  # wider than the usual 0.02, so that layers and texts differ visibly
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.normal_(std=0.2)
    model.save_pretrained(folder)
    write_tokenizer(folder, type_ids=kind == "bert")
    return folder


def write_tokenizer(folder: Path, type_ids: bool) -> None:
    """Write a word-level tokenizer for `WORDS`, in the layout the hub has."""
    words = WORDS if type_ids else WORDS[::-1]  # so that two kinds of checkpoint number them apart
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<cls> $A <sep>",
        pair="<cls> $A <sep> $B:1 <sep>:1",
        special_tokens=[(name, vocabulary[name]) for name in ("<cls>", "<sep>")],
    )
    inputs = ["input_ids", "attention_mask", *(["token_type_ids"] if type_ids else [])]
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<cls>",
        sep_token="<sep>",
        model_input_names=inputs,
    ).save_pretrained(folder)


def texts(count: int, seed: int = 0, words: Sequence[str] = WORDS, longest: int = 30) -> list[str]:
    """Return `count` made-up texts of 1 to `longest` of the `words`."""
    draw = random.Random(seed)
    return [" ".join(draw.choices(words, k=draw.randint(1, longest))) for _ in range(count)]


def labelled_texts(count: int, seed: int = 0) -> tuple[list[str], list[int]]:
    """Return texts whose label, by turns 0 and 1, their first word decides: learnt in seconds."""
    labels = [number % 2 for number in range(count)]
    rest = texts(count, seed, NEUTRAL, longest=7)
    marks = ["good" if label else "bad" for label in labels]
    return [f"{mark} {text}" for mark, text in zip(marks, rest, strict=True)], labels
