"""Damaged runs: whatever is wrong is told by name with what to do, never as a bare traceback."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from cascade_core.runs import RunError, list_runs, load_run, save_run
from cascade_core.storage import ARRAYS, HEADER, TEXTS


def change_header(**entries):
    def damage(folder: Path) -> None:
        header = json.loads((folder / HEADER).read_text())
        for path, value in entries.items():
            *parents, last = path.split("__")
            entry = header
            for parent in parents:
                entry = entry[parent]
            entry[last] = value
        (folder / HEADER).write_text(json.dumps(header))

    return damage


def change_array(name: str, change, listed: bool = False):
    """Damage one array; with `listed` run.json agrees with the new shape and type."""

    def damage(folder: Path) -> None:
        with safe_open(folder / ARRAYS, "numpy") as file:
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata()
        arrays[name] = array = np.ascontiguousarray(change(arrays[name]))
        save_file(arrays, folder / ARRAYS, metadata=metadata)
        if listed:
            entry = {"dtype": str(array.dtype), "shape": list(array.shape)}
            change_header(**{f"arrays__{name}": entry})(folder)

    return damage


def drop_array(name: str):
    def damage(folder: Path) -> None:
        with safe_open(folder / ARRAYS, "numpy") as file:
            kept = {key: file.get_tensor(key) for key in file.keys() if key != name}  # noqa: SIM118
            metadata = file.metadata()
        save_file(kept, folder / ARRAYS, metadata=metadata)

    return damage


def cut(name: str, keep: float):
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(keep * len(content))])

    return damage


def with_value(value):
    def change(array):
        array = array.copy()
        array[..., -1] = value
        return array

    return change


def write_texts(folder: Path, rows: int) -> None:
    pyarrow.parquet.write_table(pa.table({"sentence": ["made up"] * rows}), folder / TEXTS)


def replace_by_a_file(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("no folder")


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


DAMAGE = {
    "no folder": (replace_by_a_file, "Expected a run folder at .*, but there is a file"),
    "empty folder": (empty, "Expected a run in .*, but it has no run.json"),
    "no arrays": (lambda f: (f / ARRAYS).unlink(), "arrays.safetensors is missing"),
    "no texts": (
        lambda f: (f / TEXTS).unlink(),
        "texts.parquet is missing, though run.json promises",
    ),
    "cut run.json": (cut(HEADER, 0.7), "run.json is not valid JSON"),
    "empty run.json": (cut(HEADER, 0), "run.json is not valid JSON"),
    "binary run.json": (lambda f: (f / HEADER).write_bytes(b"\xff\xfe"), "run.json is not valid"),
    "a list as run.json": (lambda f: (f / HEADER).write_text("[]"), "should state format 1"),
    "future format": (change_header(format=2), "has format 2, but this .* reads up to format 1"),
    "odd format": (change_header(format="one"), "should state format 1, but states 'one'"),
    "cut arrays": (cut(ARRAYS, 0.9), "arrays.safetensors is damaged or cut short"),
    "hardly any arrays": (cut(ARRAYS, 0.01), "arrays.safetensors is damaged or cut short"),
    "cut texts": (cut(TEXTS, 0.9), "texts.parquet is damaged or cut short"),
    "missing array": (drop_array("tokens"), "no array 'tokens'"),
    "missing logits": (drop_array("logits/small"), "no array 'logits/small'"),
    "unlisted logits": (
        change_header(arrays={}),
        "array 'labels' is not listed in run.json",
    ),
    "no list of arrays": (change_header(arrays=None), "should list its 'arrays'"),
    "wrong shape": (
        change_array("logits/small", lambda a: a[:, :-1]),
        r"array 'logits/small' should be .*\[1, 24, 2\].*, but is .*\[1, 23, 2\]",
    ),
    "wrong shape, listed": (
        change_array("logits/small", lambda a: a[:, :-1], listed=True),
        r"logits of model 'small' should be \[E, 24, 2\] .*, but are \[1, 23, 2\]",
    ),
    "wrong axes": (
        change_array("logits/small", lambda a: a[0], listed=True),
        r"logits of model 'small' should have shape \[E, N, C\], .*, but have \[24, 2\]",
    ),
    "no instances": (
        change_array("logits/small", lambda a: a[:, :0], listed=True),
        r"logits of model 'small' should have shape .*, but have \[1, 0, 2\]",
    ),
    "wrong exits": (
        change_array("logits/ramps", lambda a: a[:2], listed=True),
        r"layers of model 'ramps' should be 2 ascending numbers",
    ),
    "wrong type": (
        change_array("labels", lambda a: a.astype(np.float32)),
        "array 'labels' should be .*int64.*, but is .*float32",
    ),
    "wrong type, listed": (
        change_array("logits/small", lambda a: a.astype(np.float64), listed=True),
        "array 'logits/small' should be of type float32, but is float64",
    ),
    "NaN": (
        change_array("logits/ramps", with_value(np.nan)),
        "logits of model 'ramps' should be finite, but are NaN .*first at exit 0, instance 0",
    ),
    "infinity": (change_array("logits/small", with_value(np.inf)), "'small' should be finite"),
    "label too high": (
        change_array("labels", with_value(2)),
        "labels should be from 0 to 1, .*to 2",
    ),
    "label too low": (change_array("labels", with_value(-2)), "labels should be .*go from -2 to"),
    "no tokens": (change_array("tokens", with_value(0)), "tokens should be at least 1"),
    "labels on two axes": (
        change_array("labels", lambda a: a[:, None], listed=True),
        r"labels should have shape \[N\], but have \[24, 1\]",
    ),
    "ids twice": (change_array("ids", with_value(100)), "ids should be unique"),
    "too few ids": (
        change_array("ids", lambda a: a[:-1], listed=True),
        r"ids should have shape \[24\], but have \[23\]",
    ),
    "texts of another length": (
        lambda folder: write_texts(folder, 23),
        "texts.parquet should have 24 rows, one per instance, but has 23",
    ),
    "unknown model": (
        change_header(systems__cascade__models=["tiny", "ramps"]),
        "system 'cascade' needs model 'tiny', but the run has only small, ramps",
    ),
    "unknown reference": (change_header(reference="huge"), "the reference needs model 'huge'"),
    "unknown criterion": (
        change_header(systems__cascade__criterion="mood"),
        "criterion of a system should be one of max_prob, .*, but is 'mood'",
    ),
    "unknown metric": (change_header(metric="bleu"), "metric should be accuracy, .*but is 'bleu'"),
    "unknown head": (
        change_header(models__ramps__head="ramp"),
        "head of model 'ramps' should be one of pooler, linear, student, but is 'ramp'",
    ),
    "head in numbers": (
        change_header(models__ramps__head=7),
        "'models.ramps.head' should be of type str, but is 7",
    ),
    "system without models": (change_header(systems__ramps__models=[]), "at least one model"),
    "run without models": (change_header(models={}), "a run should have at least one model"),
    "layers beyond": (change_header(models__small__layers=[3]), "within its 2 layers, but are"),
    "layers in words": (change_header(models__small__layers=["two"]), "should be whole numbers"),
    "no name": (change_header(name=None), "'name' should be of type str, but is None"),
    "no architecture size": (
        change_header(models__small__architecture={"layers": 2}),
        "'models.small.architecture.hidden' should be of type int, but is missing",
    ),
    "odd model": (
        change_header(models__small=7),
        "'models.small' should be of type dict, but is 7",
    ),
    "odd latency": (
        change_header(models__ramps__latency={"milliseconds": [1, 2]}),
        "latency of model 'ramps' should give 4 ascending",
    ),
    "odd projection": (
        change_header(projections=[7]),
        r"'projections\[0\]' should be of type dict, but is 7",
    ),
    "projection of nothing": (
        change_array("projection/ramps/2/tsne", lambda a: a[:-1], listed=True),
        r"array 'projection/ramps/2/tsne' should be float16 or float32 \[24, 2\], but is .*23",
    ),
    "odd separability": (
        change_header(separability=[{"model": "ramps", "layer": 2, "probe": "high"}]),
        r"'separability\[0\].probe' should be of type float, but is 'high'",
    ),
    "separability of nothing": (
        change_header(separability={}),
        "'separability' should be of type list, but is {}",
    ),
    "odd category": (
        change_header(categories={"level": ["easy"]}),
        "codes of a category should be .*from 0 to 0 for the names easy, but are .*from 0 to 1",
    ),
    "category without codes": (
        change_header(categories={"kind": ["a", "b"]}),
        "array 'category/kind' is not listed in run.json",
    ),
    "other identity": (
        change_header(identity="sha256:0"),
        "belongs to run .*, but run.json beside",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_told_by_name_with_what_to_do(damage, run, tmp_path):
    folder = tmp_path / "demo"
    save_run(run, folder)
    inflict, sentence = DAMAGE[damage]
    inflict(folder)
    with pytest.raises(RunError, match=sentence) as caught:
        load_run(folder)
    message = str(caught.value)
    assert str(folder) in message
    assert re.search(r"Write the run again|Upgrade it|Check the path", message)
    assert "\n" not in message


@pytest.mark.parametrize("place", ["nowhere", "nowhere/at/all"])
def test_a_missing_folder_is_told(place, tmp_path):
    with pytest.raises(RunError, match="but there is nothing. Check the path"):
        load_run(tmp_path / place)
    with pytest.raises(RunError, match="Expected a folder with runs at .*, but there is none"):
        list_runs(tmp_path / place)


def test_changed_numbers_are_noticed_when_asked_to_verify(run, tmp_path):
    save_run(run, tmp_path / "demo")
    change_array("logits/small", lambda logits: logits + 1)(tmp_path / "demo")
    load_run(tmp_path / "demo")
    with pytest.raises(RunError, match="its content is sha256:.*, but run.json says sha256:"):
        load_run(tmp_path / "demo", verify=True)


def test_a_listing_reads_headers_only_and_tells_damage(run, runs_folder, tmp_path):
    for name in ("good", "damaged", "without-arrays"):
        save_run(run, tmp_path / name)
    change_header(format=2)(tmp_path / "damaged")
    (tmp_path / "good" / ARRAYS).write_bytes(b"never opened")
    damaged, good, _ = list_runs(tmp_path)
    assert good.error is None
    assert (good.instances, good.systems) == (24, ("small", "ramps", "cascade"))
    assert (damaged.name, damaged.folder) == ("damaged", tmp_path / "damaged")
    assert "has format 2" in (damaged.error or "")
    assert [summary.name for summary in list_runs(runs_folder)] == [
        "made-up",
        "made-up-without-texts",
    ]
