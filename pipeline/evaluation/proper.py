"""Proper scores: what each forecast distribution earns by what came.

Growth is annualised, so the CRPS is in 1/year. Libraries are imported when a score is computed, so
that whoever only wants titles does not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.evaluation.student import StudentT, Values


def crps(forecast: StudentT, growth: Values) -> Values:
    """Return the continuous ranked probability score of each forecast (lower is better).

    CRPS(F, y) = ∫ (F(x) − 1{x ≥ y})² dx, in the closed form of Jordan, Krüger and Lerch (2019,
    https://doi.org/10.18637/jss.v090.i12) and, with skew, of `_two_piece_crps`. Its unit is that
    of growth, and for a forecast without spread it is the absolute error.
    """
    import scoringrules

    if np.any(forecast.skew):
        return _two_piece_crps(forecast, growth)
    score = scoringrules.crps_t(
        growth, forecast.df, forecast.location, forecast.scale, backend="numpy"
    )
    return np.asarray(score)


def _two_piece_crps(forecast: StudentT, growth: Values) -> Values:
    """Return the CRPS of forecasts with skew.

    For y at or above the location, with x = (y − m)·e^(−κ)/s, p the probability of growth above
    the location and q below it, S = 1 − T_ν, H(x) = t_ν(x)·(ν + x²)/(ν − 1) and
    G = ∫₀^∞ S² = H(0) − √ν/(ν − 1) · B(½, ν − ½)/B(½, ν/2)²,

        CRPS/s = 4·(q²·e^(−κ) + p²·e^κ)·G + e^κ·(x − 4·p·(x·S(x) + H(0) − H(x))),

    since ∫₀^x S = x·S(x) + H(0) − H(x). Below the location, the same of the mirrored forecast.
    """
    from scipy.special import betaln, stdtr

    df, rising = forecast.df, forecast.rising
    above = growth >= forecast.location
    side = np.where(above, forecast.skew, -forecast.skew)
    x = np.abs(forecast.away(growth))
    norm = betaln(0.5, 0.5 * df)
    centre = np.sqrt(df) / (df - 1.0) * np.exp(-norm)
    squares = centre - np.sqrt(df) / (df - 1.0) * np.exp(betaln(0.5, df - 0.5) - 2.0 * norm)
    left = centre * np.exp(-0.5 * (df - 1.0) * np.log1p(x**2 / df))
    ends = rising**2 * np.exp(forecast.skew) + (1.0 - rising) ** 2 * np.exp(-forecast.skew)
    share = np.where(above, rising, 1.0 - rising)
    passed = x * stdtr(df, -x) + centre - left
    unit = 4.0 * ends * squares + np.exp(side) * (x - 4.0 * share * passed)
    return np.asarray(forecast.scale * unit)


def log_score(forecast: StudentT, growth: Values) -> Values:
    """Return minus the log density at what happened (lower is better)."""
    return -forecast.log_density(growth)


def qlike(forecast: StudentT, growth: Values) -> Values:
    """Return ln h + y²/h with h the forecast of squared growth (lower is better).

    h = variance + mean² is what y² is an unbiased, if noisy, measure of. Losses of this form rank
    forecasts as the variance itself would (A. Patton, Journal of Econometrics 160, 2011), and it
    is less moved by single days than a squared error. Infinite where the variance is.
    """
    expected = forecast.variance + forecast.mean**2
    return np.asarray(np.log(expected) + growth**2 / expected)
