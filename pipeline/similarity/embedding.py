"""A vector for each firm, whose cosines are close to the similarities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1e-6
"""An eigenvalue this small beside the largest is rounding of float32 similarities."""


def vectors(similarity: NDArray[np.floating], components: int) -> NDArray[np.float64]:
    """Compress a similarity matrix into a short vector a firm.

    The matrix is a mean of Gram matrices, S = V Λ Vᵀ. Keeping its largest eigenvalues gives the
    closest Gram matrix of that rank (Eckart & Young 1936), which drops most of the noise: the
    rows of V √Λ are the firms' vectors, here scaled to unit length.

    Parameters
    ----------
    similarity : (N, N)
        Scores; NaN (too few common days) is taken as no similarity.
    components : int
        Length of a vector; shorter when there are fewer positive eigenvalues.

    Returns
    -------
    (N, K) float64
        Rows of unit length, or of NaN for a firm that is similar to no firm. The sign of a
        column makes its entry of largest size positive.
    """
    from scipy.linalg import eigh

    firms = len(similarity)
    known = np.nan_to_num(similarity.astype(np.float64), nan=0.0)
    np.fill_diagonal(known, np.where(np.isnan(np.diag(similarity)), 0.0, 1.0))
    kept = min(components, firms)
    values, columns = eigh(known, subset_by_index=[firms - kept, firms - 1])
    values, columns = values[::-1], columns[:, ::-1]
    positive = values > _SMALLEST * max(values[0], 0.0)
    coordinates = signed(columns[:, positive]) * np.sqrt(values[positive])
    length = np.linalg.norm(coordinates, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.full_like(coordinates, np.nan)
    np.divide(coordinates, length, out=unit, where=length > _SMALLEST)
    return unit


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
