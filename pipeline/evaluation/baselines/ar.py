"""An autoregression of growth, one a firm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.evaluation.baselines.firms import each_firm, scales
from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.baselines.historical_mean import running_mean
from pipeline.evaluation.student import Values

MOST_LAGS = 10


def ar(given: Given) -> Iterator[Moments]:
    """Forecast growth by its own past, with the firm's running volatility (`Given.unit`).

    μ_{t+1} = m + Σ_{j ≤ p} φ_j (μ_{t+1−j} − m), fitted to training days by least squares, with
    0 ≤ p ≤ 10 lags of the lowest Bayesian information criterion (Schwarz, Annals of Statistics
    6, 1978). Further days ahead are forecast from the forecasts before them. Days that miss a
    lag are not fitted on; in a forecast a missing lag counts as m. A firm whose fit fails, or
    whose training days are too few, gets its historical mean.
    """
    growth = given.growth
    fitted = each_firm(fit_ar, given, given.training, gaps=True)
    failed = np.array([parameters is None for parameters in fitted])
    table = np.array([np.zeros(MOST_LAGS + 1) if p is None else p for p in fitted]).T
    mean = np.where(failed, running_mean(growth), table[0] * scales(given, given.training))
    weights = table[1:]
    past = np.nan_to_num(growth - mean)
    lags = [_shifted(past, lag) for lag in range(MOST_LAGS)]
    while True:
        ahead = np.sum([w * lag for w, lag in zip(weights, lags, strict=True)], axis=0)
        yield Moments(mean + ahead, given.unit, failed)
        lags = [ahead, *lags[:-1]]


def fit_ar(rates: Values) -> Values | None:
    """Return mean and `MOST_LAGS` weights of an autoregression, those beyond p zero.

    Parameters
    ----------
    rates
        Growth, with gaps as NaN.
    """
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tsa.tsatools import lagmat

    lagged = lagmat(rates, MOST_LAGS, trim="both", original="in")
    lagged = lagged[np.isfinite(lagged).all(axis=1)]
    if len(lagged) < 5 * MOST_LAGS:
        return None
    inputs = np.column_stack([np.ones(len(lagged)), lagged[:, 1:]])
    found = [OLS(lagged[:, 0], inputs[:, : p + 1]).fit() for p in range(MOST_LAGS + 1)]
    best = min(found, key=lambda one: one.bic).params
    rest = 1.0 - best[1:].sum()
    if rest <= 0.0:  # a unit root: there is no mean to return to
        return None
    return np.concatenate([[best[0] / rest], best[1:], np.zeros(MOST_LAGS + 1 - len(best))])


def _shifted(panel: Values, days: int) -> Values:
    """Return a panel so many days later; zero before its first day."""
    return np.vstack([np.zeros_like(panel[:days]), panel[: len(panel) - days]])
