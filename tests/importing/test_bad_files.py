"""Bad files: what is wrong is said with row and column, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cascade_core import RunError
from cascade_core.importing import OutputsError, import_run
from tests.importing.conftest import INSTANCES, LABELS, LOGITS, arrays, frame, softmax

COSTS = {"small": [1], "ramps": [2, 10]}
RENAME = "rename the column if it is something else"


def refusal(path: Path, **options: Any) -> str:
    """What importing a file is refused with, without the folder."""
    with pytest.raises((OutputsError, RunError)) as refused:
        import_run(path, **{"costs": COSTS, **options})
    return str(refused.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("logits/ramps/2/dog", "abc", "expected a number but got 'abc'"),
        ("logits/ramps/2/dog", "", "expected a number but got nothing"),
        ("logits/ramps/2/dog", "nan", "expected a finite number but got nan"),
        ("logits/ramps/2/dog", "-inf", "expected a finite number but got -inf"),
        ("id", "x1", f"expected a whole number but got 'x1'; {RENAME}"),
        ("id", "1.5", f"expected a whole number but got '1.5'; {RENAME}"),
        ("id", "103", "expected ids that differ but 103 is also in row 4"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(tmp_path, column, value, sentence):
    table = frame().astype(object)
    table.loc[16, column] = value
    table.to_csv(tmp_path / "t.csv", index=False)
    assert refusal(tmp_path / "t.csv") == f"row 17, column {column!r}: {sentence}"


def test_an_unknown_label_is_named_by_its_row(tmp_path):
    table = frame()
    table.loc[3, "label"] = "emu"
    table.to_csv(tmp_path / "t.csv", index=False)
    assert refusal(tmp_path / "t.csv") == (
        "row 4, label: expected one of the classes cat, dog, owl, or a number from 0 to 2, or -1 "
        "where it is unknown, but got 'emu'"
    )


def test_a_missing_and_a_misnamed_column_are_named(tmp_path):
    frame().drop(columns="logits/ramps/2/dog").to_csv(tmp_path / "t.csv", index=False)
    assert refusal(tmp_path / "t.csv") == (
        "expected a column 'logits/ramps/2/dog', since other exits or classes have one, but there "
        "is none"
    )
    misnamed = frame().rename(columns={"logits/ramps/2/dog": "logits/ramps"})
    misnamed.to_csv(tmp_path / "t.csv", index=False)
    assert "column 'logits/ramps': expected logits/<exit>/<class>, or" in refusal(
        tmp_path / "t.csv"
    )


TEXT_FILES = {
    "short row": ("t.csv", "logits/1/a,logits/1/b\n1,2\n1\n", "row 2: expected 2 cells but got 1"),
    "long row": ("t.csv", "logits/1/a,logits/1/b\n1,2,3\n", "row 1: expected 2 cells but got 3"),
    "twice": (
        "t.csv",
        "logits/1/a,logits/1/a\n1,2\n",
        "expected every column of t.csv once, but 'logits/1/a' comes twice",
    ),
    "no rows": (
        "t.csv",
        "logits/1/a,logits/1/b\n",
        "expected at least one row in t.csv but there is none",
    ),
    "no table": ("t.csv", "", "expected a readable table at t.csv but got: Empty CSV file"),
    "another encoding": (
        "t.csv",
        b"logits/1/a,logits/1/b,label\n1,2,caf\xe9\n",
        "line 2 of t.csv: expected text in UTF-8 but got byte 0xe9; save the table as UTF-8",
    ),
    "text in JSON": (
        "t.jsonl",
        '{"logits/1/a": 1, "logits/1/b": 2}\n\n{"logits/1/a": 1, "logits/1/b": "x"}\n',
        "row 2, column 'logits/1/b': expected a number but got 'x'",
    ),
    "missing in JSON": (
        "t.jsonl",
        '{"logits/1/a": 1, "logits/1/b": 2}\n{"logits/1/a": 1}\n',
        "row 2, column 'logits/1/b': expected a number but got nothing",
    ),
    "a list in JSON": (
        "t.jsonl",
        '{"logits/1/a": 1}\n[1]\n',
        "row 2: expected a JSON object but got list",
    ),
    "no JSON": ("t.jsonl", '{"logits/1/a": 1}\n{1\n', "row 2: expected a JSON object (Expecting"),
    "no Parquet": ("t.parquet", "PAR1", "expected a readable table at t.parquet but got: "),
    "no npz": ("t.npz", "PK", "expected a readable t.npz but got: "),
    "no arrays": (
        "t.npz",
        "hello",
        "expected a readable t.npz but got: something else than arrays of numpy",
    ),
    "no safetensors": ("t.safetensors", "{}", "expected a readable file at t.safetensors but got"),
    "another format": ("t.pkl", "", "expected a file that ends in .npz, .npy, .safetensors, "),
}


@pytest.mark.parametrize(("name", "content", "sentence"), TEXT_FILES.values(), ids=TEXT_FILES)
def test_a_file_that_cannot_be_read(tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert refusal(path, costs=None).startswith(sentence)


def test_a_file_that_is_not_there(tmp_path):
    assert refusal(tmp_path / "gone.npz") == (
        "expected a file at gone.npz but there is none; check the path"
    )


def changed(array: np.ndarray, place: tuple[int, ...], value: float) -> np.ndarray:
    array = array.copy()
    array[place] = value
    return array


RAMPS = LOGITS["ramps"]
ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "infinity": (
        {"logits/ramps": changed(RAMPS, (1, 16, 2), np.inf)},
        "array 'logits/ramps' at [1, 16, 2] (exit, row, class): expected a finite number but got "
        "inf",
    ),
    "more than float32 holds": (
        {"logits/ramps": changed(RAMPS.astype(float), (0, 2, 1), 1e39)},
        "array 'logits/ramps' at [0, 2, 1] (exit, row, class): expected a finite number but got "
        "inf",
    ),
    "infinity, one exit": (
        {"logits/small": changed(LOGITS["small"][0], (16, 2), np.inf)},
        "array 'logits/small' at [16, 2] (row, class): expected a finite number but got inf",
    ),
    "too many axes": (
        {"logits/ramps": RAMPS[None]},
        "'logits/ramps': expected a non-empty array [E, N, C] or [N, C] but got shape "
        "[1, 2, 30, 3]",
    ),
    "texts": (
        {"logits/ramps": RAMPS.astype(str)},
        "'logits/ramps': expected numbers but got <U32",
    ),
    "other instances": (
        {"logits/ramps": RAMPS[:, 1:]},
        "expected models of the same instances and classes; instances: small has 30, ramps has 29",
    ),
    "other classes": (
        {"logits/ramps": RAMPS[..., :2]},
        "expected models of the same instances and classes; classes: small has 3, ramps has 2",
    ),
    "both kinds": (
        {"probabilities/ramps": softmax(RAMPS)},
        "expected 'logits/ramps' or 'probabilities/ramps', not both",
    ),
    "a model without a name": (
        {"logits": RAMPS},
        "expected the name of every model, as in logits/small, since there are several, but one "
        "has none",
    ),
    "probabilities called logits": (
        {"logits/ramps": softmax(RAMPS)},
        "'logits/ramps': expected logits but all rows add up to 1, as probabilities do; name them "
        "probabilities",
    ),
    "too few labels": (
        {"labels": LABELS[1:]},
        "labels: expected 30, one for each instance, but got [29]",
    ),
    "labels too high": (
        {"labels": LABELS + 1},
        "row 3, label: expected one of the classes 0, 1, 2, or a number from 0 to 2, or -1 where "
        "it is unknown, but got '3'",
    ),
    "labels with an axis too many": (
        {"labels": LABELS[:, None]},
        "'labels': expected one value per instance, [N], but got shape [30, 1]",
    ),
    "objects": (
        {"labels": np.array([None] * INSTANCES)},
        "expected a readable array 'labels' of t.npz but got: objects, which only pickle could "
        "read; save plain numbers or texts",
    ),
    "predictions alone": (
        {"predictions/other": LABELS},
        "expected an array 'scores/other' beside what there is of other, but there is none; or "
        "give logits or probabilities",
    ),
    "negative cost": (
        {"cost/small": changed(np.ones((1, INSTANCES)), (0, 4), -1)},
        "array 'cost/small' at [0, 4] (exit, row): expected a cost from 0 on but got -1.0",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_do_not_fit(tmp_path, change, sentence):
    np.savez(tmp_path / "t.npz", **{**arrays(), **change})
    assert refusal(tmp_path / "t.npz") == sentence


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ((1, 3, 0), -0.1, "at [1, 3, 0] (exit, row, class): expected a probability from 0 to 1"),
        ((1, 3, 0), 0.99, "at [1, 3] (exit, row): expected probabilities that add up to 1 but"),
    ],
)
def test_probabilities_that_are_none(tmp_path, place, value, sentence):
    wrong = changed(softmax(RAMPS), place, value)
    np.savez(tmp_path / "t.npz", probabilities=wrong)
    assert f"array 'probabilities' {sentence}" in refusal(tmp_path / "t.npz", costs=None)


@pytest.mark.parametrize(
    ("sure", "sentence"),
    [
        ([0.5, -2.0], "at [0, 1] (exit, row): expected how sure the exit is, from 0 to 1, but"),
        ([0.5, np.nan], "at [0, 1] (exit, row): expected how sure the exit is, from 0 to 1, but"),
    ],
)
def test_scores_that_are_no_probability(tmp_path, sure, sentence):
    np.savez(tmp_path / "t.npz", predictions=[[0, 1]], scores=[sure])
    assert f"array 'scores' {sentence}" in refusal(tmp_path / "t.npz", costs=None)


def test_an_answer_that_is_no_class(tmp_path):
    np.savez(tmp_path / "t.npz", predictions=[["a", ""]], scores=[[0.5, 0.5]])
    assert refusal(tmp_path / "t.npz", costs=None) == (
        "array 'predictions' at [0, 1] (exit, row): expected one of the classes a, or a number "
        "from 0 to 0, but got ''"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"costs": None}, "say --cost small=NUMBER,... or --layers, or give cost/small"),
        ({"costs": {"small": [1], "ramps": [2]}}, "should be [2], one for each exit, or [2, 30]"),
        ({"costs": {"small": [1], "ramps": [3, 2]}}, "should not fall from one exit to the next"),
        ({"costs": {"smal": [1]}}, "expected one of the models small, ramps, but got 'smal'"),
        ({"systems": {"x": ["smal"]}}, "system 'x' needs model 'smal', but the run has only"),
        ({"reference": "smal"}, "the reference needs model 'smal', but the run has only"),
        ({"texts": ["prompt"]}, "expected a column 'prompt' in t.npz, but it has labels, ids"),
        ({"labels": "truth"}, "expected a column 'truth' in t.npz, but it has labels, ids"),
        ({"labels": "truth.npy"}, "expected a readable truth.npy but got: "),
        ({"class_names": ["a"]}, "class names: expected 3 different ones but got a"),
        ({"class_names": ["a", "b", "a"]}, "class names: expected 3 different ones but got a, b"),
        ({"systems": {"small": ["small", "ramps"]}}, "--system: 'small' is a model, which is a"),
        ({"kind": "logits"}, "--logits is for a bare .npy, which has no names; in t.npz name what"),
        ({"metric": "f1"}, "metric should be accuracy, or f1 for logits of two classes"),
    ],
)
def test_options_that_do_not_fit(tmp_path, options, sentence):
    np.savez(tmp_path / "t.npz", **arrays())
    assert sentence in refusal(tmp_path / "t.npz", **options)


def test_a_bare_array_says_nothing_of_itself(tmp_path):
    np.save(tmp_path / "t.npy", RAMPS)
    assert refusal(tmp_path / "t.npy", costs=None) == (
        "expected to be told what t.npy holds, since a .npy has no names: --logits or "
        "--probabilities"
    )


def test_one_array_is_no_npz_and_several_no_npy(tmp_path):
    np.save(tmp_path / "one.npy", RAMPS)
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    assert "expected named arrays in one.npz but got one" in refusal(tmp_path / "one.npz")
    np.savez(tmp_path / "several.npz", RAMPS)
    (tmp_path / "several.npz").rename(tmp_path / "several.npy")
    assert "expected one array in several.npy but got several" in refusal(
        tmp_path / "several.npy", kind="logits"
    )


def test_a_category_of_too_many_values(tmp_path):
    instances = 60
    np.savez(tmp_path / "t.npz", logits=np.eye(instances, 2) * 3, length=np.arange(instances))
    assert refusal(tmp_path / "t.npz", costs=None, categories=["length"]) == (
        "column 'length': expected at most 50 different values for a category but got 60; put "
        "them in a few groups first"
    )


def test_a_file_cut_short_or_with_a_flipped_bit_is_refused(write: Callable[..., Path]):
    path = write(".npz")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "expected a readable animals.npz but got: " in refusal(path)
    place = whole.index(RAMPS.tobytes()[:16])
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert re.match("expected a readable array 'logits/ramps' .* Bad CRC-32", refusal(path))


def test_numbers_that_numpy_does_not_have(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    save_file({"logits": torch.zeros(1, 2, 2, dtype=torch.bfloat16)}, tmp_path / "t.safetensors")
    assert refusal(tmp_path / "t.safetensors", costs=None) == (
        "array 'logits' of t.safetensors: expected numbers that numpy has, but they are BF16; save "
        "them as float32"
    )
