"""Cosine of firms in the leading eigenvectors of their correlations.

A correlation of two firms is noisy; the leading eigenvectors of all correlations together are
less so, as each is estimated from every firm. The firms are compared by their loadings on
these alone: what a firm has to itself, noise most of all, is left out. (Principal components as
statistical factors: Connor and Korajczyk, Journal of Financial Economics 15, 1986; what lies
below the leading eigenvalues is mostly noise: Laloux et al., Physical Review Letters 83, 1999.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.errors import InputError
from pipeline.similarity.classical.gaps import CONSTANT, MIN_COMMON, Growth, Values, symmetric
from pipeline.similarity.classical.scaled import scaled

FIRMS_A_COMPONENT = 3
"""With no more firms than this to a component, the components are the firms themselves."""


def eigen(
    growth: Growth,
    components: int,
    firms: Sequence[int] | None = None,
    *,
    min_common: int = MIN_COMMON,
) -> Values:
    """Compare firms by their loadings on the leading eigenvectors of the `scaled` correlations.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    components : int
        Eigenvectors k, of the largest eigenvalues. More than 3 k firms are needed.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default. All are computed anyway.
    min_common : int
        Common days, as `scaled` counts them, below which a pair's similarity is not known.

    Returns
    -------
    (K, N) float64
        Cosines in [−1, 1]; NaN where a pair has fewer than ``min_common`` common days. All are
        NaN where no more than 3 k firms have a correlation.

    Raises
    ------
    InputError
        When there are no more than 3 k columns.

    Notes
    -----
    With C = V Λ Vᵀ, the loadings of firm i are l_i = (√λ_1 V_i1, …, √λ_k V_ik), and

        s_ij = l_i · l_j / (‖l_i‖ ‖l_j‖).

    The eigenvectors need every correlation. One that is not known is taken as 0, which is about
    the mean of correlations of market residuals; the pair itself remains without a similarity.
    Correlations over different days may have negative eigenvalues, which are taken as 0.
    """
    needed = FIRMS_A_COMPONENT * components
    count = np.shape(growth)[1]
    if components < 1 or count <= needed:
        raise InputError(
            f"Similarity by {components} eigenvectors needs at least 1 and more than {needed} "
            f"firms, but there are {count}: choose fewer eigenvectors or more firms."
        )
    correlation = scaled(growth, min_common=min_common)
    similarity = np.full_like(correlation, np.nan)
    if np.count_nonzero(np.isfinite(np.diagonal(correlation))) > needed:
        similarity = leading_cosine(correlation, components)
        similarity[~np.isfinite(correlation)] = np.nan
    return similarity if firms is None else similarity[list(firms)]


def leading_cosine(correlation: Values, components: int) -> Values:
    """Compare firms by their loadings on the leading eigenvectors of a correlation matrix.

    Parameters
    ----------
    correlation : (N, N)
        Symmetric; NaN where it is not known, on the diagonal for a firm of which nothing is.
    components : int
        Eigenvectors k, of the largest eigenvalues, at most as many as firms that are known.

    Returns
    -------
    (N, N) float64
        Cosines in [−1, 1] (see `eigen`); NaN for a firm of which nothing is known, or whose
        loadings are but rounding.
    """
    known = np.flatnonzero(np.isfinite(np.diagonal(correlation)))
    among, found = np.ix_(known, known), np.full_like(correlation, np.nan)
    values, vectors = np.linalg.eigh(np.nan_to_num(correlation[among], nan=0.0))
    loadings = vectors[:, -components:] * np.sqrt(np.maximum(values[-components:], 0.0))
    size = np.linalg.norm(loadings, axis=1, keepdims=True)
    unit = loadings / np.where(size > CONSTANT, size, np.nan)
    found[among] = np.clip(symmetric(unit @ unit.T), -1.0, 1.0)
    return found


def eigen10(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Compare firms by 10 eigenvectors (see `eigen`); for more than 30 firms."""
    return eigen(growth, 10, firms, min_common=min_common)


def eigen20(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Compare firms by 20 eigenvectors (see `eigen`); for more than 60 firms."""
    return eigen(growth, 20, firms, min_common=min_common)


def eigen30(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Compare firms by 30 eigenvectors (see `eigen`); for more than 90 firms."""
    return eigen(growth, 30, firms, min_common=min_common)
