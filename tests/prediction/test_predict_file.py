"""A whole file through a toy engine: what is written, and how it goes on after a kill."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pyarrow
import pyarrow.parquet
import pytest
from rich.console import Console

from cascade_core.prediction.parts import SCHEMA, OutputError, partial_folder
from cascade_core.prediction.predict_file import predict_file
from cascade_core.prediction.rows import InputError

from . import toy

CLONE = Path(__file__).parents[2]
FORMATS = ["labels.parquet", "labels.csv", "labels.jsonl"]
BAD_ROWS = [8, 21]


def rows_of(output: Path) -> list[dict]:
    """The rows of an output of any format; those of CSV have strings only."""
    if output.suffix == ".parquet":
        return pyarrow.parquet.read_table(output).to_pylist()
    with output.open(encoding="utf-8", newline="") as file:
        if output.suffix == ".csv":
            return list(csv.DictReader(file))
        return [json.loads(line) for line in file]


def interrupt(run, source: Path, output: Path, after: int, **options) -> None:
    """Begin an output and be interrupted after so many parts."""
    with pytest.raises(KeyboardInterrupt):
        predict_file(toy.predictor(run, stop_after=after), source, output, **options)


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_is_in_the_output(run, predictor, texts_file, tmp_path, name):
    summary = predict_file(predictor, texts_file, tmp_path / name)
    rows = rows_of(tmp_path / name)
    assert [int(row["row"]) for row in rows] == [*range(1, 26)]
    assert list(rows[0]) == SCHEMA.names
    for number, row in enumerate(rows, start=1):
        if number in BAD_ROWS:
            assert "it is empty" in row["problem"]
            assert not any(row[name] for name in SCHEMA.names if name not in ("row", "problem"))
        else:
            assert not row["problem"]
            assert row["label"] in run.label_names
            assert row["exit"] in run.systems["cascade"].exit_names
            assert 0.5 <= float(row["probability"]) <= 1
            assert 2 <= int(row["layers"]) <= 6
            assert float(row["gflops"]) > 0
    assert summary.rows == 25
    assert summary.bad_rows == 2
    assert [problem.row for problem in summary.first_problems] == BAD_ROWS
    assert summary.resumed == 0
    assert not partial_folder(tmp_path / name).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "texts.txt"])


def test_the_realised_speedup_is_counted_from_the_layers(predictor, texts_file, tmp_path):
    output = tmp_path / "labels.parquet"
    summary = predict_file(predictor, texts_file, output)
    layers = [row["layers"] for row in rows_of(output) if row["layers"]]
    assert summary.speedup == pytest.approx(4 * len(layers) / sum(layers))
    assert summary.expected_speedup == predictor.expected.speedup


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("after", [1, 3, 6])
def test_an_interrupted_output_becomes_the_same_as_one_made_at_once(
    run, texts_file, tmp_path, name, after
):
    output, at_once = tmp_path / name, tmp_path / "at once" / name
    interrupt(run, texts_file, output, after)
    assert not output.exists()
    finished = len(list(partial_folder(output).glob("part-*.parquet")))
    assert finished == after

    again, uninterrupted = toy.predictor(run), toy.predictor(run)
    summary = predict_file(again, texts_file, output)
    whole = predict_file(uninterrupted, texts_file, at_once)
    assert output.read_bytes() == at_once.read_bytes()
    assert summary.resumed == 4 * finished
    assert summary[:1] + summary[2:6] == whole[:1] + whole[2:6]  # all but resumed, and the time
    asked = toy_engine(again).asked
    assert asked == toy_engine(uninterrupted).asked[-len(asked) :]  # nothing twice
    assert len(asked) == 23 - sum(row <= 4 * finished for row in good_rows())


def toy_engine(predictor) -> toy.ToyEngine:
    return predictor.engine


def good_rows() -> list[int]:
    return [row for row in range(1, 26) if row not in BAD_ROWS]


def test_a_killed_process_is_continued(run, texts_file, tmp_path):
    output, at_once = tmp_path / "labels.parquet", tmp_path / "at-once.parquet"
    code = (
        "import sys; from pathlib import Path; from tests.conftest import made_up_run; "
        "from tests.prediction import toy; "
        "from cascade_core.prediction.predict_file import predict_file; "
        "predictor = toy.predictor(made_up_run(), seconds_per_chunk=0.2); "
        "predict_file(predictor, sys.argv[1], Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, texts_file, output], cwd=CLONE)
    end = time.monotonic() + 120
    while not (partial_folder(output) / "part-000001.parquet").exists():
        assert process.poll() is None, "it should still be at work"
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = {path: path.stat().st_mtime_ns for path in partial_folder(output).glob("part-*.parquet")}
    assert 2 <= len(kept) < 7

    again = toy.predictor(run, stop_after=1)  # and interrupted once more
    with pytest.raises(KeyboardInterrupt):
        predict_file(again, texts_file, output)
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    predict_file(toy.predictor(run), texts_file, output)
    predict_file(toy.predictor(run), texts_file, at_once)
    assert output.read_bytes() == at_once.read_bytes()


def test_stdin_is_continued_when_it_brings_the_same_rows(run, texts_file, tmp_path, monkeypatch):
    output = tmp_path / "labels.csv"

    def feed(content: bytes) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return "-"

    content = texts_file.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        predict_file(toy.predictor(run, stop_after=2), feed(content), output)
    with pytest.raises(OutputError, match="rows 1 to 4 of the input are not those"):
        predict_file(toy.predictor(run), feed(content.replace(b"number 2", b"numbers")), output)
    assert predict_file(toy.predictor(run), feed(content), output).resumed == 8


def test_a_shorter_or_changed_input_is_not_continued(run, texts_file, tmp_path):
    output = tmp_path / "labels.csv"
    interrupt(run, texts_file, output, after=3)
    whole = texts_file.read_text()
    for rows, changed in (("5 to 8", whole.replace("text number 6", "other")), ("9 to 12", None)):
        lines = whole.splitlines(keepends=True)
        texts_file.write_text(changed or "".join(lines[:8]))
        with pytest.raises(OutputError, match=f"rows {rows} of the input are not those .*the same"):
            predict_file(toy.predictor(run), texts_file, output)
    texts_file.write_text(whole)
    assert predict_file(toy.predictor(run), texts_file, output).resumed == 12


def test_other_settings_are_named_and_overwrite_starts_anew(run, texts_file, tmp_path):
    output = tmp_path / "labels.csv"
    interrupt(run, texts_file, output, after=3)
    other = toy.predictor(run, threshold=0.8, chunk_rows=5)
    with pytest.raises(
        OutputError,
        match="begun with threshold 0.9 instead of 0.8, chunk_rows 4 instead of 5; .* --overwrite",
    ):
        predict_file(other, texts_file, output)
    other = toy.predictor(run, "ramps")
    with pytest.raises(OutputError, match="system cascade instead of ramps"):
        predict_file(other, texts_file, output)
    changed = dataclasses.replace(run, metric="f1")
    with pytest.raises(OutputError, match="run sha256:.* instead of sha256:"):
        predict_file(toy.predictor(changed), texts_file, output)
    assert predict_file(other, texts_file, output, overwrite=True).resumed == 0
    assert rows_of(output)[0]["exit"].startswith("ramps layer")


def test_an_output_that_exists_is_kept_and_nothing_is_computed(predictor, texts_file, tmp_path):
    output = tmp_path / "labels.csv"
    output.write_text("precious")
    with pytest.raises(OutputError, match="exists: give --overwrite"):
        predict_file(predictor, texts_file, output)
    assert output.read_text() == "precious"
    assert predictor.engine.asked == []


def test_the_old_output_stays_until_its_replacement_is_whole(run, texts_file, tmp_path):
    output = tmp_path / "labels.csv"
    output.write_text("precious")
    interrupt(run, texts_file, output, after=2, overwrite=True)
    assert output.read_text() == "precious"
    assert predict_file(toy.predictor(run), texts_file, output).resumed == 8  # as was agreed to
    assert len(rows_of(output)) == 25


@pytest.mark.parametrize("name", ["labels.txt", "labels", "labels.csv.gz"])
def test_an_unknown_suffix_is_an_error(predictor, texts_file, tmp_path, name):
    with pytest.raises(OutputError, match="ends in .parquet, .csv, .jsonl, but got .*labels"):
        predict_file(predictor, texts_file, tmp_path / name)
    assert predictor.engine.asked == []


def test_what_cannot_be_written_is_an_error(predictor, texts_file, tmp_path):
    (tmp_path / "labels.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        predict_file(predictor, texts_file, tmp_path / "labels.csv")
    with pytest.raises(OutputError, match="could not be written"):
        predict_file(predictor, texts_file, texts_file / "labels.csv")


def test_foreign_files_in_the_place_of_the_parts_are_not_lost(predictor, texts_file, tmp_path):
    (tmp_path / "labels.csv.partial").mkdir()
    (tmp_path / "labels.csv.partial" / "thesis.tex").touch()
    with pytest.raises(OutputError, match="holds thesis.tex, which would be lost"):
        predict_file(predictor, texts_file, tmp_path / "labels.csv", overwrite=True)


def test_a_damaged_part_says_what_to_do(run, texts_file, tmp_path):
    output = tmp_path / "labels.csv"
    interrupt(run, texts_file, output, after=4)
    damaged = partial_folder(output) / "part-000001.parquet"
    damaged.write_bytes(b"PAR1")
    with pytest.raises(OutputError, match="part-000001.parquet is damaged .* delete it"):
        predict_file(toy.predictor(run), texts_file, output)
    damaged.unlink()
    assert predict_file(toy.predictor(run), texts_file, output).resumed == 4


def test_a_damaged_manifest_says_what_to_do(run, texts_file, tmp_path):
    output = tmp_path / "labels.csv"
    interrupt(run, texts_file, output, after=3)
    (partial_folder(output) / "manifest.json").write_text("{")
    with pytest.raises(OutputError, match="manifest.json is damaged .* --overwrite"):
        predict_file(toy.predictor(run), texts_file, output)
    assert predict_file(toy.predictor(run), texts_file, output, overwrite=True).rows == 25


def test_without_an_output_json_lines_go_to_stdout(predictor, texts_file, tmp_path, capsys):
    console = Console(file=io.StringIO(), force_terminal=True)
    predict_file(predictor, texts_file, console=console)
    predict_file(predictor, texts_file, tmp_path / "labels.jsonl")
    assert capsys.readouterr().out == (tmp_path / "labels.jsonl").read_text()
    assert "25 rows" in console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def test_an_input_without_one_good_row_is_labelled_too(predictor, tmp_path):
    (tmp_path / "blank.txt").write_text("\n" * 9)
    summary = predict_file(predictor, tmp_path / "blank.txt", tmp_path / "labels.parquet")
    assert (summary.rows, summary.bad_rows, summary.speedup) == (9, 9, None)
    assert len(summary.first_problems) == 5
    assert [row["label"] for row in rows_of(tmp_path / "labels.parquet")] == [None] * 9


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_input_gives_an_empty_output(predictor, tmp_path, name):
    (tmp_path / "empty.txt").touch()
    assert predict_file(predictor, tmp_path / "empty.txt", tmp_path / name).rows == 0
    assert rows_of(tmp_path / name) == []


def test_costs_are_null_where_an_architecture_is_not_known(run, texts_file, tmp_path):
    small = dataclasses.replace(run.models["small"], architecture=None)
    unknown = dataclasses.replace(run, models={**run.models, "small": small})
    predict_file(toy.predictor(unknown), texts_file, tmp_path / "labels.parquet")
    assert {row["gflops"] for row in rows_of(tmp_path / "labels.parquet")} == {None}


def test_the_input_may_name_its_own_columns(predictor, tmp_path):
    (tmp_path / "reviews.csv").write_text("id,review\n1,a warm film\n")
    with pytest.raises(InputError, match="column sentence in .* it has id, review"):
        predict_file(predictor, tmp_path / "reviews.csv", tmp_path / "labels.csv")
    with pytest.raises(InputError, match="expected 1, for sentence, but got id, review"):
        predict_file(predictor, tmp_path / "reviews.csv", columns=["id", "review"])
    predict_file(predictor, tmp_path / "reviews.csv", tmp_path / "labels.csv", columns=["review"])
    assert predictor.engine.asked == ["a warm film"]


def test_memory_does_not_hold_the_file(predictor, monkeypatch, tmp_path):
    """The engine gets chunks of its own size, never more than one ahead of what is written."""
    (tmp_path / "long.txt").write_text("a text\n" * 100)
    written = Mock()
    monkeypatch.setattr("cascade_core.prediction.parts.Parts.write", written)
    monkeypatch.setattr("cascade_core.prediction.parts.Parts.finish", Mock())
    ahead = []
    answer = predictor.engine.answer

    def counted(texts):
        ahead.append(len(predictor.engine.asked) // 4 - written.call_count)
        return answer(texts)

    monkeypatch.setattr(predictor.engine, "answer", counted)
    predict_file(predictor, tmp_path / "long.txt", tmp_path / "labels.csv")
    assert written.call_count == 25
    assert max(ahead) <= 1
