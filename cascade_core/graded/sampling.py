"""Splits of a graded task: any number of examples, the same for the same seed.

Every set of content words belongs to one split, so no example of dev or test is made of the words
of one seen in training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import chain
from math import ceil
from random import Random
from typing import NamedTuple, cast

from joblib import Parallel, delayed

from .examples import LEVELS, Example

Allowed = Callable[[frozenset[str]], bool]  # whether content words may be an example's
Maker = Callable[[int, Random, Allowed], list[Example]]  # of one level
Progress = Callable[[int, int], None]  # called with (drawn, in all)
ATTEMPTS = 200  # at an example that has not come yet, before one comes again
MANY = 20_000  # examples: so many take longer than to start processes
CHUNK = 500  # numbers that a process draws at a time
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


class Source(NamedTuple):
    """What the examples of a split come from, number by number.

    The same attempt at the same number makes the same ones, in whichever process.
    """

    maker: Callable[[], Maker]
    split: str
    seed: int

    def at(self, number: int, attempt: int = 0) -> list[Example]:
        """Return the examples of a number, one of each label."""
        level = LEVELS[number % len(LEVELS)]
        rng = Random(f"{self.seed} {self.split} {number} {attempt}")
        return self.maker()(level, rng, lambda content: split_of(content) == self.split)

    def first(self, numbers: range) -> list[list[Example]]:
        """Return what the first attempt at each number makes."""
        return [self.at(number) for number in numbers]


class Drawn:
    """The examples of a split, drawn once: more begin with those that fewer are, levels in turn.

    Many are drawn by several processes; `maker`, which returns what makes them, goes to each.
    Raises `ValueError` for a split there is not.
    """

    def __init__(self, maker: Callable[[], Maker], split: str, seed: int):
        if split not in SHARES:
            raise ValueError(f"expected a split out of {', '.join(SHARES)}, but got {split!r}")
        self._source = Source(maker, split, seed)
        self._examples: list[Example] = []
        self._seen: set[tuple[str, ...]] = set()
        self._number = 0  # the next one's

    def first(self, count: int, progress: Progress | None = None) -> list[Example]:
        """Return the first `count` examples; what has been drawn before is not drawn again."""
        missing = count - len(self._examples)
        if missing > 0:
            size = len(self._source.at(self._number))
            numbers = range(self._number, self._number + ceil(missing / size))
            for group in self._first_attempts(numbers, in_parallel=missing >= MANY):
                self._add(group)
                if progress and self._number % CHUNK == 0:
                    progress(min(len(self._examples), count), count)
        return self._examples[:count]

    def _first_attempts(self, numbers: range, in_parallel: bool) -> Iterator[list[Example]]:
        if not in_parallel:
            return map(self._source.at, numbers)
        chunks = (numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK))
        drawn = Parallel(n_jobs=-1, return_as="generator")(
            delayed(self._source.first)(one) for one in chunks
        )
        return chain.from_iterable(cast(Iterator[list[list[Example]]], drawn))

    def _add(self, group: list[Example]) -> None:
        """Add the examples of the next number, from a later attempt where one has come before."""
        attempt = 0
        while attempt < ATTEMPTS and any(example.texts in self._seen for example in group):
            attempt += 1
            group = self._source.at(self._number, attempt)
        self._seen.update(example.texts for example in group)
        self._examples += group
        self._number += 1
