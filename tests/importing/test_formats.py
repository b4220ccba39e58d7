"""Every format gives the same run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from cascade_core import ExitLadder, Run, exit_scores, load_run, save_run, tradeoff_curve
from cascade_core.importing import import_run
from tests.importing.conftest import (
    CLASSES,
    INSTANCES,
    LABELS,
    LOGITS,
    PLACES,
    WORDS,
    WRITERS,
    made_up_logits,
    softmax,
)

COSTS = {"small": [1], "ramps": [2, 10]}
TABLES = [".csv", ".parquet", ".jsonl"]


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_every_format_gives_the_same_ladder(write, suffix, kind):
    run = import_run(write(suffix, kind), costs=COSTS)
    ladder = run.systems["small then ramps"]
    given = np.concatenate([LOGITS["small"], LOGITS["ramps"]])
    expected = ExitLadder(
        "expected",
        logits=given,
        labels=LABELS,
        costs={"cost": [1, 3, 11]},
        reference_cost={"cost": 10},
    )
    np.testing.assert_allclose(
        exit_scores(np.asarray(ladder.logits), "max_prob"),
        exit_scores(given, "max_prob"),
        rtol=1e-5,
    )
    np.testing.assert_array_equal(np.asarray(ladder.correct), np.asarray(expected.correct))
    assert ladder.costs["cost"].tolist() == [1, 3, 11]
    one, other = (tradeoff_curve(each, basis="cost") for each in (ladder, expected))
    np.testing.assert_array_equal(one.score, other.score)
    np.testing.assert_array_equal(one.speedup, other.speedup)
    assert (run.name, run.reference) == ("animals", "ramps")
    assert run.ids.tolist() == list(range(100, 100 + INSTANCES))


@pytest.mark.parametrize("suffix", [".npz", *TABLES])
def test_logits_arrive_to_the_last_bit(write, suffix):
    run = import_run(write(suffix), costs=COSTS)
    np.testing.assert_array_equal(run.models["ramps"].logits, LOGITS["ramps"])


@pytest.mark.parametrize("suffix", TABLES)
def test_tables_name_classes_texts_and_categories(write, suffix, tmp_path):
    run = import_run(write(suffix), costs=COSTS, texts=["caption"], categories=["place"])
    assert run.label_names == CLASSES
    assert run.texts == {"caption": tuple(WORDS)}
    assert run.categories["place"].names == ("indoors", "outdoors")
    assert run.categories["place"].of(["outdoors"]).sum() == PLACES.count("outdoors")
    save_run(run, tmp_path / "kept")
    assert load_run(tmp_path / "kept", verify=True).texts == run.texts


def test_a_bare_array_and_its_labels(tmp_path):
    np.save(tmp_path / "mine.npy", made_up_logits(3))
    np.save(tmp_path / "truth.npy", LABELS)
    run = import_run(tmp_path / "mine.npy", kind="logits", labels=str(tmp_path / "truth.npy"))
    np.testing.assert_array_equal(run.models["mine"].logits, made_up_logits(3))
    assert run.labels.tolist() == LABELS.tolist()
    assert run.systems["mine"].costs["layers"].tolist() == [1, 2, 3]


def test_one_model_needs_no_name_and_one_exit_no_axis(tmp_path):
    np.savez(tmp_path / "plain.npz", logits=made_up_logits(1)[0], labels=LABELS)
    assert import_run(tmp_path / "plain.npz").systems["plain"].exits == 1
    columns = {f"logits/1/{c}": LOGITS["small"][0, :, n] for n, c in enumerate(CLASSES)}
    pd.DataFrame(columns).to_csv(tmp_path / "table.csv", index=False)
    run = import_run(tmp_path / "table.csv", layers={"": [12]})
    np.testing.assert_array_equal(run.models["table"].logits, LOGITS["small"])
    assert run.systems["table"].costs["layers"].tolist() == [12]
    assert set(run.labels) == {-1}


def answers(tmp_path: Path, as_table: bool) -> Run:
    """A cheap and a dear model that only answer, and the price of each call."""
    sure = np.linspace(0.3, 0.9, INSTANCES)
    said = [CLASSES[number] for number in (LABELS + (sure < 0.6)) % 3]
    price = np.linspace(1, 2, INSTANCES)
    truth = [CLASSES[number] for number in LABELS]
    if as_table:
        columns = {
            "predictions/mini/1": said,
            "scores/mini/1": sure,
            "cost/mini/1": price / 10,
            "predictions/large/1": truth,
            "scores/large/1": sure,
            "cost/large/1": price,
            "label": truth,
        }
        pd.DataFrame(columns).to_json(tmp_path / "calls.jsonl", orient="records", lines=True)
        return import_run(tmp_path / "calls.jsonl", cost_unit="cents")
    arrays = {
        "predictions/mini": np.array(said),
        "scores/mini": sure,
        "cost/mini": price / 10,
        "predictions/large": np.array([truth]),
        "scores/large": sure[None],
        "cost/large": price[None],
        "labels": np.array(truth),
    }
    np.savez(tmp_path / "calls.npz", **arrays)
    return import_run(tmp_path / "calls.npz", cost_unit="cents")


@pytest.mark.parametrize("as_table", [True, False])
def test_answers_with_how_sure_they_are_and_prices_of_calls(tmp_path, as_table):
    run = answers(tmp_path, as_table)
    ladder = run.systems["mini then large"]
    assert (run.label_names, run.reference) == (CLASSES, "large")
    assert run.system_specs["mini then large"].criterion == "confidence"
    curve = tradeoff_curve(ladder, "confidence", "cost")
    point = curve.at_threshold(0.599)
    assert point.score == 1.0
    deferred = np.linspace(0.3, 0.9, INSTANCES) <= 0.599
    price = np.linspace(1, 2, INSTANCES)
    assert point.cost == pytest.approx((price / 10 + price * deferred).mean())


def test_of_many_classes_answers_and_scores_are_kept(tmp_path):
    logits = made_up_logits(2, instances=50, classes=300)
    labels = np.arange(50)
    save_file({"logits": logits, "labels": labels}, tmp_path / "wide.safetensors")
    run = import_run(tmp_path / "wide.safetensors")
    whole = ExitLadder("whole", logits=logits, labels=labels, costs={"layers": [1, 2]})
    assert run.models["wide"].logits is None
    for criterion in ("max_prob", "entropy", "margin", "patience"):
        one = tradeoff_curve(run.systems["wide"], criterion)
        other = tradeoff_curve(whole, criterion)
        np.testing.assert_allclose(one.breakpoints, other.breakpoints, rtol=1e-12)
        np.testing.assert_array_equal(one.score, other.score)


def test_labels_by_name_by_number_and_unknown(tmp_path):
    table = pd.DataFrame({f"logits/1/{c}": [0.0, 1, 2, 3] for c in CLASSES})
    table.assign(label=["owl", "1", "-1", ""]).to_csv(tmp_path / "t.csv", index=False)
    assert import_run(tmp_path / "t.csv").labels.tolist() == [2, 1, -1, -1]
    table.assign(truth=[2, 1, None, 0]).to_parquet(tmp_path / "t.parquet")
    run = import_run(tmp_path / "t.parquet", labels="truth")
    assert run.labels.tolist() == [2, 1, -1, 0]


def test_classes_that_are_called_by_numbers_are_taken_by_name(tmp_path):
    columns = {"logits/1/1": [2.0, 0], "logits/1/2": [0.0, 2], "label": [1, 2]}
    pd.DataFrame(columns).to_csv(tmp_path / "digits.csv", index=False)
    assert import_run(tmp_path / "digits.csv").labels.tolist() == [0, 1]


def test_impossible_answers_keep_a_finite_logit(tmp_path):
    np.savez(tmp_path / "sure.npz", probabilities=np.array([[[1.0, 0.0], [0.25, 0.75]]]))
    logits = import_run(tmp_path / "sure.npz").models["sure"].logits
    np.testing.assert_allclose(softmax(logits), [[[1, 0], [0.25, 0.75]]], atol=1e-7)


def test_cascades_and_the_reference_are_as_one_says(write):
    run = import_run(
        write(".npz"), costs=COSTS, systems={"mine": ["ramps", "small"]}, reference="small"
    )
    assert list(run.systems) == ["small", "ramps", "mine"]
    assert run.systems["mine"].costs["cost"].tolist() == [2, 10, 11]
    assert run.systems["mine"].reference_cost["cost"] == 1


def test_a_table_with_line_breaks_and_quotes_in_its_texts(write, tmp_path):
    table = pd.read_csv(write(".csv"))
    table["caption"] = 'two\nlines, "quoted"'
    table.to_csv(tmp_path / "quoted.csv", index=False)
    run = import_run(tmp_path / "quoted.csv", costs=COSTS, texts=["caption"])
    assert run.texts == {"caption": ('two\nlines, "quoted"',) * INSTANCES}
