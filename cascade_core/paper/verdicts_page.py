"""The verdicts as a page to read: Markdown, a table for each claim."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .bands import NEAR, BandTable, Cell
from .claims import CANNOT_SAY, CLAIMS, CONTRADICTS, FEWEST, SUPPORTS, Evidence, Verdicts
from .layout import AVERAGE

_NONE = "–"
_HEAD = """# The claims of the CascadeBERT paper, held against runs

Differences in points with their 95 % intervals, paired by instance; positive is what the paper
claims, **bold** is beyond chance, – says that there is none. Speed-ups count layers; thresholds
are chosen on the instances they are reported on, for intervals anew in each resample of them;
intervals are about instances, not about seeds.
"""


_SCORES = """## Scores

In percent of each task's metric, with the speed-up by layers where it is not the one asked for, in
the layout of the paper's Table 2. A system of one exit stands at the speed-up it has.
"""


def page(verdicts: Verdicts, scores: BandTable | None = None) -> str:
    """Return the verdicts as Markdown: differences in points, with 95 % intervals.

    `scores` are what the differences are of (`table_2`), and follow at the end.

    >>> from cascade_core.paper.claims import verdicts
    >>> from cascade_core.paper.example import example_run
    >>> lines = page(verdicts([example_run()], speedups=(3,))).splitlines()
    >>> [line for line in lines if line.startswith("## ")][0]
    '## Claim: off-ramps in shallow layers are less reliable than complete models'
    """
    parts = [_HEAD]
    for claim in CLAIMS:
        about = [one for one in verdicts.evidence if one.claim == claim]
        if about:
            parts.append(f"## Claim: {claim}\n\n{tally(about)}\n\n{_table(about)}\n")
    if scores:
        parts.append(f"{_SCORES}\n{_score_table(scores)}\n")
    return "\n".join(parts)


def tally(evidence: Sequence[Evidence]) -> str:
    """Return in how many comparisons in single tasks the evidence is for a claim, and against it.

    >>> tally([Evidence("it helps", "a - b", "sst2", 100, 0.1, 0.01)])
    'Of 1 comparison 1 supports it, 0 contradict it, 0 cannot say.'
    """
    counts = verdict_counts(evidence)
    of = sum(counts.values())
    said = ", ".join(f"{count} {_VERBS[each][count != 1]}" for each, count in counts.items())
    return f"Of {of} comparison{'s' if of != 1 else ''} {said}."


def verdict_counts(evidence: Sequence[Evidence]) -> dict[str, int]:
    """Return how many comparisons in single tasks come to each verdict.

    >>> verdict_counts([Evidence("it helps", "a - b", "sst2", 100, 0.1, 0.01)])
    {'supports': 1, 'contradicts': 0, 'cannot say': 0}
    """
    single = [one for one in evidence if one.task != AVERAGE and not np.isnan(one.difference)]
    return {each: sum(one.verdict == each for one in single) for each in _VERBS}


_VERBS = {
    SUPPORTS: ("supports it", "support it"),
    CONTRADICTS: ("contradicts it", "contradict it"),
    CANNOT_SAY: ("cannot say", "cannot say"),
}


def _table(evidence: Sequence[Evidence]) -> str:
    tasks = list(dict.fromkeys(one.task for one in evidence))
    tasks = tasks[:1] if len(tasks) == 2 else tasks  # the average of one task says nothing new
    lines = [_line("comparison", *tasks), _line("---", *("---:" for _ in tasks))]
    for comparison in dict.fromkeys(one.comparison for one in evidence):
        found = {one.task: one for one in evidence if one.comparison == comparison}
        lines.append(_line(comparison, *(_cell(found.get(task)) for task in tasks)))
    return "\n".join(lines)


def _cell(one: Evidence | None) -> str:
    """A difference in points and its interval, bold where that leaves zero out."""
    if one is None or np.isnan(one.difference):
        return _NONE
    low, high = one.interval
    text = f"{100 * one.difference:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
    if one.n < FEWEST:
        return f"{text} (n = {one.n})"
    return text if one.verdict == CANNOT_SAY else f"**{text}**"


def _score_table(table: BandTable) -> str:
    tasks = [*table.tasks, AVERAGE] if len(table.tasks) > 1 else [*table.tasks]
    lines = [_line("at", "system", *tasks), _line("---", "---", *("---:" for _ in tasks))]
    for row in table.rows:
        cells = [_score(cell, row.band) for cell in (*row.cells, row.average)[: len(tasks)]]
        if any(cell != _NONE for cell in cells):
            lines.append(_line(f"{row.band:g}x", row.system, *cells))
    return "\n".join(lines)


def _score(cell: Cell, band: float) -> str:
    if np.isnan(cell.score):
        return _NONE
    far = not np.isnan(cell.speedup) and abs(cell.speedup - band) > NEAR * band
    return f"{100 * cell.score:.1f}" + (f" ({cell.speedup:.1f}x)" if far else "")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
