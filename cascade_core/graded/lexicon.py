"""The words of the graded tasks, and what each says of another: read from the tables beside."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import NamedTuple, TypeVar

from . import words

THINGS = tuple(
    "plant food drink garment tool instrument vehicle furniture container building text toy device "
    "jewel artwork".split()
)
KINDS = ("person", "animal", *THINGS)
FLATTENING = 3  # of Zipf's law: so many of the most common words come about equally often
T = TypeVar("T")


class Form(NamedTuple):
    """How a word is written: base, plural (of nouns), past and participle (of verbs)."""

    base: str
    plural: str = ""
    past: str = ""
    participle: str = ""


class Entry(NamedTuple):
    """A word: its forms (the first, then exact synonyms), and what it has to do with others.

    `under` is the next more general word, `opposite` one that excludes it. `kinds` are those of
    nouns it is one of, can be said of, or can do; `objects` those it can be done to. A `relative`
    adjective's truth depends on the noun: a big mouse is no big animal. A `symmetric` verb can be
    turned: who met somebody was met.
    """

    key: str
    forms: tuple[Form, ...]
    under: str = ""
    opposite: str = ""
    kinds: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    relative: bool = False
    symmetric: bool = False


class Vocabulary(Mapping[str, Entry]):
    """Entries of one part of speech by their keys, with their order from special to general.

    `entries`, and those of a kind, are sorted by how common they are taken to be: by how short.
    """

    def __init__(self, entries: Iterable[Entry]):
        self._entries = {entry.key: entry for entry in entries}
        self.entries = tuple(sorted(self._entries.values(), key=_rarity))
        self.above = {key: tuple(self._climb(key)) for key in self._entries}
        self.below: dict[str, list[str]] = {key: [] for key in self._entries}
        for key, more_general in self.above.items():
            for general in more_general:
                self.below[general].append(key)
        for special in self.below.values():
            special.sort(key=lambda key: _rarity(self[key]))
        self._of_kind: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for kind in entry.kinds:
                self._of_kind.setdefault(kind, []).append(entry)

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def of_kind(self, kind: str) -> list[Entry]:
        """Return the entries that are of a kind, or can be said of it."""
        return self._of_kind.get(kind, [])

    def are_related(self, one: str, other: str) -> bool:
        """Whether one of two says something of the other: equal, more general or opposite.

        Two that begin alike, as "sing" and "sing a lullaby", are taken to.
        """
        if one == other or one in self.above[other] or other in self.above[one]:
            return True
        if len({self[key].forms[0].base.split()[0] for key in (one, other)}) == 1:
            return True
        lines = [{key, *self.above[key]} for key in (one, other)]
        opposites = {self[key].opposite for key in lines[0]} - {""}
        return bool(opposites & lines[1])

    def _climb(self, key: str) -> Iterator[str]:
        while key := self._entries[key].under:
            yield key


def _rarity(entry: Entry) -> tuple[int, str]:
    return len(entry.key), entry.key


class Relation(NamedTuple):
    """What X can be of Y, "X was taller than Y", and Y then of X: "shorter than".

    `kind` is "order" (asymmetric, transitive), "asymmetric" or "symmetric"; `of` has the pairs of
    kinds of X and Y. Of some relations there is `only_one` to X or to Y, as of owners.
    """

    phrase: str
    converse: str
    kind: str
    of: tuple[tuple[str, str], ...]
    only_one: bool = False


class Lexicon(NamedTuple):
    """All words of graded-nli; relations come in the table's order, the most common first."""

    nouns: Vocabulary
    adjectives: Vocabulary
    transitive: Vocabulary
    intransitive: Vocabulary
    manners: Vocabulary
    places: Vocabulary
    times: Vocabulary
    relations: tuple[Relation, ...]
    names: tuple[str, ...]


@cache
def lexicon() -> Lexicon:
    """Read the tables, once."""
    verbs = rows("verbs")
    feats = (
        Entry(row["phrase"], (Form(row["base"], past=row["phrase"]),), row["under"], "", _PERSON)
        for row in rows("feats")
    )
    deeds = (_verb(row) for row in verbs if row["object"] == "-")
    return Lexicon(
        nouns=Vocabulary(map(_noun, rows("nouns"))),
        adjectives=Vocabulary(map(_adjective, rows("adjectives"))),
        transitive=Vocabulary(_verb(row) for row in verbs if row["object"] != "-"),
        intransitive=Vocabulary([*deeds, *feats]),
        manners=Vocabulary(_plain(row, "adverb") for row in rows("adverbs")),
        places=Vocabulary(_plain(row, "place") for row in rows("places")),
        times=Vocabulary(_plain(row, "time") for row in rows("times")),
        relations=tuple(_relation(row) for row in rows("relations")),
        names=tuple(row["name"] for row in rows("names")),
    )


def common(words: Sequence[T], rng: Random) -> T:
    """Choose one of some words, the most common first, about as often as language uses them.

    Zipf's law in Mandelbrot's form: the word of rank r has a probability of about 1 / (r + 3).

    >>> drawn = [common(range(1000), Random(seed)) for seed in range(2000)]
    >>> sum(rank < 20 for rank in drawn) > 5 * sum(rank >= 900 for rank in drawn)
    True
    """
    rank = FLATTENING * ((1 + len(words) / FLATTENING) ** rng.random() - 1)
    return words[min(int(rank), len(words) - 1)]


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of one of the tables, `tables/<table>.tsv`."""
    text = (files("cascade_core.graded") / "tables" / f"{table}.tsv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


_PERSON = frozenset({"person"})


def _noun(row: Mapping[str, str]) -> Entry:
    first = Form(row["noun"], plural=row["plural"] or words.plural(row["noun"]))
    others = (Form(noun, plural=words.plural(noun)) for noun in _split(row["same"]))
    return Entry(row["noun"], (first, *others), row["under"], kinds=frozenset({row["kind"]}))


def _adjective(row: Mapping[str, str]) -> Entry:
    return Entry(
        row["adjective"],
        tuple(map(Form, (row["adjective"], *_split(row["same"])))),
        row["under"],
        row["opposite"],
        _kinds(row["of"]),
        relative=row["relative"] == "yes",
    )


def _verb(row: Mapping[str, str]) -> Entry:
    first = _verb_form(row["verb"], row["past"], row["participle"])
    others = (_verb_form(*synonym.split("/")) for synonym in _split(row["same"]))
    return Entry(
        row["verb"],
        (first, *others),
        row["under"],
        kinds=_kinds(row["subject"]),
        objects=_kinds(row["object"]),
        symmetric=row["symmetric"] == "yes",
    )


def _verb_form(base: str, past: str = "", participle: str = "") -> Form:
    past = past or words.past(base)
    return Form(base, past=past, participle=participle or past)


def _plain(row: Mapping[str, str], column: str) -> Entry:
    forms = tuple(map(Form, (row[column], *_split(row.get("same", "")))))
    return Entry(row[column], forms, row.get("under", ""), row.get("opposite", ""))


def _relation(row: Mapping[str, str]) -> Relation:
    pairs: list[tuple[str, str]] = []
    for pair in _split(row["of"]):
        first, second = pair.split("-")
        if "thing" not in (first, second):
            pairs.append((first, second))
        elif first == second:
            pairs += [(kind, kind) for kind in THINGS]
        else:
            pairs += [(first, kind) for kind in THINGS]
    only_one = row["only_one"] == "yes"
    return Relation(row["relation"], row["converse"], row["kind"], tuple(pairs), only_one)


def _kinds(cell: str) -> frozenset[str]:
    named = set(_split(cell)) - {"-"}
    return frozenset(named - {"thing"} | (set(THINGS) if "thing" in named else set()))


def _split(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split(",") if part.strip()]
