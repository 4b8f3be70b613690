"""Correlation of market residuals, each day in units of the firm's own recent volatility.

Volatility clusters: a correlation over years is mostly one over their few nervous months. Divided
by the volatility that was known the evening before, every day has about the same say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.similarity.classical.gaps import MIN_COMMON, Growth, Values
from pipeline.similarity.classical.market import market_residuals
from pipeline.similarity.classical.pearson import pearson

HALF_LIFE = 20
"""Days after which a squared residual has half its weight in the volatility."""
CLIP = 4.0
"""Deviations beyond which a day counts no more: announcements are days of one firm alone."""


def recent_volatility(residuals: Values) -> Values:
    """Estimate the volatility of each day from the days before it.

    The square root of the exponentially weighted mean of squared residuals up to the day before
    (RiskMetrics, J.P. Morgan 1996, with a half-life in place of the decay). Weights fall with the
    days that passed, whether or not the firm traded on them.

    Parameters
    ----------
    residuals : (T, N)
        Gaps are NaN.

    Returns
    -------
    (T, N) float64
        In the unit of ``residuals``; NaN up to a firm's first day with a residual.
    """
    squares = pd.DataFrame(residuals).pow(2)
    return squares.ewm(halflife=HALF_LIFE).mean().pow(0.5).shift(1).to_numpy()


def scaled_residuals(growth: Growth) -> Values:
    """Divide each day's market residual by the firm's volatility as known the day before.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.

    Returns
    -------
    (T, N) float64
        In [−4, 4], without unit. NaN at gaps, and on a firm's first day and as long as it has
        not moved, when its volatility is not known.
    """
    residuals = market_residuals(growth)
    volatility = recent_volatility(residuals)
    moved = volatility > 0.0
    ratio = np.divide(residuals, volatility, out=np.full_like(residuals, np.nan), where=moved)
    return np.clip(ratio, -CLIP, CLIP)


def scaled(
    growth: Growth,
    firms: Sequence[int] | None = None,
    *,
    min_common: int = MIN_COMMON,
    weights: Values | None = None,
) -> Values:
    """Correlate market residuals in units of recent volatility.

    The volatility of a day is known the day before; the β of the residuals is of all the days
    given (see `market_residuals`).

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.
    firms : sequence of int, optional
        Columns to compare with all the others; all of them by default.
    min_common : int
        Common days below which a correlation is not known. A firm's first day does not count,
        as its volatility is not known.
    weights : (T,), optional
        How much each day counts, above 0; all alike by default.

    Returns
    -------
    (K, N) float64
        `pearson` of the `scaled_residuals`.
    """
    return pearson(scaled_residuals(growth), firms, min_common=min_common, weights=weights)
