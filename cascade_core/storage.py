"""The run folder, format 1: `run.json` for people, `arrays.safetensors` for numpy, `texts.parquet`.

Nothing here knows what a model or a system is; `cascade_core.runs` gives the parts their meaning.
A folder is replaced as a whole (`cascade_core.atomic`), so a killed writer leaves one whole run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from .atomic import replaced_folder, set_aside_folders, standing_folder

FORMAT = 1
HEADER, ARRAYS, TEXTS = OWN_FILES = ("run.json", "arrays.safetensors", "texts.parquet")
RESTORE = "Write the run again or restore the folder from where it came."
# safetensors' names of the only types format 1 uses, as numpy calls them
_DTYPES = {"F16": "float16", "F32": "float32", "F64": "float64", "I32": "int32", "I64": "int64"}

Key = TypeVar("Key")
Value = TypeVar("Value")


class RunError(ValueError):
    """Whatever is wrong with a run or its folder: what was expected, what came, what to do.

    >>> try:
    ...     read_header("/nowhere")
    ... except RunError as error:
    ...     print(error)
    Expected a run folder at /nowhere, but there is nothing. Check the path.
    """


class OnDemand(Mapping[Key, Value], Generic[Key, Value]):
    """A mapping whose values are built when first asked for, then kept.

    >>> squares = OnDemand(["2", "3"], lambda name: int(name) ** 2)
    >>> squares["3"], list(squares)
    (9, ['2', '3'])
    """

    def __init__(self, keys: Iterable[Key], build: Callable[[Key], Value]):
        self._keys = tuple(keys)
        self._build = build
        self._built: dict[Key, Value] = {}

    def __getitem__(self, key: Key) -> Value:
        if key not in self._built:
            if key not in self._keys:
                raise KeyError(key)
            self._built[key] = self._build(key)
        return self._built[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class RunFolder(NamedTuple):
    """A run folder open for reading: its header, its arrays on demand, its texts where shipped."""

    header: dict[str, Any]
    arrays: Mapping[str, np.ndarray]
    texts: dict[str, tuple[str, ...]] | None


def content_hash(settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """Return `"sha256:..."` over settings and arrays, whatever their order in the mappings.

    >>> one = content_hash({"a": 1, "b": 2}, {"x": np.arange(3)})
    >>> one == content_hash({"b": 2, "a": 1}, {"x": np.arange(3)})
    True
    >>> one == content_hash({"a": 1, "b": 2}, {"x": np.arange(3.0)})
    False
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, allow_nan=False).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return f"sha256:{digest.hexdigest()}"


def write_run_folder(
    folder: str | os.PathLike,
    header: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    texts: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Write a run folder, replacing the run that stands there, if any.

    `header` needs an `identity`; `format` and the list of `arrays` are added to it. Raises
    `RunError` when the folder holds anything that is no part of a run, because it would be lost.
    """
    _refuse_foreign_content(Path(folder))
    listing = {
        name: {"dtype": str(array.dtype), "shape": list(array.shape)}
        for name, array in arrays.items()
    }
    document = {"format": FORMAT, **header, "arrays": listing}
    try:
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RunError(
            f"{HEADER} holds texts, finite numbers, lists and mappings only, but: {error}."
        ) from error
    # lists of numbers on one line; a bracket in a text is not followed by a line break
    text = re.sub(r"\[\n([\s\d,.e+-]+)\]", lambda found: f"[{' '.join(found[1].split())}]", text)
    with replaced_folder(folder) as fresh:
        _write_arrays(fresh / ARRAYS, arrays, header["identity"])
        if texts is not None:
            _write_texts(fresh / TEXTS, texts)
        (fresh / HEADER).write_text(text + "\n", encoding="utf-8")
        shutil.copymode(fresh / HEADER, fresh / ARRAYS)  # safetensors lets nobody else read it


def read_header(folder: str | os.PathLike) -> dict[str, Any]:
    """Return what `run.json` says, without touching the bulk.

    Raises `RunError` when there is no run, the file is damaged, or its format is unknown.
    """
    return _read_header(_existing_folder(folder) / HEADER)


def read_run_folder(folder: str | os.PathLike) -> RunFolder:
    """Open a run folder; an array is read when it is asked for.

    Checked at once, from the files' own headers: every array that `run.json` lists is there with
    its type and shape and was written together with it, and promised texts are there, N of them.
    """
    standing = _existing_folder(folder)
    header = _read_header(standing / HEADER)
    arrays = _open_arrays(standing / ARRAYS, header)
    about_texts = header.get("texts")
    shipped = isinstance(about_texts, dict) and about_texts.get("shipped")
    texts = _read_texts(standing / TEXTS, header.get("instances")) if shipped else None
    return RunFolder(header, arrays, texts)


def find_run_folders(folder: str | os.PathLike) -> list[Path]:
    """Return the places of all runs directly inside a folder, by name, damaged ones included."""
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError(
            f"Expected a folder with runs at {folder}, but there is none. Check the path."
        )
    standing = {
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and any((path / name).exists() for name in OWN_FILES)
    }
    return sorted(standing.union(set_aside_folders(folder)))


def _existing_folder(folder: str | os.PathLike) -> Path:
    standing = standing_folder(folder)
    if not standing.is_dir():
        what = "a file" if standing.exists() else "nothing"
        raise RunError(f"Expected a run folder at {folder}, but there is {what}. Check the path.")
    return standing


def _read_header(path: Path) -> dict[str, Any]:
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            f"Expected a run in {path.parent}, but it has no {HEADER}. {RESTORE}"
        ) from None
    except (ValueError, OSError, RecursionError) as error:
        raise RunError(
            f"{path} is not valid JSON ({error}), perhaps cut short. {RESTORE}"
        ) from error
    found = header.get("format") if isinstance(header, dict) else None
    if not isinstance(found, int) or found < 1:
        raise RunError(f"{path} should state format {FORMAT}, but states {found!r}. {RESTORE}")
    if found > FORMAT:
        raise RunError(
            f"{path} has format {found}, but this CascadeLens reads up to format {FORMAT}. "
            "Upgrade it: pip install --upgrade cascadelens"
        )
    return header


def _open_arrays(path: Path, header: Mapping[str, Any]) -> Mapping[str, np.ndarray]:
    from safetensors import SafetensorError, safe_open

    try:
        file = safe_open(path, "numpy")
        found = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except FileNotFoundError:
        raise RunError(f"{path} is missing. {RESTORE}") from None
    except (SafetensorError, OSError) as error:
        raise RunError(f"{path} is damaged or cut short ({error}). {RESTORE}") from error
    written_with = (file.metadata() or {}).get("identity")
    if written_with != header.get("identity"):
        raise RunError(
            f"{path} belongs to run {written_with}, but {HEADER} beside it to run "
            f"{header.get('identity')}. If the run is being written now, try again. {RESTORE}"
        )
    listing = header.get("arrays")
    if not isinstance(listing, dict):
        raise RunError(
            f"{path.with_name(HEADER)} should list its 'arrays', but does not. {RESTORE}"
        )
    for name, expected in listing.items():
        if name not in found:
            raise RunError(f"{path} has no array '{name}', which {HEADER} lists. {RESTORE}")
        dtype, shape = found[name].get_dtype(), found[name].get_shape()
        actual = {"dtype": _DTYPES.get(dtype, dtype), "shape": shape}
        if actual != expected:
            raise RunError(
                f"{path}: array '{name}' should be {expected}, but is {actual}. {RESTORE}"
            )
    # The open file keeps this run's bytes even when the folder is replaced meanwhile.
    return OnDemand(listing, file.get_tensor)


def _read_texts(path: Path, instances: object) -> dict[str, tuple[str, ...]]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            table = file.read()
    except FileNotFoundError:
        raise RunError(f"{path} is missing, though {HEADER} promises texts. {RESTORE}") from None
    except (ArrowException, OSError) as error:
        raise RunError(f"{path} is damaged or cut short ({error}). {RESTORE}") from error
    if len(table) != instances:
        raise RunError(
            f"{path} should have {instances} rows, one per instance, but has {len(table)}. "
            f"{RESTORE}"
        )
    return {name: tuple(table.column(name).to_pylist()) for name in table.column_names}


def _write_arrays(path: Path, arrays: Mapping[str, np.ndarray], identity: str) -> None:
    from safetensors.numpy import save_file

    for name, array in arrays.items():
        if str(array.dtype) not in _DTYPES.values():
            allowed = ", ".join(_DTYPES.values())
            raise RunError(f"Array '{name}' should be one of {allowed}, but is {array.dtype}.")
    # safetensors writes the bytes as they lie and would scramble an array that is not in C order.
    in_order = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(in_order, path, metadata={"identity": identity})


def _write_texts(path: Path, texts: Mapping[str, Iterable[str]]) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    columns = {
        name: pyarrow.array(list(column), pyarrow.string()) for name, column in texts.items()
    }
    write_table(pyarrow.table(columns), path)


def _refuse_foreign_content(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunError(
            f"Expected a folder for the run, but {folder} is a file. Choose another path."
        )
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in OWN_FILES)
    if foreign:
        raise RunError(
            f"{folder} holds {', '.join(foreign[:3])}, which is no part of a run and would be "
            "lost. Move it away or choose another path."
        )
