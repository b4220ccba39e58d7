"""Several processes at one plan: no training is done twice, and none before what it needs."""

from __future__ import annotations

import io
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the `models` extra: pip install 'cascadelens[models]'")

import torch
from rich.console import Console

from cascade_core.recipes import jobs as jobs_module
from cascade_core.recipes.execute import execute
from cascade_core.recipes.jobs import Job, do_all, helpers, longest_first
from cascade_core.recipes.plan import make_plan
from cascade_core.recipes.recipe import Recipe
from cascade_core.recipes.stages import Stage, stage_for
from cascade_core.recipes.workshop import Workshop

from .tiny_run import write_tiny_recipe


@pytest.fixture
def recipe(tmp_path, monkeypatch) -> Recipe:
    monkeypatch.setenv("CASCADELENS_DATA", str(tmp_path / "data"))
    return write_tiny_recipe(tmp_path, dev_texts=24)


@pytest.fixture
def silent() -> Console:
    return Console(file=io.StringIO())


class Bench:
    """Jobs that only note that they were done."""

    def __init__(self, cache: Path, monkeypatch):
        self.cache, self.done = cache, []
        monkeypatch.setattr(jobs_module, "PAUSE", 0.01)

    def job(self, name: str, *needs: Stage) -> Job:
        stage = stage_for({"name": name}, self.cache)

        def run(progress) -> None:
            self.done.append(name)
            stage.finish({})

        return Job(name, "noted", stage, needs, effort=lambda: pytest.fail("not asked"), run=run)


@pytest.fixture
def bench(tmp_path, monkeypatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_a_training_waits_for_what_it_needs(bench, silent):
    first = bench.job("first")
    second = bench.job("second", first.stage)
    do_all([second, first], silent)
    assert bench.done == ["first", "second"]


def test_what_the_longest_work_waits_for_comes_first(bench):
    short, long, fold = bench.job("short"), bench.job("long"), bench.job("fold")
    last = bench.job("last", fold.stage)
    minutes = {job.stage.key: took for job, took in ((short, 1), (long, 5), (fold, 2), (last, 4))}
    ordered = longest_first([short, long, fold, last], minutes)
    assert [job.name for job in ordered] == ["fold", "long", "last", "short"]


def test_what_another_process_is_at_is_left_to_it(bench, silent):
    first = bench.job("first")
    second, third = bench.job("second", first.stage), bench.job("third")
    elsewhere = first.stage.lock()
    elsewhere.acquire()
    doing = threading.Thread(target=do_all, args=([first, second, third], silent))
    doing.start()
    doing.join(timeout=0.5)
    assert doing.is_alive()
    assert bench.done == ["third"]
    first.stage.finish({})
    elsewhere.release()
    doing.join(timeout=10)
    assert bench.done == ["third", "second"]


def test_what_another_process_gave_up_is_done_here(bench, silent):
    only = bench.job("only")
    elsewhere = only.stage.lock()
    elsewhere.acquire()
    doing = threading.Thread(target=do_all, args=([only], silent))
    doing.start()
    elsewhere.release()
    doing.join(timeout=10)
    assert bench.done == ["only"]


def test_a_plan_needs_what_its_trainings_start_from(recipe, tmp_path):
    plan = make_plan(Workshop.open(recipe, tmp_path / "cache"))
    needs = {job.name: {stage.key for stage in job.needs} for job in plan.jobs}
    assert needs == {"large": set(), "small": set(), "ramps": {plan.models["large"].stage.key}}


def _leave_a_note(folder: Path, console: Console) -> None:
    (folder / "note").write_text(f"{torch.get_num_threads()} {console.quiet}")


def test_helpers_share_the_threads_and_are_silent(tmp_path):
    before = torch.get_num_threads()
    with helpers(1, partial(_leave_a_note, tmp_path)):
        assert torch.get_num_threads() == max(1, before // 2)
        for _ in range(600):
            if (tmp_path / "note").is_file() and (tmp_path / "note").read_text():
                break
            threading.Event().wait(0.1)
    assert (tmp_path / "note").read_text() == f"{max(1, before // 2)} True"
    assert torch.get_num_threads() == before


def test_two_processes_make_the_run_that_one_makes(recipe, silent, tmp_path):
    alone = execute(recipe, silent, tmp_path / "alone")
    together = execute(recipe, silent, tmp_path / "together", jobs=2)
    for name, model in alone.models.items():
        np.testing.assert_allclose(together.models[name].logits, model.logits, atol=1e-3)
