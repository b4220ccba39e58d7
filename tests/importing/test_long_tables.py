"""Long tables, a row for each answer, give the run that wide ones do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cascade_core.importing import OutputsError, import_run
from tests.importing.conftest import CLASSES, INSTANCES, LABELS, LOGITS, WORDS

COSTS = {"small": [1], "ramps": [2, 10]}


def of_logits() -> pd.DataFrame:
    """All logits, a row for each exit of each model and instance."""
    rows: list[dict[str, Any]] = []
    for at in range(INSTANCES):
        for model, logits in LOGITS.items():
            for exit_, of in enumerate(logits, 1):
                known = {"label": CLASSES[LABELS[at]], "caption": WORDS[at]}
                said = {f"logits/{name}": of[at, c] for c, name in enumerate(CLASSES)}
                rows.append({"instance": 100 + at, "model": model, "exit": exit_, **said, **known})
    return pd.DataFrame(rows)


def calls() -> pd.DataFrame:
    """Calls of two models that answer, in no order."""
    return pd.DataFrame(
        {
            "instance": ["b", "a", "a", "b"],
            "model": ["large", "mini", "large", "mini"],
            "prediction": ["no", "yes", "yes", "no"],
            "score": [0.9, 0.6, 0.95, 0.7],
            "cost": [0.6, 0.02, 0.5, 0.03],
            "label": ["no", "yes", "yes", "no"],
        }
    )


WRITE = {
    ".csv": lambda table, path: table.to_csv(path, index=False),
    ".parquet": lambda table, path: table.to_parquet(path),
    ".jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
}


@pytest.mark.parametrize("suffix", WRITE)
def test_a_long_table_holds_what_a_wide_one_does(tmp_path, suffix):
    path = tmp_path / f"long{suffix}"
    WRITE[suffix](of_logits().sample(frac=1, random_state=0).sort_values("instance"), path)
    run = import_run(path, costs=COSTS, texts=["caption"])
    for name, logits in LOGITS.items():
        np.testing.assert_allclose(run.models[name].logits, logits, rtol=1e-6)
    assert run.ids.tolist() == list(range(100, 100 + INSTANCES))
    assert run.texts == {"caption": tuple(WORDS)}
    assert (run.label_names, run.labels.tolist()) == (CLASSES, LABELS.tolist())


def test_calls_may_come_in_any_order_and_cost_differently(tmp_path):
    calls().to_csv(tmp_path / "calls.csv", index=False)
    run = import_run(tmp_path / "calls.csv")
    assert run.labels.tolist() == [0, 1]  # b was asked first
    assert run.models["mini"].scores["confidence"].tolist() == [[0.7, 0.6]]
    assert np.asarray(run.models["large"].cost).tolist() == [[0.6, 0.5]]
    assert list(run.systems) == ["large", "mini", "mini then large"]


def test_what_differs_from_call_to_call_is_left_out(tmp_path):
    calls().assign(seconds=[0.1, 0.2, 0.3, 0.4]).to_csv(tmp_path / "calls.csv", index=False)
    assert import_run(tmp_path / "calls.csv").provenance["left_out"] == ["seconds"]
    with pytest.raises(OutputsError, match=r"row 4, column 'seconds': expected what row 1 says"):
        import_run(tmp_path / "calls.csv", categories=["seconds"])


def test_one_model_needs_no_name_and_models_of_one_exit_no_number(tmp_path):
    table = of_logits()
    table[table.model == "ramps"].drop(columns="model").to_csv(tmp_path / "one.csv", index=False)
    run = import_run(tmp_path / "one.csv", costs={"": [2, 10]})
    np.testing.assert_allclose(run.models["one"].logits, LOGITS["ramps"], rtol=1e-6)


@pytest.mark.parametrize(
    ("row", "changed", "sentence"),
    [
        (3, {"instance": "a"}, "row 4: expected one answer of mini, exit 1, to instance 'a', but "
         "row 2 has one already"),
        (3, {"instance": "c"}, "expected an answer of large, exit 1, to every instance, but there "
         "is none to 'c'; leave such instances out"),
        (3, {"label": "yes"}, "row 4, column 'label': expected what row 1 says of the same "
         "instance, 'no', but got 'yes'"),
        (2, {"score": "high"}, "row 3, column 'score': expected a number but got 'high'"),
        (1, {"model": "mini/2"}, "row 2, column 'model': expected a name, no number and without a "
         "slash, but got 'mini/2'"),
        (1, {"score": 1.5}, "instance 'a', column 'scores/mini/1'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_row(tmp_path: Path, row, changed, sentence):
    table = calls().astype(object)
    for column, value in changed.items():
        table.loc[row, column] = value
    table.to_csv(tmp_path / "calls.csv", index=False)
    with pytest.raises(OutputsError, match=re.escape(sentence)):
        import_run(tmp_path / "calls.csv")
