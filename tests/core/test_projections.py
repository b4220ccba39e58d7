"""Layers in the plane: rounding that nobody sees, and layers laid over each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from cascade_core.outputs import Projection, ProjectionKey
from cascade_core.projections import aligned, project
from cascade_core.representations import aligned_layers, nearest, represent

RNG = np.random.default_rng(0)


def turned(points: np.ndarray, angle: float, mirrored: bool = False) -> np.ndarray:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return points @ (turn * [1, -1] if mirrored else turn)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_layer_that_is_only_turned_moved_and_enlarged_does_not_move(mirrored):
    first = RNG.normal(size=(50, 2))
    other = 40 + 3 * turned(first, 2.0, mirrored)
    laid = aligned([first, other, first])
    np.testing.assert_allclose(laid[1], laid[0], atol=1e-5)
    np.testing.assert_allclose(laid[2], laid[0], atol=1e-5)


def test_proportions_within_a_layer_stay():
    layers = RNG.normal(size=(3, 20, 2)) * [[[1.0]], [[5.0]], [[0.1]]]
    laid = aligned(list(layers))
    for before, after in zip(layers, laid, strict=True):
        distances = [np.linalg.norm(one[:, None] - one, axis=2) for one in (before, after)]
        factor = distances[1][0, 1] / distances[0][0, 1]
        np.testing.assert_allclose(distances[1], factor * distances[0], rtol=1e-4, atol=1e-6)
        assert np.sqrt((after**2).sum(axis=1).mean()) == pytest.approx(1)


def test_the_turn_is_the_orthogonal_procrustes_solution():
    first, second = (one - one.mean(axis=0) for one in RNG.normal(size=(2, 30, 2)))
    second *= np.linalg.norm(first) / np.linalg.norm(second)
    rotation, _ = orthogonal_procrustes(second, first)
    laid = aligned([first, second])
    scale = np.sqrt((first**2).sum(axis=1).mean())
    np.testing.assert_allclose(laid[1] * scale, second @ rotation, atol=1e-5)


@pytest.mark.parametrize("instances", [1, 2])
def test_hardly_any_instances_are_aligned_all_the_same(instances):
    assert np.isfinite(aligned(list(RNG.normal(size=(2, instances, 2))))).all()


def test_two_models_lie_alike():
    points = RNG.normal(size=(40, 2))
    projections = {
        ProjectionKey("ramps", 1, "pca"): Projection(RNG.normal(size=(40, 2))),
        ProjectionKey("ramps", 2, "pca"): Projection(points),
        ProjectionKey("small", 2, "pca"): Projection(turned(points, 1.0)),
    }
    ramps = aligned_layers(projections, "ramps", "pca")
    small = aligned_layers(projections, "small", "pca", beside=ramps)
    assert (ramps.layers, small.layers) == ((1, 2), (2,))
    np.testing.assert_allclose(small.coordinates[0], ramps.coordinates[1], atol=1e-5)
    with pytest.raises(KeyError):
        aligned_layers(projections, "small", "tsne")


def test_the_nearest_layer_is_found():
    assert [nearest((1, 2, 4, 8), layer) for layer in (1, 3, 7, 12)] == [0, 1, 3, 3]


def test_coordinates_are_rounded_where_nobody_sees_it():
    projected = project(RNG.normal(size=(30, 5)), "pca").coordinates
    np.testing.assert_array_equal(projected, projected.astype(np.float16))
    for size in (1e9, 1e-9):  # beyond what float16 can say
        coordinates = project(size * RNG.normal(size=(30, 5)), "pca").coordinates
        assert np.isfinite(coordinates).all()
        assert len(np.unique(coordinates)) == 60


def test_unknown_labels_are_projected_but_not_measured():
    vectors = RNG.normal(size=(1, 6, 3)).astype(np.float32)
    told = []
    made = represent(
        "m", [4], vectors, np.full(6, -1), {"pca": 1}, "mean", lambda *one: told.append(one)
    )
    (projection,) = made.projections.values()
    assert (projection.seed, projection.parameters["vectors"]) == (1, "mean of tokens")
    assert made.separability == {}
    assert told == [
        ("a linear probe after layer 4", 0, 2),
        ("PCA after layer 4", 1, 2),
        ("done", 2, 2),
    ]
