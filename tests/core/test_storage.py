"""The run folder: what is written comes back, and nothing that is not a run is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from cascade_core.atomic import replaced_folder
from cascade_core.storage import (
    ARRAYS,
    HEADER,
    RunError,
    content_hash,
    find_run_folders,
    read_header,
    read_run_folder,
    write_run_folder,
)

ARRAY = st.sampled_from(["float32", "float64", "int32", "int64"]).flatmap(
    lambda dtype: hypothesis_numpy.arrays(
        dtype, hypothesis_numpy.array_shapes(max_dims=3, min_side=0, max_side=4)
    )
)
PLAIN_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # a lone surrogate has no UTF-8 form
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text("abc"), values),
    max_leaves=6,
)
ROWS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4)


@settings(max_examples=40, deadline=None)
@given(arrays=st.dictionaries(st.text("xy/ é", min_size=1), ARRAY), entry=PLAIN_JSON, rows=ROWS)
def test_what_is_written_comes_back(arrays, entry, rows):
    header = {"identity": "sha256:0", "instances": len(rows), "entry": entry}
    header["texts"] = {"shipped": True}
    with tempfile.TemporaryDirectory() as parent:
        write_run_folder(Path(parent) / "demo", header, arrays, {"sentence": rows})
        content = read_run_folder(Path(parent) / "demo")
        assert {name: content.header[name] for name in header} == header
        assert content.texts == {"sentence": tuple(rows)}
        assert set(content.arrays) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(content.arrays[name], array, strict=True)


def test_an_array_in_fortran_order_comes_back_unscrambled(tmp_path):
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    write_run_folder(tmp_path / "demo", {"identity": "i"}, {"a": array})
    np.testing.assert_array_equal(read_run_folder(tmp_path / "demo").arrays["a"], array)


def test_lists_of_numbers_stand_on_one_line_and_texts_stay_as_they_are(tmp_path):
    header = {"identity": "[1,  2]", "layers": [1, 2, 3], "costs": [0.5, 1e-07]}
    write_run_folder(tmp_path / "demo", header, {})
    assert '"layers": [1, 2, 3]' in (tmp_path / "demo" / HEADER).read_text()
    assert read_header(tmp_path / "demo") == {"format": 1, **header, "arrays": {}}


@pytest.mark.parametrize(
    "other",
    [
        {"x": np.arange(4, dtype="int32")},
        {"x": np.arange(4).reshape(2, 2)},
        {"y": np.arange(4)},
        {"x": np.arange(1, 5)},
        {},
    ],
)
def test_the_hash_sees_names_types_shapes_and_values(other):
    assert content_hash({}, {"x": np.arange(4)}) != content_hash({}, other)


def test_the_hash_ignores_memory_order():
    array = np.arange(6.0).reshape(2, 3)
    assert content_hash({}, {"x": array}) == content_hash({}, {"x": np.asfortranarray(array)})


def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match="holds thesis.tex, which is no part of a run"):
        write_run_folder(tmp_path, {"identity": "i"}, {})
    with pytest.raises(RunError, match="is a file. Choose another path"):
        write_run_folder(tmp_path / "thesis.tex", {"identity": "i"}, {})
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_an_array_of_a_type_the_format_lacks_is_named(tmp_path):
    with pytest.raises(RunError, match=r"Array 'a' should be one of .*, but is complex128"):
        write_run_folder(tmp_path / "demo", {"identity": "i"}, {"a": np.zeros(2, complex)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("entry", [Path("home"), float("nan")])
def test_what_json_cannot_hold_is_told(entry, tmp_path):
    with pytest.raises(RunError, match="run.json holds texts, finite numbers, lists and mappings"):
        write_run_folder(tmp_path / "demo", {"identity": "i", "entry": entry}, {})
    assert not list(tmp_path.iterdir())


def test_a_failing_writer_leaves_the_old_content_and_no_litter(tmp_path):
    write_run_folder(tmp_path / "demo", {"identity": "old"}, {})

    def fail_half_way():
        with replaced_folder(tmp_path / "demo") as fresh:
            (fresh / HEADER).write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    assert read_header(tmp_path / "demo")["identity"] == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_a_link_to_a_run_stays_a_link(tmp_path):
    write_run_folder(tmp_path / "demo", {"identity": "old"}, {})
    (tmp_path / "link").symlink_to("demo")
    write_run_folder(tmp_path / "link", {"identity": "new"}, {})
    assert (tmp_path / "link").is_symlink()
    assert read_header(tmp_path / "demo")["identity"] == "new"


def test_open_arrays_are_of_the_run_that_was_opened(tmp_path):
    write_run_folder(tmp_path / "demo", {"identity": "old"}, {"a": np.zeros(3)})
    content = read_run_folder(tmp_path / "demo")
    write_run_folder(tmp_path / "demo", {"identity": "new"}, {"a": np.ones(3)})
    np.testing.assert_array_equal(content.arrays["a"], np.zeros(3))


def test_arrays_of_one_run_beside_the_header_of_another_are_noticed(tmp_path):
    for name in ("one", "two"):
        write_run_folder(tmp_path / name, {"identity": name}, {})
    os.replace(tmp_path / "one" / ARRAYS, tmp_path / "two" / ARRAYS)
    with pytest.raises(RunError, match="belongs to run one, but run.json beside it to run two"):
        read_run_folder(tmp_path / "two")


def test_other_folders_are_no_runs(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("about these runs")
    write_run_folder(tmp_path / "demo", {"identity": "i"}, {})
    assert find_run_folders(tmp_path) == [tmp_path / "demo"]


# Forks a writer that is killed before its k-th step on the file system, for every k, and prints
# which run a reader then finds. Steps are Python's audit events, whatever code makes them.
KILLED_WRITERS = """
import json, os, shutil, sys
from pathlib import Path
import numpy as np
from cascade_core.storage import find_run_folders, read_run_folder, write_run_folder

parent = Path(sys.argv[1])
place = parent / "demo"
EVENTS = {"open", "os.chmod", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
          "os.scandir", "shutil.rmtree"}

def write(number):
    texts = {"sentence": [str(number)]}
    header = {"identity": str(number), "instances": 1, "texts": {"shipped": True}}
    write_run_folder(place, header, {"a": np.full(1000, number)}, texts)

def write_and_die(step):
    steps = 0
    def count(event, arguments):
        nonlocal steps
        if event in EVENTS:
            steps += 1
            if steps == step:
                os._exit(9)
    sys.addaudithook(count)
    write(2)
    os._exit(0)

def found():
    if not find_run_folders(parent):
        return 0
    content = read_run_folder(place)
    number = int(content.header["identity"])
    assert (content.arrays["a"] == number).all() and content.texts == {"sentence": (str(number),)}
    return number

write(0)  # imports everything before the first fork
for before in ("nothing", "a run"):
    step, code, states = 0, 9, []
    while code == 9:
        shutil.rmtree(parent)
        parent.mkdir()
        if before == "a run":
            write(1)
        step += 1
        child = os.fork()
        if not child:
            write_and_die(step)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        states.append(found())
        write(3)
        assert found() == 3 and not [path for path in parent.iterdir() if ".old-" in path.name]
    assert code == 0, code
    print(json.dumps(states))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which this system lacks")
def test_a_writer_killed_at_any_step_leaves_the_old_run_or_the_new(tmp_path):
    command = [sys.executable, "-c", KILLED_WRITERS, str(tmp_path / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    onto_nothing, onto_a_run = map(json.loads, done.stdout.splitlines())
    for states, old in ((onto_nothing, 0), (onto_a_run, 1)):
        assert len(states) > 10
        assert set(states) == {old, 2}
        assert states == sorted(states)
