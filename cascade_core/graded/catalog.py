"""The graded tasks by name, and their splits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

from .examples import Example
from .inference import reasonings, triplet
from .lexicon import lexicon
from .sampling import Allowed, Maker, draw
from .sentiment import PATTERNS, pair

SEED = 0
SIZES = {"train": 100_000, "dev": 4_000, "test": 4_000}  # where nobody asks for more, or fewer


def graded_examples(task: str, split: str, count: int | None = None) -> list[Example]:
    """Return examples of a graded task's split, the same every time.

    Any `count` can be had; a larger one begins with the examples of a smaller one. Raises
    `ValueError` for a split other than train, dev and test.

    >>> one, *_ = graded_examples("graded-sentiment", "dev", 5)
    >>> one.level, one.reasoning, one.label
    (1, 'plain', 0)
    """
    return draw(_MAKERS[task](), split, SIZES.get(split, 0) if count is None else count, SEED)


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


_MAKERS: dict[str, Callable[[], Maker]] = {
    "graded-nli": _inference,
    "graded-sentiment": _sentiment,
}
