"""The command: from run folders to files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cascade_core import load_run, save_run
from cascade_core.cli import app
from cascade_core.comparison import compare, run_curves
from cascade_core.exporting.files import write_tables
from cascade_core.exporting.run_tables import run_tables
from cascade_core.halves import halves
from tests.dashboard.made_up import made_up
from tests.exporting import latex
from tests.paper.made_up import made_up as made_up_for_paper


def export(*arguments: object):
    words = ["export", *map(str, arguments)]
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Two runs of the paper's tasks and a graded one."""
    folder = tmp_path_factory.mktemp("runs")
    save_run(made_up_for_paper("sst2", name="sst2"), folder / "sst2")
    save_run(made_up_for_paper("rte", name="rte"), folder / "rte")
    save_run(made_up_for_paper("graded-sentiment", name="graded"), folder / "graded")
    return folder


def test_one_run_becomes_files_in_all_formats(runs, tmp_path) -> None:
    done = export(runs / "sst2", "--output", tmp_path / "tables")
    assert done.exit_code == 0, done.output
    written = names(tmp_path / "tables")
    assert f"Wrote {len(written)} files" in done.output
    pages = ("matched-layers", "summaries-layers", "operation-layers", "promises-layers")
    for name in (*pages, "exits-dis", "exits-accuracy", "exits-ece"):
        assert {
            f"cascadelens-sst2-dev-n60-{name}{end}" for end in (".csv", ".tex", ".html")
        } <= written
    assert "cascadelens-sst2-dev-n60-curves-layers.csv" in written
    assert "cascadelens-sst2-dev-n60-curves-layers.tex" not in written
    assert not [name for name in written if "paper" in name]
    for path in (tmp_path / "tables").glob("*.tex"):
        latex.check(path.read_text())


def test_the_csv_holds_the_core_s_numbers(runs, tmp_path) -> None:
    arguments = ["--format", "csv", "--speedup", 2, "--criterion", "margin"]
    assert export(runs / "rte", "--output", tmp_path, *arguments).exit_code == 0
    assert all(name.endswith(".csv") for name in names(tmp_path))
    with (tmp_path / "cascadelens-rte-dev-n60-matched-layers.csv").open() as file:
        rows = {row["system"]: row for row in csv.DictReader(file)}
    run = load_run(runs / "rte")
    compared = compare(run, run_curves(run, "margin"), [2.0])
    for system, (cell,) in compared.matched((2.0,)).items():
        assert (rows[system]["2x"] == "") == (cell.point is None)
        if cell.point and cell.interval:
            shown = [float(rows[system][name]) for name in ("2x", "2x low", "2x high")]
            assert shown == [cell.point.score, *cell.interval]
    assert "3x" not in rows["DeeBERT"]


def test_a_folder_of_runs_becomes_the_paper_s_tables_too(runs, tmp_path) -> None:
    done = export(runs, "--output", tmp_path, "--format", "latex", "--format", "html")
    assert done.exit_code == 0, done.output
    for number in (2, 3, 4, 7):
        assert f"cascadelens-paper-table-{number}-layers.tex" in names(tmp_path)
    assert "cascadelens-paper-table-5.html" in names(tmp_path)
    assert "the paper: no table-6" in done.output
    page = (tmp_path / "cascadelens-paper-table-2-layers.html").read_text()
    assert ">rte<" in page
    assert ">graded-sentiment<" not in page


def test_two_runs_of_one_task_keep_their_own_tables(runs, tmp_path) -> None:
    save_run(made_up_for_paper("sst2", name="again", seed=5), tmp_path / "again")
    done = export(
        runs / "sst2", tmp_path / "again", "--output", tmp_path / "out", "--format", "csv"
    )
    assert done.exit_code == 0, done.output
    assert "no tables 2 to 7: runs: expected one for each task" in done.output
    assert "cascadelens-again-dev-n60-matched-layers.csv" in names(tmp_path / "out")


def test_files_are_not_overwritten_unless_asked(runs, tmp_path) -> None:
    first = [runs / "sst2", "--output", tmp_path, "--format", "csv", "--speedup", 2]
    assert export(*first).exit_code == 0
    place = tmp_path / "cascadelens-sst2-dev-n60-matched-layers.csv"
    before = place.read_text()
    again = export(*first[:-1], 3)
    assert again.exit_code == 1
    assert "give --overwrite to replace it" in again.output
    assert place.read_text() == before
    assert export(*first[:-1], 3, "--overwrite").exit_code == 0
    assert place.read_text() != before


def test_a_failure_while_writing_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    tables = [run_tables(made_up()).tables["matched"]]
    (path,) = write_tables(tables, tmp_path, ["csv"])
    before = path.read_text()

    def fails(self, *args, **kwargs):
        path.with_name(f".{path.name}.new").write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", fails)
    with pytest.raises(OSError, match="disk full"):
        write_tables(tables, tmp_path, ["csv"], overwrite=True)
    assert path.read_text() == before
    assert names(tmp_path) == {path.name}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "word"], "format: expected one of csv, latex, html but got 'word'"),
        (["--basis", "joules"], "run sst2: basis: expected one of layers but got 'joules'"),
        (["--criterion", "mood"], "run sst2: criterion: expected one of"),
        (["--speedup", "-1"], "run sst2: speed-ups: expected finite ones above 0"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_is_written(runs, tmp_path, arguments, sentence):
    done = export(runs / "sst2", "--output", tmp_path / "out", *arguments)
    assert done.exit_code == 1
    assert sentence in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_a_folder_without_runs_and_two_runs_of_one_name_are_sentences(runs, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    refused = export(tmp_path / "empty", "--output", tmp_path / "out")
    assert refused.exit_code == 1
    assert "Expected a run, or runs, in" in refused.output
    save_run(made_up_for_paper("rte", name="sst2"), tmp_path / "twin")
    refused = export(runs / "sst2", tmp_path / "twin", "--output", tmp_path / "out")
    assert refused.exit_code == 1
    assert "export runs of one name to folders of their own" in refused.output


def test_help_has_an_example() -> None:
    assert "Example: cascadelens export" in export("--help").output


def test_half_of_the_examples_chooses_and_the_other_reports(runs, tmp_path) -> None:
    arguments = ["--format", "csv", "--speedup", 2, "--examples", "half"]
    assert export(runs / "rte", "--output", tmp_path, *arguments).exit_code == 0
    name = "cascadelens-rte-dev-evaluation-half-n30-matched-layers.csv"
    with (tmp_path / name).open() as file:
        rows = {row["system"]: row for row in csv.DictReader(file)}
    calibration, evaluation = halves(load_run(runs / "rte"))
    chosen, shown = (run_curves(one)["DeeBERT"] for one in (calibration, evaluation))
    tau = chosen.at_speedup(2).threshold
    assert float(rows["DeeBERT"]["2x threshold"]) == tau
    assert float(rows["DeeBERT"]["2x"]) == shown.at_threshold(tau).score


def test_a_page_is_one_file_of_one_run(runs, tmp_path) -> None:
    page = tmp_path / "page.html"
    done = export(runs / "sst2", "--html", page)
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert "exists: give --overwrite" in export(runs / "sst2", "--html", page).stderr
    assert export(runs / "sst2", "--html", page, "--overwrite").exit_code == 0
    assert "expected one run" in export(runs, "--html", tmp_path / "several.html").stderr
    assert "expected --output FOLDER" in export(runs / "sst2").stderr
