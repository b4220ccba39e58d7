from __future__ import annotations

from dataclasses import replace

import pytest

from cascade_core.prediction.submission import write_submissions
from cascade_core.texts import TextError

from . import toy


@pytest.fixture
def glue(tmp_path, monkeypatch):
    """A folder with GLUE's own file of test sentences, one of them empty."""
    monkeypatch.setenv("CASCADELENS_DATA", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path


def write(folder, name: str, header: str, rows: list[str]) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{number}\t{row}" for number, row in enumerate(rows)]
    path.write_text("\n".join([header, *lines]) + "\n")


def test_numbers_go_to_the_server_in_the_order_of_the_test_set(run, glue):
    sentences = ["one", "two is longer", "", "four"]
    write(glue, "SST-2/test.tsv", "index\tsentence", sentences)
    about = replace(run, task="sst2")
    with toy.predictor(about) as predictor:
        (path,) = write_submissions(predictor, glue / "out")
        expected = [about.label_names.index(label) for label in predictor(sentences[:2]).labels]
    lines = path.read_text().splitlines()
    assert path.name == "SST-2.tsv"
    assert lines[0] == "index\tprediction"
    assert [line.split("\t")[0] for line in lines[1:]] == ["0", "1", "2", "3"]
    assert [int(line.split("\t")[1]) for line in lines[1:3]] == expected


def test_mnli_has_two_test_sets_found_under_glues_own_names(run, glue):
    pairs = ["a\tb", "c\tlonger"]
    for name in ("matched", "mismatched"):
        write(glue, f"MNLI/test_{name}.tsv", "index\tsentence1\tsentence2", pairs)
    about = replace(run, task="mnli")
    with toy.predictor(about) as predictor:
        written = write_submissions(predictor, glue / "out")
    assert [path.name for path in written] == ["MNLI-m.tsv", "MNLI-mm.tsv"]
    predicted = {line.split("\t")[1] for line in written[0].read_text().splitlines()[1:]}
    assert predicted <= set(about.label_names)


def test_nothing_is_written_without_all_test_sets(run, glue):
    write(glue, "MNLI/test_matched.tsv", "index\tsentence1\tsentence2", ["a\tb"])
    with (
        toy.predictor(replace(run, task="mnli")) as predictor,
        pytest.raises(TextError, match="MNLI/test_mm"),
    ):
        write_submissions(predictor, glue / "out")
    assert not (glue / "out").exists()
