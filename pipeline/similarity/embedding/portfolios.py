"""Portfolios of the firms that hold most of what firms have in common.

The principal factors of the correlations of the firms' days, late days counting more: what a firm
shares with no other does not count (Harman & Jones 1966; communalities by iteration). A
portfolio's growth of a day is the product of its weights with the days of all firms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.classical.recent import recency
from pipeline.similarity.embedding.correlations import correlations
from pipeline.similarity.embedding.days import Days

Array = NDArray[np.float32]

HALF_LIFE = 500
"""Days after which a day counts half in the correlations."""

_PASSES = 3
"""Iterations of the communalities."""

_WHOLE = 512
"""Firms beyond which the leading eigenvectors alone are looked for."""


def portfolios(days: Days, components: int) -> Array:
    """Take the portfolios of firms from their days.

    Parameters
    ----------
    days : Days
        All days that may be looked at.
    components : int
        Portfolios at most; at most half as many as firms, since more would let every firm have a
        portfolio of its own.

    Returns
    -------
    (N, K) float32
        V √Λ, the largest first; K is smaller where fewer eigenvalues are positive. Zero for a
        firm that shares too few days with every other.
    """
    weights = np.sqrt(recency(len(days.standard), HALF_LIFE)).astype(np.float32)
    known = correlations(days.standard * weights[:, None], days.present)
    np.fill_diagonal(known, 0.0)
    found = np.zeros((len(known), max(1, min(components, len(known) // 2))), dtype=np.float32)
    alike = np.flatnonzero(known.any(axis=1))
    if len(alike):
        some = principal(known[np.ix_(alike, alike)], found.shape[1])
        found = found[:, : some.shape[1]]
        found[alike] = some
    return found


def principal(correlation: Array, components: int) -> Array:
    """Leading eigenvectors of correlations, what a firm shares with no other taken away.

    Parameters
    ----------
    correlation : (N, N) float32
        Zero on the diagonal, which is written to.
    components : int
        Eigenvectors.

    Returns
    -------
    (N, K) float32
        V √Λ of the matrix whose diagonal is the share of each firm that these vectors hold
        (principal factors, iterated); K may be smaller where fewer eigenvalues are positive.
    """
    for passed in range(_PASSES + 1):
        values, columns = _leading(correlation, components)
        vectors = columns * np.sqrt(values)
        if passed < _PASSES:
            np.fill_diagonal(correlation, np.clip((vectors**2).sum(axis=1), 0.0, 1.0))
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _leading(matrix: Array, components: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Largest positive eigenvalues of a symmetric matrix and their vectors, the largest first."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import eigsh

    count = len(matrix)
    if count > _WHOLE and components < count // 4:
        # A start that is always the same: eigenvectors then are too.
        values, columns = eigsh(matrix, k=components, which="LA", v0=np.ones(count))
        order = np.argsort(values)
        values, columns = values[order], columns[:, order]
    else:
        # All of them: to look for a few fails on some processors where many are equal.
        values, columns = eigh(matrix.astype(np.float64), driver="evd")
        values, columns = values[-components:], columns[:, -components:]
    positive = values > 1e-6 * max(float(values[-1]), 0.0)
    positive[-1] = True
    kept = signed(columns[:, positive][:, ::-1])
    return np.clip(values[positive][::-1], 0.0, None), kept


def signed(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fix the sign of eigenvectors, which is arbitrary: the entry of largest size is positive.

    Parameters
    ----------
    columns : (N, K)
        A vector a column.

    Returns
    -------
    (N, K) float64
        Each column or its negative.
    """
    # Rounded, so that entries of equal size choose the same one on every machine.
    largest = np.abs(columns).round(9).argmax(axis=0)
    sign: NDArray[np.float64] = np.sign(columns[largest, np.arange(columns.shape[1])])
    return columns * sign
