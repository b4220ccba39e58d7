from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

from . import tiny


@pytest.fixture(scope="session")
def bert(tmp_path_factory) -> Path:
    return tiny.write_checkpoint(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="session")
def roberta(tmp_path_factory) -> Path:
    return tiny.write_checkpoint(tmp_path_factory.mktemp("roberta"), "roberta")


@pytest.fixture(params=["bert", "roberta"])
def checkpoint(request) -> str:
    return str(request.getfixturevalue(request.param))
