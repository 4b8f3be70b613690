"""Correlations of scaled market residuals whose eigenvalues are shrunk nonlinearly.

Of the eigenvalues of a correlation matrix of N firms over T days, those below what pure noise
would give (V. Marchenko and L. Pastur, 1967) tell nothing: they are made equal, and the others
are kept (Laloux et al., Physical Review Letters 83, 1999; as skfolio has it).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values, symmetric
from pipeline.similarity.classical.pearson import pearson
from pipeline.similarity.classical.scaled import scaled_residuals


def denoised(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate as `scaled` does, and make the eigenvalues that noise would give equal.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default. All are computed anyway.
    min_common : int
        Common days below which a correlation is not known.

    Returns
    -------
    (K, N) float64
        Correlations in [−1, 1]; NaN where `scaled` is. A correlation that is not known is taken
        as zero where others need it.
    """
    from skfolio.moments import DenoiseCovariance

    values = scaled_residuals(growth)
    plain = pearson(values, min_common=min_common)
    compared = np.flatnonzero(np.isfinite(np.diagonal(plain)))
    similarity = np.full_like(plain, np.nan)
    if len(compared) > 1:
        among = np.ix_(compared, compared)
        days = np.isfinite(values[:, compared]).any(axis=1)
        known = np.nan_to_num(values[np.ix_(days, compared)], nan=0.0)
        covariance = DenoiseCovariance(nearest=False).fit(known).covariance_
        size = np.sqrt(np.diagonal(covariance))
        shrunk = np.clip(symmetric(covariance / np.outer(size, size)), -1.0, 1.0)
        similarity[among] = np.where(np.isfinite(plain[among]), shrunk, np.nan)
    return similarity if firms is None else similarity[list(firms)]
