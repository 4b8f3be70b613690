"""What firms have in common besides how they move: labels, size, beta, volatility.

Each trait becomes a matrix of likeness over pairs of firms, larger for firms that are more alike
in it, which can be held against a matrix of similarities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.classical.market import market
from pipeline.similarity.study.labels import codes_or_nan
from pipeline.similarity.study.neighbours import quotient

SAME_SECTOR, SAME_INDUSTRY = "same_sector", "same_industry"
CAPITALISATION, BETA, VOLATILITY = "capitalisation", "beta", "volatility"
TRAITS = (SAME_SECTOR, SAME_INDUSTRY, CAPITALISATION, BETA, VOLATILITY)
"""Names of the traits, in the order in which they are told."""


def likenesses(firms: pd.DataFrame, growth: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Say how alike pairs of firms are in each trait.

    Parameters
    ----------
    firms : DataFrame
        N rows with `sector industry market_cap`, which may be missing.
    growth : (T, N)
        Growth rates, for beta and volatility; gaps are NaN.

    Returns
    -------
    dict of str to (N, N) float64
        By the names in `TRAITS`: 1 for the same sector or industry, else 0; −|Δ log market
        capitalisation|, −|Δ beta|, −|Δ log volatility|. NaN for pairs with a firm whose trait is
        not known.
    """
    capital = firms["market_cap"].to_numpy(dtype=np.float64, na_value=np.nan)
    volatility = volatilities(growth)
    return {
        SAME_SECTOR: same(firms["sector"].tolist()),
        SAME_INDUSTRY: same(firms["industry"].tolist()),
        CAPITALISATION: near(_log(capital)),
        BETA: near(betas(growth)),
        VOLATILITY: near(_log(volatility)),
    }


def same(labels: Sequence[object]) -> NDArray[np.float64]:
    """Return 1 for pairs with the same label, 0 for others, NaN if one of the two has none."""
    code = codes_or_nan(labels)
    known = np.isfinite(code)
    return np.where(known[:, None] & known, code[:, None] == code, np.nan)


def near(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return −|difference| for all pairs of N values; NaN if one of the two is."""
    values = np.asarray(values, dtype=np.float64)
    return -np.abs(values[:, None] - values)


def betas(growth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Slope of each firm's growth on the market of all the others.

    Parameters
    ----------
    growth : (T, N)
        Growth rates; gaps are NaN.

    Returns
    -------
    (N,) float64
        cov(μ_i, m_i) / var(m_i), with m_i the equal-weight mean growth of the other firms that
        traded that day, over the days on which firm i traded; NaN for fewer than 20.
    """
    growth = np.asarray(growth, dtype=np.float64)
    others = market(growth)
    used = np.isfinite(growth) & np.isfinite(others)
    known = np.where(used, growth, 0.0)
    days = used.sum(axis=0)
    mean = np.where(used, others, 0.0).sum(axis=0) / np.maximum(days, 1)
    centred = np.where(used, others - mean, 0.0)
    shared, spread = (centred * known).sum(axis=0), (centred**2).sum(axis=0)
    usable = (days >= MIN_COMMON) & (spread > 0.0)
    return quotient(shared, spread, usable)


def volatilities(growth: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return each firm's standard deviation of growth, in its unit; NaN for fewer than 20 days."""
    square, days = variances(np.asarray(growth, dtype=np.float64))
    return np.where(days >= MIN_COMMON, np.sqrt(square), np.nan)


def variances(growth: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the variance of each column over its known days, and how many these are."""
    known = np.isfinite(growth)
    days = known.sum(axis=0)
    mean = np.where(known, growth, 0.0).sum(axis=0) / np.maximum(days, 1)
    deviation = np.where(known, growth - mean, 0.0)
    return (deviation**2).sum(axis=0) / np.maximum(days, 1), days


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take logarithms of what is positive; NaN for the rest."""
    positive = values > 0.0
    return np.where(positive, np.log(np.where(positive, values, 1.0)), np.nan)
