"""Whether a measure names the same peers again: from another seed, or in another year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.study.neighbours import nearest, quotient, without_diagonal

TOP = 10
"""Peers of each firm that are compared."""


def overlap(
    first: NDArray[np.floating], second: NDArray[np.floating], k: int = TOP
) -> NDArray[np.float64]:
    """Compare each firm's k nearest peers in two matrices.

    Parameters
    ----------
    first, second : (N, N)
        Scores of the same firms; NaN where unknown.
    k : int
        Peers of each firm.

    Returns
    -------
    (N,) float64
        Jaccard index |A ∩ B| / |A ∪ B| of the two sets, from 0 to 1 (Jaccard 1901); NaN for a
        firm that has scores with no more than k others in one of them.
    """
    one, other = _peers(first, k), _peers(second, k)
    both, either = (one & other).sum(axis=1), (one | other).sum(axis=1)
    # Where the k nearest are all others there are, no two lists could differ.
    known = one.any(axis=1) & other.any(axis=1) & _choice(first, k) & _choice(second, k)
    return quotient(both, either, known)


def _choice(similarity: NDArray[np.floating], k: int) -> NDArray[np.bool_]:
    """Say which firms have scores with more than k others."""
    known = np.isfinite(without_diagonal(similarity))
    chosen: NDArray[np.bool_] = known.sum(axis=1) > k
    return chosen


def over_pairs(matrices: Sequence[NDArray[np.floating]], k: int = TOP) -> NDArray[np.float64]:
    """Average `overlap` over all pairs of matrices, for instance of networks of several seeds.

    Parameters
    ----------
    matrices : sequence of (N, N)
        At least one.
    k : int
        Peers of each firm.

    Returns
    -------
    (N,) float64
        NaN for a firm that no pair compares, and for all with fewer than two matrices.
    """
    return _mean(combinations(matrices, 2), len(matrices[0]), k)


def over_adjacent(matrices: Sequence[NDArray[np.floating]], k: int = TOP) -> NDArray[np.float64]:
    """Average `overlap` over each matrix and the next, for instance of years in order.

    Parameters
    ----------
    matrices : sequence of (N, N)
        At least one.
    k : int
        Peers of each firm.

    Returns
    -------
    (N,) float64
        As `over_pairs`.
    """
    return _mean(pairwise(matrices), len(matrices[0]), k)


def _peers(similarity: NDArray[np.floating], k: int) -> NDArray[np.bool_]:
    """Tell who is among whose k nearest: (N, N)."""
    near, known = nearest(similarity, k)
    peers = np.zeros(np.shape(similarity), dtype=np.bool_)
    firm, place = np.nonzero(known)
    peers[firm, near[firm, place]] = True
    return peers


def _mean(
    pairs: Iterable[tuple[NDArray[np.floating], NDArray[np.floating]]], firms: int, k: int
) -> NDArray[np.float64]:
    """Average the overlap of pairs of matrices, firm by firm."""
    total, count = np.zeros(firms), np.zeros(firms)
    for first, second in pairs:
        found = overlap(first, second, k)
        total += np.nan_to_num(found)
        count += np.isfinite(found)
    return quotient(total, count, count > 0)
