from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cascade_core.benching import execute
from cascade_core.cli import app
from cascade_core.runs import load_run, save_run


@pytest.fixture
def texts(trained, tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(trained.texts) + "\n")
    return path


def bench(*arguments: object):
    return CliRunner().invoke(app, ["bench", *map(str, arguments)])


def test_a_run_is_measured_and_keeps_its_latency(trained, texts, tmp_path):
    folder, results = tmp_path / "run", tmp_path / "results.json"
    shutil.copytree(trained.folder, folder)
    done = bench(
        *(folder, "--texts", texts, "--cache", trained.cache, "--repeats", 1, "--speedup", 1.2),
        *("--batch", 8, "--batch", 0, "--store", "--results", results),
    )
    assert done.exit_code == 0, done.output
    figures = json.loads(results.read_text())
    assert {row["batch"] for row in figures["speedups"]} == {0, 8}
    assert figures["texts"] == len(trained.texts)
    assert set(figures["breakdown"]) >= {"reference", "DeeBERT at 1.2x"}
    measured = load_run(folder, verify=True)
    for name, model in measured.models.items():
        assert model.latency is not None, name
        assert len(model.latency["milliseconds"]) == model.exits
        assert "cores" in model.latency["hardware"]
    assert set(measured.systems["Cascade"].costs) == {"layers", "flops", "latency"}
    assert measured.provenance == trained.run.provenance


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--store"], "expected the folder of a run"),
        (["{run}", "--system", "none"], "expected one of DeeBERT, Cascade, large, but"),
        (["{run}", "--cache", "{nothing}"], "found none; train them with"),
        (["{run}", "--texts", "{uneven}", "--cache", "{cache}"], "expected one text per line"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(trained, tmp_path, arguments, sentence):
    uneven = tmp_path / "uneven.txt"
    uneven.write_text("one\none\ttwo\n")
    places = {
        "run": trained.folder,
        "nothing": tmp_path / "nothing",
        "cache": trained.cache,
        "uneven": uneven,
    }
    done = bench(*(one.format(**places) for one in arguments))
    assert done.exit_code == 1
    assert sentence in " ".join(done.output.split())


def test_what_the_run_got_while_it_was_measured_is_kept(trained, texts, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    shutil.copytree(trained.folder, folder)
    measure = execute.measure_latency

    def measure_and_change(*arguments):
        changed = replace(load_run(folder), provenance={"changed": "meanwhile"})
        save_run(changed, folder)
        return measure(*arguments)

    monkeypatch.setattr(execute, "measure_latency", measure_and_change)
    arguments = ("--texts", texts, "--cache", trained.cache, "--repeats", 1, "--speedup", 1.2)
    done = bench(folder, *arguments, "--batch", 8, "--store")
    assert done.exit_code == 0, done.output
    kept = load_run(folder)
    assert kept.provenance == {"changed": "meanwhile"}
    assert all(model.latency for model in kept.models.values())
