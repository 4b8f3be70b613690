"""Spearman correlation: Pearson correlation of ranks, which a few wild days cannot decide.

Growth has fat tails: the day of one firm's announcement weighs as much in its variance as months
of other days. Its rank weighs as one day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values
from pipeline.similarity.classical.market import market_residuals
from pipeline.similarity.classical.pearson import pearson


def ranks(growth: Growth) -> Values:
    """Rank each firm's growth among its own days.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.

    Returns
    -------
    (T, N) float64
        From 1 for the lowest growth, ties at their mean rank; NaN at gaps.
    """
    growth = np.asarray(growth, dtype=np.float64)
    seen = np.where(np.isfinite(growth), growth, np.nan)
    return pd.DataFrame(seen).rank().to_numpy()


def spearman(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate the ranks of growth, pair by pair over common days.

    A firm is ranked once, over all of its own days. Ranking every pair anew over its common days,
    as pandas does, is the same where firms have the same days; otherwise a pair may differ, by
    little where gaps are few. It would cost a sort of every pair rather than of every firm.

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
        `pearson` of the `ranks`. It is unchanged by any increasing function of a firm's growth.

    Examples
    --------
    >>> growth = np.array([[1.0, 1.0], [2.0, 8.0], [3.0, 27.0]])
    >>> spearman(growth, [0], min_common=2).round(9)
    array([[1., 1.]])
    """
    return pearson(ranks(growth), firms, min_common=min_common)


def residual_spearman(
    growth: Growth, firms: Sequence[int] | None = None, *, min_common: int = MIN_COMMON
) -> Values:
    """Correlate the ranks of what is left of growth once the market is removed.

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
        `spearman` of the `market_residuals`.
    """
    return spearman(market_residuals(growth), firms, min_common=min_common)
