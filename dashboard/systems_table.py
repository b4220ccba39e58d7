"""What the systems of a run are: the table on Overview."""

from __future__ import annotations

from cascade_core.exporting.names import saved_name
from dashboard.choices import CRITERION_TITLES, Choices
from dashboard.leaving import leaving_note
from dashboard.saving import Saved
from dashboard.tables import Cell, Row, table


def systems_table(choices: Choices) -> None:
    """Every system: which models it asks in which order, by what it leaves, and what it is."""
    rows = []
    for name, spec in choices.run.system_specs.items():
        exits = choices.systems[name].exits
        leaves = "–" if exits == 1 else CRITERION_TITLES.get(spec.criterion, spec.criterion)
        cells = [
            Cell(", then ".join(spec.models)),
            Cell(str(exits)),
            Cell(leaves),
            Cell(spec.description or "–"),
        ]
        rows.append(Row(name, choices.styles[name].color, cells, name == choices.focus))
    columns = ["system", "models", "exits", "leaves by, of its own", "what it is"]
    caption = "The systems of this run: who is asked, in which order"
    if note := leaving_note(choices.run, choices.criterion):
        caption = f"{caption}. {note}"
    saved = Saved(saved_name(choices.run, "systems"), f"Run {choices.run.name}.")
    table(columns, rows, name="table-systems", caption=caption, saved=saved)
