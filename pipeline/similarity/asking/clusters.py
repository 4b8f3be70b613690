"""Groups of firms, and their places on a line and on a plane, for pictures."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from pipeline import cores
from pipeline.similarity.embedding.portfolios import signed

_FIRMS_FOR_NEIGHBOURHOODS = 50
"""Firms from which on t-SNE has neighbourhoods to keep; below, classical scaling says it all."""

_CLUSTERS = 8
"""As many clusters are tried even with few firms."""

_ITERATIONS = 500
"""Steps of t-SNE; from a start by classical scaling, twice as many changed its loss by 0.2%."""

_SMALLEST = 1e-6
"""An eigenvalue this small is rounding of float32 similarities."""


def distances(similarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn similarities into distances 1 − s.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN (too few common days) is taken as no similarity.

    Returns
    -------
    (N, N) float64
        Symmetric, from 0 to 2, zero on the diagonal.
    """
    known = np.nan_to_num(np.asarray(similarity, dtype=np.float64), nan=0.0)
    distance = np.clip(1.0 - (known + known.T) / 2.0, 0.0, 2.0)
    np.fill_diagonal(distance, 0.0)
    return distance


def chords(similarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn similarities into distances √(2 (1 − s)).

    The distance between two unit vectors whose cosine is s (Mantegna, European Physical Journal
    B 11, 1999): unlike 1 − s it keeps the triangle inequality, and sums of its squares mean
    something.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.

    Returns
    -------
    (N, N) float64
        Symmetric, from 0 to 2, zero on the diagonal.
    """
    return np.sqrt(2.0 * distances(similarity))


def tree(similarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Join firms by Ward's linkage of √(2 (1 − s)), leaves ordered so that neighbours are alike.

    Average linkage keeps the distances better (cophenetic correlation), but its cuts are of
    little use: on 431 firms of the S&P 500 until 2014, eleven clusters of Pearson correlations
    were one of 420 firms and ten of one or two; Ward's had 5 to 91 firms. Ward (1963) joins the
    two clusters that add least to the sum of squares about the clusters' means, so that no firm
    is left over merely for being like no other.

    Among the 2^(N−1) ways to draw a tree, the one with the smallest sum of distances between
    neighbouring leaves is taken (Bar-Joseph, Gifford & Jaakkola 2001).

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.

    Returns
    -------
    (N − 1, 4) float64
        The tree, as `scipy.cluster.hierarchy.linkage` writes it; no rows for one firm.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if len(similarity) < 2:
        return np.empty((0, 4))
    condensed = squareform(chords(similarity), checks=False)
    return linkage(condensed, method="ward", optimal_ordering=True)


def order(joined: NDArray[np.float64]) -> NDArray[np.intp]:
    """Order firms so that similar ones stand together, as in a heat map.

    Parameters
    ----------
    joined : (N − 1, 4)
        As `tree` gives it.

    Returns
    -------
    (N,) int
        Positions of the firms, in the order to show them.
    """
    from scipy.cluster.hierarchy import leaves_list

    if not len(joined):
        return np.zeros(1, dtype=np.intp)
    return leaves_list(joined).astype(np.intp)


def labels(joined: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Cut the tree into clusters.

    Parameters
    ----------
    joined : (N − 1, 4)
        As `tree` gives it.
    count : int
        Clusters at most, at least 1.

    Returns
    -------
    (N,) int
        Cluster of each firm, numbered from 0 along `order`.
    """
    from scipy.cluster.hierarchy import fcluster

    if not len(joined):
        return np.zeros(1, dtype=np.intp)
    found = fcluster(joined, t=count, criterion="maxclust")
    # Numbers in the order of appearance along the leaves.
    along = list(dict.fromkeys(found[order(joined)].tolist()))
    number = np.zeros(len(along) + 1, dtype=np.intp)
    number[along] = np.arange(len(along))
    return number[found]


def silhouettes(similarity: NDArray[np.floating], joined: NDArray[np.float64]) -> dict[int, float]:
    """Judge cuts of the tree by how much nearer firms are to their own cluster than to the next.

    The silhouette of a firm (Rousseeuw 1987) is (b − a) / max(a, b), with a its mean distance
    1 − s to the other firms of its cluster and b that to the nearest other cluster; no sector or
    other label is looked at. On many firms it may rise with every further cut, down to pairs: no
    more than √N clusters (and no fewer than eight) are tried, so that clusters have √N firms on
    average.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.
    joined : (N − 1, 4)
        As `tree` gives it.

    Returns
    -------
    dict of int to float
        Mean silhouette by number of clusters, from 2 on; empty for fewer than three firms.
    """
    from sklearn.metrics import silhouette_score

    firms, distance = len(similarity), distances(similarity)
    most = min(firms - 1, max(_CLUSTERS, int(np.sqrt(firms))))
    judged: dict[int, float] = {}
    for count in range(2, most + 1):
        found = labels(joined, count)
        # Equal distances are never cut between: there may be fewer clusters than asked for.
        if found.max() + 1 == count:
            judged[count] = float(silhouette_score(distance, found, metric="precomputed"))
    return judged


def best_count(judged: dict[int, float]) -> int:
    """Return the number of clusters of the highest silhouette; 1 where none is above zero."""
    best = max(judged, key=lambda count: judged[count], default=1)
    return best if judged.get(best, 0.0) > 0.0 else 1


def centrality(similarity: NDArray[np.floating], clusters: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return each firm's mean similarity with the other firms of its cluster.

    The firm of a cluster with the highest is its medoid.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.
    clusters : (N,)
        Cluster of each firm.

    Returns
    -------
    (N,) float64
        NaN for a firm that is alone.
    """
    near = 1.0 - distances(similarity)
    same = clusters[:, None] == clusters
    others = same.sum(axis=1) - 1
    total = np.where(same, near, 0.0).sum(axis=1) - 1.0
    mean: NDArray[np.float64] = np.full(len(near), np.nan)
    np.divide(total, others, out=mean, where=others > 0)
    return mean


def map_2d(similarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Place firms on a plane so that similar ones are near.

    Classical scaling (Torgerson 1952) takes the two leading directions of the doubly centred
    similarities, and keeps what is far apart far apart. With many firms these two directions
    say little about who is next to whom; then t-SNE (van der Maaten & Hinton 2008) starts from
    that map and keeps the neighbourhoods.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.

    Returns
    -------
    (N, 2) float64
        Coordinates without unit; the same similarities give the same map.
    """
    distance = distances(similarity)
    scaled = _classical_scaling(1.0 - distance)
    spread = scaled[:, 0].std()
    # Firms that are all in one place have no neighbourhoods, and crash the library that looks.
    if len(distance) < _FIRMS_FOR_NEIGHBOURHOODS or not spread > 0.0:
        return scaled
    from sklearn.manifold import TSNE

    # A start this small lets t-SNE move everything; its scale is that of its own default.
    start = (1e-4 * scaled / spread).astype(np.float32)
    neighbourhoods = TSNE(metric="precomputed", init=start, max_iter=_ITERATIONS, random_state=0)
    # Its threads meet after every iteration: on a busy machine they wait more than they work.
    with cores.threads(1):
        return cast(NDArray[np.float64], neighbourhoods.fit_transform(distance).astype(np.float64))


def _classical_scaling(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two leading principal coordinates of a Gram matrix; zeros where it has fewer."""
    from scipy.linalg import eigh

    firms = len(gram)
    centred = gram - gram.mean(axis=0) - gram.mean(axis=1, keepdims=True) + gram.mean()
    values, columns = eigh(centred, subset_by_index=[max(firms - 2, 0), firms - 1])
    # Similarities with gaps may have negative eigenvalues, which no plane can show.
    coordinates = signed(columns) * np.sqrt(np.where(values > _SMALLEST, values, 0.0))
    plane = np.zeros((firms, 2))
    plane[:, : len(values)] = coordinates[:, ::-1]
    return plane
