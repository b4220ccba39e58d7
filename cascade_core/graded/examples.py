"""One example of a graded task."""

from __future__ import annotations

from typing import NamedTuple

LEVELS = (1, 2, 3, 4, 5)
NO_LABEL = -1


class Example(NamedTuple):
    """Texts by column, the label's number, and what the label takes: the reasoning, its level.

    `content` has the content words, by which splits are kept apart.
    """

    texts: tuple[str, ...]
    label: int
    reasoning: str
    level: int
    content: frozenset[str]
