"""Which instances are selected, and why, as an address writes it.

An address holds conditions, not instances: `select=category:level:5` is as short for a million.
A chart that sets a slot shows what the other conditions leave (pages ask `Choices.without`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from dashboard.conditions import (
    CompleteAlone,
    Condition,
    Found,
    HasLabel,
    HasOutcome,
    InCategory,
    Inverted,
    LeavesAt,
    LetGo,
    Scene,
    Sure,
    Wrong,
)

BETWEEN, WITHIN = ";", ":"
KEPT = " '!@$*()[]{},.?/|<>=+&\"^~`"  # besides letters and digits, as they are in an address
MOST_IDS = 400  # that an address carries


@dataclass(frozen=True)
class Unreadable(Condition):
    """What an address says that no condition is."""

    kind = "unreadable"
    text: str

    @property
    def slot(self) -> str:
        return f"{self.kind} {self.text}"

    @property
    def words(self) -> str:
        return f"“{self.text}”"

    def met(self, scene: Scene, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        known = ", ".join(KINDS)
        raise LookupError(f"expected a condition such as category:level:5, one of {known}")


KINDS: dict[str, type[Condition]] = {
    one.kind: one
    for one in (
        *(InCategory, HasLabel, Found, Inverted, Wrong, CompleteAlone),
        *(Sure, LeavesAt, LetGo, HasOutcome),
    )
}
_READ = {"str": str, "int": int, "float": float}


def written(conditions: Sequence[Condition]) -> str | None:
    """Conditions as an address writes them, or None where there are none.

    >>> written([InCategory("level", "5"), Found("a: b")])
    'category:level:5;search:a%3A b'
    """
    return BETWEEN.join(_written(one) for one in conditions) or None


def parse(text: str | None) -> tuple[Condition, ...]:
    """Conditions that an address writes.

    >>> parse("category:level:5;wrong:DeeBERT:layer 3")
    (InCategory(name='level', value='5'), Wrong(model='DeeBERT', exit='layer 3'))
    >>> parse("level 5")
    (Unreadable(text='level 5'),)
    """
    return tuple(_parsed(one) for one in (text or "").split(BETWEEN) if one)


def replaced(conditions: Sequence[Condition], chosen: Condition) -> tuple[Condition, ...]:
    """Conditions with one more, in place of another of its slot.

    >>> both = replaced([HasLabel("no")], InCategory("level", "4"))
    >>> written(replaced(both, InCategory("level", "5")))
    'label:no;category:level:5'
    """
    return (*without(conditions, chosen.slot), chosen)


def without(conditions: Sequence[Condition], *slots: str) -> tuple[Condition, ...]:
    """Conditions of other slots."""
    return tuple(one for one in conditions if one.slot not in slots)


def _written(one: Condition) -> str:
    if isinstance(one, Unreadable):
        return one.text
    return WITHIN.join([one.kind, *(quote(str(value), KEPT) for value in astuple(one))])


def _parsed(text: str) -> Condition:
    kind, *values = map(unquote, text.split(WITHIN))
    try:
        of = KINDS[kind]
        read = [_READ[str(one.type)](value) for one, value in zip(fields(of), values, strict=True)]
    except (KeyError, ValueError):
        return Unreadable(text)
    return of(*read)
