"""Cosine of firms' exposures to common factors, by ridge regression.

Two firms that share sixty days can hardly be correlated; but sixty days say something about a
firm's exposures to a few factors that all the others' history has told. So a firm that was listed
lately is compared by regressing its days on them. (Ridge: A. Hoerl and R. Kennard, Technometrics
12, 1970; statistical factors as in `eigen`.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.eigen import FIRMS_A_COMPONENT
from pipeline.similarity.classical.gaps import CONSTANT, MIN_COMMON, Growth, Values, symmetric
from pipeline.similarity.classical.pearson import pearson
from pipeline.similarity.classical.recent import recency
from pipeline.similarity.classical.scaled import scaled_residuals

FACTORS = 20
"""Factors; of fewer than 60 firms, each third has one."""

PENALTY = 100.0
"""Added to the days of each factor: with as many days of its own, an exposure is halved."""

HALF_LIFE = 500
"""Days after which a day counts half in the correlations that the factors are taken from."""

_LONG = 0.5
"""Share of the most days of any firm from which on a firm has a part in the factors."""


def exposures(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Compare firms by their exposures to factors, each regressed over the firm's own days.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default. All are computed anyway.
    min_common : int
        Common days below which a pair's similarity is not known.

    Returns
    -------
    (K, N) float64
        Cosines in [−1, 1]; NaN where `scaled` is.

    Notes
    -----
    With z of `scaled_residuals` and V the leading eigenvectors of the correlations of firms with
    long histories, the factors are f_t = Vᵀ z_t, each divided by its root mean square, and

        b_i = (Σ f_t f_tᵀ + λ I)⁻¹ Σ f_t z_it   over the days of firm i,   s_ij = cos(b_i, b_j).
    """
    values = scaled_residuals(growth)
    seen = np.isfinite(values)
    known = np.where(seen, values, 0.0)
    days = seen.sum(axis=0)
    common = seen.T.astype(np.float64) @ seen
    long = np.flatnonzero(days >= max(_LONG * days.max(initial=0), 2))
    similarity = np.full((growth.shape[1], growth.shape[1]), np.nan)
    if len(long) >= FIRMS_A_COMPONENT:
        traded = seen.any(axis=1)
        values, known, seen = values[traded], known[traded], seen[traded]
        factors = _factors(values[:, long], known[:, long], recency(len(values), HALF_LIFE))
        moments = np.einsum("tk,tl,tn->nkl", factors, factors, seen, optimize=True)
        moments += PENALTY * np.eye(factors.shape[1])
        found = np.linalg.solve(moments, (factors.T @ known).T[..., None])[..., 0]
        size = np.linalg.norm(found, axis=1, keepdims=True)
        unit = found / np.where(size > CONSTANT, size, np.nan)
        similarity = np.clip(symmetric(unit @ unit.T), -1.0, 1.0)
    similarity[common < max(min_common, 2)] = np.nan
    return similarity if firms is None else similarity[list(firms)]


def _factors(values: Values, known: Values, weights: Values) -> Values:
    """Growth of the leading portfolios of firms, each of mean square 1: (T, K)."""
    correlation = np.nan_to_num(pearson(values, weights=weights), nan=0.0)
    components = min(FACTORS, len(correlation) // FIRMS_A_COMPONENT)
    _, vectors = np.linalg.eigh(correlation)
    factors = known @ vectors[:, -components:]
    scale = np.sqrt((factors**2).mean(axis=0))
    unit: Values = factors / np.where(scale > 0.0, scale, 1.0)
    return unit
