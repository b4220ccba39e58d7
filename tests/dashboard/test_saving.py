"""Every table of every page as CSV and LaTeX, under a name that says what it is about."""

from __future__ import annotations

import csv
import io

import pytest

from cascade_core import load_run
from cascade_core.exporting.run_tables import run_tables
from cascade_core.exporting.view import Asked
from cascade_core.exporting.writers import to_csv
from dashboard import tables
from dashboard.pages import reliability
from dashboard.saving import Saved, Shown, csv_of, latex_of
from tests.dashboard.conftest import Opener
from tests.exporting import latex

EXPECTED = {
    "overview": {"matched", "models"},
    "tradeoff": {"at-tau", "matched", "summaries", "promises"},
    "reliability": {"dis", "calibration", "by-level"},
    "compose": {"composed", "matched"},
}
Kept = dict[str, tuple[Saved, Shown]]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """What the tables of a page would be saved as, by the keys of their buttons."""
    found: Kept = {}

    def keep(saved: Saved, shown: Shown, key: str) -> None:
        found[key] = saved, shown

    for module in (tables, reliability):
        monkeypatch.setattr(module, "save_buttons", keep)
    return found


@pytest.mark.parametrize(
    "address",
    [{}, {"examples": "half", "mode": "speed-up"}, {"confidences": "scaled", "basis": "flops"}],
    ids=["plain", "half", "scaled"],
)
@pytest.mark.parametrize("page", EXPECTED)
def test_all_tables_become_csv_and_latex(
    open_page: Opener, kept: Kept, page: str, address: dict[str, str]
) -> None:
    opened = open_page(page, "good", tau="0.75", **address)
    assert not opened.exception
    half = "evaluation-half-n30-" if "examples" in address else "n60-"
    names = {saved.name for saved, _ in kept.values()}
    # Of temperatures, which are fitted with labels, nothing can be promised.
    expected = EXPECTED[page] - ({"promises"} if "confidences" in address else set())
    for table in expected:
        assert [name for name in names if name.startswith(f"cascadelens-made-up-dev-{half}{table}")]
    for saved, shown in kept.values():
        rows = list(csv.reader(io.StringIO(csv_of(saved, shown))))
        assert len(rows) > 1, saved.name
        assert {len(row) for row in rows} == {len(rows[0])}
        text = latex_of(saved, shown)
        assert latex.check(text)
        assert "Run made-up" in text
    if page == "tradeoff":
        assert kept["save-at-tau"][0].name.endswith("-tau-0.75")


def test_the_page_s_table_is_the_exporter_s(open_page: Opener, kept: Kept, runs_dir) -> None:
    open_page("tradeoff", "good", criterion="margin", basis="flops", tau="0.3")
    asked = Asked(basis="flops", criterion="margin", thresholds=(0.3,))
    theirs = run_tables(load_run(runs_dir / "good"), asked).tables
    assert csv_of(*kept["save-matched"]) == to_csv(theirs["matched"])
    numbers = [row.split(",", 1)[1] for row in csv_of(*kept["save-at-tau"]).splitlines()]
    assert numbers == [row.split(",", 1)[1] for row in to_csv(theirs["operation"]).splitlines()]


def test_markup_and_rows_of_one_name_survive(open_page: Opener, kept: Kept) -> None:
    open_page("overview", "markup")
    saved, shown = kept["save-models"]
    assert r"\textless{}img" in latex_of(saved, shown)
    twice = shown._replace(rows=[*shown.rows, *shown.rows])
    assert latex.check(latex_of(saved, twice))
