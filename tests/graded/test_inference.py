"""graded-nli means what its labels say: worlds are made and looked at, and no rule is asked."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from cascade_core.graded.composing import Composer, Likelihoods
from cascade_core.graded.examples import Example
from cascade_core.graded.inference import reasonings, triplet
from cascade_core.graded.lexicon import lexicon
from cascade_core.graded.order import LABELS
from cascade_core.graded.sentences import Quantity, Statement, Term, negated
from cascade_core.graded.steps import Direction, Steps
from tests.graded.worlds import NoSuchThing, is_true, random_world

ALL = reasonings(lexicon())
WORLDS = 600
ENOUGH = 60  # worlds with a true premise, to have seen both answers of a neutral pair


def seen(premise, hypothesis, rng: Random) -> Counter[bool]:
    """How often the hypothesis is true and false, in worlds in which the premise is true."""
    found: Counter[bool] = Counter()
    for _ in range(WORLDS):
        world = random_world([premise, hypothesis], lexicon(), rng)
        try:
            if is_true(premise, world):
                found[is_true(hypothesis, world)] += 1
        except NoSuchThing:
            continue
        if len(found) == 2:
            break
    return found


@pytest.mark.parametrize("reasoning", ALL, ids=lambda one: one.name.replace(" ", "-"))
def test_labels_are_true_in_every_world(reasoning):
    rng = Random(5)
    counted = Counter()
    for _ in range(40 if reasoning.name == "composed" else 14):
        hypothesis = reasoning.hypothesis(rng)
        for label in LABELS:
            premise = reasoning.premise(hypothesis, label, rng)
            if premise is None:
                continue
            worlds = seen(premise, hypothesis, rng)
            told = f"{label}: {premise} => {hypothesis}: {worlds}"
            if label == "entailment":
                assert not worlds[False], told
            elif label == "contradiction":
                assert not worlds[True], told
            elif not counts(premise) and not counts(hypothesis):
                assert len(worlds) == 2 or worlds.total() < ENOUGH, told
            counted[label, len(worlds)] += 1
    # The referee has looked: half of the premises or more were true in some world, and so many
    # neutral pairs were seen both ways; "at least twelve" and the like come true too seldom.
    for label, kinds in (("entailment", 1), ("contradiction", 1), ("neutral", 2)):
        others = sum(counted[label, number] for number in range(3) if number != kinds)
        assert counted[label, kinds] >= others, (label, counted)


def counts(said) -> bool:
    """Whether something said has numbers, which seldom come true in small worlds."""
    quantities = [said.subject, said.object] if isinstance(said, Statement) else []
    return any(quantity and quantity.rule.counts for quantity in quantities)


def test_no_step_is_the_same_where_exactly_so_many_are_spoken_of():
    """Neither more nor less follows there: whatever changes is another thing."""
    composer = Composer(lexicon())
    steps, rng = Steps(composer), Random(2)
    likely = Likelihoods(place=0.5)
    for _ in range(60):
        statement = composer.statement(rng, "deed to", ("exactly",), ("a", "at least"), likely)
        for step in steps.all(statement):
            if step.place.startswith("object") and step.kind in ("number", "quantifier"):
                raise AssertionError(f"{statement}: {step}")


def test_every_hypothesis_comes_once_with_each_label(inference):
    for start in range(0, 300, 3):
        examples: list[Example] = inference["dev"][start : start + 3]
        assert len({one.texts[1] for one in examples}) == 1
        assert [one.label for one in examples] == [0, 1, 2]


def test_a_triplet_may_be_refused_words():
    rng, refused = Random(1), set()

    def allowed(content: frozenset[str]) -> bool:
        refused.add(content)
        return len(refused) % 3 == 0

    for example in triplet(ALL[0], rng, allowed):
        assert example.reasoning == "overlap"
    assert len(refused) > 3


def said(
    quantifier: str, *, count: int = 0, verb: str = "sing", noun: str = "surgeon"
) -> Statement:
    """ "A surgeon sang", with another quantifier."""
    words = lexicon()
    terms = {"verb": words.intransitive[verb], "subject noun": words.nouns[noun]}
    return Statement(
        Quantity(quantifier, count=count),
        {place: Term(entry, entry.forms[0]) for place, entry in terms.items()},
    )


@pytest.mark.parametrize(
    ("quantifier", "count", "written", "opposite"),
    [
        ("a", 0, "A surgeon sang.", "No surgeon sang."),
        ("every", 0, "Every surgeon sang.", "Not every surgeon sang."),
        ("at least", 4, "At least four surgeons sang.", "Fewer than four surgeons sang."),
        ("the", 0, "The surgeon sang.", "The surgeon did not sing."),
        ("most", 0, "Most surgeons sang.", None),
        ("exactly", 3, "Exactly three surgeons sang.", None),
    ],
)
def test_how_statements_and_their_negations_are_written(quantifier, count, written, opposite):
    statement = said(quantifier, count=count)
    assert str(statement) == written
    denial = negated(statement)
    assert (denial and str(denial)) == opposite
    if denial:
        assert negated(denial) == statement


@pytest.mark.parametrize(
    ("quantifier", "direction"),
    [
        ("a", Direction.WEAKER),
        ("no", Direction.STRONGER),
        ("every", Direction.STRONGER),
        ("not every", Direction.WEAKER),
    ],
)
def test_more_general_nouns_say_less_or_more_by_the_quantifier(quantifier, direction):
    steps = Steps(Composer(lexicon()))
    statement = said(quantifier)
    found = {
        str(step.make(Random(seed)))
        for step in steps.all(statement)
        for seed in range(20)
        if (step.kind, step.direction, step.place) == ("more general", direction, "subject noun")
    }
    assert str(statement).replace("surgeon", "doctor") in found


def test_steps_never_leave_words_that_do_not_fit():
    """Whatever step is taken, it can be written, and taken further."""
    composer = Composer(lexicon())
    steps, rng = Steps(composer), Random(3)
    likely = Likelihoods(who=0.5)
    for _ in range(40):
        statement = composer.statement(rng, "deed to", ("a", "every", "the"), ("a", "name"), likely)
        for _ in range(4):
            step = rng.choice(list(steps.all(statement)))
            statement = step.make(rng) or statement
            assert str(statement).endswith(".")
            for place, term in statement.terms.items():
                assert composer.fits(statement, place, term.entry), (place, str(statement))
