"""Inference that skips what the rule saves: a cascade of models, each with one or more exits.

Every stage runs on what the stages before it deferred, pooled and length-sorted into full batches;
inside a stage, what leaves at an exit is dropped before the next layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.profiler import record_function
from transformers import PreTrainedTokenizerBase

from ..criteria import CRITERIA, exit_scores
from ..models.batches import Encodings, Packed, encode, packed_batches, vocabulary
from ..models.exit_model import ExitModel
from ..models.inference import Precision, best_device, best_precision, default_budget, ready
from ..models.walk import Visit, Walkable, walk, workers_on

Texts = Mapping[str, Sequence[str]]  # column name -> N strings
READS_LABELS = ("oracle", "random")  # criteria for analysis: there is nothing to predict by
STILL_HERE = -1

# How far rounding moves a confidence of one text between batches, and from float32. Decisions are
# the same wherever a confidence is farther from the threshold.
CONFIDENCE_TOLERANCE: dict[Precision, float] = {"float32": 1e-5, "bfloat16": 0.03}


class Stage(NamedTuple):
    """One model of a cascade and the tokenizer it reads with."""

    model: ExitModel
    tokenizer: PreTrainedTokenizerBase


class Answers(NamedTuple):
    """Where each text left and what was said there, in the order of the texts.

    `exits` int64 [N] counts over all stages from 0; `logits` float32 [N, C] are those of that exit;
    `tokens` int32 [N] is the text's length to the first stage.
    """

    exits: NDArray[np.int64]
    logits: NDArray[np.float32]
    tokens: NDArray[np.int32]


class Engine:
    """A system at one threshold, ready to answer texts; a context manager.

    A text leaves at the first exit with score > threshold; the last exit emits whatever is left.
    Answers do not depend on how texts are batched, but for rounding: see `CONFIDENCE_TOLERANCE`.

    Args:
        stages: the models, in the order they are asked.
        criterion: what an exit is scored by, see `exit_scores`.
        threshold: in the criterion's own units; any number for a single exit.
        max_tokens: where longer texts are cut.
        precision: the faster one of the device, unless given.
        token_budget: tokens per batch; decides memory, together with the size of a chunk.
        device: where the models run; CUDA when present, else the CPU, unless given.

    Raises:
        ValueError: no stages, a criterion that needs labels, or a threshold that is NaN.

    >>> from cascade_core.benching.untrained import Shape, made_up_texts, random_stage
    >>> stages = [random_stage(Shape(layers, hidden=16, heads=2)) for layers in (1, 2)]
    >>> with Engine(stages, threshold=1.0) as engine:  # no confidence is above 1: all go on
    ...     answers = engine.answer(made_up_texts(5))
    >>> answers.exits.tolist(), answers.logits.shape
    ([1, 1, 1, 1, 1], (5, 3))
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        criterion: str = "max_prob",
        threshold: float = float("inf"),
        *,
        max_tokens: int = 128,
        precision: Precision | None = None,
        token_budget: int | None = None,
        device: torch.device | None = None,
    ):
        if not stages:
            raise ValueError("stages: expected at least one model but got none")
        usable = [name for name in CRITERIA if name not in READS_LABELS]
        if criterion not in usable:
            raise ValueError(
                f"criterion: expected one of {', '.join(usable)} but got {criterion!r}"
            )
        if np.isnan(threshold):
            raise ValueError("threshold: expected a number but got NaN")
        device = device or best_device()
        self.precision: Precision = precision or best_precision(device)
        self.criterion = criterion
        self.threshold = threshold
        self.max_tokens = max_tokens
        self.token_budget = token_budget or default_budget(device)
        self.chunk_rows = max(1024, self.token_budget)
        self._models = [
            ready(stage.model, stage.tokenizer, self.precision, device) for stage in stages
        ]
        self._tokenizers = [stage.tokenizer for stage in stages]
        self._vocabularies = [vocabulary(stage.tokenizer, max_tokens) for stage in stages]
        self._workers = workers_on(device)
        self._reader = ThreadPoolExecutor(1, "tokenise")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the engine's thread that reads ahead; the workers stay for other engines."""
        self._reader.shutdown()

    def answer(self, texts: Texts) -> Answers:
        """Answer N texts; whatever their number, they are sorted and batched as one chunk."""
        return self._answer(texts, self._encode(0, texts))

    def stream(self, chunks: Iterable[Texts]) -> Iterator[Answers]:
        """Answer chunk by chunk, tokenising the next one while this one computes."""
        ahead = None
        for texts in chunks:
            encoding = self._reader.submit(self._encode, 0, texts)
            if ahead:
                yield self._answer(ahead[0], ahead[1].result())
            ahead = texts, encoding
        if ahead:
            yield self._answer(ahead[0], ahead[1].result())

    def _encode(self, number: int, texts: Texts) -> Encodings:
        with record_function("tokenise"):
            return encode(self._tokenizers[number], texts, self.max_tokens)

    def _answer(self, texts: Texts, encodings: Encodings) -> Answers:
        count = len(encodings)
        ledger = _Ledger(count, self._models, self.criterion, self.threshold)
        known = {self._vocabularies[0]: encodings}
        waiting, first_exit = np.arange(count), 0
        for number, model in enumerate(self._models):
            own = self._vocabularies[number]
            if own not in known:  # what got here is read again, in this model's own tokens
                chosen = {
                    name: [column[i] for i in waiting.tolist()] for name, column in texts.items()
                }
                known[own] = self._encode(number, chosen).among(waiting, count)
            batches = self._batches(known[own], waiting)
            decide = partial(ledger.decide, first_exit)
            walk(model, batches, decide, self._workers, self.token_budget)
            waiting, first_exit = ledger.waiting(), first_exit + len(model.exits)
            if not len(waiting):
                break
        return Answers(ledger.exits, ledger.logits, encodings.tokens)

    def _batches(self, encodings: Encodings, waiting: NDArray[np.int64]) -> Iterator[Packed]:
        lengths = encodings.tokens[waiting]
        longest = int(lengths.max(initial=0))
        budget = self._workers.even_budget(int(lengths.sum()), longest, self.token_budget)
        return packed_batches(encodings, waiting, budget)


class _Ledger:
    """The answers of N texts while they are walked from exit to exit, and the rule that decides."""

    def __init__(self, count: int, models: Sequence[Walkable], criterion: str, threshold: float):
        self.criterion = criterion
        self.threshold = threshold
        self.last_exit = sum(len(model.exits) for model in models) - 1
        self.exits = np.full(count, STILL_HERE, np.int64)
        self.logits = np.zeros((count, models[0].classes), np.float32)
        # Patience looks back over all exits, the other criteria at one.
        kept = self.last_exit + 1 if criterion == "patience" else 1
        self._history = np.zeros((kept, *self.logits.shape), np.float32)

    def decide(self, first_exit: int, visit: Visit) -> NDArray[np.bool_]:
        """Write down who leaves at an exit, and return who stays, bool [B]."""
        number = first_exit + visit.exit
        latest = min(number, len(self._history) - 1)
        self._history[latest, visit.index] = visit.logits
        scores = exit_scores(self._history[: latest + 1, visit.index], self.criterion)[-1]
        stays = ~(scores > self.threshold) & (number != self.last_exit)  # NaN stays
        left = visit.index[~stays]
        self.exits[left] = number
        self.logits[left] = visit.logits[~stays]
        return stays

    def waiting(self) -> NDArray[np.int64]:
        """Return the texts that no exit has answered yet, rising."""
        return np.flatnonzero(self.exits == STILL_HERE)
