"""Whether differences between forecasts are more than chance.

Firms move together, so the firm-days of one day are close to one observation, not to as many as
there are firms. Every test here therefore first averages over the firms of a day, and then
allows for days that depend on one another. Taking firm-days as independent would call almost any
two forecasts different: with 500 firms that share a market, standard errors would be too small
by a factor of about ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pipeline.evaluation.student import Values

Numbers = NDArray[np.floating[Any]]
Days = NDArray[np.integer[Any]]

LEAST_DAYS = 20
"""Fewer days say nothing of how days depend on one another."""
LEAST_FIRMS = 3
"""A correlation across fewer firms says nothing: of two firms it is always ±1."""


@dataclass(frozen=True)
class MeanTest:
    """The mean of a daily series, tested against zero; NaN where it cannot be."""

    mean: float
    low: float
    high: float
    """Ends of the interval of the mean (95 %)."""
    statistic: float
    p_value: float
    """Two-sided."""
    lags: int
    """Lags of the Newey–West variance."""
    days: int
    """Days that have a value."""


def daily_mean(values: Numbers, day: Days) -> Values:
    """Return the mean over the firms of each day, in the order of the days; NaN is left out."""
    known = np.isfinite(values)
    _, group = np.unique(day, return_inverse=True)
    total = np.bincount(group, np.where(known, values, 0.0))
    count = np.bincount(group, known)
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))


def mean_test(series: Numbers, horizon: int = 1) -> MeanTest:
    """Test whether the mean of a daily series is zero, allowing for autocorrelation.

    t = d̄ / √(V/T) · √((T + 1 − 2h + h(h − 1)/T) / T), with V the Newey–West variance,
    V = γ₀ + 2 Σ_{l ≤ L} (1 − l/(L + 1)) γ_l, and L = max(h − 1, ⌈1.3 √T⌉) lags.

    Parameters
    ----------
    series
        A value a day, in date order; days that are NaN are left out.
    horizon
        Days ahead, h, that the series' forecasts reach: their errors overlap for h − 1 days.

    Returns
    -------
    MeanTest
        NaN where there are fewer than `LEAST_DAYS` days, or too few for the horizon.

    Notes
    -----
    The usual choices, L = h − 1 or L = T^(1/3) and normal quantiles, reject too often: score
    differences of volatility models stay on one side for weeks. With 378 days of an AR(1) of
    coefficient 0.6, a test at 5 % with T^(1/3) lags rejects a true null in 8.8 % of cases, this
    one in 5.8 %; at 0.3 it is 7.0 % against 5.3 %. More lags make V noisier, which the quantiles
    have to know: those here are of the limit with a fixed share b = (L + 1)/T of lags (Kiefer
    and Vogelsang, Econometric Theory 21, 2005: 1.96 + 2.9694 b + 0.4160 b² − 0.5324 b³ at
    97.5 %). For p-values it is taken as the Student-t that has this quantile. The rule for L is
    that of Lazarus, Lewis, Stock and Watson (Journal of Business & Economic Statistics 36,
    2018); the factor is that of Harvey, Leybourne and Newbold (International Journal of
    Forecasting 13, 1997).
    """
    from statsmodels.tsa.stattools import diebold_mariano_test

    known = series[np.isfinite(series)]
    days = len(known)
    lags = max(horizon - 1, int(np.ceil(1.3 * np.sqrt(days))))
    mean = float(known.mean()) if days else float("nan")
    if days < max(LEAST_DAYS, 3 * horizon):
        return MeanTest(mean, *(float("nan"),) * 4, lags=lags, days=days)
    if np.ptp(known) == 0.0:
        p_value = 1.0 if mean == 0.0 else 0.0
        return MeanTest(mean, mean, mean, float("nan"), p_value, lags, days)
    found = diebold_mariano_test(
        np.zeros(days),
        known,
        np.zeros(days),
        criterion=lambda _, loss: loss,
        lags=lags,
        harvey_adj=True,
        horizon=horizon,
    )
    quantile = _fixed_b((lags + 1) / days)
    half = float(quantile * abs(mean / found.statistic)) if found.statistic else float("nan")
    p_value = 2.0 * stats.t.sf(abs(found.statistic), _df_of(quantile))
    return MeanTest(
        mean, mean - half, mean + half, float(found.statistic), float(p_value), lags, days
    )


def _fixed_b(share: float) -> float:
    """Return the 97.5 % quantile of the t statistic whose lags are a share of the days."""
    return 1.96 + 2.9694 * share + 0.4160 * share**2 - 0.5324 * share**3


@cache
def _df_of(quantile: float) -> float:
    """Return the degrees of freedom of the Student-t with this 97.5 % quantile."""
    from scipy.optimize import brentq

    return float(brentq(lambda df: stats.t.ppf(0.975, df) - quantile, 1.0, 1e6))


def diebold_mariano(loss: Numbers, other: Numbers, day: Days, horizon: int = 1) -> MeanTest:
    """Test whether two forecasts of the same firm-days are equally good.

    d_t = mean over firms of (loss − other) of day t, tested by `mean_test`; a negative mean says
    that the first forecast is better (Diebold and Mariano, Journal of Business & Economic
    Statistics 13, 1995).

    Parameters
    ----------
    loss, other
        R losses (such as the CRPS) of both forecasts.
    day
        R numbers of the day that each is of.
    horizon
        The most days ahead among them.
    """
    return mean_test(daily_mean(loss - other, day), horizon)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values that hold for all comparisons at once; NaN stays.

    The k-th smallest of m is multiplied by m − k + 1 and made not to fall (Holm, Scandinavian
    Journal of Statistics 6, 1979): the chance of any false finding stays below the level,
    however the tests depend on one another.
    """
    from statsmodels.stats.multitest import multipletests

    known = {name: p for name, p in p_values.items() if np.isfinite(p)}
    adjusted = multipletests(list(known.values()), method="holm")[1] if known else []
    found = dict(zip(known, map(float, adjusted), strict=True))
    return {name: found.get(name, float("nan")) for name in p_values}


def directional_accuracy(
    location: Numbers, growth: Numbers, day: Days, horizon: int = 1
) -> MeanTest:
    """Test whether forecast signs go with realised signs more than their frequencies make them.

    Pesaran and Timmermann (Journal of Business & Economic Statistics 10, 1992) compare the share
    of right signs with p_x p_y + (1 − p_x)(1 − p_y), what independent signs would reach. That
    difference is twice the covariance of the two indicators. Here it is taken a day,
    d_t = mean over firms of 2 (1[x > 0] − p_x)(1[y > 0] − p_y), and tested by `mean_test`,
    so that firms of a day and neighbouring days may depend on one another; the original assumes
    independent observations.

    Returns
    -------
    MeanTest
        Its mean is the share of right signs above what independence gives; NaN if either sign
        never changes. Firm-days on which either is zero are left out.
    """
    known = np.isfinite(location * growth) & (location * growth != 0.0)
    up, rose = location[known] > 0.0, growth[known] > 0.0
    if len(up) == 0 or up.all() or rose.all() or not (up.any() and rose.any()):
        return mean_test(np.empty(0), horizon)
    excess = 2.0 * (up - up.mean()) * (rose - rose.mean())
    return mean_test(daily_mean(excess, day[known]), horizon)


def information_coefficients(
    location: Numbers, growth: Numbers, day: Days, ranks: bool = False
) -> Values:
    """Return the correlation across firms of forecast and growth on each day.

    Parameters
    ----------
    location, growth
        R forecasts and what happened.
    day
        R numbers of the day (of one horizon) that each is of.
    ranks
        Whether to correlate ranks within the day (Spearman) rather than values (Pearson).

    Returns
    -------
    array
        A value a day, in the order of the days; NaN for fewer than `LEAST_FIRMS` firms or where
        either side is the same for all. `mean_test` tells whether their mean is zero.
    """
    _, of = np.unique(day, return_inverse=True)
    number = np.bincount(of)
    sides: list[Values] = [np.asarray(side, dtype=np.float64) for side in (location, growth)]
    if ranks:
        sides = [np.asarray(pd.Series(side).groupby(of).rank(), np.float64) for side in sides]
    means = [np.bincount(of, side) / number for side in sides]
    size = 1e-12 * (np.abs(means[0]) + np.abs(means[1]))[of]
    apart = (side - mean[of] for side, mean in zip(sides, means, strict=True))
    x, y = (np.where(np.abs(side) > size, side, 0.0) for side in apart)
    xy, xx, yy = (np.bincount(of, product) for product in (x * y, x * x, y * y))
    spread = np.sqrt(xx * yy)
    usable = (spread > 0.0) & (number >= LEAST_FIRMS)
    return np.asarray(np.divide(xy, spread, out=np.full(len(xy), np.nan), where=usable))
