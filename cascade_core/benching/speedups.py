"""Counted against measured speed-up: what the rule saves on paper, and on this machine's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..costs import flop_costs
from ..ladder import ExitLadder, compose
from ..models.exit_model import ExitModel
from ..models.inference import Precision
from ..models.training import StepProgress
from ..prediction.engine import Answers, Engine, Stage, Texts
from ..recipes.architecture import architecture_of
from ..tradeoff import tradeoff_curve
from .outputs import Outputs
from .timing import interleaved

POOLED = 0  # batch: all texts at once, sorted and batched by the engine


class Setting(NamedTuple):
    """A system at the threshold of a wanted counted speed-up; None for a single exit."""

    system: str
    stages: list[Stage]
    criterion: str
    threshold: float
    wanted: float | None = None

    @property
    def name(self) -> str:
        """The system, and the speed-up it is set to where there is a choice."""
        return self.system if self.wanted is None else f"{self.system} at {self.wanted:g}x"


class System(NamedTuple):
    """A system to be measured: its models, and the criterion it exits by."""

    name: str
    stages: list[Stage]
    criterion: str = "max_prob"


class Measured(NamedTuple):
    """One system at one threshold and batch size, against the reference at the same batch size.

    `counted_layers` and `counted_flops` are what the engine's own exits come to on these texts;
    `measured` is the ratio of median seconds; `texts_per_second` is the system's.
    """

    system: str
    threshold: float
    batch: int
    counted_layers: float
    counted_flops: float
    measured: float
    texts_per_second: float
    spread: float

    @property
    def kept(self) -> float:
        """The share of the counted FLOP speed-up that the clock shows."""
        return self.measured / self.counted_flops


def settings_at(
    systems: Sequence[System],
    reference: Stage,
    speedups: Sequence[float],
    outputs: Outputs,
    precision: Precision,
) -> tuple[list[Setting], list[str]]:
    """Find the thresholds at which systems reach counted FLOP speed-ups on these very texts.

    A system with one exit has one setting. Returned beside the settings: a sentence for every
    speed-up that is out of a system's reach.
    """
    settings, out_of_reach = [], []
    for system in systems:
        ladder = compose(
            [
                _cost_ladder(stage, outputs.tokens(stage), outputs.logits([stage], precision))
                for stage in system.stages
            ],
            system.name,
            _cost_ladder(reference, outputs.tokens(reference)).reference_cost,
        )
        if ladder.exits == 1:
            settings.append(Setting(*system, 0.0))
            continue
        curve = tradeoff_curve(ladder, system.criterion, basis="flops")
        for speedup in speedups:
            try:
                threshold = curve.at_speedup(speedup).threshold
            except ValueError as error:
                out_of_reach.append(f"{system.name}: {error}")
                continue
            settings.append(Setting(*system, threshold, speedup))
    return settings, out_of_reach


def measure_speedups(
    reference: Stage,
    settings: Sequence[Setting],
    texts: Texts,
    batches: Sequence[int],
    *,
    max_tokens: int,
    precision: Precision | None = None,
    device: torch.device | None = None,
    repeats: int = 5,
    progress: StepProgress | None = None,
) -> list[Measured]:
    """Time every setting and the reference at every batch size, in turn.

    A batch size of `POOLED` gives the engine all texts at once; another one, so many at a time in
    the order they come, as requests would. Row after row of `settings`, batch after batch.
    """
    options = {"max_tokens": max_tokens, "precision": precision, "device": device}
    with ExitStack() as open_engines:
        whole = open_engines.enter_context(Engine([reference], **options))
        engines = [
            open_engines.enter_context(Engine(one.stages, one.criterion, one.threshold, **options))
            for one in settings
        ]
        functions = {
            (number, batch): _by_batches(engine, texts, batch)
            for number, engine in enumerate([whole, *engines])
            for batch in batches
        }
        seconds = interleaved(functions, repeats, progress)
        answers = [engine.answer(texts) for engine in engines]
    rows = []
    for number, (setting, answer) in enumerate(zip(settings, answers, strict=True), start=1):
        layers, flops = counted(reference, setting.stages, answer)
        for batch in batches:
            own = seconds[number, batch]
            rows.append(
                Measured(
                    system=setting.name,
                    threshold=setting.threshold,
                    batch=batch,
                    counted_layers=layers,
                    counted_flops=flops,
                    measured=seconds[0, batch].median / own.median,
                    texts_per_second=len(answer.exits) / own.median,
                    spread=own.spread,
                )
            )
    return rows


def counted(reference: Stage, stages: Sequence[Stage], answers: Answers) -> tuple[float, float]:
    """Return the speed-up of answers by count, in layers and in FLOPs."""
    ladders = [_cost_ladder(stage, answers.tokens) for stage in stages]
    system = compose(ladders, "system", _cost_ladder(reference, answers.tokens).reference_cost)
    speedups = []
    for basis in ("layers", "flops"):
        costs = np.broadcast_to(
            system.costs[basis].reshape(system.exits, -1), (system.exits, system.instances)
        )
        spent = costs[answers.exits, np.arange(system.instances)].mean()
        speedups.append(float(np.mean(system.reference_cost[basis]) / spent))
    return speedups[0], speedups[1]


def latency_milliseconds(
    stages: dict[str, Stage],
    texts: Texts,
    batch: int,
    *,
    max_tokens: int,
    precision: Precision | None = None,
    device: torch.device | None = None,
    repeats: int = 5,
    progress: StepProgress | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Measure what leaving at each exit of each model costs, milliseconds per text [E].

    Each exit is timed with every text leaving there; medians that noise puts below an earlier
    exit's are raised to it, as more layers cannot take less time.
    """
    options = {"max_tokens": max_tokens, "precision": precision, "device": device}
    with ExitStack() as open_engines:
        functions = {}
        for name, stage in stages.items():
            for number in range(len(stage.model.exits)):
                cut = Stage(_up_to(stage.model, number), stage.tokenizer)
                engine = open_engines.enter_context(Engine([cut], **options))
                functions[name, number] = _by_batches(engine, texts, batch)
        seconds = interleaved(functions, repeats, progress)
    count = len(next(iter(texts.values())))
    return {
        name: np.maximum.accumulate(
            [1000 * seconds[name, n].median / count for n in range(len(stage.model.exits))]
        )
        for name, stage in stages.items()
    }


def _by_batches(engine: Engine, texts: Texts, batch: int) -> Callable[[], object]:
    """Return what answers all texts, so many at a time."""
    if batch == POOLED:
        return lambda: engine.answer(texts)
    count = len(next(iter(texts.values())))
    requests = [
        {name: column[start : start + batch] for name, column in texts.items()}
        for start in range(0, count, batch)
    ]
    return lambda: [engine.answer(request) for request in requests]


def _cost_ladder(
    stage: Stage, tokens: NDArray[np.int32], logits: NDArray[np.float32] | None = None
) -> ExitLadder:
    model = stage.model
    costs = flop_costs(
        architecture_of(model.encoder.config),
        model.exits,
        tokens,
        model.classes,
        head=model.counted_head,
    )
    if logits is None:  # only the costs are wanted, which need no answers
        logits = np.zeros((len(model.exits), len(tokens), model.classes), np.float32)
    return ExitLadder("model", logits=logits, costs={"layers": model.exits, "flops": costs})


def _up_to(model: ExitModel, number: int) -> ExitModel:
    """Return the model cut after exit `number`; encoder and heads are shared, not copied."""
    cut = ExitModel(model.encoder, model.exits[: number + 1], model.classes, model.pooling)
    cut.heads = model.heads[: number + 1]
    return cut
