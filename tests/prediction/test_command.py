"""The command: what it prints where, what it refuses, and how it is interrupted."""

from __future__ import annotations

import json
from unittest.mock import Mock

import numpy as np
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from cascade_core.cli import app
from cascade_core.prediction import predictor as predictor_module
from cascade_core.prediction.predictor import Predictor

from . import toy


def predict(*arguments: object, texts: str | None = None):
    command = ["predict", *(str(each) for each in arguments)]
    return CliRunner().invoke(app, command, input=texts, env={"COLUMNS": "200"})


@pytest.fixture
def cascade(trained) -> list[object]:
    """Arguments that name the tiny run's cascade."""
    return ["--run", trained.folder, "--cache", trained.cache, "--system", "Cascade"]


@pytest.fixture
def films(trained, tmp_path):
    path = tmp_path / "films.txt"
    path.write_text("\n".join([*trained.texts[:10], "", *trained.texts[10:]]) + "\n")
    return path


def test_the_help_has_an_example():
    assert "Example: cascadelens predict" in predict("--help").output


def test_it_labels_a_file_as_the_predictor_does(trained, cascade, films, tmp_path):
    output = tmp_path / "labels.parquet"
    result = predict(films, *cascade, "--speedup", 1.2, "--output", output)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "chosen for 1.2x; on sst2/dev of run tiny: accuracy" in result.stderr
    assert "row 11 could not be read: expected text in sentence1 but it is empty" in result.stderr
    assert "Labelled 48 of 49 rows" in result.stderr
    assert "x counted in layers; " in result.stderr
    assert f"Wrote {output}" in result.stderr
    table = pyarrow.parquet.read_table(output)
    fine = table.filter(table["label"].is_valid())
    with Predictor.from_run(trained.run, "Cascade", speedup=1.2, cache=trained.cache) as twin:
        expected = twin(trained.texts)
    assert fine["label"].to_pylist() == expected.labels.tolist()
    assert fine["exit"].to_pylist() == expected.exit_names.tolist()
    np.testing.assert_allclose(fine["gflops"], expected.gflops)


def test_stdin_goes_to_stdout(cascade):
    result = predict("-", *cascade, "--threshold", 0.7, texts="good film\n\nbad film\n")
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["row"] for row in rows] == [1, 2, 3]
    assert [row["label"] is None for row in rows] == [False, True, False]
    assert "tau = 0.7, as given" in result.stderr


def test_columns_and_format_can_be_named(cascade):
    record = json.dumps({"review": "a good film"}) + "\n"
    options = ["--format", "jsonl", "--column", "review", "--threshold", 0.7]
    result = predict("-", *cascade, *options, texts=record)
    assert json.loads(result.stdout)["problem"] is None


def test_one_exit_needs_no_threshold(trained):
    options = ["--run", trained.folder, "--cache", trained.cache, "--system", "large"]
    result = predict("-", *options, texts="good film\n")
    assert "large has one exit and needs no threshold" in result.stderr
    assert json.loads(result.stdout)["exit"] == "large"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "threshold or a speed-up for 'Cascade'"),
        (["--speedup", 9], "expected at most 3x but got 9x"),
        (["--threshold", 0.9, "--speedup", 2], "but got both"),
        (["--threshold", 0.9, "--system", "ELMo"], "expected one of DeeBERT, Cascade, large"),
        (["--threshold", 0.9, "--column", "review", "--column", "stars"], "but got review, stars"),
        (["--threshold", 0.9, "--format", "xml"], "expected one of text, csv"),
        (["--threshold", 0.9, "--output", "labels.xlsx"], "ends in .parquet, .csv, .jsonl"),
        (["--threshold", 0.9, "--run", "nowhere"], "Expected a run folder at nowhere"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_sentence(cascade, films, options, sentence):
    result = predict(films, *cascade, *options)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) <= 2  # what was chosen, and what is wrong
    assert result.stdout == ""


def test_weights_that_are_not_at_hand_come_with_a_remedy(cascade, films, tmp_path):
    result = predict(films, *cascade, "--threshold", 0.9, "--cache", tmp_path)
    assert result.exit_code == 1
    assert "train them with `cascadelens run tiny`" in result.stderr


def test_a_chunk_without_one_good_row_is_answered_too(cascade):
    result = predict("-", *cascade, "--threshold", 0.9, texts="\n\n")
    assert "Labelled 0 of 2 rows" in result.stderr
    assert len(result.stdout.splitlines()) == 2


def test_an_existing_output_is_refused(cascade, films, tmp_path):
    (tmp_path / "labels.csv").touch()
    options = ["--threshold", 0.9, "--output", tmp_path / "labels.csv"]
    result = predict(films, *cascade, *options)
    assert result.exit_code == 1
    assert "exists: give --overwrite" in result.stderr
    assert predict(films, *cascade, *options, "--overwrite").exit_code == 0


def test_an_interruption_says_how_to_go_on(trained, cascade, films, tmp_path, monkeypatch):
    output = tmp_path / "labels.csv"
    engine = Mock(side_effect=lambda *_, **__: toy.ToyEngine(2, 2, stop_after=3))
    with monkeypatch.context() as interrupted:
        interrupted.setattr(predictor_module, "Engine", engine)
        for options in (["--output", output], ["--output", output, "--overwrite"], []):
            result = predict(films, *cascade, "--threshold", 0.9, *options)
            assert result.exit_code == 130
            again = "without --overwrite " if "--overwrite" in options else ""
            kept = f"{output}.partial; the same command {again}goes on" if options else "Nothing"
            assert kept in result.stderr
        engine.side_effect = lambda *_, **__: toy.ToyEngine(2, 2)
        result = predict(films, *cascade, "--threshold", 0.9, "--output", output)
    assert "48 of 49 rows, 12 of them earlier" in result.stderr
    assert output.exists()


def test_going_on_keeps_the_precision_it_was_begun_with(cascade, films, tmp_path, monkeypatch):
    """Which one is faster is measured, and may come out otherwise the next time."""
    output = tmp_path / "labels.csv"
    options = [films, *cascade, "--threshold", 0.9, "--output", output]
    asked = []

    def engine(*_, precision=None, **__):
        asked.append(precision)
        made = toy.ToyEngine(2, 2, stop_after=3 if len(asked) == 1 else None)
        made.precision = precision or "bfloat16"
        return made

    monkeypatch.setattr(predictor_module, "Engine", engine)
    assert predict(*options).exit_code == 130
    assert predict(*options).exit_code == 0
    assert asked == [None, "bfloat16"]
