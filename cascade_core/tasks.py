"""The tasks the project knows: label names, metric, where columns and splits are found."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Task(NamedTuple):
    """A sentence or sentence-pair classification task.

    `label_names` fixes the class order everywhere: labels are mapped to it by name, and those that
    are numbers, as the hub's of GLUE are, count in it.
    `columns` are our names of the text columns; `aliases` the names other files use for them.
    `hub_splits` maps our names of the splits to the hub's; `official_files` has the names of GLUE's
    own files that differ from ours. `difficulty_margin` is that of CascadeBERT's Table 1. Graded
    tasks are written here (`cascade_core.graded`) and have neither files nor margin.
    """

    name: str
    title: str
    metric: str
    label_names: tuple[str, ...]
    columns: tuple[str, ...]
    source: Literal["glue", "graded"]
    folder: str
    hub_splits: dict[str, str]
    aliases: dict[str, tuple[str, ...]]
    official_files: dict[str, str]
    difficulty_margin: float | None


HUB_DATASET = "nyu-mll/glue"
_SPLITS = {"train": "train", "dev": "validation", "test": "test"}
_PAIR = ("sentence1", "sentence2")
_LABEL_ALIASES = ("label", "gold_label", "is_duplicate", "Quality")


def _glue(
    name,
    title,
    metric,
    label_names,
    folder,
    columns=_PAIR,
    aliases=None,
    splits=None,
    files=None,
    margin=0.5,
) -> Task:
    return Task(
        name=name,
        title=title,
        metric=metric,
        label_names=label_names,
        columns=columns,
        source="glue",
        folder=folder,
        hub_splits=splits or _SPLITS,
        aliases={"label": _LABEL_ALIASES, **(aliases or {})},
        official_files=files or {},
        difficulty_margin=margin,
    )


_ENTAILMENT = ("entailment", "not_entailment")
_QUESTIONS = {"sentence1": ("question", "question1"), "sentence2": ("sentence", "question2")}


def _graded(name: str, title: str, label_names: tuple[str, ...], columns: tuple[str, ...]) -> Task:
    return Task(
        name=name,
        title=title,
        metric="accuracy",
        label_names=label_names,
        columns=columns,
        source="graded",
        folder="",
        hub_splits={},
        aliases={},
        official_files={},
        difficulty_margin=None,
    )


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        _glue(
            "sst2",
            "SST-2",
            "accuracy",
            ("negative", "positive"),
            "SST-2",
            columns=("sentence1",),
            aliases={"sentence1": ("sentence",)},
        ),
        _glue("rte", "RTE", "accuracy", _ENTAILMENT, "RTE"),
        _glue(
            "mrpc",
            "MRPC",
            "f1",
            ("not_equivalent", "equivalent"),
            "MRPC",
            aliases={"sentence1": ("#1 String",), "sentence2": ("#2 String",)},
        ),
        _glue("qnli", "QNLI", "accuracy", _ENTAILMENT, "QNLI", aliases=_QUESTIONS, margin=0.3),
        _glue(
            "qqp",
            "QQP",
            "f1",
            ("not_duplicate", "duplicate"),
            "QQP",
            aliases=_QUESTIONS,
            margin=0.3,
        ),
        _glue(
            "mnli",
            "MNLI",
            "accuracy",
            ("entailment", "neutral", "contradiction"),
            "MNLI",
            aliases={"sentence1": ("premise",), "sentence2": ("hypothesis",)},
            splits={
                "train": "train",
                "dev": "validation_matched",
                "dev_mm": "validation_mismatched",
                "test": "test_matched",
                "test_mm": "test_mismatched",
            },
            files={
                "dev": "dev_matched",
                "dev_mm": "dev_mismatched",
                "test": "test_matched",
                "test_mm": "test_mismatched",
            },
            margin=0.3,
        ),
        _graded(
            "graded-nli",
            "Graded NLI",
            ("entailment", "neutral", "contradiction"),
            ("premise", "hypothesis"),
        ),
        _graded("graded-sentiment", "Graded sentiment", ("negative", "positive"), ("sentence",)),
        _graded("graded-glosses", "Graded glosses", (), ("sentence",)),  # to pre-train on
    )
}


def find_task(name: str) -> Task:
    """Return the task called `name`.

    Raises `LookupError`, naming the known tasks, for any other name.

    >>> find_task("sst2").label_names
    ('negative', 'positive')
    """
    if name not in TASKS:
        raise LookupError(f"expected a task out of {', '.join(TASKS)}, but got {name!r}")
    return TASKS[name]


def is_graded(name: str) -> bool:
    """Whether a task is one of those written here; what a benchmark says is no matter of theirs.

    >>> is_graded("graded-nli"), is_graded("sst2"), is_graded("my-own")
    (True, False, False)
    """
    return name in TASKS and TASKS[name].source == "graded"
