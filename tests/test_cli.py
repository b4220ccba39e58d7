from __future__ import annotations

import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from cascade_core.cli import app
from cascade_core.runs import save_run
from tests.paper.made_up import made_up


def cascadelens(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})


@pytest.fixture
def damaged(runs_folder, tmp_path):
    """A copy of the runs in which one has lost its arrays."""
    shutil.copytree(runs_folder, tmp_path / "runs")
    (tmp_path / "runs" / "made-up" / "arrays.safetensors").unlink()
    (tmp_path / "runs" / "made-up-without-texts" / "run.json").write_text("{")
    return tmp_path / "runs"


def test_help_names_every_command_and_each_has_an_example():
    assert all(name in cascadelens("--help").output for name in ("dashboard", "run", "runs"))
    for command in (["dashboard"], ["run"], ["runs", "list"], ["runs", "check"]):
        assert "Example: cascadelens" in cascadelens(*command, "--help").output


def test_list_shows_every_run(runs_folder):
    output = cascadelens("runs", "list", runs_folder).output
    assert "made-up-without-texts" in output
    assert all(system in output for system in ("small", "ramps", "cascade"))


def test_list_shows_a_damaged_run_with_what_is_wrong(damaged):
    result = cascadelens("runs", "list", damaged)
    assert result.exit_code == 0
    assert "damaged" in result.output


def test_check_accepts_a_whole_run(runs_folder, run):
    result = cascadelens("runs", "check", runs_folder / "made-up")
    assert result.exit_code == 0
    assert run.identity in result.output.replace("\n", "")


@pytest.mark.parametrize("command", ["check", "describe"])
def test_a_damaged_run_is_refused_with_a_sentence(damaged, command):
    result = cascadelens("runs", command, damaged / "made-up")
    assert result.exit_code == 1
    assert "arrays.safetensors" in result.output
    assert "Traceback" not in result.output


def test_describe_shows_what_systems_reach(runs_folder):
    output = cascadelens("runs", "describe", runs_folder / "made-up").output
    assert "24 instances" in output
    assert "cascade" in output
    assert "2, 3, 4, 5, 6" in output  # two layers, then four with an exit after each


def test_verdicts_are_printed_or_written(tmp_path):
    save_run(made_up("sst2", instances=80), tmp_path / "runs" / "sst2")
    graded = made_up("graded-sentiment", instances=80, name="graded")
    save_run(graded, tmp_path / "runs" / "graded")
    printed = cascadelens("runs", "verdicts", tmp_path / "runs")
    assert printed.exit_code == 0, printed.output
    assert "BERT-Complete 2L - BERT-2L, accuracy" in printed.output
    assert "graded" not in printed.output
    page, table = tmp_path / "verdicts.md", tmp_path / "verdicts.csv"
    written = cascadelens("runs", "verdicts", tmp_path / "runs", "--output", page, "--table", table)
    assert written.exit_code == 0, written.output
    assert page.read_text() in printed.output
    assert pd.read_csv(table).verdict.notna().all()


def test_two_runs_of_a_task_are_no_verdict(tmp_path):
    for name in ("one", "two"):
        save_run(made_up("sst2", instances=40, name=name), tmp_path / name)
    refused = cascadelens("runs", "verdicts", tmp_path)
    assert refused.exit_code == 1
    assert "expected one for each task" in refused.output
