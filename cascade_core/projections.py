"""Hidden states in the plane: what a layer's vectors look like to the eye, layer after layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
PCA_DIMENSIONS = 50  # what t-SNE and UMAP are given of wider vectors; makes them faster, not worse


class Projected(NamedTuple):
    """`coordinates` float32 [N, 2] and the `parameters` that decide them."""

    coordinates: NDArray[np.float32]
    parameters: dict[str, Any]


def project(vectors: ArrayLike, method: str = "tsne", seed: int = 0) -> Projected:
    """Project vectors [N, H] to [N, 2] by PCA, t-SNE (scikit-learn) or UMAP (umap-learn).

    t-SNE and UMAP see the first 50 principal components of wider vectors. t-SNE's perplexity is 30,
    less for fewer than 91 instances; fewer than 3 instances lie on a line. Coordinates are rounded
    to float16, which moves nothing by more than a thousandth of the picture and halves a run.

    Raises `ValueError` for an unknown method or vectors that are not [N, H].

    >>> project([[0.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 4.0, 1.0]], "pca").coordinates.shape
    (3, 2)
    """
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2:
        raise ValueError(f"vectors: expected shape [N, H], but got {list(vectors.shape)}")
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, but got {method!r}")
    if len(vectors) < 3:
        line = np.zeros((len(vectors), 2), np.float32)
        line[:, 0] = np.arange(len(vectors))
        return Projected(line, {"method": "line"})
    coordinates, parameters = _BY_METHOD[method](vectors, seed)
    return Projected(_rounded(np.asarray(coordinates, np.float32)), parameters)


def aligned(layers: Iterable[ArrayLike], towards: ArrayLike | None = None) -> NDArray[np.float32]:
    """Lay the projections of a model's layers [L, N, 2] over each other, so that movement counts.

    A projection may come out shifted, turned, mirrored or of another size without meaning anything
    else. Each layer is centred, brought to a root mean square radius of 1, and turned or mirrored
    to lie closest to the layer before it (orthogonal Procrustes, Schönemann 1966); the first
    one towards `towards` [N, 2], which is one of another model's layers, say. Distances within a
    layer keep their proportions.

    >>> square = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 2.0]])
    >>> turned = 7 + 3 * square @ [[0.0, 1.0], [1.0, 0.0]]
    >>> first, second = aligned([square, turned])
    >>> bool(np.allclose(first, second, atol=1e-6))
    True
    """
    laid: list[NDArray[np.float32]] = []
    before = None if towards is None else _centred(towards)
    for layer in layers:
        here = _centred(layer)
        if before is not None:
            left, _, right = np.linalg.svd(here.T @ before)
            here = here @ (left @ right)
        laid.append(here.astype(np.float32))
        before = here
    return np.stack(laid)


def _centred(layer: ArrayLike) -> NDArray[np.float64]:
    layer = np.asarray(layer, np.float64)
    centred = layer - layer.mean(axis=0)
    radius = np.sqrt((centred**2).sum(axis=1).mean())
    return centred / radius if radius > 0 else centred


def _rounded(coordinates: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        halves = coordinates.astype(np.float16).astype(np.float32)
    moved, size = np.abs(halves - coordinates).max(initial=0), np.ptp(coordinates, axis=0).max()
    return halves if moved <= size / 1000 else coordinates


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


_BY_METHOD = {"pca": _pca, "tsne": _tsne, "umap": _umap}
