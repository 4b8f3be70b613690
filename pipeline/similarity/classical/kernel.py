"""A squared-exponential kernel between the standardised growth of firms.

As a Gaussian process or a support-vector machine would compare them: near 1 for firms whose
growth is the same day by day, and falling with the distance between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.gaps import (
    MIN_COMMON,
    Growth,
    Values,
    split,
    standardised,
    symmetric,
)

LENGTH = 1.0
"""ℓ, in standard deviations of growth.

The median distance of the firms at hand is often taken instead. It is not here, because a pair's
similarity would then change with the firms beside it, and because there is nothing to adapt to:
standardised, two unrelated firms are always at a mean squared difference of 2. The order of a
firm's peers does not depend on ℓ.
"""


def kernel(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Compare the standardised growth of firms by a squared-exponential kernel.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a similarity is not known.

    Returns
    -------
    (K, N) float64
        In (0, 1], 1 of a firm with itself; NaN where a pair has fewer than ``min_common`` common
        days or one of the two never moved.

    Notes
    -----
    With z_it the growth of firm i less its mean and over its deviation, both of its own days, and
    d²_ij the mean of (z_it − z_jt)² over common days,

        s_ij = exp(−d²_ij / (2 ℓ²)),   ℓ = 1.

    Without gaps d²_ij = 2 (1 − r_ij) with r_ij by `pearson`, hence s_ij = exp(r_ij − 1): the same
    order of peers. It differs with gaps only, where a firm's common days are not like the rest of
    its own: then a difference in level or volatility on these days sets the two apart as well.
    """
    standard = standardised(growth)
    if firms is None:
        return symmetric(_kernel(standard, standard, min_common))
    return _kernel(standard[:, list(firms)], standard, min_common)


def _kernel(left: Values, right: Values, min_common: int) -> Values:
    """Compare the K columns of ``left`` with the N of ``right`` over common days: (K, N)."""
    (x, has_x), (y, has_y) = split(left), split(right)
    days = has_x.T @ has_y
    squared = (x**2).T @ has_y + has_x.T @ (y**2) - 2.0 * (x.T @ y)
    distance = np.maximum(squared, 0.0) / np.maximum(days, 1.0)
    known = days >= max(min_common, 1)
    return np.where(known, np.exp(-distance / (2.0 * LENGTH**2)), np.nan)
