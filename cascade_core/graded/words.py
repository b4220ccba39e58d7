"""How English words change: plurals, pasts, articles, numbers in letters."""

from __future__ import annotations

NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_SILENT_H = ("hour", "honest", "honour", "heir")
_LIKE_YOU = (
    *("unic", "unif", "unio", "uniq", "unis", "unit", "univ", "use", "usu", "uti"),
    *("euro", "ewe", "one", "once", "ukulele"),
)


def plural(noun: str) -> str:
    """Return the regular plural of a noun.

    >>> plural("nurse"), plural("fox"), plural("baby"), plural("boy")
    ('nurses', 'foxes', 'babies', 'boys')
    """
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def past(verb: str) -> str:
    """Return the regular past of a verb; a particle stays behind it.

    >>> past("greet"), past("bake"), past("carry"), past("pick up")
    ('greeted', 'baked', 'carried', 'picked up')
    """
    verb, *particle = verb.split(" ", 1)
    if verb.endswith("e"):
        formed = f"{verb}d"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        formed = f"{verb[:-1]}ied"
    else:
        formed = f"{verb}ed"
    return " ".join([formed, *particle])


def with_article(phrase: str) -> str:
    """Put the right indefinite article before a phrase.

    >>> with_article("nurse"), with_article("old nurse"), with_article("honest nurse")
    ('a nurse', 'an old nurse', 'an honest nurse')
    >>> with_article("unit"), with_article("uninspired nurse"), with_article("Asian nurse")
    ('a unit', 'an uninspired nurse', 'an Asian nurse')
    >>> with_article("European nurse"), with_article("L-shaped table")
    ('a European nurse', 'an L-shaped table')
    """
    if phrase[1:2] == "-":  # a letter, as it is called: an L-shaped table
        return f"an {phrase}" if phrase[0] in "AEFHILMNORSX" else f"a {phrase}"
    lower = phrase.lower()
    vowel = lower[0] in "aeiou" and not lower.startswith(_LIKE_YOU)
    return f"an {phrase}" if vowel or lower.startswith(_SILENT_H) else f"a {phrase}"


def sentence(words: str) -> str:
    """Make a sentence of words: a capital and a full stop.

    >>> sentence("a nurse sang")
    'A nurse sang.'
    """
    return f"{words[0].upper()}{words[1:]}."
