"""graded-sentiment means what its labels say: a reader that knows the tables, not the patterns."""

from __future__ import annotations

import re
from random import Random

import pytest

from cascade_core.graded import sentiment
from cascade_core.graded.lexicon import rows
from cascade_core.graded.sentiment import PATTERNS, pair

ADJECTIVES = {row["adjective"]: row["polarity"] == "positive" for row in rows("sentiment_opinions")}
TOLD = {
    text: (row["polarity"] == "positive") == (column == "fact")
    for row in rows("sentiment_facts")
    for column in ("fact", "denied")
    for text in [row[column]]
} | {f"I {row['phrase']}": row["polarity"] == "positive" for row in rows("sentiment_reactions")}
FRAMES = [(frame, True) for frame in (*sentiment.SO, *sentiment.RIGHTLY)] + [
    (frame, False) for frame in (*sentiment.NOT_SO, *sentiment.WRONGLY)
]


def news(text: str) -> bool | None:
    """Read a clause, framed or not: good news or bad; None where it is neither."""
    text = text[0].lower() + text[1:] if not text.startswith("I ") else text
    if text in TOLD:
        return TOLD[text]
    for frame, holds in FRAMES:
        pattern = re.escape(frame).replace(re.escape("{}"), "(.+?)")
        if found := re.fullmatch(pattern, text, re.IGNORECASE):
            inner = news(found[found.lastindex or 0])
            if inner is not None:
                return inner == holds
    if found := re.fullmatch(r"the .+? (?:was|were) (not )?(.+)", text):
        for words in (found[2], found[2].split(" ", 1)[-1]):
            if words in ADJECTIVES:
                return ADJECTIVES[words] != bool(found[1])
    return None


def read(text: str) -> bool | None:
    """Read a review: what comes after "but", or is not conceded, counts; and so does a verdict."""
    body = text.rstrip(".!")
    for verdicts, holds in ((sentiment.TRUE, True), (sentiment.UNTRUE, False)):
        for verdict in verdicts:
            if text.endswith(f" {verdict}"):
                told = text[: -len(verdict) - 2].split(" that ", 1)[1]
                inner = news(told)
                return None if inner is None else inner == holds
    for joint in sorted(sentiment.FOLLOWING, key=len, reverse=True):
        for number in range(body.count(f", {joint} ")):
            later = body.split(f", {joint} ", number + 1)[-1]
            if (found := news(later)) is not None:
                return found
    for conceding in sentiment.CONCEDING:
        if body.lower().startswith(f"{conceding} "):
            parts = body[len(conceding) + 1 :].split(", ")
            for number in range(1, len(parts)):
                if news(", ".join(parts[:number])) is not None:
                    return news(", ".join(parts[number:]))
        elif f", {conceding} " in body:
            return news(body.split(f", {conceding} ")[0])
    for mark in (": ", "! ", ". "):
        parts = body.split(mark, 1)
        for part in parts:
            if len(parts) > 1 and (found := news(part)) is not None:
                return found
    parts = body.split(" and ")
    for number in range(1, len(parts)):
        found = {news(" and ".join(parts[:number])), news(" and ".join(parts[number:]))}
        if len(found) == 1 and None not in found:
            return found.pop()
    return news(body)


@pytest.mark.parametrize(
    "pattern",
    [one for one in PATTERNS if one.name not in ("changed", "expected")],
    ids=lambda one: one.name.replace(" ", "-"),
)
def test_a_reader_of_the_tables_agrees_with_every_label(pattern):
    rng = Random(4)
    understood = 0
    for _ in range(60):
        for example in pair(pattern, rng, lambda content: True):
            found = read(example.texts[0])
            understood += found is not None
            assert found in (None, bool(example.label)), example.texts[0]
    assert understood > 90  # of 120


@pytest.mark.parametrize("name", ["changed", "expected"])
def test_what_it_is_now_is_what_counts(name):
    """The adjective of now, or of what was found, is good where the review is."""
    (pattern,) = [one for one in PATTERNS if one.name == name]
    rng = Random(4)
    now = (
        r"now (?:it is|they are) (.+)\.$",
        r"last year and (.+) this time\.$",
        r"^This time the .+? (?:was|were) (.+), after",
        r"; (?:it|they) (?:was|were) (.+)\.$",
        r"^The .+? (?:was|were) (.+), not .+ as the papers",
        r"to us (?:it|they) (?:was|were) (.+)\.$",
    )
    for _ in range(60):
        for example in pair(pattern, rng, lambda content: True):
            (text,) = example.texts
            found = next(match for match in (re.search(one, text) for one in now) if match)
            assert ADJECTIVES[found[1]] == bool(example.label), text
