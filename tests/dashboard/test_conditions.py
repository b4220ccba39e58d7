"""Conditions: what meets them, and how an address writes them."""

from __future__ import annotations

import numpy as np
import pytest

from cascade_core import Run, exit_scores, replay
from cascade_core.criteria import confidences
from cascade_core.outcomes import OUTCOMES, outcomes
from dashboard.conditions import (
    CompleteAlone,
    Condition,
    Found,
    HasLabel,
    HasOutcome,
    InCategory,
    Inverted,
    LeavesAt,
    LetGo,
    Picked,
    Scene,
    Sure,
    Wrong,
)
from dashboard.selection import KINDS, Unreadable, parse, replaced, written
from tests.dashboard.made_up import made_up

RUN = made_up()
EVERY = np.arange(RUN.instances)
ODD = "a:b;c%d, “é” + &=#/?"
CONDITIONS = [
    InCategory("level", "2"),
    InCategory(ODD, ODD),
    HasLabel(ODD),
    Found(ODD),
    Inverted(ODD, "layer 3"),
    Wrong("ramps", "exit 3"),
    CompleteAlone("ramps", ODD, "small", 0.8),
    Sure("ramps", ODD, 1 / 3, 1.0),
    LeavesAt("ramps", "layer 2", 0.1 + 0.2, "max_prob", 1),
    LetGo("ramps", "", 0.1 + 0.2, "max_prob", 0, 1 / 3, 0.9),
    HasOutcome(ODD, "harmful", float("-inf"), "entropy"),
]


def scene(run: Run = RUN) -> Scene:
    return Scene(run, lambda name, criterion, scaled: run.systems[name], lambda: run.texts or {})


def test_an_address_reproduces_every_kind() -> None:
    assert {type(one) for one in CONDITIONS} == set(KINDS.values())
    assert parse(written(CONDITIONS)) == tuple(CONDITIONS)
    assert written(()) is None
    assert parse(None) == ()


@pytest.mark.parametrize("text", ["level:5", "category:level", "sure:a:b:low:1", "harmful", ":::"])
def test_what_no_condition_is_is_kept_and_said(text: str) -> None:
    (one,) = parse(text)
    assert one == Unreadable(text)
    assert written([one]) == text
    with pytest.raises(LookupError, match="category:level:5"):
        one.met(scene(), EVERY)


def test_a_slot_holds_one_condition() -> None:
    chosen: tuple[Condition, ...] = ()
    for one in (InCategory("level", "1"), InCategory("kind", "even"), InCategory("level", "2")):
        chosen = replaced(chosen, one)
    assert chosen == (InCategory("kind", "even"), InCategory("level", "2"))
    assert replaced(chosen, chosen[1]) == chosen
    assert replaced([Inverted("ramps", "layer 1")], Wrong("ramps", "layer 2")) == (
        Wrong("ramps", "layer 2"),
    )


def test_conditions_are_met_by_what_they_say() -> None:
    ramps = RUN.systems["ramps"]
    assert ramps.logits is not None
    assert ramps.correct is not None
    left = replay(exit_scores(ramps.logits, "max_prob"), 0.8)
    sure = confidences(ramps)
    assert sure is not None
    emitted = sure[left, EVERY]
    texts = (RUN.texts or {})["sentence"]
    at = ("max_prob",)
    expected = {
        InCategory("level", "2"): RUN.categories["level"].codes == 1,
        HasLabel("class 1"): RUN.labels == 1,
        Found("RIVERS"): np.array(["rivers" in text for text in texts]),
        Found("1007"): RUN.ids == 1007,
        Wrong("ramps", "layer 2"): ~ramps.correct[1],
        Sure("ramps", "layer 2", 0.6, 0.9): (sure[1] > 0.6) & (sure[1] <= 0.9),
        LeavesAt("ramps", "layer 2", 0.8, *at): left == 1,
        LetGo("ramps", "", 0.8, *at, 0, 0.6, 0.9): (emitted > 0.6) & (emitted <= 0.9),
        LetGo("ramps", "layer 2", 0.8, *at, 0, 0.8, 1.0): (left == 1) & (emitted > 0.8),
        HasOutcome("ramps", "harmful", 0.8, *at): outcomes(ramps, left)
        == list(OUTCOMES).index("harmful"),
        Picked((1003, 1005, 7)): np.isin(RUN.ids, (1003, 1005)),
    }
    for condition, wanted in expected.items():
        assert 0 < wanted.sum() < RUN.instances, condition
        assert condition.met(scene(), EVERY).tolist() == wanted.tolist(), condition
        assert condition.met(scene(), EVERY[::-1]).tolist() == wanted[::-1].tolist(), condition


def test_inverted_pairs_are_inverted_disjoint_and_the_worst_first() -> None:
    ramps = RUN.models["ramps"]
    right, sure = ramps.answers(0) == RUN.labels, ramps.confidences(0)
    condition = Inverted("ramps", "layer 1")
    pairs = condition.pairs(RUN, EVERY)
    wrong_one, right_one = pairs.T
    assert len(pairs) > 2
    assert not right[wrong_one].any()
    assert right[right_one].all()
    gaps = sure[wrong_one] - sure[right_one]
    assert (gaps > 0).all()
    assert (np.diff(gaps) <= 0).all()
    assert len(np.unique(pairs)) == pairs.size
    assert gaps[0] == sure[~right].max() - sure[right].min()
    some = EVERY[::2]
    assert condition.met(scene(), some).sum() == condition.pairs(RUN, some).size


@pytest.mark.parametrize(
    "condition",
    [
        InCategory("depth", "2"),
        InCategory("level", "9"),
        HasLabel("maybe"),
        Inverted("nobody", "layer 1"),
        Wrong("ramps", "layer 99"),
        LeavesAt("ramps", "layer 99", 0.5, "max_prob"),
        HasOutcome("ramps", "lucky", 0.5, "max_prob"),
        Picked((1, 2)),
    ],
)
def test_what_the_run_does_not_know_is_said(condition: Condition) -> None:
    with pytest.raises(LookupError):
        condition.met(scene(), EVERY)


def test_without_texts_a_search_is_for_ids() -> None:
    silent = made_up(texts=False)
    assert Found("1007").met(scene(silent), EVERY).sum() == 1
    with pytest.raises(LookupError, match="texts of this run"):
        Found("rivers").met(scene(silent), EVERY)
    bare = scene(made_up(labelled=False))
    with pytest.raises(LookupError, match="labels"):
        HasOutcome("ramps", "harmful", 0.5, "max_prob").met(bare, EVERY)


def test_figure_1_s_cases_are_right_of_the_whole_model_alone_and_share_their_words() -> None:
    ramps, small = RUN.models["ramps"], RUN.models["small"]
    wrong = ramps.answers(1) != RUN.labels
    expected = wrong & (small.answers(0) == RUN.labels)
    assert 0 < expected.sum() < wrong.sum()
    every = CompleteAlone("ramps", ramps.exit_names[1], "small")
    np.testing.assert_array_equal(every.met(scene(), EVERY), expected)
    texts = {
        "premise": ("The nurse sang a song.",) * RUN.instances,
        "hypothesis": ("A nurse sang!", "A nurse danced") * (RUN.instances // 2),
    }
    pairs = scene()._replace(texts=lambda: texts)
    alike = CompleteAlone("ramps", ramps.exit_names[1], "small", overlap=0.8)
    np.testing.assert_array_equal(alike.met(pairs, EVERY), expected & (EVERY % 2 == 0))
    with pytest.raises(LookupError, match="no pairs of texts"):
        alike.met(scene(), EVERY)
