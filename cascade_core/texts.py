"""Real texts in: read a task's split from a local folder or the hub, and know it again.

GLUE's texts may not be redistributed, so a run carries only their fingerprint; `hydrate` finds the
texts on the reader's side and checks them against it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from .tasks import HUB_DATASET, Task, find_task

if TYPE_CHECKING:
    import pandas as pd

DATA_VARIABLE = "CASCADELENS_DATA"


class TextError(LookupError):
    """Texts that could not be found, or are not the ones expected; the sentence says the remedy."""


class Examples(NamedTuple):
    """One split: `ids` int64 [N], `texts` column -> N strings, `labels` int64 [N], -1 unknown.

    `categories` say what else is known of each, name -> N strings.
    """

    ids: np.ndarray
    texts: dict[str, tuple[str, ...]]
    labels: np.ndarray
    source: str
    categories: Mapping[str, tuple[str, ...]] = {}

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.texts)

    def first(self, limit: int | None) -> Examples:
        """Return the first `limit` examples, all of them for None."""
        texts = {column: strings[:limit] for column, strings in self.texts.items()}
        categories = {name: values[:limit] for name, values in self.categories.items()}
        return Examples(self.ids[:limit], texts, self.labels[:limit], self.source, categories)


def fingerprint(texts: Mapping[str, Iterable[str]]) -> str:
    r"""Return a hash of the texts that ignores spacing, which differs between copies of GLUE.

    `texts` maps column names to N strings each; the order of columns and rows counts.

    >>> fingerprint({"sentence1": ["a  b "]}) == fingerprint({"sentence1": ["a b"]})
    True
    """
    digest = hashlib.sha256()
    for column, strings in texts.items():
        digest.update(f"{column}\x1d".encode())
        for string in strings:
            digest.update(" ".join(string.split()).encode() + b"\x1e")
    return f"sha256:{digest.hexdigest()}"


class MadeFromTexts(Protocol):
    """What `hydrate` needs of a run."""

    @property
    def name(self) -> str: ...
    @property
    def ids(self) -> np.ndarray: ...
    @property
    def texts(self) -> Mapping[str, tuple[str, ...]] | None: ...
    @property
    def text_source(self) -> Mapping[str, Any]: ...


def read_examples(
    task: Task,
    split: str,
    allow_hub: bool = True,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Examples:
    """Read one split from the folder `CASCADELENS_DATA`, else, if allowed, from the hub.

    At most the first `limit` examples. Those of graded tasks are written on the spot, as many as
    `limit` says; meanwhile `progress` is called with how many there are, and of how many.
    Raises `TextError` with what was looked for and what to do when none of them has it.
    """
    if task.source == "graded":
        return _graded(task, split, limit, progress)
    folder = os.environ.get(DATA_VARIABLE)
    plain = Path(folder or "") / task.folder / f"{split}.tsv"
    official = plain.with_stem(task.official_files.get(split, split))
    for path in (plain, plain.with_suffix(".tsv.gz"), official):
        if folder and path.is_file():
            return _from_table(_read_tsv(path), task, str(path)).first(limit)
    looked_in = f"{plain}[.gz]" if folder else f"the folder {DATA_VARIABLE} (not set)"
    try:
        if allow_hub:
            return _from_hub(task, split).first(limit)
        hub_failed = ""
    except (OSError, ValueError, ModuleNotFoundError) as error:  # offline, refused, no client
        hub_failed = f" and on the hub ({str(error).splitlines()[0]})"
    raise TextError(
        f"found no texts of {task.title}/{split}: looked in {looked_in}{hub_failed}; set "
        f"{DATA_VARIABLE} to a folder with {task.folder}/{split}.tsv or .tsv.gz, or fetch them "
        f"from the hub ({HUB_DATASET})"
    )


def hydrate(run: MadeFromTexts, allow_hub: bool = True) -> dict[str, tuple[str, ...]]:
    """Find the texts a run was made from: column -> N strings, in the run's order.

    Texts that ship with the run are returned as they are; others are read as in `read_examples`
    and checked against the run's fingerprint; without `allow_hub` nothing leaves this machine.
    Raises `TextError`, a `LookupError`, with the remedy.
    """
    if run.texts is not None:
        return dict(run.texts)
    source = run.text_source
    if source.get("source") not in ("glue", "graded"):
        raise TextError(f"run {run.name!r} ships no texts and names no place to find them")
    task = find_task(source["task"])
    examples = read_examples(task, source["split"], allow_hub, limit=len(run.ids))
    if examples.fingerprint != source["fingerprint"]:
        if task.source == "graded":
            raise TextError(
                f"expected the texts that run {run.name!r} was made from, but this version writes "
                f"{task.title}/{source['split']} otherwise; make the run again from its recipe"
            )
        raise TextError(
            f"expected the texts of {source['task']}/{source['split']} that run {run.name!r} was "
            f"made from ({source['fingerprint'][:19]}…), but {examples.source} holds others "
            f"({examples.fingerprint[:19]}…); point {DATA_VARIABLE} at the official files"
        )
    return examples.texts


def _graded(
    task: Task, split: str, count: int | None, progress: Callable[[int, int], None] | None
) -> Examples:
    from .graded.catalog import graded_examples

    try:
        found = graded_examples(task.name, split, count, progress)
    except ValueError as error:
        raise TextError(f"{task.title}: {error}") from error
    columns = zip(*(one.texts for one in found), strict=True)
    return Examples(
        ids=np.arange(len(found), dtype=np.int64),
        texts=dict(zip(task.columns, columns, strict=True)),
        labels=np.array([one.label for one in found], np.int64),
        source=f"{task.title}, {split}",
        categories={
            "level": tuple(str(one.level) for one in found),
            "reasoning": tuple(one.reasoning for one in found),
        },
    )


def _read_tsv(path: Path) -> pd.DataFrame:
    import csv

    import pandas as pd

    return pd.read_csv(
        path,
        sep="\t",
        quoting=csv.QUOTE_NONE,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
    )


def _from_hub(task: Task, split: str) -> Examples:
    """Read the split from the hub's copy of GLUE; the hub's client keeps it in its own cache."""
    import pandas as pd
    from huggingface_hub import hf_hub_download

    if split not in task.hub_splits:
        known = ", ".join(task.hub_splits)
        raise ValueError(f"expected a split of {task.title} out of {known}, but got {split!r}")
    name = f"{task.name}/{task.hub_splits[split]}-00000-of-00001.parquet"
    path = hf_hub_download(HUB_DATASET, name, repo_type="dataset")
    return _from_table(pd.read_parquet(path).astype(str), task, f"hub:{HUB_DATASET}/{name}")


def _from_table(table: pd.DataFrame, task: Task, source: str) -> Examples:
    columns = {name: _find_column(table, task, name, source) for name in task.columns}
    texts = {
        name: tuple(" ".join(string.split()) for string in table[found])
        for name, found in columns.items()
    }
    found = _find_column(table, task, "label", source, required=False)
    unknown = np.full(len(table), -1, np.int64)
    labels = _label_numbers(list(table[found]), task, source) if found else unknown
    own_ids = np.arange(len(table), dtype=np.int64)
    ids = np.asarray(table["idx"], np.int64) if "idx" in table else own_ids
    return Examples(ids, texts, labels, source)


def _find_column(table, task: Task, name: str, source: str, required: bool = True) -> str | None:
    candidates = (name, *task.aliases.get(name, ()))
    for candidate in candidates:
        if candidate in table:
            return candidate
    if not required:
        return None
    raise TextError(
        f"expected a column {' or '.join(candidates)} for {task.title} in {source}, "
        f"but got {', '.join(map(str, table.columns))}"
    )


def _label_numbers(values: list[str], task: Task, source: str) -> np.ndarray:
    """Map label names, or their numbers in the task's order, to int64 [N]; -1 stays unknown."""
    numbers = {name: number for number, name in enumerate(task.label_names)}
    numbers |= {str(number): number for number in range(-1, len(task.label_names))}
    for row, value in enumerate(values, start=1):
        if value not in numbers:
            raise TextError(
                f"expected labels out of {', '.join(task.label_names)} (or their numbers) in "
                f"{source}, but row {row} has {value!r}"
            )
    return np.array([numbers[value] for value in values], np.int64)
