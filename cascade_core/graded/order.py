"""Claims about two, "X was taller than Y", and what follows from one of them or from several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Literal, NamedTuple

from .lexicon import Lexicon, Relation, common
from .words import sentence

Label = Literal["entailment", "neutral", "contradiction"]
LABELS: tuple[Label, ...] = ("entailment", "neutral", "contradiction")


class Claim(NamedTuple):
    """That X stood in a relation to Y, or that X did not."""

    relation: Relation
    first: str
    second: str
    denied: bool = False

    def turned(self) -> Claim:
        """Return the same, said of the other: "Y was shorter than X"."""
        one = self.relation
        converse = one._replace(phrase=one.converse, converse=one.phrase, of=_turned(one.of))
        return Claim(converse, self.second, self.first, self.denied)

    def swapped(self) -> Claim:
        """Return what is said, with the two in each other's place."""
        return self._replace(first=self.second, second=self.first)

    def __str__(self) -> str:
        not_ = "not " if self.denied else ""
        return sentence(f"{self.first} was {not_}{self.relation.phrase} {self.second}")


class Claims(tuple[Claim, ...]):
    """Claims made together, in the order they are said."""

    @property
    def content(self) -> frozenset[str]:
        """The content words: who is spoken of, and relations; one and its converse are one word."""
        spoken_of = {name for claim in self for name in (claim.first, claim.second)}
        relations = {"/".join(sorted((one.relation.phrase, one.relation.converse))) for one in self}
        return frozenset(spoken_of | relations)

    def __str__(self) -> str:
        return " ".join(map(str, self))


class Converse(NamedTuple):
    """A claim about two from one about them: said of the other, swapped, or beside the matter."""

    lexicon: Lexicon
    name: str = "converse"
    level: int = 3
    share: float = 1.0

    def hypothesis(self, rng: Random) -> Claims:
        """Return a claim."""
        return Claims(
            [_claim(self.lexicon, rng, rng.choice(("order", "order", "asymmetric", "symmetric")))]
        )

    def premise(self, hypothesis: Claims, label: Label, rng: Random) -> Claims:
        """Return a claim that stands to the hypothesis as the label says."""
        (claim,) = hypothesis
        if label == "neutral":
            return Claims([_beside(self.lexicon, claim, rng)])
        holds = (label == "entailment") != claim.denied
        plain = claim._replace(denied=False)
        if holds:
            said = plain
        elif claim.relation.kind == "symmetric" or not _alike(claim) or rng.random() < 0.5:
            said = plain._replace(denied=True)
        else:
            said = plain.swapped()
        only_so = claim.relation.kind == "symmetric" or said.denied == claim.denied
        return Claims([said.turned() if only_so or rng.random() < 0.5 else said])


class Chain(NamedTuple):
    """A claim about two from claims about each and some between them."""

    lexicon: Lexicon
    links: int = 2
    name: str = "chain"
    level: int = 5
    share: float = 1.0

    def hypothesis(self, rng: Random) -> Claims:
        """Return a claim about an order."""
        return Claims([_claim(self.lexicon, rng, "order")])

    def premise(self, hypothesis: Claims, label: Label, rng: Random) -> Claims:
        """Return claims that stand together to the hypothesis as the label says."""
        (claim,) = hypothesis
        plain = claim._replace(denied=False)
        follows = (
            rng.random() < 0.5 if label == "neutral" else (label == "entailment") != claim.denied
        )
        whole = plain if follows else plain.swapped()
        names = [whole.first, *self._between(whole, rng), whole.second]
        links = [Claim(whole.relation, first, second) for first, second in pairwise(names)]
        if label == "neutral":  # one link the wrong way, or in another respect
            broken = rng.randrange(len(links))
            turn = rng.random() < 0.5
            link = links[broken]
            links[broken] = link.swapped() if turn else _in_another_respect(self.lexicon, link, rng)
        links = [link.turned() if rng.random() < 0.5 else link for link in links]
        return Claims(rng.sample(links, len(links)))

    def _between(self, whole: Claim, rng: Random) -> list[str]:
        (kind, _), *_ = whole.relation.of
        between: list[str] = []
        while len(between) < self.links - 1:
            name = _name(self.lexicon, kind, rng)
            if name not in (whole.first, whole.second, *between):
                between.append(name)
        return between


def _claim(lexicon: Lexicon, rng: Random, kind: str) -> Claim:
    relation = common([one for one in lexicon.relations if one.kind == kind], rng)
    pair = rng.choice(relation.of)
    relation = relation._replace(of=(pair,))  # from here on it is about these
    first, second = (_name(lexicon, kind, rng) for kind in pair)
    while second == first:
        second = _name(lexicon, pair[1], rng)
    claim = Claim(relation, first, second, denied=rng.random() < 0.3)
    return claim.turned() if rng.random() < 0.5 else claim


def _name(lexicon: Lexicon, kind: str, rng: Random) -> str:
    """Return a name for one of a kind: a given name or "the nurse"."""
    if kind == "person" and rng.random() < 0.75:
        return rng.choice(lexicon.names)
    return f"the {common(lexicon.nouns.of_kind(kind), rng).key}"  # never by two names


def _beside(lexicon: Lexicon, claim: Claim, rng: Random) -> Claim:
    """Return a claim that says nothing of another: in another respect, or about somebody else."""
    said = claim._replace(denied=rng.random() < 0.3)
    said = said if rng.random() < 0.5 else said.turned()
    said = said.swapped() if _alike(said) and rng.random() < 0.5 else said
    if claim.relation.kind == "order" and rng.random() < 0.6:
        return _in_another_respect(lexicon, said, rng)
    first, second = said.relation.of[0]
    said = said._replace(second=_another(lexicon, second, (claim.first, claim.second), rng))
    if claim.relation.only_one:  # nobody else can be the owner of that
        known = (claim.first, claim.second, said.second)
        said = said._replace(first=_another(lexicon, first, known, rng))
    return said


def _another(lexicon: Lexicon, kind: str, besides: Sequence[str], rng: Random) -> str:
    """Return a name for one of a kind that is none of those named."""
    while True:
        name = _name(lexicon, kind, rng)
        if name not in besides:
            return name


def _alike(claim: Claim) -> bool:
    """Whether both are of a kind, so that either may stand in the other's place."""
    first, second = claim.relation.of[0]
    return first == second


def _in_another_respect(lexicon: Lexicon, claim: Claim, rng: Random) -> Claim:
    (pair,) = claim.relation.of
    others = [
        one
        for one in lexicon.relations
        if one.kind == "order"
        and pair in one.of
        and claim.relation.phrase not in (one.phrase, one.converse)
    ]
    return claim._replace(relation=common(others, rng)._replace(of=(pair,)))


def _turned(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((second, first) for first, second in pairs)
