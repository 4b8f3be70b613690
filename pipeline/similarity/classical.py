"""Classical similarities of growth rates, to stand beside the learned one.

Correlations are taken pair by pair over the days on which both firms have a growth rate: a gap
is never filled. All pairs are done at once, by matrix products of values and masks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.sums import MIN_COMMON

_CONSTANT = 1e-9
"""A variance this small beside the firm's own is rounding: over these days nothing moved."""


def pearson(
    growth: NDArray[np.floating],
    firms: Sequence[int] | None = None,
    *,
    min_common: int = MIN_COMMON,
) -> NDArray[np.float64]:
    """Correlate the growth of firms, pair by pair over their common days.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a correlation is not known.

    Returns
    -------
    (K, N) float64
        Correlations in [−1, 1], a row a firm asked for; NaN where a pair has fewer than
        ``min_common`` common days or one of the two did not move on them.
    """
    standard = _standardised(np.asarray(growth, dtype=np.float64))
    everyone = firms is None
    left = standard if firms is None else standard[:, list(firms)]
    correlation = _correlation(left, standard, max(min_common, 2))
    # Rounding differs between (i, j) and (j, i); their mean is symmetric to the last bit.
    return (correlation + correlation.T) / 2.0 if everyone else correlation


def residual(
    growth: NDArray[np.floating],
    firms: Sequence[int] | None = None,
    *,
    min_common: int = MIN_COMMON,
) -> NDArray[np.float64]:
    """Correlate what is left of growth once the market is removed.

    Firms correlate because the market moves them all. What tells them apart is the correlation
    of their market residuals (see `market_residuals`).

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a correlation is not known.

    Returns
    -------
    (K, N) float64
        As `pearson`.
    """
    return pearson(market_residuals(growth), firms, min_common=min_common)


def market_residuals(growth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Remove from each firm's growth its share in the market of all the others.

    The market m_it is the mean growth of the firms other than i that traded on day t
    (leave-one-out: no firm explains itself), and the residual is μ_it − β_i m_it, with
    β_i = Σ_t μ_it m_it / Σ_t m_it² by least squares through the origin over the days given.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.

    Returns
    -------
    (T, N) float64
        Residual growth, in the unit of ``growth``; NaN at gaps and on days without a market.
    """
    growth = np.asarray(growth, dtype=np.float64)
    traded = np.isfinite(growth)
    known = np.where(traded, growth, 0.0)
    others = traded.sum(axis=1, keepdims=True) - traded
    market = (known.sum(axis=1, keepdims=True) - known) / np.maximum(others, 1)
    market[others == 0] = 0.0
    energy = np.einsum("tn,tn->n", market * market, traded)
    shared = np.einsum("tn,tn->n", known, market)
    beta = np.divide(shared, energy, out=np.zeros_like(energy), where=energy > 0.0)
    return np.where(traded & (others > 0), growth - beta * market, np.nan)


def _standardised(growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each firm mean 0 and variance 1; one that never moves becomes all gaps.

    Correlations do not change, and sums of squares no longer lose digits to large means.
    """
    traded = np.isfinite(growth)
    known = np.where(traded, growth, 0.0)
    days = np.maximum(traded.sum(axis=0), 1)
    centred = np.where(traded, growth - known.sum(axis=0) / days, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0) / days)
    moves = deviation > _CONSTANT * np.abs(known).max(axis=0, initial=0.0)
    standard = np.divide(centred, deviation, out=centred, where=moves)
    return np.where(traded & moves, standard, np.nan)


def _correlation(
    left: NDArray[np.float64], right: NDArray[np.float64], min_common: int
) -> NDArray[np.float64]:
    """Correlate the K columns of ``left`` with the N of ``right`` over common days: (K, N)."""
    in_left, in_right = np.isfinite(left), np.isfinite(right)
    x, y = np.where(in_left, left, 0.0), np.where(in_right, right, 0.0)
    has_x, has_y = in_left.astype(np.float64), in_right.astype(np.float64)
    days = has_x.T @ has_y
    count = np.maximum(days, 1.0)
    mean_x, mean_y = (x.T @ has_y) / count, (has_x.T @ y) / count
    variance_x = ((x**2).T @ has_y) / count - mean_x**2
    variance_y = (has_x.T @ (y**2)) / count - mean_y**2
    covariance = (x.T @ y) / count - mean_x * mean_y
    known = (days >= min_common) & (variance_x > _CONSTANT) & (variance_y > _CONSTANT)
    size = np.sqrt(np.where(known, variance_x * variance_y, 1.0))
    return np.where(known, np.clip(covariance / size, -1.0, 1.0), np.nan)
