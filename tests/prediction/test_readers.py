"""Readers of every format: what can be read is, what cannot says why, and nothing is fatal."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from unittest.mock import Mock

import pyarrow
import pytest
from pyarrow.parquet import write_table

from cascade_core.prediction.readers import open_rows
from cascade_core.prediction.rows import Columns, InputError, Row, read_chunks

SINGLE: Columns = {"sentence1": ["sentence1", "sentence"]}
PAIR: Columns = {"sentence1": ["premise"], "sentence2": ["hypothesis"]}


def read(source: Path | str, columns: Columns = SINGLE, form: str | None = None) -> list[Row]:
    with open_rows(str(source), columns, form) as opened:
        return list(opened.rows)


def texts(rows: list[Row]) -> list[tuple[str, ...] | None]:
    return [row.texts for row in rows]


def problems(rows: list[Row]) -> dict[int, str]:
    """Problems by row number, from 1."""
    return {number: row.problem for number, row in enumerate(rows, start=1) if row.problem}


@pytest.fixture
def written(tmp_path):
    """Write bytes or text to a file of that name."""

    def write(name: str, content: str | bytes) -> Path:
        content = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("films.txt", "a warm film\n über\u2028alles \r\na lone\rreturn"),
        ("films.csv", 'id,sentence\n1,a warm film\n2,"über\u2028alles"\n3,"a lone\nreturn"\n'),
        ("films.tsv", "id\tsentence\n1\ta warm film\n2\tüber\u2028alles\n3\ta lone  return\n"),
        (
            "films.jsonl",
            '{"sentence": "a warm film"}\n{"sentence": "über alles"}\n'
            '{"sentence": "a lone\\nreturn", "more": [1]}\n',
        ),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with byte order mark"])
def test_every_format_gives_the_same_texts(written, name, content, ending, mark):
    rows = read(written(name + ending, mark + content))
    assert texts(rows) == [("a warm film",), ("über alles",), ("a lone return",)]


def test_parquet_gives_its_texts_and_its_problems(tmp_path):
    strings = pyarrow.array(["a warm film", None, " ", "broken", "the end"])
    offsets, data = strings.buffers()[1:]
    damaged = pyarrow.py_buffer(data.to_pybytes().replace(b"broken", b"brok\xff\xfe"))
    column = pyarrow.Array.from_buffers(
        pyarrow.string(), 5, [strings.buffers()[0], offsets, damaged]
    )
    write_table(pyarrow.table({"more": range(5), "sentence": column}), tmp_path / "films.parquet")
    rows = read(tmp_path / "films.parquet")
    assert texts(rows) == [("a warm film",), None, None, None, ("the end",)]
    assert problems(rows) == {
        2: "expected text in sentence1 but got null",
        3: "expected text in sentence1 but it is empty",
        4: "expected text in sentence1 but it is not valid UTF-8",
    }


def test_plain_text_keeps_odd_lines_with_their_problem(written):
    rows = read(written("films.txt", b"fine\n\n\xff\xfe\n \t \nalso\tfine"))
    assert texts(rows)[0::4] == [("fine",), ("also fine",)]
    assert problems(rows) == {
        2: "expected text in sentence1 but it is empty",
        3: "expected text in sentence1 but it is not valid UTF-8",
        4: "expected text in sentence1 but it is empty",
    }


def test_pairs_in_plain_text_are_separated_by_one_tab(written):
    rows = read(written("pairs.txt", "left\tright\nalone\na\tb\tc\nleft\t\n"), PAIR)
    assert texts(rows) == [("left", "right"), None, None, None]
    assert problems(rows) == {
        2: "expected 2 texts between tabs but got 1",
        3: "expected 2 texts between tabs but got 3",
        4: "expected text in sentence2 but it is empty",
    }


def test_csv_keeps_odd_rows_with_their_problem(written):
    content = (
        b"premise,id,hypothesis\nleft,1,right\n\na,2\na,3,b,c\n"
        b'"quoted" badly,4,b\n\xff,5,b\na,6,\nleft,7,right\n'
        + b"x"
        * 200_000
        + b",8,b\nlast,9,one\n"
        b'"never closed,10,b\nswallowed,11,c\n'
    )
    rows = read(written("pairs.csv", content), PAIR)
    assert [row.texts for row in rows if row.texts] == [
        *[("left", "right")] * 2,
        ("last", "one"),
    ]
    found = problems(rows)
    assert list(found) == [2, 3, 4, 5, 6, 7, 9, 11]
    assert found[2] == "expected 3 cells but got 0"
    assert found[3] == "expected 3 cells but got 2"
    assert found[4] == "expected 3 cells but got 4"
    assert found[6] == "expected text in sentence1 but it is not valid UTF-8"
    assert found[9].startswith("expected 3 cells (field larger")
    assert found[11] == "expected 3 cells (unexpected end of data)"


def test_tsv_takes_quotes_as_they_are(written):
    rows = read(written("dev.tsv", 'sentence\tlabel\n"half a quote\t1\nno label\nsix"\t0\n'))
    assert texts(rows) == [('"half a quote',), None, ('six"',)]


def test_json_lines_keep_odd_rows_with_their_problem(written):
    lines = [
        '{"premise": "left", "hypothesis": "right"}',
        "",
        '{"premise": "cut',
        "[1, 2]",
        '{"premise": "left"}',
        '{"premise": 3, "hypothesis": "right"}',
        '{"premise": null, "hypothesis": "right"}',
        '{"premise": "half \\ud800", "hypothesis": "right"}',
        "[" * 100_000,
        '{"id": ' + "9" * 5000 + "}",
        '{"premise": "last", "hypothesis": "one"}',
    ]
    rows = read(written("pairs.jsonl", "\n".join(lines)), PAIR)
    assert [row.texts for row in rows if row.texts] == [("left", "right"), ("last", "one")]
    found = problems(rows)
    assert list(found) == [*range(2, 11)]
    assert found[4] == "expected a JSON object but got list"
    assert found[5] == "expected hypothesis but got premise"
    assert found[6] == "expected text in sentence1 but got int"
    assert found[7] == "expected text in sentence1 but got null"
    assert found[8] == "expected text in sentence1 but it is not valid UTF-8"
    assert all(found[row].startswith("expected a JSON object (") for row in (2, 3, 9, 10))


def test_a_problem_can_be_written_whatever_bytes_it_names(written):
    (row,) = read(written("films.jsonl", b'{"\xff": "text"}\n'))
    assert row.problem == "expected sentence1 or sentence but got \\udcff"


@pytest.mark.parametrize("name", ["films.csv", "films.csv.gz", "films.tsv", "films.parquet"])
def test_a_column_missing_in_the_header_is_an_error_that_names_those_there(written, tmp_path, name):
    if name.endswith("parquet"):
        write_table(pyarrow.table({"id": [1], "review": ["a"]}), tmp_path / name)
    else:
        written(name, "id\treview\n1\ta\n" if "tsv" in name else "id,review\n1,a\n")
    with pytest.raises(InputError, match="column sentence1 or sentence .* it has id, review; say"):
        read(tmp_path / name)


def test_an_empty_csv_has_no_columns(written):
    with pytest.raises(InputError, match="it has none"):
        read(written("films.csv", ""))


@pytest.mark.parametrize("name", ["films.txt", "films.jsonl", "films.txt.gz"])
def test_an_empty_file_has_no_rows(written, name):
    assert read(written(name, "")) == []


def test_an_unknown_suffix_asks_for_the_format(written):
    path = written("films.dat", "a warm film\n")
    with pytest.raises(InputError, match="say with --format which of text, csv"):
        read(path)
    assert texts(read(path, form="text")) == [("a warm film",)]
    with pytest.raises(InputError, match="expected one of text, .* but got 'xml'"):
        read(path, form="xml")


def test_parquet_needs_a_plain_file():
    for source in ("-", "films.parquet.gz"):
        with pytest.raises(InputError, match="expected Parquet in a plain file"):
            read(source, form="parquet")


@pytest.mark.parametrize("name", ["films.txt", "films.csv.gz", "films.parquet"])
def test_a_file_that_is_not_there_is_an_error(tmp_path, name):
    with pytest.raises(InputError, match=f"expected a readable file at .*{name}"):
        read(tmp_path / name)


def test_a_damaged_file_is_an_error_and_not_a_short_input(written, tmp_path):
    whole = written("films.txt.gz", "a warm film\n" * 10_000)
    whole.write_bytes(whole.read_bytes()[:-20])
    (tmp_path / "films.parquet").write_bytes(b"PAR1 but no more")
    for path in (whole, tmp_path / "films.parquet"):
        with pytest.raises(InputError, match="expected a readable file"):
            read(path)


def test_stdin_is_plain_text_unless_said_otherwise_and_stays_open(monkeypatch):
    standing = io.TextIOWrapper(io.BytesIO(b"a warm film\n"))
    monkeypatch.setattr(sys, "stdin", standing)
    assert texts(read("-")) == [("a warm film",)]
    assert not standing.buffer.closed
    record = json.dumps({"sentence": "a song"}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(record)))
    assert texts(read("-", form="jsonl")) == [("a song",)]


def test_chunks_know_their_rows_and_how_far_they_are(written):
    path = written("films.txt", "one\n\nthree\nfour\nfive\n")
    with open_rows(str(path), SINGLE) as opened:
        first, second, third = read_chunks(opened, SINGLE, size=2)
    assert (first.first, second.first, third.first) == (1, 3, 5)
    assert first.texts == {"sentence1": ["one"]}
    assert [problem is None for problem in first.problems] == [True, False]
    assert third.share == 1
    assert len({first.digest, second.digest, third.digest}) == 3


def test_rows_are_read_when_they_are_asked_for(monkeypatch):
    reading, writing = os.pipe()
    with open(reading, "rb") as stdin, open(writing, "wb", buffering=0) as feeding:
        monkeypatch.setattr(sys, "stdin", Mock(buffer=stdin))
        with open_rows("-", SINGLE) as opened:
            for line in (b"one\n", b"two\n"):  # a reader that wants more than a line would hang
                feeding.write(line)
                assert next(opened.rows).texts == (line.decode().strip(),)
