"""A recipe with its texts at hand, in the tokens of any checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from ..models.batches import Encodings, encode
from ..models.checkpoints import load_tokenizer
from ..models.training import LabelledTexts, Setting, StepProgress, TrainingOptions
from ..tasks import find_task
from ..texts import Examples, TextError, read_examples
from .recipe import Recipe
from .stages import Stage


class Tokens(NamedTuple):
    """A tokenizer and the splits in its tokens."""

    tokenizer: PreTrainedTokenizerBase
    train: Encodings
    dev: Encodings
    reported: Encodings


@dataclass(frozen=True, eq=False)
class Workshop:
    """A recipe, the texts it trains on, chooses by and reports on; where trainings are kept."""

    recipe: Recipe
    train_texts: Examples
    dev_texts: Examples
    reported_texts: Examples
    cache_folder: Path | None = None
    _tokens: dict[str, Tokens] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        recipe: Recipe,
        cache_folder: Path | None = None,
        progress: StepProgress | None = None,
    ) -> Workshop:
        """Read the recipe's texts; raises `TextError` with the remedy when they are not at hand."""
        read = partial(read_examples, find_task(recipe.task), progress=progress)
        train = read(recipe.train, limit=recipe.train_limit)
        dev = read(recipe.dev, limit=recipe.dev_limit)
        asked = (recipe.report or recipe.dev, recipe.report_limit)
        same = asked == (recipe.dev, recipe.dev_limit)
        reported = dev if same else read(asked[0], limit=asked[1])
        for examples in (train, dev, reported):
            if (examples.labels < 0).any():
                raise TextError(
                    f"expected labelled texts to train and choose by, but {examples.source} has "
                    f"some without a label; name another split in recipe {recipe.name!r}"
                )
        return cls(recipe, train, dev, reported, cache_folder)

    @property
    def classes(self) -> int:
        return len(find_task(self.recipe.task).label_names)

    def encoded(self, checkpoint: str) -> Tokens:
        """Return the splits in a checkpoint's tokens; models of one checkpoint share them."""
        if checkpoint not in self._tokens:
            tokenizer = load_tokenizer(checkpoint)
            splits = (
                encode(tokenizer, examples.texts, self.recipe.max_tokens)
                for examples in (self.train_texts, self.dev_texts, self.reported_texts)
            )
            self._tokens[checkpoint] = Tokens(tokenizer, *splits)
        return self._tokens[checkpoint]

    def setting(
        self,
        checkpoint: str,
        stage: Stage,
        options: TrainingOptions,
        progress: StepProgress | None,
        known: Mapping[str, NDArray] | None = None,
    ) -> Setting:
        """Return what a training in a checkpoint's tokens needs; see `objectives.KNOWN`."""
        tokens = self.encoded(checkpoint)
        return Setting(
            train=LabelledTexts(tokens.train, self.train_texts.labels, known or {}),
            dev=LabelledTexts(tokens.dev, self.dev_texts.labels),
            tokenizer=tokens.tokenizer,
            options=options,
            folder=stage.scratch,
            progress=progress,
        )
