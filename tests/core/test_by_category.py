"""What systems do by category: literal loops, and correlations that scipy agrees with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap, spearmanr

from cascade_core import Category, ExitLadder, difficulty_inversion_score, exit_scores, replay
from cascade_core.by_category import by_category, rank_correlation
from cascade_core.exit_quality import QUALITIES, exit_grid


@pytest.fixture(scope="module")
def ladder() -> ExitLadder:
    """Two exits on 600 instances of three levels: the higher the level, the less is known."""
    rng = np.random.default_rng(0)
    levels = np.arange(600) % 3
    labels = rng.integers(2, size=600)
    towards = (2 * labels - 1) * np.array([2.0, 1.0, 0.2])[levels]
    gap = towards + rng.normal(size=(2, 600)) * np.array([[1.0], [0.3]])
    return ExitLadder(
        "two exits", logits=np.stack([-gap, gap], -1), labels=labels, costs={"layers": [2, 8]}
    )


LEVELS = Category(("1", "2", "3"), np.arange(600) % 3)


def test_rows_are_those_of_a_literal_loop(ladder):
    left = replay(exit_scores(ladder.logits, "max_prob"), 0.9)
    found = by_category(ladder, LEVELS, left)
    assert [row.name for row in found.rows] == ["1", "2", "3"]
    confidence = exit_scores(ladder.logits, "max_prob")[0]
    for code, row in enumerate(found.rows):
        members = [n for n in range(600) if LEVELS.codes[n] == code]
        assert row.n == len(members) == 200
        assert row.cost == pytest.approx(np.mean([(2, 8)[left[n]] for n in members]))
        assert row.early == pytest.approx(np.mean([left[n] == 0 for n in members]))
        assert row.accuracy == pytest.approx(np.mean([ladder.correct[left[n], n] for n in members]))
        assert row.interval.low < row.accuracy < row.interval.high
        inner = difficulty_inversion_score(ladder.correct[0, members], confidence[members])
        assert row.dis == pytest.approx(inner)


def test_a_system_that_follows_difficulty_is_told_from_one_that_does_not(ladder):
    left = replay(exit_scores(ladder.logits, "max_prob"), 0.9)
    follows = by_category(ladder, LEVELS, left)
    assert follows.depth.interval.low > 0.2
    assert follows.doubt.interval.low > 0.2
    rng = np.random.default_rng(1)
    blind = []
    for _ in range(60):
        shuffled = Category(LEVELS.names, rng.permutation(LEVELS.codes))
        blind.append(by_category(ladder, shuffled, left).depth.interval)
    assert np.mean([low < 0 < high for low, high in blind]) > 0.85


def test_one_exit_has_no_depth_to_follow_with(ladder):
    one = ExitLadder("one", logits=ladder.logits[:1], labels=ladder.labels, costs={"layers": [2]})
    found = by_category(one, LEVELS, np.zeros(600, int))
    assert np.isnan(found.depth.value)
    assert found.doubt.value > 0.2


def test_unknown_labels_leave_what_needs_them_open(ladder):
    unknown = ExitLadder(
        "x", logits=ladder.logits, labels=np.full(600, -1), costs={"layers": [2, 8]}
    )
    found = by_category(unknown, LEVELS, np.zeros(600, int))
    assert all(np.isnan([row.accuracy, row.dis]).all() for row in found.rows)
    assert found.rows[0].cost == 2


def test_empty_categories_have_no_row(ladder):
    found = by_category(ladder, Category(("1", "2", "3", "4"), LEVELS.codes), np.zeros(600, int))
    assert [row.name for row in found.rows] == ["1", "2", "3"]


def test_rank_correlation_is_scipys_and_its_interval_that_of_a_bootstrap():
    rng = np.random.default_rng(3)
    one = rng.integers(5, size=300)
    other = one + 2 * rng.normal(size=300)
    found = rank_correlation(one, other)
    assert found.value == pytest.approx(spearmanr(one, other)[0])
    drawn = bootstrap(
        (one, other),
        lambda a, b: spearmanr(a, b)[0],
        paired=True,
        vectorized=False,
        n_resamples=300,
        method="percentile",
        rng=0,
    ).confidence_interval
    assert found.interval.low == pytest.approx(drawn.low, abs=0.03)
    assert found.interval.high == pytest.approx(drawn.high, abs=0.03)


@pytest.mark.parametrize("one", [[1, 1, 1, 1, 1], [1, 2, 3]])
def test_no_correlation_where_nothing_varies_or_too_little_is_known(one):
    assert np.isnan(rank_correlation(np.array(one), np.arange(len(one))).value)


def test_an_exit_grid_has_every_exit_once(run):
    for quality in QUALITIES:
        grid = exit_grid(run, quality)
        assert grid.models == ("small", "ramps")
        assert grid.depths == (1, 2, 3, 4)
        assert np.isnan(grid.values).tolist() == [[True, False, True, True], [False] * 4]
    accuracy = exit_grid(run, "accuracy").values
    assert accuracy[1].tolist() == run.systems["ramps"].correct.mean(1).tolist()
    with pytest.raises(ValueError, match="expected one of dis, accuracy, ece but got 'f1'"):
        exit_grid(run, "f1")
