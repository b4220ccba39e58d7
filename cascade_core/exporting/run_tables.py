"""All tables of one run."""

from __future__ import annotations

from .. import titles
from ..exit_quality import QUALITIES, exit_grid
from ..run import Run
from .names import saved_name
from .operation_tables import category_table, operation_table
from .system_tables import (
    curves_table,
    front_table,
    matched_table,
    promises_table,
    summaries_table,
)
from .table import PERCENT, Column, Table, Tables
from .view import Asked, View


def run_tables(run: Run, asked: Asked | None = None) -> Tables:
    """All tables of a run, by short names such as "matched".

    Raises `ValueError` for a basis or criterion that a system does not have, or a speed-up that is
    not above zero.

    >>> from cascade_core.paper.example import example_run
    >>> tables, left_out = run_tables(example_run())
    >>> list(tables)
    ['matched', 'operation', 'summaries', 'promises', 'exits-dis', 'exits-accuracy', 'exits-ece',
     'front', 'curves', 'instances']
    >>> round(float(tables["matched"].frame.loc["CascadeBERT 2-12", "3x"]), 3)
    0.833
    >>> left_out
    {}
    """
    view = View(run, asked or Asked())
    run = view.run
    tables, left_out = {"matched": matched_table(view)}, {}
    if view.reached:
        tables["operation"] = operation_table(view)
        tables |= {f"by-{name}": category_table(view, name) for name in run.categories}
    else:
        left_out["systems at work"] = f"none is {min(view.asked.speedups):g} times as fast"
    if view.several and view.labelled:
        tables |= {"summaries": summaries_table(view), "promises": promises_table(view)}
    else:
        why = "labels are unknown" if view.several else "every system has a single exit"
        left_out["summaries and promises"] = why
    if (run.labels >= 0).any():
        tables |= {f"exits-{quality}": exits_table(run, quality) for quality in QUALITIES}
    else:
        left_out["exits"] = "labels are unknown"
    if view.labelled:
        tables["front"] = front_table(view)
    else:
        left_out["front"] = "labels are unknown"
    tables |= {"curves": curves_table(view), "instances": instances_table(run)}
    return Tables(tables, left_out)


def exits_table(run: Run, quality: str) -> Table:
    """One quality of every exit of every model: "dis", "accuracy" or "ece".

    >>> from cascade_core.paper.example import example_run
    >>> exits_table(example_run(), "accuracy").frame.loc["DeeBERT"].round(2).head(3).to_dict()
    {'2': 0.33, '4': 0.5, '12': 0.83}
    """
    grid = exit_grid(run, quality)
    frame = grid.to_frame().rename(columns=str).rename_axis(columns=None)
    best = "lowest" if quality == "ece" else "highest"
    columns = [Column(f"{grid.counted} {depth}", depth, PERCENT, best) for depth in frame]
    bounded = quality != "ece"
    if bounded:
        columns = [
            one._replace(low=f"{one.value} low", high=f"{one.value} high") for one in columns
        ]
        for bound, values in zip(("low", "high"), grid.bounds(), strict=True):
            frame = frame.join(values.add_suffix(f" {bound}").rename_axis(columns=None))
    about = View(run, Asked()).about
    title = titles.QUALITIES[quality].capitalize()
    with_interval = " with its 95 % interval" if bounded else ""
    best_of = f"the best after each {grid.counted} in bold"
    said = f"{title} of every exit in percent{with_interval}, {best_of}."
    return Table(saved_name(run, "exits", quality), f"{said} {about}.", frame, tuple(columns))


def instances_table(run: Run) -> Table:
    """All instances with what is known of them and what every exit says of them.

    >>> from cascade_core.paper.example import example_run
    >>> instances_table(example_run()).frame.index.tolist()
    [0, 1, 2, 3, 4, 5]
    """
    about = View(run, Asked()).about
    frame = run.to_frame().set_index("id")
    return Table(saved_name(run, "instances"), f"All instances. {about}.", frame)
