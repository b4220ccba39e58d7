"""How separable classes are: answers that are known, and what cannot be measured."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from cascade_core import separability as module
from cascade_core.separability import separability


def clouds(distance: float, sizes=(60, 30), width: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Round clouds of radius about 1 on a line, `distance` between one and the next."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    vectors = np.random.default_rng(0).normal(size=(len(labels), width))
    vectors[:, 0] += distance * labels
    return vectors, labels


def test_what_lies_far_apart_is_told_apart_and_what_lies_together_is_not():
    apart, together = (separability(*clouds(distance)) for distance in (20.0, 0.0))
    assert apart
    assert together
    assert apart.probe == 1.0
    assert apart.silhouette > 0.8
    assert together.probe < 0.75
    assert abs(together.silhouette) < 0.1
    assert apart.chance == together.chance == 60 / 90


def test_the_silhouette_is_its_definition():
    vectors, labels = clouds(2.0, (5, 4))
    own = []
    for one, label in zip(vectors, labels, strict=True):
        distances = np.linalg.norm(vectors - one, axis=1)
        inside = distances[labels == label].sum() / (np.sum(labels == label) - 1)
        outside = distances[labels != label].mean()
        own.append((outside - inside) / max(inside, outside))
    measured = separability(vectors, labels)
    assert measured
    assert measured.silhouette == pytest.approx(np.mean(own), abs=1e-6)
    np.testing.assert_allclose(own, np.asarray(silhouette_samples(vectors, labels)), atol=1e-6)


def test_the_probe_is_asked_only_what_it_was_not_fitted_to():
    """Of pure noise wider than it is long a probe would learn every label by heart."""
    vectors = np.random.default_rng(0).normal(size=(100, 200))
    measured = separability(vectors, np.arange(100) % 2)
    assert measured
    assert 0.3 < measured.probe < 0.7


def test_a_seed_decides_and_is_said():
    vectors, labels = clouds(1.0)
    assert separability(vectors, labels, seed=3) == separability(vectors, labels, seed=3)
    measured = separability(vectors, labels, seed=3)
    assert measured
    assert measured.seed == 3


def test_unknown_labels_and_lonely_classes_are_left_out():
    vectors, labels = clouds(20.0, (10, 3, 1))
    labels[0] = -1
    measured = separability(vectors, labels)
    assert measured
    assert (measured.instances, measured.folds) == (12, 3)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, -1], [-1, -1, -1], [0, 1, 2]])
def test_with_nothing_to_tell_apart_there_is_no_answer(labels):
    assert separability(np.eye(3), labels) is None


def test_many_instances_are_sampled_and_their_number_is_said(monkeypatch):
    monkeypatch.setattr(module, "MOST_INSTANCES", 40)
    measured = separability(*clouds(20.0))
    assert measured
    assert measured.instances == 40


def test_shapes_that_do_not_fit_are_said():
    with pytest.raises(ValueError, match=r"\[N, H\] and \[N\], but got \[3, 3\] and \[2\]"):
        separability(np.eye(3), [0, 1])
