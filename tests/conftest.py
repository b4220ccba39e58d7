"""Fixtures that several test folders share: a small made-up run, and where GLUE's texts are."""

from __future__ import annotations

import dataclasses
import os
from itertools import product
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # no test reaches the network, but for a loopback hub of ours

import numpy as np
import pytest

from cascade_core.costs import Architecture
from cascade_core.runs import (
    Category,
    ModelOutput,
    Projection,
    ProjectionKey,
    Run,
    SystemSpec,
    save_run,
)
from cascade_core.texts import fingerprint

ADJECTIVES = {"dull": 0, "clumsy": 0, "stale": 0, "bright": 1, "clever": 1, "warm": 1}
NOUNS = ("story", "song", "film", "game with far too long a name")


def made_up_run() -> Run:
    """24 made-up texts, two classes; models "small" (1 exit) and "ramps" (4), three systems."""
    pairs = list(product(ADJECTIVES, NOUNS))
    texts = tuple(f"a {adjective} {noun}" for adjective, noun in pairs)
    labels = np.array([ADJECTIVES[adjective] for adjective, _ in pairs])
    rng = np.random.default_rng(7)

    def logits(exits: int) -> np.ndarray:
        towards_label = (2 * labels - 1) * np.linspace(0.4, 2.0, exits)[:, None]
        gap = towards_label + rng.normal(size=(exits, len(labels)))
        return np.stack([-gap, gap], axis=-1).astype(np.float32)

    large = Architecture(4, 32, 64, 2, vocabulary=100)
    models = {
        "small": ModelOutput("small", logits(1), (2,), large._replace(layers=2)),
        "ramps": ModelOutput("ramps", logits(4), (1, 2, 3, 4), large),
    }
    return Run(
        name="made-up",
        task="reviews",
        split="dev",
        labels=labels,
        label_names=("negative", "positive"),
        ids=np.arange(100, 100 + len(labels)),
        tokens=np.array([len(text.split()) + 2 for text in texts]),
        models=models,
        system_specs={
            "small": SystemSpec(("small",), description="Two layers, one exit"),
            "ramps": SystemSpec(("ramps",), description="Four layers, an exit after each"),
            "cascade": SystemSpec(("small", "ramps"), description="Asks small first"),
        },
        reference="ramps",
        texts={"sentence": texts},
        text_source={
            "source": "made up for the tests",
            "fingerprint": fingerprint({"sentence": texts}),
            "shipped": True,
        },
        provenance={"recipe": "tests", "seed": 7},
        projections={
            ProjectionKey("ramps", 2, "tsne"): Projection(
                rng.normal(size=(len(labels), 2)), seed=3, parameters={"perplexity": 5}
            )
        },
        categories={"level": Category(("easy", "hard"), np.arange(len(labels)) % 2)},
    )


@pytest.fixture(scope="session")
def run() -> Run:
    """The made-up run with its texts."""
    return made_up_run()


@pytest.fixture(scope="session")
def run_without_texts(run: Run) -> Run:
    """The made-up run as if its texts could not be passed on."""
    source = {**run.text_source, "columns": ["sentence"], "shipped": False}
    return dataclasses.replace(run, name="made-up-without-texts", texts=None, text_source=source)


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory: pytest.TempPathFactory, run: Run, run_without_texts: Run) -> Path:
    """A folder with both runs on disk."""
    folder = tmp_path_factory.mktemp("runs")
    for each in (run, run_without_texts):
        save_run(each, folder / each.name)
    return folder


@pytest.fixture(scope="session")
def glue_folder() -> Path:
    """The folder with GLUE's texts; a test that uses it is skipped where there is none."""
    folder = os.environ.get("CASCADELENS_DATA")
    if not folder:
        pytest.skip("CASCADELENS_DATA names no folder with GLUE's texts (README, 'Texts')")
    return Path(folder)


@pytest.fixture(scope="session")
def bert(tmp_path_factory) -> Path:
    """A tiny random BERT in hub layout."""
    return _tiny_checkpoint(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="session")
def roberta(tmp_path_factory) -> Path:
    """A tiny random RoBERTa in hub layout, with other token numbers than the BERT."""
    return _tiny_checkpoint(tmp_path_factory.mktemp("roberta"), "roberta")


@pytest.fixture(params=["bert", "roberta"])
def checkpoint(request) -> str:
    """Each of the two by turns."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A run of tiny trained models, with its folder, their cache and the texts; see `Trained`."""
    from tests.recipes.tiny_run import make_trained_run

    return make_trained_run(tmp_path_factory.mktemp("trained"))


def _tiny_checkpoint(folder: Path, kind: str) -> Path:
    from tests.models import tiny  # needs torch, which not every test has

    return tiny.write_checkpoint(folder, kind)
