"""The graded tasks by name, and their splits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from random import Random

from .examples import NO_LABEL, Example
from .glosses import glosses
from .inference import reasonings, triplet
from .lexicon import lexicon
from .sampling import Allowed, Drawn, Maker, Progress
from .sentiment import PATTERNS, pair

SEED = 0
GLOSSES = "graded-glosses"
SIZES = {"train": 100_000, "dev": 4_000, "test": 4_000}  # where nobody asks for more, or fewer


def graded_examples(
    task: str, split: str, count: int | None = None, progress: Progress | None = None
) -> list[Example]:
    """Return examples of a graded task's split, the same every time.

    Any `count` can be had; a larger one begins with the examples of a smaller one. The glosses, all
    of them once where no count is given, come again when more are asked for. `progress` is told how
    many there are by now, and of how many. Raises `ValueError` for a split other than train, dev
    and test; there are glosses to train on only.

    >>> one, *_ = graded_examples("graded-sentiment", "dev", 5)
    >>> one.level, one.reasoning, one.label
    (1, 'plain', 0)
    """
    if task == GLOSSES:
        return _glosses(split, count)
    drawn = _drawn(task, split)
    return drawn.first(SIZES[split] if count is None else count, progress)


@cache
def _drawn(task: str, split: str) -> Drawn:
    return Drawn(_MAKERS[task], split, SEED)


@cache
def _inference() -> Maker:
    of_level: dict[int, list] = {}
    for reasoning in reasonings(lexicon()):
        of_level.setdefault(reasoning.level, []).append(reasoning)

    def make(level: int, rng: Random, allowed: Allowed) -> list[Example]:
        shares = [reasoning.share for reasoning in of_level[level]]
        return triplet(rng.choices(of_level[level], shares)[0], rng, allowed)

    return make


@cache
def _sentiment() -> Maker:
    def make(level: int, rng: Random, allowed: Allowed) -> list[Example]:
        return pair(rng.choice([one for one in PATTERNS if one.level == level]), rng, allowed)

    return make


def _glosses(split: str, count: int | None) -> list[Example]:
    if split != "train":
        raise ValueError(f"expected the split train, but got {split!r}")
    said = glosses(lexicon())
    found: list[str] = []
    for number in itertools.count():
        found += Random(f"{SEED} {number}").sample(said, len(said))
        if len(found) >= (count or 0):
            break
    return [Example((one,), NO_LABEL, "gloss", 1, frozenset()) for one in found[:count]]


_MAKERS: dict[str, Callable[[], Maker]] = {
    "graded-nli": _inference,
    "graded-sentiment": _sentiment,
}
