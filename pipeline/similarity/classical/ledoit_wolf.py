"""Correlation of covariances that are shrunk towards equal, unrelated firms.

With as many firms as days, a covariance matrix is mostly noise. Ledoit and Wolf (Journal of
Multivariate Analysis 88, 2004) take the weighted mean of it and of a multiple of the identity
that is closest to the true covariance on average; the weight δ comes from the data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values, moments
from pipeline.similarity.classical.pearson import pearson


def ledoit_wolf(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate by the Ledoit–Wolf covariance of growth in its own units.

    The growth is not standardised first. Shrunk towards the identity, correlations would all be
    multiplied by the same 1 − δ, and the peers of every firm would be exactly those of `pearson`.
    In the units of growth, a calm firm's variance grows by more, relative to its size, than a
    nervous firm's: calm firms count as less similar to every other.

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
        Correlations in [−1, 1], 1 of a firm with itself; NaN where `pearson` is.

    Notes
    -----
    With σ_i² the variance of firm i, m = mean of σ_i² over firms, and r_ij by `pearson`,

        s_ij = (1 − δ) r_ij σ_i σ_j / √((1 − δ) σ_i² + δ m) / √((1 − δ) σ_j² + δ m)
             = r_ij g_i g_j  for i ≠ j,   g_i² = (1 − δ) σ_i² / ((1 − δ) σ_i² + δ m).

    Without gaps, this is the correlation of scikit-learn's `ledoit_wolf`. With gaps, r_ij is over
    the days of the pair and σ_i over the firm's own; δ alone is estimated with the gaps at the
    firm's mean, over the days on which any firm traded, which understates it somewhat. Firms with
    fewer than ``min_common`` days have no part in δ and m.
    """
    gain = _gain(growth, max(min_common, 2))
    asked = np.arange(len(gain)) if firms is None else np.arange(len(gain))[list(firms)]
    correlation = pearson(growth, firms, min_common=min_common)
    shrunk = correlation * np.outer(gain[asked], gain)
    itself = (asked[:, None] == np.arange(len(gain))) & np.isfinite(correlation)
    return np.where(itself, 1.0, shrunk)


def _gain(growth: Growth, min_days: int) -> Values:
    """Say what shrinkage leaves of each firm's part in its correlations: g_i in [0, 1], (N,).

    NaN for a firm with too few days or without movement.
    """
    seen = np.isfinite(growth)
    centred, deviation = moments(growth, seen)
    usable = (seen.sum(axis=0) >= min_days) & (deviation > 0.0)
    gain = np.full(len(deviation), np.nan)
    if usable.any():
        variance = deviation[usable] ** 2
        shrinkage = _shrinkage(centred[np.ix_(seen.any(axis=1), usable)])
        kept = (1.0 - shrinkage) * variance
        gain[usable] = np.sqrt(kept / (kept + shrinkage * variance.mean()))
    return gain


def _shrinkage(centred: Values) -> float:
    """Estimate the weight δ of the identity from centred growth (T, N).

    As scikit-learn's `ledoit_wolf_shrinkage`, whose import takes longer than this.
    """
    days, firms = centred.shape
    covariance = centred.T @ centred / days
    squares = np.einsum("tn,tn->t", centred, centred)
    size = float(np.einsum("ij,ij->", covariance, covariance))
    distance = size - float(np.trace(covariance)) ** 2 / firms
    noise = (float(squares @ squares) / days - size) / days
    return min(noise / distance, 1.0) if distance > 0.0 and noise > 0.0 else 0.0
