"""From a recipe and its texts to trained models: one kept stage per model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from ..models.batches import Encodings, encode
from ..models.build import from_checkpoint, with_off_ramps
from ..models.checkpoints import load_tokenizer
from ..models.exit_model import ExitModel, load_exit_model
from ..models.training import (
    LabelledTexts,
    StepProgress,
    TrainingOptions,
    fine_tune,
    train_off_ramps,
)
from ..storage import content_hash
from ..tasks import find_task
from ..texts import Examples, TextError, read_examples
from .recipe import FineTuned, Model, OffRamps, Recipe
from .stages import Stage, checkpoint_identity, stage_for


class PlannedModel(NamedTuple):
    """A model of the recipe, the checkpoint whose tokens it reads, and the stage that keeps it."""

    name: str
    spec: Model
    checkpoint: str
    options: TrainingOptions
    stage: Stage


class Tokens(NamedTuple):
    """A tokenizer and both splits in its tokens."""

    tokenizer: PreTrainedTokenizerBase
    train: Encodings
    dev: Encodings


@dataclass(frozen=True, eq=False)
class Workshop:
    """A recipe with its texts at hand: plans its models, trains and loads them."""

    recipe: Recipe
    train_texts: Examples
    dev_texts: Examples
    cache_folder: Path | None = None
    _tokens: dict[str, Tokens] = field(default_factory=dict)

    @classmethod
    def open(cls, recipe: Recipe, cache_folder: Path | None = None) -> Workshop:
        """Read the recipe's texts; raises `TextError` with the remedy when they are not at hand."""
        task = find_task(recipe.task)
        train = read_examples(task, recipe.train)
        dev = read_examples(task, recipe.dev)
        for examples in (train, dev):
            if (examples.labels < 0).any():
                raise TextError(
                    f"expected labelled texts to train and choose by, but {examples.source} has "
                    f"some without a label; name another split in recipe {recipe.name!r}"
                )
        return cls(recipe, train.first(recipe.train_limit), dev, cache_folder)

    @property
    def classes(self) -> int:
        return len(find_task(self.recipe.task).label_names)

    def plan(self) -> dict[str, PlannedModel]:
        """Return the recipe's models by name, in an order in which they can be trained."""
        planned: dict[str, PlannedModel] = {}
        ordered = sorted(self.recipe.models.items(), key=lambda item: isinstance(item[1], OffRamps))
        for name, spec in ordered:
            options = self._options(spec)
            if isinstance(spec, FineTuned):
                checkpoint = spec.checkpoint
                start = {"checkpoint": checkpoint_identity(checkpoint), "layers": spec.layers}
            else:
                checkpoint = planned[spec.backbone].checkpoint
                start = {"backbone": planned[spec.backbone].stage.key}
            stage = stage_for(
                {
                    "method": spec.method,
                    **start,
                    "task": self.recipe.task,
                    "train": _content(self.train_texts),
                    "dev": _content(self.dev_texts),
                    "pooling": self.recipe.pooling,
                    "max_tokens": self.recipe.max_tokens,
                    "options": options._asdict(),
                },
                self.cache_folder,
            )
            planned[name] = PlannedModel(name, spec, checkpoint, options, stage)
        return planned

    def train(
        self,
        model: PlannedModel,
        planned: dict[str, PlannedModel],
        progress: StepProgress | None = None,
    ) -> None:
        """Train one planned model and keep it; resumes where an interrupted training stopped."""
        tokens = self.encoded(model)
        arguments = {
            "train": LabelledTexts(tokens.train, self.train_texts.labels),
            "dev": LabelledTexts(tokens.dev, self.dev_texts.labels),
            "tokenizer": tokens.tokenizer,
            "options": model.options,
            "folder": model.stage.scratch,
            "progress": progress,
        }
        if isinstance(model.spec, FineTuned):
            built = from_checkpoint(
                model.checkpoint,
                classes=self.classes,
                pooling=self.recipe.pooling,
                layers=model.spec.layers,
                seed=model.options.seed,
            )
            report = fine_tune(built, **arguments)
        else:
            backbone = load_exit_model(planned[model.spec.backbone].stage.folder)
            built = with_off_ramps(backbone, seed=model.options.seed)
            report = train_off_ramps(built, **arguments)
        built.save(model.stage.folder)
        tokens.tokenizer.save_pretrained(model.stage.folder)
        model.stage.finish(report._asdict())

    def load(self, model: PlannedModel) -> ExitModel:
        """Load a trained model of the plan."""
        return load_exit_model(model.stage.folder)

    def _options(self, spec: Model) -> TrainingOptions:
        chosen = spec.training or self.recipe.training
        return TrainingOptions(**chosen.model_dump(), seed=self.recipe.seed)

    def encoded(self, model: PlannedModel) -> Tokens:
        """Return both splits in a planned model's tokens; models of one checkpoint share them."""
        if model.checkpoint not in self._tokens:
            tokenizer = load_tokenizer(model.checkpoint)
            train, dev = (
                encode(tokenizer, examples.texts, self.recipe.max_tokens)
                for examples in (self.train_texts, self.dev_texts)
            )
            self._tokens[model.checkpoint] = Tokens(tokenizer, train, dev)
        return self._tokens[model.checkpoint]


def _content(examples: Examples) -> str:
    """A hash of texts and labels, both of which decide a training."""
    return content_hash({"texts": examples.fingerprint}, {"labels": examples.labels})
