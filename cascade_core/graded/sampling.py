"""Splits of a graded task: any number of examples, the same for the same seed.

Every set of content words belongs to one split, so no example of dev or test is made of the words
of one seen in training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import count, islice
from random import Random

from .examples import LEVELS, Example

Allowed = Callable[[frozenset[str]], bool]  # whether content words may be an example's
Maker = Callable[[int, Random, Allowed], list[Example]]  # of one level
ATTEMPTS = 200  # at an example that has not come yet, before one comes again
SHARES = {"train": 0.6, "dev": 0.2, "test": 0.2}


def split_of(content: frozenset[str]) -> str:
    """Return the split that a set of content words belongs to.

    >>> split_of(frozenset({"nurse", "sing"})) == split_of(frozenset({"sing", "nurse"}))
    True
    """
    digest = hashlib.blake2b("\x1f".join(sorted(content)).encode(), digest_size=8).digest()
    place = int.from_bytes(digest) / 2**64
    for split, share in SHARES.items():
        place -= share
        if place < 0:
            return split
    return split


class Drawn:
    """The examples of a split, drawn once: more begin with those that fewer are, levels in turn.

    Raises `ValueError` for a split there is not.
    """

    def __init__(self, make: Maker, split: str, seed: int):
        if split not in SHARES:
            raise ValueError(f"expected a split out of {', '.join(SHARES)}, but got {split!r}")
        self._examples: list[Example] = []
        self._stream = _stream(make, split, seed)

    def first(self, count: int) -> list[Example]:
        """Return the first `count` examples; what has been drawn before is not drawn again."""
        self._examples.extend(islice(self._stream, max(0, count - len(self._examples))))
        return self._examples[:count]


def _stream(make: Maker, split: str, seed: int) -> Iterator[Example]:
    seen: set[tuple[str, ...]] = set()

    def belongs(content: frozenset[str]) -> bool:
        return split_of(content) == split

    for number in count():
        level = LEVELS[number % len(LEVELS)]
        attempts = count()
        while True:
            attempt = next(attempts)
            group = make(level, Random(f"{seed} {split} {number} {attempt}"), belongs)
            if attempt == ATTEMPTS or not any(example.texts in seen for example in group):
                break
        seen.update(example.texts for example in group)
        yield from group
