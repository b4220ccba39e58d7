"""A slow referee for graded-nli: small random worlds, and whether something said is true in them.

It knows nothing of polarity, steps or labels; it only looks. A premise entails what is true in all
worlds in which it is true itself, and contradicts what is true in none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from cascade_core.graded.implied import Deeds, Shell, Wrapped
from cascade_core.graded.lexicon import Lexicon, Vocabulary
from cascade_core.graded.order import Claim, Claims
from cascade_core.graded.sentences import Quantity, Statement

Said = Statement | Claims | Wrapped | Deeds


class NoSuchThing(Exception):
    """The world lacks what a definite description speaks of."""


@dataclass
class Event:
    """Somebody did something, to somebody or nobody."""

    agent: int
    patient: int | None
    words: set[str]  # verb, manner, place, time, and whatever is more general


@dataclass
class World:
    """Entities with what can be said of each, and what happened among them."""

    properties: list[set[str]]
    events: list[Event]
    rng: Random
    referents: dict[tuple, int] = field(default_factory=dict)
    scores: dict[tuple, dict[str, int]] = field(default_factory=dict)
    holding: dict[tuple, bool] = field(default_factory=dict)


def is_true(said: Said, world: World) -> bool:
    """Look whether something said is true in a world."""
    if isinstance(said, Claims):
        return all(_holds(claim, world) for claim in said)
    if isinstance(said, Deeds):
        return all(is_true(one, world) for one in said)
    if isinstance(said, Wrapped):
        true = is_true(said.statement, world)
        for shell in reversed(said.shells):
            true = _came_about(shell, true, world)
        return true

    def did(agent: int) -> bool:
        if "state" in said.terms:
            return said.terms["state"].entry.key in world.properties[agent]
        wanted = {
            said.terms[place].entry.key
            for place in ("verb", "manner", "place", "time")
            if place in said.terms
        }
        events = [one for one in world.events if one.agent == agent and wanted <= one.words]
        if said.object is None:
            return any(one.patient is None for one in events)
        done_to = {one.patient for one in events}
        return _quantified(said, "object", said.object, world, lambda patient: patient in done_to)

    def is_so(agent: int) -> bool:
        return did(agent) != said.negated

    return _quantified(said, "subject", said.subject, world, is_so)


def _came_about(shell: Shell, true: bool, world: World) -> bool:
    """Whether somebody managed, refused or only hoped, by whether it was done and by chance."""
    affirmed, denied = shell.wrapping.affirmed, shell.wrapping.denied
    possible = [
        so
        for so, complement in ((True, affirmed), (False, denied))
        if complement in (0, 1 if true else -1)
    ]
    return world.rng.choice(possible) != shell.denied


def _quantified(said: Statement, role: str, quantity: Quantity, world: World, so) -> bool:
    described = [n for n in range(len(world.properties)) if _fits(said, role, quantity, world, n)]
    if quantity.quantifier in ("name", "the"):
        key = (
            (role, quantity.name, *_description(said, role))
            if quantity.quantifier == "the"
            else (quantity.name,)
        )
        key = key[1:] if quantity.quantifier == "the" else key
        if key not in world.referents:
            if not described:
                raise NoSuchThing
            world.referents[key] = world.rng.choice(described)
        return so(world.referents[key])
    true = sum(map(so, described))
    return {
        "a": true > 0,
        "no": true == 0,
        "every": true == len(described),
        "not every": true < len(described),
        "most": true > len(described) - true,
        "at least": true >= quantity.count,
        "fewer than": true < quantity.count,
        "exactly": true == quantity.count,
    }[quantity.quantifier]


def _description(said: Statement, role: str) -> list[str]:
    return [
        said.terms[place].entry.key
        for place in (f"{role} noun", f"{role} adjective", f"{role} who verb", f"{role} who noun")
        if place in said.terms
    ]


def _fits(said: Statement, role: str, quantity: Quantity, world: World, entity: int) -> bool:
    properties = world.properties[entity]
    if quantity.name:
        return "person" in properties
    for part in ("noun", "adjective"):
        term = said.terms.get(f"{role} {part}")
        if term and term.entry.key not in properties:
            return False
    if f"{role} who verb" not in said.terms:
        return True
    verb = said.terms[f"{role} who verb"].entry.key
    noun = said.terms[f"{role} who noun"].entry.key
    return any(
        one.agent == entity
        and verb in one.words
        and one.patient is not None
        and noun in world.properties[one.patient]
        for one in world.events
    )


def _holds(claim: Claim, world: World) -> bool:
    key = tuple(sorted((claim.relation.phrase, claim.relation.converse)))
    turned = key[0] != claim.relation.phrase
    first, second = (claim.second, claim.first) if turned else (claim.first, claim.second)
    if claim.relation.kind == "order":
        scores = world.scores.setdefault(key, defaultdict(lambda: world.rng.randrange(4)))
        true = scores[first] > scores[second]
    else:
        pair = (key, first, second)
        if claim.relation.kind == "symmetric":
            pair = (key, *sorted((first, second)))
        elif (key, second, first) in world.holding:
            world.holding.setdefault(
                pair, not world.holding[key, second, first] and world.rng.random() < 0.5
            )
        true = world.holding.setdefault(pair, world.rng.random() < 0.5)
    return true != claim.denied


def random_world(said: Sequence[Said], words: Lexicon, rng: Random) -> World:
    """Make a world of the words that are spoken of, with some of each and some of none."""
    parts = [part for one in said for part in (one if isinstance(one, Deeds) else [one])]
    bare = [one.statement if isinstance(one, Wrapped) else one for one in parts]
    statements = [one for one in bare if isinstance(one, Statement)]
    nouns: set[str] = {"person"}
    adjectives: set[str] = set()
    verbs: set[tuple[bool, str]] = set()
    around: dict[str, set[str]] = {"manner": set(), "place": set(), "time": set()}
    for one in statements:
        for place, term in one.terms.items():
            key = term.entry.key
            if place.endswith("noun"):
                nouns.add(key)
            elif place.endswith("adjective") or place == "state":
                adjectives |= {key, term.entry.opposite} - {""}
            elif place.endswith("verb"):
                verbs.add((place != "verb" or one.object is not None, key))
            else:
                around[place].add(key)
    counts = [q.count for one in statements for q in (one.subject, one.object) if q]
    size = rng.choice((1, 2, 3, max(counts, default=0) + 2))
    likely = {key: rng.choice((0.2, 0.6, 1.0)) for key in sorted(nouns | adjectives)}
    properties = [
        _some(nouns, likely, words.nouns, rng)
        | _consistent(adjectives, likely, words.adjectives, rng)
        for _ in range(size)
    ]
    density = {one: rng.choice((0.0, 0.3, 0.9, 1.0)) for one in sorted(verbs)}
    events = [
        Event(
            agent,
            patient,
            _deed(verb, around, words.transitive if to else words.intransitive, words, rng),
        )
        for (to, verb), often in density.items()
        for agent in range(size)
        for patient in (_patients(size, rng) if to else [None])
        if rng.random() < often
    ]
    return World(properties, events, rng)


def _patients(size: int, rng: Random) -> list[int]:
    """Everybody, or a few, so that there is not always too much to look at."""
    return list(range(size)) if rng.random() < 0.3 else rng.sample(range(size), min(2, size))


def _deed(
    verb: str, around: dict[str, set[str]], verbs: Vocabulary, words: Lexicon, rng: Random
) -> set[str]:
    found = {verb, *verbs.above[verb]}
    for place, keys in around.items():
        if keys and rng.random() < 0.8:
            table = {"manner": words.manners, "place": words.places, "time": words.times}[place]
            key = rng.choice(sorted(keys))
            found |= {key, *table.above[key]}
    return found


def _some(
    keys: set[str], likely: dict[str, float], vocabulary: Vocabulary, rng: Random
) -> set[str]:
    found: set[str] = set()
    for key in sorted(keys):
        if rng.random() < likely[key]:
            found |= {key, *vocabulary.above[key]}
    return found


def _consistent(
    keys: set[str], likely: dict[str, float], vocabulary: Vocabulary, rng: Random
) -> set[str]:
    found: set[str] = set()
    for key in rng.sample(sorted(keys), len(keys)):
        more = {key, *vocabulary.above[key]}
        excluded = {vocabulary[one].opposite for one in more | found} - {""}
        if rng.random() < likely[key] and not excluded & (more | found):
            found |= more
    return found
