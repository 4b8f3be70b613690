"""The inputs that a network can be given: a declared list, one function a feature.

Every function takes the growth panel and the slice of training days, and gives a panel of the
same shape. Row t uses growth of days ≤ t and statistics of training days alone, so that nothing
of the future is in it. To add a feature, write such a function and name it in `FEATURES`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Panel = NDArray[np.float64]
"""T days × N firms; gaps are NaN."""
Feature = Callable[[Panel, slice], Panel]

LIMIT = 10.0
"""Features are cut to ±LIMIT: a single crash must not saturate a network for weeks."""


def volatility(growth: Panel, training: slice) -> NDArray[np.float64]:
    """Return each firm's standard deviation of growth over the training days (N, 1/year).

    A firm with fewer than 20 growth rates in training (it was listed late, say) gets the median
    of the others: a scale of its own would have to be taken from days it is judged on.
    """
    days = growth[training]
    known = np.isfinite(days).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(days, axis=0) / known
        variance = np.nansum((days - mean) ** 2, axis=0) / (known - 1)
    sigma = np.sqrt(np.where(known >= 20, variance, np.nan))
    sigma[~(sigma > 0.0)] = np.nan
    typical = np.nanmedian(sigma) if np.isfinite(sigma).any() else 1.0
    return np.asarray(np.where(np.isfinite(sigma), sigma, typical), dtype=np.float64)


def market(growth: Panel) -> NDArray[np.float64]:
    """Return the market's growth: the mean over the firms that traded (T, 1/year)."""
    known = np.isfinite(growth).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nansum(growth, axis=1) / known)


def dispersion(growth: Panel) -> NDArray[np.float64]:
    """Return the standard deviation of growth across the firms that traded (T, 1/year)."""
    known = np.isfinite(growth).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.nansum((growth - market(growth)[:, None]) ** 2, axis=1) / known
    return np.asarray(np.sqrt(squares))


def own_growth(growth: Panel, training: slice) -> Panel:
    """Return growth over the firm's training volatility."""
    return growth / volatility(growth, training)


def absolute_growth(growth: Panel, training: slice) -> Panel:
    """Return the absolute size of the firm's scaled growth: how much moved, whichever way."""
    return np.abs(own_growth(growth, training))


def market_growth(growth: Panel, training: slice) -> Panel:
    """Return the market's growth over its training volatility, the same for every firm."""
    series = market(growth)
    return _spread(series / np.nanstd(series[training]), growth)


def market_dispersion(growth: Panel, training: slice) -> Panel:
    """Return the dispersion across firms relative to its training mean, less one."""
    series = dispersion(growth)
    return _spread(series / np.nanmean(series[training]) - 1.0, growth)


FEATURES: dict[str, Feature] = {
    "growth": own_growth,
    "absolute_growth": absolute_growth,
    "market_growth": market_growth,
    "market_dispersion": market_dispersion,
}


def _spread(series: NDArray[np.float64], growth: Panel) -> Panel:
    """Give a series of days to every firm."""
    return np.broadcast_to(series[:, None], growth.shape)
