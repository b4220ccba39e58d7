"""`cascadelens import` from the file to the dashboard."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from cascade_core import load_run
from cascade_core.cli import app
from tests.importing.conftest import LABELS, made_up_logits


@pytest.fixture
def cascadelens(tmp_path, monkeypatch):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        return CliRunner().invoke(app, [*arguments], env={"COLUMNS": "200"})

    return run


def test_a_strangers_npz_is_one_command_away_from_the_dashboard(cascadelens):
    np.savez("mine.npz", logits=made_up_logits(3), labels=LABELS)
    done = cascadelens("import", "mine.npz", "--cost", "1,3,12")
    assert done.exit_code == 0, done.output
    assert "Wrote runs/mine. See it with: cascadelens dashboard" in done.output
    assert "30 instances, 3 classes; systems: mine; speed-up 1x: mine." in done.output
    run = load_run("runs/mine", verify=True)
    assert run.systems["mine"].costs["cost"].tolist() == [1, 3, 12]
    assert "cost" in cascadelens("runs", "describe", "runs/mine").output
    assert cascadelens("runs", "check", "runs/mine").exit_code == 0
    assert "mine" in cascadelens("runs", "list").output


def test_all_options_arrive(cascadelens, write):
    write(".csv")
    done = cascadelens(
        *("import", "animals.csv", "--name", "zoo", "--output", "elsewhere"),
        *("--cost", "small=0.2", "--cost", "ramps=1.5,5", "--cost-unit", "cents"),
        *("--layers", "small=2", "--layers", "ramps=6,12", "--reference", "small"),
        *("--system", "both=small,ramps", "--text", "caption", "--category", "place"),
        *("--task", "Animals", "--split", "test"),
    )
    assert done.exit_code == 0, done.output
    run = load_run("elsewhere/zoo", verify=True)
    both = run.systems["both"]
    assert both.costs["cost"].tolist() == pytest.approx([0.2, 1.7, 5.2])
    assert both.costs["layers"].tolist() == [2, 8, 14]
    assert (run.cost_unit, run.reference) == ("cents", "small")
    assert (run.task, run.split) == ("Animals", "test")
    assert list(run.system_specs) == ["small", "ramps", "both"]
    assert list(run.texts or ()) == ["caption"]
    assert list(run.categories) == ["place"]
    assert "Left out" not in done.output


def test_it_says_what_one_may_have_expected_in_vain(cascadelens, write):
    write(".csv")
    said = cascadelens("import", "animals.csv", "--cost", "small=1", "--cost", "ramps=1,2").output
    assert "Left out: caption, place; take columns with --text or --category." in said
    np.savez("bare.npz", logits=made_up_logits(2))
    said = cascadelens("import", "bare.npz").output
    assert "There are no labels: there will be speed-up to see but no accuracy." in said
    assert "Cost is counted in layers; say --cost for costs of your own." in said
    np.savez("wide.npz", logits=made_up_logits(2, 20, 200), labels=np.arange(20) - 1)
    said = cascadelens("import", "wide.npz").output
    assert "Of more than 100 classes answers and scores are kept" in said
    assert "1 of 20 labels are unknown" in said


def test_a_bare_array_by_an_option(cascadelens):
    np.save("mine.npy", made_up_logits(2))
    np.save("truth.npy", LABELS)
    done = cascadelens("import", "mine.npy", "--logits", "--labels", "truth.npy")
    assert done.exit_code == 0, done.output
    assert load_run("runs/mine").labels.tolist() == LABELS.tolist()


def test_a_standing_run_is_replaced_only_when_asked(cascadelens):
    np.savez("mine.npz", logits=made_up_logits(2), labels=LABELS)
    assert cascadelens("import", "mine.npz").exit_code == 0
    first = load_run("runs/mine").identity
    refused = cascadelens("import", "mine.npz", "--cost", "1,2")
    assert refused.exit_code == 1
    assert "runs/mine exists: give --overwrite to replace it, or another --name" in refused.output
    assert load_run("runs/mine").identity == first
    assert cascadelens("import", "mine.npz", "--cost", "1,2", "--overwrite").exit_code == 0
    assert load_run("runs/mine").identity != first


def test_a_bad_file_leaves_nothing_behind(cascadelens, tmp_path):
    np.savez("mine.npz", logits=np.full((1, 3, 2), np.nan))
    refused = cascadelens("import", "mine.npz")
    assert refused.exit_code == 1
    assert "at [0, 0, 0] (exit, row, class): expected a finite number but got nan" in refused.output
    assert "Traceback" not in refused.output
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--cost", "cheap"], "--cost: expected numbers between commas, 1,3,12 or MODEL=1,3,12"),
        (["--layers", "1.5"], "--layers: expected numbers between commas, 1,3,12 or MODEL=1,3,12"),
        (["--system", "small,big"], "--system: expected NAME=MODEL,MODEL but got 'small,big'"),
        (["--name", "a/b"], "--name: expected the name of a folder but got 'a/b'"),
        (["--logits", "--probabilities"], "expected --logits or --probabilities but got both"),
    ],
)
def test_options_that_cannot_be_read(cascadelens, arguments, sentence):
    np.savez("mine.npz", logits=made_up_logits(2))
    refused = cascadelens("import", "mine.npz", *arguments)
    assert refused.exit_code == 1
    assert sentence in refused.output


def test_help_has_an_example(cascadelens):
    assert "Example: cascadelens import mine.npz" in cascadelens("import", "--help").output
