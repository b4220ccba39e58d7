"""How each training of a plan is done, and what it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from numpy.typing import NDArray
from transformers import BertConfig

from ..models import methods
from ..models.batches import encode
from ..models.build import from_checkpoint, with_off_ramps, with_shared_pooler, with_students
from ..models.checkpoints import load_config, load_tokenizer
from ..models.exit_model import ExitModel, load_exit_model
from ..models.general_distillation import GeneralDistillation
from ..models.inference import run_exits
from ..models.objectives import DIFFICULT
from ..models.pretraining import MaskedWords, Sizes, masking, spread, write_blank
from ..models.theseus import ReplacingRate
from ..models.training import (
    LabelledTexts,
    Setting,
    StepProgress,
    TrainingOptions,
    TrainingReport,
    train_encoder,
)
from ..texts import Examples
from .difficulty import Fold, difficult, keep_right
from .encoder_specs import DistilledEncoder, PreTrainedEncoder
from .model_specs import (
    Distilled,
    FineTuned,
    JointExits,
    Model,
    OffRamps,
    PatientlyDistilled,
    Students,
    Successors,
)
from .processes import in_step, is_main
from .recipe import RecipeError
from .stages import Stage
from .teachers import followed, seen_after, taught
from .workshop import Workshop

ENCODER = "encoder"  # in a stage's folder, in the hub's layout
REPLACED = "replaced"  # the same, after the first stage of BERT-of-Theseus
DONE = "done"
ALIKE = 0.05  # tokens that differ less have collapsed


class Origin(NamedTuple):
    """What a model starts from: the checkpoint whose tokens it reads, and its weights.

    `weights` is a folder or hub id; `identity` does not depend on where they lie; `title` is what
    is said of it.
    """

    checkpoint: str
    weights: str
    identity: str
    title: str


class PlannedModel(NamedTuple):
    """A model of the recipe, what it starts from, and the stage that keeps it.

    `decides` is what its stage's key is made of, but for method, options and texts.
    """

    name: str
    spec: Model
    origin: Origin
    options: TrainingOptions
    stage: Stage
    decides: Mapping[str, Any]

    def load(self) -> ExitModel:
        """Load the trained model."""
        return load_exit_model(self.stage.folder)


Models = Mapping[str, PlannedModel]


def train_model(
    workshop: Workshop,
    model: PlannedModel,
    models: Models,
    folds: list[Fold],
    progress: StepProgress | None = None,
) -> None:
    """Train a model and keep it; resumes where an interrupted training stopped."""
    checkpoint = model.origin.checkpoint
    setting = workshop.setting(checkpoint, model.stage, model.options, progress)
    trained, report = _trained(workshop, model, models, folds, setting)
    if is_main():
        trained.save(model.stage.folder)
        setting.tokenizer.save_pretrained(model.stage.folder)
        model.stage.finish(report._asdict())


def train_fold(
    workshop: Workshop, fold: Fold, model: PlannedModel, progress: StepProgress | None = None
) -> None:
    """Train a copy of a model on the other folds, and keep what it is right about."""
    options = model.options._replace(seed=fold.seed)
    setting = workshop.setting(model.origin.checkpoint, fold.stage, options, progress)
    built = _from_origin(workshop, model, fold.seed)
    report = methods.fine_tune(built, setting._replace(train=setting.train.only(fold.learnt)))
    asked = setting.train.only(fold.held_out)
    logits = run_exits(built.eval(), asked.encodings, setting.tokenizer).logits[-1]
    if is_main():
        keep_right(fold, logits.argmax(-1) == asked.labels)
        fold.stage.finish(report._asdict())


def train_encoder_of(
    workshop: Workshop,
    spec: DistilledEncoder,
    texts: Sequence[Examples],
    options: TrainingOptions,
    stage: Stage,
    progress: StepProgress | None = None,
) -> None:
    """Distil an encoder from a large one's, and keep it in the hub's layout."""
    tokenizer = load_tokenizer(spec.checkpoint)
    encoded = [encode(tokenizer, one.texts, workshop.recipe.max_tokens) for one in texts]
    teacher = from_checkpoint(spec.checkpoint, classes=workshop.classes, pooling="mean").encoder
    model = GeneralDistillation(teacher, spec.layers)
    report = train_encoder(model, encoded, tokenizer, options, stage.scratch, progress)
    if is_main():
        model.student.save_pretrained(stage.folder / ENCODER)
        stage.finish(report._asdict())


def make_blank(spec: PreTrainedEncoder, texts: Sequence[Examples], positions: int, stage: Stage):
    """Keep the configuration and the tokenizer of an encoder that is to be pre-trained."""
    if is_main():
        with stage.lock():
            if not stage.is_done:
                built_of = (spec.layers, spec.hidden, spec.heads, spec.vocabulary)
                sizes = Sizes(*built_of, positions, spec.dropout)
                strings = (
                    text for one in texts for column in one.texts.values() for text in column
                )
                write_blank(stage.folder / ENCODER, strings, sizes)
                stage.finish({})
    in_step()


def pre_train_encoder(
    workshop: Workshop,
    spec: PreTrainedEncoder,
    blank: str,
    texts: Sequence[Examples],
    options: TrainingOptions,
    stage: Stage,
    progress: StepProgress | None = None,
) -> None:
    """Pre-train an encoder to fill in masked words, and keep it in the hub's layout."""
    tokenizer = load_tokenizer(blank)
    encoded = [encode(tokenizer, one.texts, workshop.recipe.max_tokens) for one in texts]
    model = MaskedWords(cast(BertConfig, load_config(blank)), options.seed)
    masked = masking(tokenizer, spec.masked)
    report = train_encoder(model, encoded, tokenizer, options, stage.scratch, progress, masked)
    found = spread(model.encoder, tokenizer, encoded[0])
    if not found > ALIKE:  # nor where it is NaN
        raise RecipeError(
            f"{workshop.recipe.name}: an encoder of {spec.layers} layers collapsed: all tokens "
            f"look alike after its last layer (standard deviation {found:.2g}, where some tenths "
            "are usual), so no model could learn from it; give it a lower learning_rate than "
            f"{options.learning_rate:g}, or another seed"
        )
    if is_main():
        model.encoder.save_pretrained(stage.folder / ENCODER)
        stage.finish(report._asdict())


def _trained(
    workshop: Workshop, model: PlannedModel, models: Models, folds: list[Fold], setting: Setting
) -> tuple[ExitModel, TrainingReport]:
    """Train a model the way its method does."""
    spec, seed = model.spec, model.options.seed
    match spec:
        case FineTuned(dar=None):
            built = _from_origin(workshop, model, seed)
            return built, methods.fine_tune(built, setting)
        case FineTuned(dar=dar) if dar:
            built = _from_origin(workshop, model, seed)
            knowing = _knowing(setting, {DIFFICULT: difficult(folds, len(setting.train))})
            assert dar.margin is not None, "several are trained one by one: see margins"
            calibration = methods.Calibration(dar.margin, dar.weight, dar.pairs)
            return built, methods.fine_tune(built, knowing, calibration)
        case JointExits():
            built = with_shared_pooler(_from_origin(workshop, model, seed), seed=seed)
            return built, methods.train_jointly(built, setting)
        case OffRamps(backbone=name):
            built = with_off_ramps(models[name].load(), seed=seed)
            return built, methods.train_off_ramps(built, setting)
        case Students(backbone=name):
            built = with_students(models[name].load(), seed=seed)
            return built, methods.train_students(built, setting)
        case Successors(backbone=name):
            return _replaced(spec, models[name], setting)
        case Distilled() | PatientlyDistilled():
            student = _from_origin(workshop, model, seed)
            return _distilled(workshop, spec, student, models[spec.teacher], setting)
    raise TypeError(f"no training for {spec!r}")


def _from_origin(workshop: Workshop, model: PlannedModel, seed: int) -> ExitModel:
    return from_checkpoint(
        model.origin.weights,
        classes=workshop.classes,
        pooling=workshop.recipe.pooling,
        layers=getattr(model.spec, "layers", None),
        seed=seed,
    )


def _distilled(
    workshop: Workshop,
    spec: Distilled | PatientlyDistilled,
    student: ExitModel,
    teacher: PlannedModel,
    setting: Setting,
) -> tuple[ExitModel, TrainingReport]:
    taught_by, tokens = teacher.load(), workshop.encoded(teacher.origin.checkpoint)
    layers: tuple[int, ...] = ()
    if isinstance(spec, PatientlyDistilled):
        widths = [one.encoder.config.hidden_size for one in (student, taught_by)]
        if widths[0] != widths[1]:
            raise RecipeError(
                f"{workshop.recipe.name}: pkd: expected a student as wide as its teacher "
                f"{teacher.name!r}, hidden size {widths[1]}, but got {widths[0]}"
            )
        layers = followed(spec.follow, student.exits[-1], taught_by.exits[-1])
    knowing = _knowing(setting, taught(taught_by, layers, tokens.train, tokens.tokenizer))
    if isinstance(spec, PatientlyDistilled):
        softening = methods.Softening(spec.alpha, spec.temperature, spec.weight)
        seen = seen_after(student, range(1, student.exits[-1]))
        return methods.distil_patiently(seen, knowing, softening)
    softening = methods.Softening(spec.alpha, spec.temperature)
    return student, methods.distil(student, knowing, softening)


def _replaced(
    spec: Successors, backbone: PlannedModel, setting: Setting
) -> tuple[ExitModel, TrainingReport]:
    """Train both stages of BERT-of-Theseus; the first is kept until the second is done."""
    first = setting.folder / REPLACED
    if not (first / DONE).is_file():
        rate = ReplacingRate(k=spec.slope, b=spec.start)
        replacing = setting._replace(folder=setting.folder / "replacing")
        built, _ = methods.replace_modules(backbone.load(), spec.layers, replacing, rate)
        if is_main():
            built.save(first)
            (first / DONE).touch()
        in_step()
    alone = setting._replace(folder=setting.folder / "alone")
    successors = load_exit_model(first)
    return successors, methods.fine_tune(successors, alone)


def _knowing(setting: Setting, known: Mapping[str, NDArray]) -> Setting:
    texts = setting.train
    return setting._replace(train=LabelledTexts(texts.encodings, texts.labels, known))
