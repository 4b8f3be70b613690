"""The minimum spanning tree of the firms, and a place on a plane for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.asking.clusters import chords
from pipeline.similarity.embedding.portfolios import signed

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_STRESS_FIRMS = 1000
"""Firms up to which the drawing is refined: each step costs N² times two."""

_STEPS = 60
"""Steps of the refinement."""


def edges(similarity: NDArray[np.floating]) -> NDArray[np.intp]:
    """Join all firms by the N − 1 pairs whose distances √(2 (1 − s)) have the smallest sum.

    Of the N (N − 1) / 2 similarities, the tree keeps the strongest that close no ring: what is
    left is the skeleton of the market (Mantegna, European Physical Journal B 11, 1999).

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.

    Returns
    -------
    (N − 1, 2) int
        Pairs of positions, the lower first, sorted.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree

    # One more for every pair changes no tree, and keeps firms at distance zero, which the
    # library would read as not joined at all.
    weight = chords(similarity) + 1.0
    np.fill_diagonal(weight, 0.0)
    joined = np.sort(np.argwhere(minimum_spanning_tree(weight).toarray()), axis=1)
    return joined[np.lexsort((joined[:, 1], joined[:, 0]))].astype(np.intp)


def degrees(joined: NDArray[np.intp], firms: int) -> NDArray[np.intp]:
    """Count the neighbours of each firm in the tree."""
    return np.bincount(joined.ravel(), minlength=firms).astype(np.intp)


def layout(joined: NDArray[np.intp], firms: int) -> NDArray[np.float64]:
    """Place the firms of a tree on a plane so that few edges cross.

    Each branch gets a share of the circle in proportion to its firms and is drawn outwards in
    the middle of it, from the most central firm on (the equal-angle drawing of Felsenstein
    2004). Then distances on the plane are fitted to the numbers of edges between firms, near
    ones first (stress majorisation, Gansner, Koren & North 2005, of the energy of Kamada & Kawai
    1989): long thin branches open.

    Parameters
    ----------
    joined : (N − 1, 2)
        As `edges` gives it.
    firms : int
        N.

    Returns
    -------
    (N, 2) float64
        Coordinates, an edge about 1 long; the same tree gives the same places.
    """
    if firms < 2:
        return np.zeros((firms, 2))
    hops = _hops(joined, firms)
    place = _equal_angles(joined, int(hops.sum(axis=1).argmin()), firms)
    return _lengthwise(_fitted(place, hops) if firms <= _STRESS_FIRMS else place)


def _lengthwise(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a drawing so that it is longest from left to right, as a page is."""
    centred = place - place.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ signed(axes[:, ::-1]))


def _hops(joined: NDArray[np.intp], firms: int) -> NDArray[np.float64]:
    """Count the edges between every two firms: (N, N)."""
    from scipy.sparse.csgraph import shortest_path

    hops = shortest_path(_graph(joined, firms), directed=False, unweighted=True)
    return cast(NDArray[np.float64], hops)


def _graph(joined: NDArray[np.intp], firms: int) -> csr_array:
    """Write the tree as scipy reads graphs."""
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), (firms, firms))


def _equal_angles(joined: NDArray[np.intp], root: int, firms: int) -> NDArray[np.float64]:
    """Draw a tree outwards from its root, each branch in its share of the circle."""
    from scipy.sparse.csgraph import breadth_first_order

    outward, parent = breadth_first_order(_graph(joined, firms), root, directed=False)
    size = np.ones(firms)
    for firm in outward[:0:-1]:
        size[parent[firm]] += size[firm]
    # A firm's wedge, of which `start` moves on as its branches take theirs.
    start, width, place = np.zeros(firms), np.zeros(firms), np.zeros((firms, 2))
    width[root] = 2.0 * np.pi
    for firm in outward[1:]:
        above = parent[firm]
        start[firm] = start[above]
        width[firm] = width[above] * size[firm] / (size[above] - 1.0)
        start[above] += width[firm]
        angle = start[firm] + width[firm] / 2.0
        place[firm] = place[above] + (np.cos(angle), np.sin(angle))
    return place


def _fitted(place: NDArray[np.float64], hops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move firms until distances on the plane are close to the edges between them.

    The stress Σ (|x_i − x_j| − h_ij)² / h_ij² never rises: each step minimises a quadratic that
    lies above it and touches it.
    """
    far = np.where(hops > 0.0, hops, 1.0)
    weight = np.where(hops > 0.0, far**-2.0, 0.0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    # The sum of all places is free; adding 1 / N to every entry fixes it at zero.
    inverse = np.linalg.inv(laplacian + 1.0 / len(hops))
    for _ in range(_STEPS):
        gap = np.sqrt(((place[:, None] - place) ** 2).sum(axis=2))
        pull = np.divide(weight * far, gap, out=np.zeros_like(gap), where=gap > 0.0)
        place = inverse @ (pull.sum(axis=1, keepdims=True) * place - pull @ place)
    return place
