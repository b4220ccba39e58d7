"""One text through every exit of every model of a run that is at hand, with measured time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from ..models.batches import Encodings, encode, packed_batches
from ..models.inference import best_device, default_budget, ready
from ..models.walk import Walkable
from ..run import Run
from ..weights import WeightsError, missing_weights, systems_at_hand
from .trained import max_tokens_of, trained_stage

PASSES = 2
MOST_CHARACTERS = 20_000  # of a column; many more than any model reads


class Reading(NamedTuple):
    """What a run's models say of one text.

    `run` holds that text as its only instance (label -1, unknown), with the models at hand and the
    systems made of them; `milliseconds` float64 [E] per model were spent up to each exit; `tokens`
    were read, and `cut` says whether the text was longer.
    """

    run: Run
    milliseconds: Mapping[str, NDArray[np.float64]]
    tokens: int
    cut: bool

    def milliseconds_of(self, system: str) -> NDArray[np.float64]:
        """Return what a system has spent up to each of its exits, [E]."""
        spent: list[NDArray[np.float64]] = []
        for model in self.run.system_specs[system].models:
            own = self.milliseconds[model]
            spent.append(own + spent[-1][-1] if spent else own)
        return np.concatenate(spent)


class _Model(NamedTuple):
    model: Walkable
    tokenizer: PreTrainedTokenizerBase


class LiveModels:
    """The trained models of a run that are at hand, loaded and ready.

    They run in float32, as the models of a run do, so that an instance leaves here where it leaves
    there (packed weights are rounded to halves). Raises `WeightsError` with the remedy where no
    system has all its models.
    """

    def __init__(self, run: Run, cache: Path | None = None):
        self.run = run
        self.missing = missing_weights(run, cache)
        self.systems = systems_at_hand(run, cache)
        if not self.systems:
            raise WeightsError(next(iter(self.missing.values())))
        self.max_tokens = max_tokens_of(run)
        device = best_device()
        self._models: dict[str, _Model] = {}
        for name in dict.fromkeys(
            model for system in self.systems for model in run.system_specs[system].models
        ):
            stage = trained_stage(run, name, cache)
            model = ready(stage.model, stage.tokenizer, "float32", device)
            self._models[name] = _Model(model, stage.tokenizer)
        self._one_at_a_time = Lock()  # tokenizers change while they cut
        self.read(dict.fromkeys(_columns(run), "ready"))  # the first run is slower

    @property
    def key(self) -> tuple[str, ...]:
        """What decides the readings of a text."""
        return (self.run.identity, *self.systems)

    def read(self, texts: Mapping[str, str]) -> Reading:
        """Run one text, given by column, through every exit of every model at hand.

        Threads that share the models are served one after the other.
        """
        columns = {column: [texts[column][:MOST_CHARACTERS]] for column in _columns(self.run)}
        models, milliseconds = {}, {}
        tokens, cut = 0, any(len(text) > MOST_CHARACTERS for text in texts.values())
        with self._one_at_a_time:
            for name, (model, tokenizer) in self._models.items():
                whole = encode(tokenizer, columns, self.max_tokens + 1)
                encodings = encode(tokenizer, columns, self.max_tokens)
                cut = cut or bool(whole.tokens[0] > self.max_tokens)
                tokens = tokens or int(encodings.tokens[0])
                logits, milliseconds[name] = timed_exits(model, encodings)
                models[name] = replace(self.run.models[name], logits=logits[:, None])
        run = replace(
            self.run,
            labels=np.array([-1]),
            ids=np.array([0]),
            tokens=np.array([tokens]),
            models=models,
            system_specs={name: self.run.system_specs[name] for name in self.systems},
            reference=self.run.reference if self.run.reference in models else "",
            texts={column: tuple(text) for column, text in columns.items()},
            projections={},
            separability={},
            categories={},
        )
        return Reading(run, milliseconds, tokens, cut)


def timed_exits(
    model: Walkable, encodings: Encodings
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Run one text from exit to exit; return logits [E, C] and milliseconds up to each exit [E].

    The faster of some passes counts: who comes first also pays for waking the machine up.
    """
    passes = [_timed_pass(model, encodings) for _ in range(PASSES)]
    return min(passes, key=lambda one: one[1][-1])


@torch.inference_mode()
def _timed_pass(
    model: Walkable, encodings: Encodings
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    (batch,) = packed_batches(encodings, np.arange(1), default_budget(model.device))
    logits, milliseconds = [], []
    started = time.perf_counter()
    state = model.begin(batch)
    for number in range(len(model.exits)):
        state, said, _ = model.advance(state, number)
        logits.append(said[0].float().cpu().numpy())  # which waits for a GPU
        milliseconds.append(1000 * (time.perf_counter() - started))
    return np.stack(logits), np.array(milliseconds)


def _columns(run: Run) -> list[str]:
    return list(run.texts or run.text_source.get("columns") or ["text"])
