"""Similarity of what firms are like, not of when they move: volatility and market exposure.

Two firms may be equally nervous and equally exposed to the market and never move together. This
measure says no more than the former, and shows how far that alone would lead to a firm's peers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.similarity.classical.gaps import (
    MIN_COMMON,
    Growth,
    Values,
    across,
    moments,
    split,
    symmetric,
)
from pipeline.similarity.classical.market import beta, market


def characteristics(growth: Growth) -> Values:
    """Describe each firm by its volatility and its exposure to the market of the others.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.

    Returns
    -------
    (N, 3) float64
        A row a firm, over its own days: the logarithm of the standard deviation of growth, the
        `beta` on the market (without unit), and the correlation with the market. A row is NaN
        for a firm without movement, or whose market did not move.
    """
    others = market(growth)
    both = np.isfinite(growth) & np.isfinite(others)
    own, volatility = moments(growth, both)
    moves, size = moments(others, both)
    known = (volatility > 0.0) & (size > 0.0)
    shared = np.einsum("tn,tn->n", own, moves) / np.maximum(both.sum(axis=0), 1)
    correlation = shared / np.where(known, volatility * size, 1.0)
    log_volatility = np.log(np.where(known, volatility, 1.0))
    described = np.stack([log_volatility, beta(growth, others), correlation], axis=1)
    return np.where(known[:, None], described, np.nan)


def profile(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Compare firms by their volatility, beta and correlation with the market.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a similarity is not known: firms of different times are described
        by different markets.

    Returns
    -------
    (K, N) float64
        In [0, 1], 1 of a firm with itself; NaN where a pair has fewer than ``min_common`` common
        days or one of the two has no `characteristics`.

    Notes
    -----
    With q_if the characteristic f of firm i, less its mean and over its deviation across the
    firms with at least ``min_common`` days, and d²_ij the mean of (q_if − q_jf)² over f,

        s_ij = exp(−d²_ij / 2),

    as `kernel` does with days in place of characteristics.
    """
    _, seen = split(np.asarray(growth, dtype=np.float64))
    least = max(min_common, 1)
    described = characteristics(growth)
    described[seen.sum(axis=0) < least] = np.nan
    standard = across(described)
    asked = slice(None) if firms is None else list(firms)
    apart = ((standard[asked, None] - standard) ** 2).mean(axis=2)
    common = seen[:, asked].T @ seen
    similarity = np.where(common >= least, np.exp(-apart / 2.0), np.nan)
    return symmetric(similarity) if firms is None else similarity
