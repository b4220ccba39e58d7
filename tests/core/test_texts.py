from __future__ import annotations

import gzip
from typing import NamedTuple

import numpy as np
import pytest

from cascade_core.tasks import TASKS, find_task
from cascade_core.texts import TextError, fingerprint, hydrate, read_examples

SST2, MNLI, MRPC = (find_task(name) for name in ("sst2", "mnli", "mrpc"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder that `CASCADELENS_DATA` points to."""
    monkeypatch.setenv("CASCADELENS_DATA", str(tmp_path))
    return tmp_path


def write(folder, name: str, *lines: str):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    content = "".join(f"{line}\n" for line in lines)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)


class Named(NamedTuple):
    """As much of a run as hydration looks at."""

    name: str
    texts: None
    text_source: dict[str, str]
    ids: np.ndarray = np.arange(1)


def run_made_from(texts, source="glue") -> Named:
    found = {"source": source, "task": "sst2", "split": "dev", "fingerprint": fingerprint(texts)}
    return Named("made-up", None, found)


@pytest.mark.parametrize("name", ["SST-2/dev.tsv", "SST-2/dev.tsv.gz"])
def test_reads_plain_and_compressed_files(folder, name):
    write(folder, name, "idx\tsentence1\tlabel", '7\ta "fine  film\t1', "9\tNA\t0")
    examples = read_examples(SST2, "dev")
    assert examples.texts == {"sentence1": ('a "fine film', "NA")}
    assert examples.labels.tolist() == [1, 0]
    assert examples.ids.tolist() == [7, 9]


def test_reads_the_official_column_names(folder):
    write(folder, "SST-2/dev.tsv", "sentence\tlabel", "a fine film\t1")
    header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"
    write(folder, "MRPC/dev.tsv", header, "1\t3\t4\tone text\tanother text")
    assert read_examples(SST2, "dev").texts == {"sentence1": ("a fine film",)}
    assert read_examples(MRPC, "dev").texts["sentence2"] == ("another text",)


def test_labels_are_mapped_by_name_not_by_order(folder):
    rows = [f"{word}\t{word}\t{word}" for word in ("contradiction", "entailment", "neutral")]
    write(folder, "MNLI/dev.tsv", "sentence1\tsentence2\tgold_label", *rows)
    assert read_examples(MNLI, "dev").labels.tolist() == [2, 0, 1]


def test_test_sets_have_unknown_labels(folder):
    write(folder, "SST-2/test.tsv", "sentence1", "a fine film")
    assert read_examples(SST2, "test").labels.tolist() == [-1]


def test_an_unknown_label_is_named_with_its_row(folder):
    write(folder, "SST-2/dev.tsv", "sentence1\tlabel", "fine\t1", "so so\tmixed")
    with pytest.raises(TextError, match=r"labels out of negative, positive .* row 2 has 'mixed'"):
        read_examples(SST2, "dev")


def test_a_missing_column_is_named_with_those_that_came(folder):
    write(folder, "SST-2/dev.tsv", "text\tlabel", "fine\t1")
    with pytest.raises(TextError, match="column sentence1 or sentence .* but got text, label"):
        read_examples(SST2, "dev")


def test_texts_nowhere_to_be_found_say_how_to_get_them(folder):
    with pytest.raises(TextError, match=r"SST-2/dev.*and on the hub.*set CASCADELENS_DATA"):
        read_examples(SST2, "dev")


def test_an_unknown_task_lists_the_known_ones():
    with pytest.raises(LookupError, match="expected a task out of sst2, .* but got 'sst3'"):
        find_task("sst3")


def test_fingerprint_tells_texts_apart_and_ignores_spacing():
    texts = {"sentence1": ["a fine film", "b"]}
    assert fingerprint(texts) == fingerprint({"sentence1": [" a fine  film ", "b"]})
    assert fingerprint(texts) != fingerprint({"sentence1": ["a fine", "film b"]})
    assert fingerprint(texts) != fingerprint({"sentence1": ["b", "a fine film"]})


def test_hydration_checks_the_fingerprint(folder):
    write(folder, "SST-2/dev.tsv", "sentence1\tlabel", "a fine film\t1")
    right = run_made_from({"sentence1": ["a fine film"]})
    assert hydrate(right, allow_hub=False) == {"sentence1": ("a fine film",)}
    with pytest.raises(TextError, match="expected the texts of sst2/dev that run 'made-up'"):
        hydrate(run_made_from({"sentence1": ["another film"]}), allow_hub=False)


def test_hydration_of_a_run_that_names_no_source():
    with pytest.raises(TextError, match="ships no texts and names no place"):
        hydrate(run_made_from({"sentence1": ["x"]}, source="nowhere"))


@pytest.mark.parametrize(
    ("task", "split", "instances"),
    [
        ("sst2", "dev", 872),
        ("rte", "dev", 277),
        ("mrpc", "dev", 408),
        ("qnli", "dev", 5463),
        ("mnli", "dev", 9815),
        ("mnli", "dev_mm", 9832),
    ],
)
def test_glue_dev_sets_are_complete(glue_folder, task, split, instances):
    examples = read_examples(TASKS[task], split)
    assert len(examples.labels) == instances
    assert set(examples.labels.tolist()) == set(range(len(TASKS[task].label_names)))
    assert all(all(strings) for strings in examples.texts.values())
