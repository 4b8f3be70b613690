"""Forecasts that need no network: what a network has to beat.

A baseline is a function that gives a location and a volatility for every day and firm, from
growth of days up to that day and statistics of training days alone. `forecast` then gives all of
them the same Student-t shape, its scale and tail fitted on the baseline's own errors on training
days: with a normal tail, or a tail taken from elsewhere, they would be straw men. To add a
baseline, write such a function and name it in `BASELINES`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.evaluation.forecasts import FirmDays, Panel, seasoned
from pipeline.evaluation.student import StudentT, Values, fit
from pipeline.panel.features import volatility
from pipeline.panel.splits import Fold
from pipeline.sections import Evaluate

Moments = tuple[Values, Values]
"""Location and volatility, T × N (or H × T × N): row t forecasts the days after t, 1/year."""
Baseline = Callable[[Panel, slice, Evaluate], Moments]


def zero_growth(growth: Panel, training: slice, _section: Evaluate) -> Moments:
    """Forecast no growth, with the firm's volatility on training days."""
    return np.zeros_like(growth), np.broadcast_to(volatility(growth, training), growth.shape)


def historical_mean(growth: Panel, training: slice, _section: Evaluate) -> Moments:
    """Forecast the firm's mean growth so far, with its volatility on training days."""
    observed = np.isfinite(growth)
    total = np.cumsum(np.where(observed, growth, 0.0), axis=0)
    mean = total / np.maximum(np.cumsum(observed, axis=0), 1)
    return mean, np.broadcast_to(volatility(growth, training), growth.shape)


def ewma_volatility(growth: Panel, training: slice, section: Evaluate) -> Moments:
    """Forecast no growth, with an exponentially weighted volatility.

    σ²_t = λ·σ²_{t−1} + (1 − λ)·μ_t², from the firm's variance on training days; a gap changes
    nothing. The forecast is the same for every day ahead (RiskMetrics Technical Document, J.P.
    Morgan 1996, section 5.2).
    """
    decay = section.ewma_decay
    variance = np.empty_like(growth)
    state = volatility(growth, training) ** 2
    for day, rates in enumerate(growth):
        state = np.where(np.isfinite(rates), decay * state + (1.0 - decay) * rates**2, state)
        variance[day] = state
    return np.zeros_like(growth), np.sqrt(variance)


BASELINES: dict[str, Baseline] = {
    "zero_growth": zero_growth,
    "historical_mean": historical_mean,
    "ewma_volatility": ewma_volatility,
}


def forecast(
    baseline: Baseline, growth: Panel, fold: Fold, section: Evaluate, days: FirmDays
) -> StudentT:
    """Forecast the firm-days with a baseline.

    Its errors on training days, over its volatility, give the scale and the degrees of freedom:
    one pair a horizon for the whole universe, by maximum likelihood.

    Parameters
    ----------
    baseline
        One of `BASELINES`.
    growth
        T × N, 1/year; gaps are NaN.
    fold
        The split; its training origins are what is fitted on.
    section
        Settings of the baselines.
    days
        The R firm-days to forecast.

    Returns
    -------
    StudentT
        R forecasts, 1/year.

    Raises
    ------
    InputError
        If the training days are too few to fit on.
    """
    moments = baseline(growth, fold.training_days, section)
    shapes = [fit(_errors(growth, moments, fold, ahead)) for ahead in range(1, fold.horizon + 1)]
    scale, df = np.array(shapes)[days.horizon - 1].T
    location, sigma = (days.of(moment) for moment in moments)
    return StudentT(location, sigma * scale, df)


def _errors(growth: Panel, moments: Moments, fold: Fold, ahead: int) -> Values:
    """Return the errors of the training origins, so many days ahead, over the volatility.

    All of them: firms move together, so the days that a tail is fitted on must not be thinned.
    """
    first, stop = fold.train
    location, sigma = (
        moment[first:stop] if moment.ndim == 2 else moment[ahead - 1, first:stop]
        for moment in moments
    )
    errors = (growth[first + ahead : stop + ahead] - location) / sigma
    return np.asarray(errors[seasoned(growth, fold.lookback)[first:stop] & np.isfinite(errors)])
