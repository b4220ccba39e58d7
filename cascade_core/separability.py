"""What a layer knows: whether a linear model can tell the classes apart in its hidden states."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .outputs import Separability

MOST_INSTANCES = 10_000  # the silhouette's time grows with their square
FOLDS = 5


def separability(vectors: ArrayLike, labels: ArrayLike, seed: int = 0) -> Separability | None:
    """Measure how separable the classes are in vectors [N, H], labels [N]; higher is better.

    The probe is a logistic regression (L2, C = 1) on standardised vectors. Each instance is
    answered by the one fitted to the other folds of a seeded, stratified 5-fold cross-validation
    (fewer folds when a class has fewer instances). The silhouette (Rousseeuw 1987) takes Euclidean
    distances between the vectors as they are. Unknown labels (-1) and classes with one instance are
    left out; of more than 10,000 instances a seeded sample is taken.

    Returns None where there is nothing to tell apart: fewer than two classes are left.

    Raises:
        ValueError: vectors that are not [N, H] for N labels.

    >>> vectors = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> measured = separability(vectors, [0, 0, 0, 1, 1, 1])
    >>> measured.probe, measured.chance, round(measured.silhouette, 2), measured.folds
    (1.0, 0.5, 0.97, 3)
    """
    vectors, labels = np.asarray(vectors, np.float32), np.asarray(labels)
    if vectors.ndim != 2 or labels.shape != vectors.shape[:1]:
        raise ValueError(
            f"vectors and labels: expected shapes [N, H] and [N], but got {list(vectors.shape)} "
            f"and {list(labels.shape)}"
        )
    places = _measured(labels, seed)
    vectors, labels = vectors[places], labels[places]
    counts = np.unique(labels, return_counts=True)[1]
    if len(counts) < 2:
        return None
    from sklearn.metrics import silhouette_score

    folds = min(FOLDS, int(counts.min()))
    return Separability(
        probe=_probe_accuracy(vectors, labels, folds, seed),
        chance=float(counts.max() / counts.sum()),
        silhouette=float(silhouette_score(vectors, labels)),
        instances=len(labels),
        folds=folds,
        seed=seed,
    )


def _measured(labels: NDArray, seed: int) -> NDArray[np.intp]:
    """Return which instances are measured: known, at most so many, two or more of each class."""
    places = np.flatnonzero(labels >= 0)
    if len(places) > MOST_INSTANCES:
        places = np.sort(np.random.default_rng(seed).permutation(places)[:MOST_INSTANCES])
    classes, counts = np.unique(labels[places], return_counts=True)
    return places[np.isin(labels[places], classes[counts > 1])]


def _probe_accuracy(vectors: NDArray, labels: NDArray, folds: int, seed: int) -> float:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    # One thread: the matrices are small, and on a busy machine threads wait for each other.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly converged answers all the same
        answers = cross_val_predict(probe, vectors, labels, cv=split)
    return float(np.mean(answers == labels))
