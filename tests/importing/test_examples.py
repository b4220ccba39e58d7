"""The examples of EXAMPLES.md, one after the other in an empty folder."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

import cascade_core.importing
from cascade_core import list_runs
from cascade_core.cli import app

PAGE = Path(cascade_core.importing.__file__).with_name("EXAMPLES.md")


def follow(page: str) -> int:
    """Do what the blocks of a page say: files are written, commands run, Python compared."""
    names: dict[str, object] = {}
    runner, parser = doctest.DocTestRunner(), doctest.DocTestParser()
    for about, block in re.findall(r"^```(.*?)\n(.*?)^```$", page, re.M | re.S):
        if about == "python":
            test = parser.get_doctest(block, names, PAGE.name, str(PAGE), 0)
            runner.run(test, clear_globs=False)
            names = test.globs
        elif about.startswith("csv "):
            Path(about.removeprefix("csv ")).write_text(block)
        else:
            command, *arguments = shlex.split(block)
            assert command == "cascadelens"
            done = CliRunner().invoke(app, arguments)
            assert done.exit_code == 0, done.output
    assert runner.failures == 0
    return runner.tries


def test_every_example_comes_out_as_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert follow(PAGE.read_text(encoding="utf-8")) > 20
    assert [run.name for run in list_runs("runs")] == ["calls", "digits", "sounds"]
