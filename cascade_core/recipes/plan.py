"""What a recipe trains, in order: every training with the stage that keeps it."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ..models.batches import encode
from ..models.checkpoints import load_config, load_tokenizer
from ..models.packed_model import most_tokens
from ..models.theseus import check_successors
from ..models.training import TrainingOptions
from ..storage import content_hash
from ..tasks import find_task
from ..texts import Examples, read_examples
from . import training
from .architecture import architecture_of
from .difficulty import Fold, plan_folds
from .effort import Effort, Texts, effort_of, effort_of_encoder, student_share
from .encoder_specs import DistilledEncoder, PreTrainedEncoder
from .jobs import Job
from .margins import choose_margin
from .model_specs import (
    DifficultyAware,
    FineTuned,
    FromModel,
    Model,
    OffRamps,
    PatientlyDistilled,
    Students,
    Successors,
)
from .recipe import RecipeError
from .stages import Stage, checkpoint_identity, stage_for
from .table import Training
from .training import Origin, PlannedModel
from .workshop import Workshop

NOT_DECIDING = {"method", "description", "training", "checkpoint"}


class Plan(NamedTuple):
    """All trainings of a recipe in an order in which they can be done, and its models by name."""

    jobs: list[Job]
    models: dict[str, PlannedModel]


def make_plan(workshop: Workshop) -> Plan:
    """Plan all that a recipe trains; raises `RecipeError` for what its texts do not allow."""
    return _Planner(workshop).plan()


class _Planner:
    """Gathers jobs, what is kept of each, and who starts from whom."""

    def __init__(self, workshop: Workshop):
        self.workshop = workshop
        self.recipe = workshop.recipe
        self.jobs: list[Job] = []
        self.encoders: dict[str, Origin] = {}
        self.texts: dict[tuple[str, int | None], Examples] = {}
        self.encoded_in: dict[str, Stage] = {}  # by an origin's weights
        self.models: dict[str, PlannedModel] = {}
        self.folds: dict[str, list[Fold]] = {}

    def plan(self) -> Plan:
        for name in self.recipe.encoders:
            self._add_encoder(name)
        chosen: dict[str, dict[float, PlannedModel]] = {}
        for name, spec in sorted(self.recipe.models.items(), key=_by_what_it_needs):
            if isinstance(spec, FineTuned) and spec.dar and spec.dar.difficulty not in self.folds:
                self._add_folds(spec.dar.difficulty)
            if isinstance(spec, FineTuned) and spec.dar and spec.dar.margins:
                chosen[name] = self._add_margins(name, spec, spec.dar, spec.dar.margins)
            else:
                self.models[name] = self._add_training(name, spec)
        for name, candidates in chosen.items():  # last: the reference has to be there
            self._add_choice(name, candidates)
        return Plan(self.jobs, self.models)

    def _add_encoder(self, name: str) -> None:
        spec = self.recipe.encoders[name]
        options = self._options(spec.training)._replace(seed=spec.seed)
        texts = [self._read(task, spec.limit) for task in spec.tasks]
        about = {"layers": spec.layers, "texts": [one.fingerprint for one in texts]}
        if isinstance(spec, DistilledEncoder):
            self._check_positions(spec.checkpoint)
            method, checkpoint = "general distillation", spec.checkpoint
            stage = self._any_stage(
                method, options, checkpoint=checkpoint_identity(checkpoint), **about
            )
            run = partial(training.train_encoder_of, self.workshop, spec, texts, options, stage)
        else:
            method = "masked words"
            sizes = ("hidden", "heads", "vocabulary", "dropout")
            blank = self._blank(spec, texts, about | {name: getattr(spec, name) for name in sizes})
            checkpoint = str(blank.folder / training.ENCODER)
            stage = self._any_stage(method, options, blank=blank.key, masked=spec.masked)
            own = (self.workshop, spec, checkpoint, texts, options, stage)
            run = partial(training.pre_train_encoder, *own)
        effort = partial(self._effort_of_encoder, spec, checkpoint, texts, options)
        self.jobs.append(Job(name, method, stage, (), effort, run))
        weights = str(stage.folder / training.ENCODER)
        self.encoded_in[weights] = stage
        title = checkpoint if isinstance(spec, DistilledEncoder) else name
        self.encoders[name] = Origin(checkpoint, weights, f"stage:{stage.key}", title)

    def _read(self, task: str, limit: int | None) -> Examples:
        """Read texts to pre-train on, once for all encoders of the recipe."""
        if (task, limit) not in self.texts:
            self.texts[task, limit] = read_examples(find_task(task), "train", limit=limit)
        return self.texts[task, limit]

    def _blank(self, spec: PreTrainedEncoder, texts: list[Examples], about: dict) -> Stage:
        """Make configuration and tokenizer at once: what follows is planned with them."""
        positions = self.recipe.max_tokens
        decides = {"method": "blank encoder", **about, "positions": positions}
        stage = stage_for(decides, self.workshop.cache_folder)
        training.make_blank(spec, texts, positions, stage)
        return stage

    def _add_folds(self, name: str) -> None:
        """Add the cross-validation of one table of [difficulty]."""
        labels = self.recipe.difficulty[name]
        model = self.models[labels.model]

        def stage_of(seed: int, number: int) -> Stage:
            options = model.options._replace(seed=seed)  # whatever seed the model itself has
            about = {**model.decides, "fold": number, "folds": labels.folds}
            return self._stage("fold", options, **about)

        texts = self.workshop.train_texts
        try:
            folds = plan_folds(texts.labels, labels.folds, labels.seeds, stage_of)
        except ValueError as error:
            raise RecipeError(f"{self.recipe.name}: difficulty.{name}.{error}") from error
        self.folds[name] = folds
        for fold in folds:
            title = f"{model.name}, seed {fold.seed}, fold {fold.number + 1} of {labels.folds}"
            run = partial(training.train_fold, self.workshop, fold, model)
            effort = partial(self._effort_of, model, 1 - 1 / labels.folds)
            needs = self._kept(model.origin)
            self.jobs.append(Job(title, "cross-validation", fold.stage, needs, effort, run))

    def _add_margins(
        self, name: str, spec: FineTuned, dar: DifficultyAware, margins: list[float]
    ) -> dict[float, PlannedModel]:
        """Add a training for each margin."""

        def only(margin: float) -> FineTuned:
            one = dar.model_copy(update={"margin": margin, "margins": None})
            return spec.model_copy(update={"dar": one})

        return {
            margin: self._add_training(f"{name}, margin {margin:g}", only(margin))
            for margin in margins
        }

    def _add_choice(self, name: str, candidates: dict[float, PlannedModel]) -> None:
        """Add the choice of the best margin for the cascade with the reference."""
        spec, large = self.recipe.models[name], self.models[self.recipe.reference]
        first = next(iter(candidates.values()))
        decides = {
            "candidates": {f"{margin:g}": one.stage.key for margin, one in candidates.items()},
            "large": large.stage.key,
        }
        stage = self._stage("choice of margin", first.options, **decides)
        model = first._replace(name=name, spec=spec, stage=stage, decides=decides)
        self.models[name] = model
        run = partial(choose_margin, self.workshop, model, candidates, large)
        asked = len(candidates) * self._layers(spec) + self._layers(large.spec)

        def effort() -> Effort:
            dev = self.workshop.encoded(first.origin.checkpoint).dev
            return Effort(0, 0, asked * float(dev.tokens.sum()))

        needs = tuple(one.stage for one in (*candidates.values(), large))
        self.jobs.append(Job(name, "choice of margin", stage, needs, effort, run))

    def _add_training(self, name: str, spec: Model) -> PlannedModel:
        options = self._options(spec.training)
        decides = spec.model_dump(exclude=NOT_DECIDING, exclude_none=True)
        for key in ("backbone", "teacher"):
            if key in decides:
                decides[key] = self.models[decides[key]].stage.key
        folds: list[Fold] = []
        if isinstance(spec, FineTuned) and spec.dar:
            folds = self.folds[spec.dar.difficulty]
            decides["dar"]["difficulty"] = [fold.stage.key for fold in folds]
        if isinstance(spec, FromModel):
            origin = self.models[spec.backbone].origin
            if isinstance(spec, Successors):
                self._check_successors(name, spec, origin)
        else:
            origin = self._origin(spec.checkpoint)
            decides |= {"checkpoint": origin.identity, "layers": spec.layers}
        if isinstance(spec, PatientlyDistilled):
            self._check_patient(name, spec)
        stage = self._stage(spec.method, options, **decides)
        model = PlannedModel(name, spec, origin, options, stage, decides)
        run = partial(training.train_model, self.workshop, model, self.models, folds)
        effort = partial(self._effort_of, model)
        others = [getattr(spec, one) for one in ("backbone", "teacher") if hasattr(spec, one)]
        needs = (
            *self._kept(origin),
            *(self.models[other].stage for other in others),
            *(fold.stage for fold in folds),
        )
        self.jobs.append(Job(name, spec.method, stage, needs, effort, run))
        return model

    def _kept(self, origin: Origin) -> tuple[Stage, ...]:
        """Return the stage that keeps an origin's weights, where it is one of the recipe's."""
        stage = self.encoded_in.get(origin.weights)
        return (stage,) if stage else ()

    def _check_successors(self, name: str, spec: Successors, origin: Origin) -> None:
        depth = self._layers(self.models[spec.backbone].spec)
        try:
            check_successors(load_config(origin.checkpoint), depth, spec.layers)
        except ValueError as error:
            raise RecipeError(f"{self.recipe.name}: models.{name}: {error}") from error

    def _check_patient(self, name: str, spec: PatientlyDistilled) -> None:
        layers, deepest = (self._layers(one) for one in (spec, self.models[spec.teacher].spec))
        if not 2 <= layers <= deepest:
            raise RecipeError(
                f"{self.recipe.name}: models.{name}: expected a student of 2 to {deepest} layers, "
                f"of which all but the last follow its teacher's, but got {layers}"
            )

    def _effort_of(self, model: PlannedModel, share: float = 1.0) -> Effort:
        """Count what training a model on a share of the texts takes."""
        tokens = self.workshop.encoded(model.origin.checkpoint)
        train, dev = (float(split.tokens.sum()) for split in (tokens.train, tokens.dev))
        texts = Texts(len(tokens.train), train, dev).share(share)
        spec = model.spec
        other = getattr(spec, "teacher", None) or getattr(spec, "backbone", None)
        deepest = self._layers(self.models[other].spec) if other else 0
        layers = deepest if isinstance(spec, OffRamps | Students) else self._layers(spec)
        student = 0.0
        if isinstance(spec, Students):
            sizes = architecture_of(load_config(model.origin.checkpoint))
            student = student_share(sizes, texts.tokens / texts.count, self.workshop.classes)
        return effort_of(spec, layers, deepest, texts, model.options, student)

    def _effort_of_encoder(
        self,
        spec: DistilledEncoder | PreTrainedEncoder,
        checkpoint: str,
        texts: list[Examples],
        options: TrainingOptions,
    ) -> Effort:
        tokenizer = load_tokenizer(checkpoint)
        tokens = sum(
            float(encode(tokenizer, one.texts, self.recipe.max_tokens).tokens.sum())
            for one in texts
        )
        count = sum(len(one.labels) for one in texts)
        taught = isinstance(spec, DistilledEncoder)
        deepest = load_config(checkpoint).num_hidden_layers if taught else 0
        return effort_of_encoder(spec.layers, deepest, Texts(count, tokens, 0), options)

    def _layers(self, spec: Model) -> int:
        """Return how many layers of its own a model runs."""
        if isinstance(spec, OffRamps | Students):
            return self._layers(self.models[spec.backbone].spec)
        if isinstance(spec, Successors):
            return spec.layers
        if spec.layers:
            return spec.layers
        if spec.checkpoint in self.recipe.encoders:
            return self.recipe.encoders[spec.checkpoint].layers
        return load_config(spec.checkpoint).num_hidden_layers

    def _origin(self, checkpoint: str) -> Origin:
        if checkpoint in self.encoders:
            return self.encoders[checkpoint]
        self._check_positions(checkpoint)
        return Origin(checkpoint, checkpoint, checkpoint_identity(checkpoint), checkpoint)

    def _check_positions(self, checkpoint: str) -> None:
        most, wanted = most_tokens(load_config(checkpoint)), self.recipe.max_tokens
        if wanted > most:
            raise RecipeError(
                f"{self.recipe.name}: max_tokens: expected at most {most}, for which "
                f"{checkpoint!r} has positions, but got {wanted}"
            )

    def _options(self, own: Training | None) -> TrainingOptions:
        chosen = own or self.recipe.training
        return TrainingOptions(**chosen.model_dump(), seed=self.recipe.seed)

    def _stage(self, method: str, options: TrainingOptions, **decides: Any) -> Stage:
        """Return the stage of a training on the recipe's own texts."""
        about = {
            "task": self.recipe.task,
            "train": _content(self.workshop.train_texts),
            "dev": _content(self.workshop.dev_texts),
            "pooling": self.recipe.pooling,
        }
        return self._any_stage(method, options, **decides, **about)

    def _any_stage(self, method: str, options: TrainingOptions, **decides: Any) -> Stage:
        about = {"method": method, **decides, "max_tokens": self.recipe.max_tokens}
        chosen = options._asdict()
        if chosen["evaluations"] == 1:
            del chosen["evaluations"]  # as before there was a choice
        return stage_for({**about, "options": chosen}, self.workshop.cache_folder)


def _by_what_it_needs(item: tuple[str, Model]) -> int:
    """Put those that others start from, or are taught by, before these."""
    spec = item[1]
    return 0 if isinstance(spec, FineTuned) and not spec.dar else 1


def _content(examples: Examples) -> str:
    """A hash of texts and labels, both of which decide a training."""
    return content_hash({"texts": examples.fingerprint}, {"labels": examples.labels})
