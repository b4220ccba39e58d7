"""Tables of systems at work, at a threshold or where they are as fast as asked, by category too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from ..by_category import ByCategory, by_category, is_order
from ..operation import Operation, operate
from .table import (
    CORRELATION,
    LAYERS,
    THRESHOLD,
    TIMES,
    Column,
    Notation,
    Table,
    measured,
    measured_column,
)
from .view import View

AtWork = Iterable[tuple[tuple[str, str], Operation]]  # where, which system, what it does


def operation_table(view: View, at_work: AtWork | None = None) -> Table:
    """What every system does at each threshold, or at its own for each speed-up, or as is given.

    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> view = View(example_run(), Asked(thresholds=(0.8,)))
    >>> table = operation_table(view)
    >>> table.frame.loc[("τ = 0.8", "CascadeBERT 2-12")].round(2).to_dict()["early_share"]
    0.33
    """
    rows = {
        key: {
            "threshold": view.threshold(done.system, done.point),
            "speedup": done.point.speedup,
            **measured("score", done.point.score, done.interval),
            "early_share": done.point.early_share,
            "ece": done.calibration_error,
        }
        for key, done in at_work or _at_work(view)
    }
    columns = (
        Column("τ", "threshold", THRESHOLD),
        Column("speed-up", "speedup", TIMES),
        measured_column(view.score, "score"),
        Column("leave early", "early_share"),
        Column("ECE", "ece", best="lowest"),
    )
    said = (
        f"Systems {_where(view)}, in percent: {view.score} with its 95 % interval (Wilson), the "
        "share that leaves before the last exit, and the expected calibration error (ECE) of what "
        "is emitted; the best is bold."
    )
    return Table(view.name("operation"), view.caption(said), _frame(rows), columns)


def category_table(view: View, name: str, at_work: AtWork | None = None) -> Table:
    """What systems do in each category of one kind, such as levels of difficulty.

    >>> from dataclasses import replace
    >>> from cascade_core import Category
    >>> from cascade_core.exporting.view import Asked
    >>> from cascade_core.paper.example import example_run
    >>> levels = {"level": Category(("1", "2"), [0, 0, 0, 1, 1, 1])}
    >>> view = View(replace(example_run(), categories=levels), Asked(speedups=(2,)))
    >>> table = category_table(view, "level")
    >>> table.frame.loc[("2x", "CascadeBERT 2-12"), ["level 1", "level 2 cost"]].tolist()
    [1.0, 10.0]
    """
    category = view.run.categories[name]
    ordered = is_order(category)
    rows, names = {}, []
    for key, done in at_work or _at_work(view):
        found = by_category(view.ladders[done.system], category, done.left, view.asked.basis)
        names = [one.name for one in found.rows]
        rows[key] = {"speedup": done.point.speedup, **_by_category(name, found, ordered)}
    columns = (Column(("", "speed-up"), "speedup", TIMES), *_columns(name, names, ordered, view))
    explained = (
        f" “Depth follows” is Spearman's correlation of {name} and cost, “doubt follows” of "
        f"{name} and how unsure the first exit is."
    )
    said = (
        f"Systems {_where(view)}, by {name}: accuracy in percent with its 95 % interval (Wilson), "
        f"and the cost ({view.counted}); the best are bold.{explained if ordered else ''}"
    )
    return Table(view.name(f"by-{name}"), view.caption(said), _frame(rows), columns)


def _by_category(name: str, found: ByCategory, ordered: bool) -> dict[str, float]:
    """All numbers of one system; whether it follows the order of categories that have one."""
    row: dict[str, float] = {}
    if ordered:
        row |= measured("depth follows", *found.depth) | measured("doubt follows", *found.doubt)
    for one in found.rows:
        of = f"{name} {one.name}"
        row |= measured(of, one.accuracy, one.interval)
        row |= {f"{of} cost": one.cost, f"{of} early_share": one.early}
        row |= {f"{of} dis": one.dis, f"{of} n": one.n}
    return row


def _columns(name: str, names: Sequence[str], ordered: bool, view: View) -> list[Column]:
    spent = LAYERS if view.asked.basis == "layers" else Notation(".3g")
    follows = ("depth follows", "doubt follows") if ordered else ()
    return [
        *(measured_column(("", what), what, CORRELATION) for what in follows),
        *(
            measured_column((name, one), f"{name} {one}", beside=f"{name} {one} cost")._replace(
                beside_notation=spent
            )
            for one in names
        ),
    ]


def _at_work(view: View) -> Iterator[tuple[tuple[str, str], Operation]]:
    """Every system where it was asked for; one that cannot be so fast is passed over."""
    for threshold in view.asked.thresholds:
        for name, curve in view.curves.items():
            done = operate(view.ladders[name], curve, threshold)
            yield (f"τ = {threshold:g}", name), done
    for speedup in () if view.asked.thresholds else view.asked.speedups:
        for name, curve in view.curves.items():
            if view.choosing[name].speedup[0] >= speedup:
                threshold = view.choosing[name].at_speedup(speedup).threshold
                yield (f"{speedup:g}x", name), operate(view.ladders[name], curve, threshold)


def _where(view: View) -> str:
    return (
        "at a threshold"
        if view.asked.thresholds
        else f"where they are at least as fast as a row says {view.chosen}"
    )


def _frame(rows: dict[tuple[str, str], dict[str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(list(rows.values()))
    frame.index = pd.MultiIndex.from_tuples(rows, names=["at", "system"])
    return frame
