"""Hidden states in the plane: what a layer's vectors look like to the eye."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

PCA_DIMENSIONS = 50  # what t-SNE and UMAP are given of wider vectors; makes them faster, not worse


class Projected(NamedTuple):
    """`coordinates` float32 [N, 2] and the `parameters` that decide them."""

    coordinates: NDArray[np.float32]
    parameters: dict[str, Any]


def project(vectors: ArrayLike, method: str = "tsne", seed: int = 0) -> Projected:
    """Project vectors [N, H] to [N, 2] by PCA, t-SNE (scikit-learn) or UMAP (umap-learn).

    t-SNE and UMAP see the first 50 principal components of wider vectors. t-SNE's perplexity is 30,
    less for fewer than 91 instances; fewer than 3 instances lie on a line.

    Raises `ValueError` for an unknown method or vectors that are not [N, H].

    >>> project([[0.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 4.0, 1.0]], "pca").coordinates.shape
    (3, 2)
    """
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2:
        raise ValueError(f"vectors: expected shape [N, H], but got {list(vectors.shape)}")
    if method not in _METHODS:
        raise ValueError(f"method: expected one of {', '.join(_METHODS)}, but got {method!r}")
    if len(vectors) < 3:
        line = np.zeros((len(vectors), 2), np.float32)
        line[:, 0] = np.arange(len(vectors))
        return Projected(line, {"method": "line"})
    coordinates, parameters = _METHODS[method](vectors, seed)
    return Projected(np.asarray(coordinates, np.float32), parameters)


def _pca(vectors: NDArray, seed: int, dimensions: int = 2) -> tuple[NDArray, dict[str, Any]]:
    from sklearn.decomposition import PCA

    dimensions = min(dimensions, *vectors.shape)
    reduced = PCA(dimensions, random_state=seed).fit_transform(vectors)
    if dimensions == 1:
        reduced = np.column_stack([reduced, np.zeros(len(reduced))])
    return reduced, {"pca_dimensions": dimensions}


def _tsne(vectors: NDArray, seed: int) -> tuple[NDArray, dict[str, Any]]:
    from sklearn.manifold import TSNE

    reduced, parameters = _pca(vectors, seed, PCA_DIMENSIONS)
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return tsne.fit_transform(reduced), {**parameters, "perplexity": perplexity, "init": "pca"}


def _umap(vectors: NDArray, seed: int) -> tuple[NDArray, dict[str, Any]]:
    from umap import UMAP

    reduced, parameters = _pca(vectors, seed, PCA_DIMENSIONS)
    neighbours = min(15, len(vectors) - 1)
    umap = UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1)
    return umap.fit_transform(reduced), {**parameters, "neighbours": neighbours, "min_dist": 0.1}


_METHODS = {"pca": _pca, "tsne": _tsne, "umap": _umap}
