"""graded-nli: a hypothesis and, for each label, a premise, by the reasoning that is needed.

Every hypothesis comes three times, once with each label, so that nothing in it gives its label
away. Premises are made back from it: one that is stronger entails it, one that is stronger than its
negation contradicts it, and one that is weaker, or lies aside, does neither.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from random import Random
from typing import Any, Protocol

from .by_steps import DEEDS, UP, BySteps
from .composing import Composer, Likelihoods, Shape
from .examples import Example
from .implied import Implied
from .lexicon import Lexicon
from .order import LABELS, Chain, Converse, Label
from .sampling import Allowed
from .steps import Kind, Steps

COUNTING = ("at least", "fewer than")
QUANTIFYING = ("no", "every", "not every", "fewer than", "at least")
ALL: tuple[Shape, ...] = (*DEEDS, "state")
GENERAL: tuple[Kind, ...] = ("modifier", "more general", "within")
TRIES = 20  # of premises for one hypothesis, before another one is taken


class Reasoning(Protocol):
    """A kind of reasoning: how hypotheses and premises that need it are made.

    Either knows the content words that it is made of (`content`), and is written by `str`.
    """

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def share(self) -> float: ...

    def hypothesis(self, rng: Random) -> Any:
        """Return something said."""
        ...

    def premise(self, hypothesis: Any, label: Label, rng: Random) -> Any:
        """Return what stands to the hypothesis as `label` says; None where nothing was found."""
        ...


def reasonings(lexicon: Lexicon) -> list[Reasoning]:
    """Return all kinds of reasoning, easy ones first."""
    by_steps = partial(BySteps, Steps(Composer(lexicon)))
    objects = (*UP, "a", "every", "at least")
    somebody = by_steps("", 0, GENERAL, subjects=("name", "the"), denied=0.3)
    return [
        by_steps("overlap", 1, ("modifier",), share=2),
        by_steps("synonym", 2, ("synonym",), ALL),
        by_steps("hypernym", 2, ("more general",), ALL),
        by_steps("containment", 2, ("within",), likely=Likelihoods(place=0.7, time=0.5)),
        by_steps("negation", 3, GENERAL, ALL, ("name", "the"), denied=1),
        by_steps("voice", 3, ("wording", "swap"), ("deed to",), likely=Likelihoods(manner=0)),
        by_steps("number", 3, ("number",), subjects=COUNTING),
        by_steps(
            "opposite",
            level=3,
            kinds=("opposite",),
            shapes=("state with an opposite",),
            subjects=("name", "the", "every", "no"),
            others=("synonym", "more general"),
            denied=0.5,
        ),
        Converse(lexicon),
        by_steps("monotonicity", 4, GENERAL, ALL, QUANTIFYING, objects, count=(1, 2), share=2),
        by_steps(
            "relative clause",
            level=4,
            kinds=("modifier", "more general"),
            subjects=(*QUANTIFYING, "a"),
            count=(1, 2),
            likely=Likelihoods(who=1),
        ),
        by_steps(
            "composed",
            level=5,
            kinds=(*GENERAL, "synonym", "number", "quantifier", "wording", "opposite"),
            shapes=ALL,
            subjects=(*UP, *QUANTIFYING, *COUNTING),
            objects=objects,
            count=(3, 4),
            others=("swap",),
            denied=0.4,
            likely=Likelihoods(who=0.3, place=0.4, time=0.3),
            share=2,
        ),
        Implied(somebody, "implied", level=4, count=(1, 2), others=(0, 1), share=3),
        Implied(somebody, "implied among others", level=5, count=(0, 2), others=(2, 2), share=5),
        Chain(lexicon, share=0.5),
    ]


def triplet(reasoning: Reasoning, rng: Random, allowed: Allowed) -> list[Example]:
    """Make a hypothesis with a premise for each label; `allowed` may refuse content words."""
    while True:
        hypothesis = reasoning.hypothesis(rng)
        hypothesis_text = str(hypothesis)
        if _stutters(hypothesis_text):
            continue
        found: list[Example] = []
        for number, label in enumerate(LABELS):
            for _ in range(TRIES):
                premise = reasoning.premise(hypothesis, label, rng)
                if premise is None:
                    continue
                content = premise.content | hypothesis.content
                if not allowed(content):  # asked before anything is written, since it refuses many
                    continue
                text = str(premise)
                if text != hypothesis_text and not _stutters(text):
                    texts = (text, hypothesis_text)
                    found.append(Example(texts, number, reasoning.name, reasoning.level, content))
                    break
            else:
                break
        if len(found) == len(LABELS):
            return found


def _stutters(text: str) -> bool:
    """Whether a word follows itself, as in "hot hot chocolate"."""
    return any(one == other for one, other in pairwise(text.split()))
