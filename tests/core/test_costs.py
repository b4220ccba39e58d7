from __future__ import annotations

import numpy as np
import pytest

from cascade_core import BASES, Architecture, flop_costs, layer_costs
from tests import oracles

MINI = Architecture(layers=6, hidden=384, intermediate=1536, heads=12)


def test_layers_are_the_numbers_of_the_exits() -> None:
    assert layer_costs([1, 2, 6]).tolist() == [1, 2, 6]
    for wrong in ([], [0, 1], [2, 2], [3, 1]):
        with pytest.raises(ValueError, match="exits: expected rising layer numbers"):
            layer_costs(wrong)


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("pooler", [False, True])
def test_flops_against_a_list_of_matrix_products(gated: bool, pooler: bool) -> None:
    architecture = MINI._replace(gated=gated)
    exits, tokens, classes = [1, 3, 6], [1, 7, 128], 3
    costs = flop_costs(architecture, exits, tokens, classes, pooler)
    assert costs.shape == (3, 3)
    for e, layers in enumerate(exits):
        for n, length in enumerate(tokens):
            matrices = 3 if gated else 2
            encoder = oracles.transformer_flops(layers, 384, 1536, length, matrices)
            head = 2 * 384 * classes + (2 * 384 * 384 if pooler else 0)
            assert costs[e, n] == encoder + 5 * length * 384 + (e + 1) * head


def test_students_against_a_list_of_matrix_products() -> None:
    exits, tokens, classes = [1, 3, 6], [1, 7, 128], 3
    costs = flop_costs(MINI, exits, tokens, classes, head="student")
    for n, length in enumerate(tokens):
        student = [
            (length, 384, 128),
            *[(length, 128, 128)] * 4,  # query, key, value, output
            (length, 128, length),
            (length, length, 128),
            (1, 128, 128),
            (1, 128, classes),
        ]
        heads = [sum(2 * rows * inner * columns for rows, inner, columns in student)] * 2
        heads.append(2 * 384 * 384 + 2 * 384 * classes)  # the teacher
        for e, layers in enumerate(exits):
            encoder = oracles.transformer_flops(layers, 384, 1536, length, matrices=2)
            assert costs[e, n] == encoder + 5 * length * 384 + sum(heads[: e + 1])


def test_a_student_worked_by_hand() -> None:
    """H = 4, T = 3, C = 2: 3,072 + 393,216 + 4,608 + 32,768 + 512 operations, at the first exit."""
    tiny = Architecture(layers=2, hidden=4, intermediate=8, heads=1)
    layer, head, student = 912, 48, 434_176
    costs = flop_costs(tiny, [1, 2], [3], 2, head="student")
    assert costs.tolist() == [[60 + layer + student], [60 + 2 * layer + student + head]]
    assert flop_costs(tiny, [2], [3], 2, head="student").tolist() == [[60 + 2 * layer + head]]


@pytest.mark.parametrize(("head", "pooler"), [("pooler", True), ("linear", False)])
def test_the_pooler_flag_names_the_two_plain_heads(head, pooler) -> None:
    sizes = MINI, [1, 6], [5, 9], 2
    for flag in (True, False):  # a head that is named needs no flag
        named = flop_costs(*sizes, flag, head)
        np.testing.assert_array_equal(named, flop_costs(*sizes, pooler=pooler))


def test_bert_base_has_its_well_known_22_billion_operations() -> None:
    base = Architecture(layers=12, hidden=768, intermediate=3072, heads=12)
    costs = flop_costs(base, exits=[12], tokens=[128], classes=2, pooler=True)
    assert costs[0, 0] == pytest.approx(22.4e9, rel=0.01)


def test_costs_rise_with_exits_and_tokens() -> None:
    costs = flop_costs(MINI, range(1, 7), np.arange(1, 200), classes=2, pooler=True)
    assert (np.diff(costs, axis=0) > 0).all()
    assert (np.diff(costs, axis=1) > 0).all()


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="exits: expected at most layer 6"):
        flop_costs(MINI, [7], [5], 2, True)
    with pytest.raises(ValueError, match="tokens: expected one count of at least 1"):
        flop_costs(MINI, [1], [5, 0], 2, True)
    with pytest.raises(ValueError, match="tokens: expected one count"):
        flop_costs(MINI, [1], [[5]], 2, True)
    with pytest.raises(ValueError, match="head: expected one of pooler, linear, student but got"):
        flop_costs(MINI, [1], [5], 2, head="ramp")  # pyright: ignore[reportArgumentType]


def test_every_basis_is_named_on_its_axis() -> None:
    assert set(BASES) == {"layers", "flops", "latency", "cost"}
    assert all(title.startswith("speed-up (") for title in BASES.values())
