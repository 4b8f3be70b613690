"""GARCH(1,1) of growth with the day's range as a regressor, one a firm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import digamma, expit

from pipeline.evaluation.baselines.firms import each_firm, scales
from pipeline.evaluation.baselines.garch import Garch, days_ahead
from pipeline.evaluation.baselines.given import Given, Outlook
from pipeline.evaluation.baselines.standins import stand_in
from pipeline.evaluation.forecasts import FirmDays, Panel
from pipeline.evaluation.student import LEAST_DF, MOST_DF, Values, log_norm, of_moments

BACKCAST, BACKCAST_DAYS = 0.94, 75
"""Weights of the first squared errors in the variance before the first day, as `arch` has them."""
START = (0.0, 0.0, 3.5, -1.5, -1.0, np.log(4.0))
"""Mean, log variance, logit of the persistence, logits of the shares of error and range, ln(ν − 2).
"""
BOUNDS = (
    *((-1.0, 1.0), (-5.0, 5.0), (-3.0, 9.0), (-12.0, 12.0), (-12.0, 12.0)),
    (np.log(LEAST_DF - 2.0), np.log(MOST_DF - 2.0)),
)


class GarchRange(NamedTuple):
    """Parameters of one firm, or of N firms as arrays; growth in its standard deviation."""

    garch: Garch
    """With its persistence in `alpha + beta`: the part of the range stands in `moved`."""
    moved: Values | float
    """What a squared volatility by range adds to the next variance."""
    ratio: Values | float
    """Mean squared volatility by range over mean squared error: what is expected of the former."""


def garch_range(given: Given, days: FirmDays) -> Outlook:
    """Forecast with GARCH(1,1), Student-t errors and the day's range as a regressor.

    σ²_{t+1} = ω + α (μ_t − m)² + β σ²_t + δ r²_t with r the volatility by the day's range
    (`Given.range_volatility`), else as `garch` (R. Engle, Journal of Applied Econometrics 17,
    2002). A day without a range counts as the mean ratio q of r² to the squared error times the
    day's squared error, so that k days ahead the variance is that of `garch` with
    p = α + β + δ q < 1. Fitted to each firm's training and validation days by maximum
    likelihood, with derivatives of its own: `arch` has no regressors of a variance.
    """
    fitted = each_firm(fit_garch_range, given, given.fitting, beside=given.range_volatility)
    failed = np.array([found is None for found in fitted])
    firms = [NOTHING if found is None else found for found in fitted]
    garch = Garch(*map(np.array, zip(*(found.garch for found in firms), strict=True)))
    moved, ratio = (np.array([found[part] for found in firms]) for part in (1, 2))
    unit = np.where(failed, 1.0, scales(given, given.fitting))
    told = GarchRange(garch, moved, ratio)
    next_day = variances(told, given.growth / unit, given.range_volatility / unit)
    whole = garch._replace(alpha=garch.alpha + moved * ratio)
    own = Garch(*(np.asarray(values)[days.firm] for values in whole))
    variance = days_ahead(own, next_day[days.origin, days.firm], days.horizon)
    firm_unit = unit[days.firm]
    forecast = of_moments(firm_unit * own.mean, firm_unit * np.sqrt(variance), np.asarray(own.df))
    return stand_in(forecast, failed, given, days)


NOTHING = GarchRange(Garch(0.0, 1.0, 0.0, 0.0, 0.0, 5.0, 1.0), 0.0, 1.0)
"""What firms without a fit are computed with before something stands in for them."""


def variances(firms: GarchRange, growth: Panel, ranges: Panel) -> Values:
    """Return the variance that each day's end gives the next day (T × N).

    Parameters
    ----------
    firms
        Parameters of N firms.
    growth, ranges
        T × N, in the firms' units: growth and volatilities by range; gaps are NaN.
    """
    own, started = firms.garch, np.isfinite(growth).cumsum(axis=0) > 0
    found = np.empty_like(growth)
    expected = own.persistence + firms.moved * firms.ratio
    variance = own.omega + expected * np.asarray(own.start)
    for day, (errors, moves) in enumerate(zip(growth - own.mean, ranges, strict=True)):
        square = np.where(np.isfinite(errors), errors**2, variance)
        move = np.where(np.isfinite(moves), moves**2, firms.ratio * square)
        after = own.omega + own.alpha * square + own.beta * variance + firms.moved * move
        variance = np.where(started[day], after, variance)
        found[day] = variance
    return found


def fit_garch_range(rates: Values, ranges: Values) -> GarchRange | None:
    """Fit to growth without gaps and volatilities by range, NaN where not known.

    None if it does not converge, or if no range is known.
    """
    from scipy.optimize import minimize

    known = np.isfinite(ranges)
    if not known.any():
        return None
    errors = rates - rates.mean()
    ratio = float(np.square(ranges[known]).mean() / np.square(errors[known]).mean())
    moves = np.where(known, ranges**2 / ratio, errors**2)
    weights = BACKCAST ** np.arange(min(BACKCAST_DAYS, len(rates)))
    start = float(weights @ np.square(errors[: len(weights)]) / weights.sum())
    found = minimize(
        _loss, START, args=(rates, moves, start), jac=True, method="L-BFGS-B", bounds=BOUNDS
    )
    if not found.success or not np.isfinite(found.x).all():
        return None
    mean, variance, persistence, shares, df = _told(found.x)
    alpha, moved, beta = persistence * shares
    garch = Garch(mean, (1.0 - persistence) * variance, alpha, 0.0, beta, df, start)
    return GarchRange(garch, moved / ratio, ratio)


def _told(unbound: Values) -> tuple[float, float, float, Values, float]:
    """Return mean, variance, persistence, its shares (error, range, variance) and ν."""
    shares = np.exp(np.array([unbound[3], unbound[4], 0.0]))
    persistence = float(expit(unbound[2]))
    df = 2.0 + float(np.exp(unbound[5]))
    return float(unbound[0]), float(np.exp(unbound[1])), persistence, shares / shares.sum(), df


def _loss(unbound: Values, rates: Values, moves: Values, start: float) -> tuple[float, Values]:
    """Return the mean negative log likelihood and its gradient.

    With h the variances, every derivative d of them follows d_{t+1} = β d_t + c_t with c the
    derivative of the right-hand side at h_t held, as h itself does.
    """
    from scipy.signal import lfilter

    mean, level, persistence, shares, df = _told(unbound)
    errors = rates - mean
    squares = errors**2
    driven = (1.0 - persistence) * level + persistence * (
        shares[0] * squares[:-1] + shares[1] * moves[:-1]
    )
    beta = persistence * shares[2]
    first = (1.0 - persistence) * level + persistence * start
    variance = lfilter([1.0], [1.0, -beta], np.append(first, driven))
    before = variance[:-1]
    mixed = shares[0] * squares[:-1] + shares[1] * moves[:-1] + shares[2] * before
    ahead = [
        -2.0 * persistence * shares[0] * errors[:-1],
        np.full(len(before), (1.0 - persistence) * level),
        persistence * (1.0 - persistence) * (mixed - level),
        persistence * shares[0] * (squares[:-1] - mixed),
        persistence * shares[1] * (moves[:-1] - mixed),
    ]
    at_first = [0.0, (1.0 - persistence) * level]
    at_first += [persistence * (1.0 - persistence) * (start - level), 0.0, 0.0]
    causes = np.column_stack([at_first, ahead])
    slopes = lfilter([1.0], [1.0, -beta], causes, axis=1)
    ratio = squares / (variance * (df - 2.0))
    weight = (df + 1.0) * ratio / (1.0 + ratio)
    tail = np.log1p(ratio)
    loss = log_norm(df) + 0.5 * np.log((df - 2.0) / df)
    loss += (0.5 * np.log(variance) + 0.5 * (df + 1.0) * tail).mean()
    gradient = np.empty(6)
    gradient[:5] = slopes @ (0.5 * (1.0 - weight) / variance) / len(rates)
    by_error = (df + 1.0) * errors / (variance * (df - 2.0)) / (1.0 + ratio)
    gradient[0] -= by_error.mean()
    by_df = digamma(0.5 * df) - digamma(0.5 * (df + 1.0)) + 1.0 / (df - 2.0)
    by_df += tail.mean() - weight.mean() / (df - 2.0)
    gradient[5] = 0.5 * (df - 2.0) * by_df
    return float(loss), gradient
