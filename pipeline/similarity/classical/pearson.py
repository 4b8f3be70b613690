"""Pearson correlation of growth, pair by pair over the days on which both firms have a rate.

All pairs are done at once, by matrix products of values and masks. With N firms and T days, the
whole matrix costs O(T N²), and one firm's row O(T N).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.gaps import (
    CONSTANT,
    MIN_COMMON,
    Growth,
    Values,
    split,
    standardised,
    symmetric,
)


def pearson(
    growth: Growth,
    firms: Sequence[int] | None = None,
    *,
    min_common: int = MIN_COMMON,
    weights: Values | None = None,
) -> Values:
    """Correlate the growth of firms, pair by pair over their common days.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a correlation is not known.
    weights : (T,), optional
        How much each day counts, above 0; all alike by default.

    Returns
    -------
    (K, N) float64
        Correlations in [−1, 1], a row a firm asked for; NaN where a pair has fewer than
        ``min_common`` common days or one of the two did not move on them.

    Notes
    -----
    Over the days D_ij on which both i and j have a rate, with weights w_t and weighted means over
    these days,

        r_ij = Σ w (μ_it − μ̄_i)(μ_jt − μ̄_j) / √(Σ w (μ_it − μ̄_i)² Σ w (μ_jt − μ̄_j)²).

    Pairs with different days make a matrix that need not be positive semi-definite.

    Examples
    --------
    >>> growth = np.array([[1.0, 1.0, 5.0], [2.0, 3.0, np.nan], [3.0, 2.0, 4.0]])
    >>> pearson(growth, [0], min_common=2).round(9)
    array([[ 1. ,  0.5, -1. ]])
    """
    standard = standardised(growth)
    least = max(min_common, 2)
    if firms is None:
        return symmetric(_correlation(standard, standard, least, weights))
    return _correlation(standard[:, list(firms)], standard, least, weights)


def _correlation(left: Values, right: Values, min_common: int, weights: Values | None) -> Values:
    """Correlate the K columns of ``left`` with the N of ``right`` over common days: (K, N)."""
    (x, has_x), (y, has_y) = split(left), split(right)
    days, square = has_x.T @ has_y, x**2
    if weights is not None:
        # Of one of the two alone: so a product of the two has each day's weight once.
        x, has_x, square = (part * weights[:, None] for part in (x, has_x, square))
    count = np.where(days > 0.0, days if weights is None else has_x.T @ has_y, 1.0)
    mean_x, mean_y = (x.T @ has_y) / count, (has_x.T @ y) / count
    variance_x = (square.T @ has_y) / count - mean_x**2
    variance_y = (has_x.T @ (y**2)) / count - mean_y**2
    covariance = (x.T @ y) / count - mean_x * mean_y
    known = (days >= min_common) & (variance_x > CONSTANT) & (variance_y > CONSTANT)
    size = np.sqrt(np.where(known, variance_x * variance_y, 1.0))
    return np.where(known, np.clip(covariance / size, -1.0, 1.0), np.nan)
