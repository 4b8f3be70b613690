"""GARCH(1,1) of growth with Student-t errors, one a firm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.baselines.firms import each_firm, scales
from pipeline.evaluation.baselines.given import Given, Outlook
from pipeline.evaluation.baselines.standins import stand_in
from pipeline.evaluation.forecasts import FirmDays, Panel
from pipeline.evaluation.student import Values, chosen, of_moments


class Garch(NamedTuple):
    """Parameters of one firm, or of N firms as arrays; growth in its standard deviation."""

    mean: Values | float
    omega: Values | float
    alpha: Values | float
    gamma: Values | float
    """What a fall adds to alpha (zero in a plain GARCH)."""
    beta: Values | float
    df: Values | float
    start: Values | float
    """Squared error and variance before the first day."""
    skew: Values | float = 0.0
    """Of the errors."""

    @property
    def persistence(self) -> Values | float:
        """How much of a variance above its long-run level is left after a day."""
        return self.alpha + 0.5 * self.gamma + self.beta


NOTHING = Garch(0.0, 1.0, 0.0, 0.0, 0.0, 5.0, 1.0)
"""What firms without a fit are computed with before something stands in for them."""


def garch(given: Given, days: FirmDays) -> Outlook:
    """Forecast with GARCH(1,1) and Student-t errors.

    μ_t = m + σ_t z_t, σ²_{t+1} = ω + α (μ_t − m)² + β σ²_t, with z Student-t of ν degrees of
    freedom and variance 1 (Bollerslev, Review of Economics and Statistics 69, 1987), fitted to
    each firm's training and validation days by maximum likelihood and then held. The variance
    runs on through the test days. k days ahead it is
    ω (1 + … + p^(k−2)) + p^(k−1) σ²_{t+1} with p = α + β; the distribution of that day is taken
    as Student-t of the same ν.

    A fit joins the days on both sides of a gap; in the recursion a missing squared error counts
    as its expectation σ². A firm whose fit fails gets its historical distribution.
    """
    return _forecast(given, days, fit_garch, given.fitting)


def garch_refitted(given: Given, days: FirmDays) -> Outlook:
    """Forecast as `garch`, fitted anew every `evaluate.refit_days` test sessions.

    Each fit is to all days from the first training day to the end of the session at which it is
    made, and is held until the next: what a desk would do.
    """
    first, stop = given.fold.test
    found = _forecast(given, days, fit_garch, given.fitting)
    for start in range(first, stop, given.section.refit_days or stop)[1:]:
        fitting = slice(given.training.start, start + 1)
        newer = _forecast(given, days, fit_garch, fitting)
        since = days.origin >= start
        found = Outlook(chosen(since, newer.forecast, found.forecast), newer.fallbacks)
    return found


def skew_garch(given: Given, days: FirmDays) -> Outlook:
    """Forecast with GARCH(1,1) whose errors are a skewed Student-t.

    z has mean 0, variance 1 and the skew λ of B. Hansen (International Economic Review 35, 1994),
    which is κ = artanh λ here. All else as `garch`.
    """
    return _forecast(given, days, fit_skew_garch, given.fitting)


def gjr_garch(given: Given, days: FirmDays) -> Outlook:
    """Forecast with a GARCH in which falls raise the variance more than rises do.

    σ²_{t+1} = ω + (α + γ 1[μ_t < m]) (μ_t − m)² + β σ²_t (Glosten, Jagannathan and Runkle,
    Journal of Finance 48, 1993); k days ahead p = α + γ/2 + β. All else as `garch`.
    """
    return _forecast(given, days, fit_gjr_garch, given.fitting)


def fit_garch(rates: Values) -> Garch | None:
    """Fit GARCH(1,1)-t to growth without gaps; None if it does not converge."""
    return _fit(rates, asymmetric=False)


def fit_gjr_garch(rates: Values) -> Garch | None:
    """Fit GJR-GARCH(1,1)-t to growth without gaps; None if it does not converge."""
    return _fit(rates, asymmetric=True)


def fit_skew_garch(rates: Values) -> Garch | None:
    """Fit GARCH(1,1) with skewed Student-t errors to growth; None if it does not converge."""
    return _fit(rates, asymmetric=False, skewed=True)


def _fit(rates: Values, asymmetric: bool, skewed: bool = False) -> Garch | None:
    from arch.univariate import GARCH, SkewStudent, StudentsT

    process = GARCH(p=1, o=int(asymmetric), q=1)
    values = fit_process(rates, process, SkewStudent() if skewed else StudentsT())
    if values is None:
        return None
    *values, start = values
    skew = float(np.arctanh(values.pop())) if skewed else 0.0
    mean, omega, alpha, *gamma, beta, df = values
    return Garch(mean, omega, alpha, gamma[0] if gamma else 0.0, beta, df, start, skew)


def fit_process(rates: Values, process: Any, errors: Any) -> list[float] | None:
    """Fit a constant mean and a process of variances to growth without gaps.

    Parameters
    ----------
    rates
        Growth, in its standard deviation.
    process, errors
        Of `arch`: a volatility process, and the distribution of what it scales.

    Returns
    -------
    list of float
        The parameters, and what the process starts from, so that a recursion gives the variances
        of the fit; None if it does not converge, or to what tells growth worse than a normal
        distribution does: an optimiser may say that it is done far from any maximum.
    """
    from arch.univariate import ConstantMean

    model = ConstantMean(rates, volatility=process, distribution=errors, rescale=False)
    found = model.fit(disp="off", show_warning=False)
    if found.convergence_flag != 0 or not np.isfinite(found.params).all():
        return None
    if not found.loglikelihood > normal_log_likelihood(rates):
        return None
    return [*map(float, found.params), float(process.backcast(rates - rates.mean()))]


def normal_log_likelihood(rates: Values) -> float:
    """Return the log-likelihood, in nats, of a normal distribution of their mean and variance."""
    return -0.5 * len(rates) * (float(np.log(2.0 * np.pi * np.var(rates))) + 1.0)


def _forecast(
    given: Given, days: FirmDays, fit: Callable[[Values], Garch | None], fitting: slice
) -> Outlook:
    """Fit each firm, run the variances through all days and forecast the firm-days."""
    fitted = each_firm(fit, given, fitting)
    failed = np.array([parameters is None for parameters in fitted])
    columns = zip(*(NOTHING if p is None else p for p in fitted), strict=True)
    firms = Garch(*(np.array(column) for column in columns))
    unit = np.where(failed, 1.0, scales(given, fitting))
    next_day = variances(firms, given.growth / unit)
    own = Garch(*(np.asarray(values)[days.firm] for values in firms))
    variance = days_ahead(own, next_day[days.origin, days.firm], days.horizon)
    firm_unit, df, skew = unit[days.firm], np.asarray(own.df), np.asarray(own.skew)
    forecast = of_moments(firm_unit * own.mean, firm_unit * np.sqrt(variance), df, skew)
    return stand_in(forecast, failed, given, days)


def variances(firms: Garch, growth: Panel) -> Values:
    """Return the variance that each day's end gives the next day (T × N).

    Parameters
    ----------
    firms
        Parameters of N firms.
    growth
        T × N, in the firms' units; gaps are NaN.
    """
    started = np.isfinite(growth).cumsum(axis=0) > 0
    found = np.empty_like(growth)
    variance = firms.omega + firms.persistence * np.asarray(firms.start)
    for day, errors in enumerate(growth - firms.mean):
        observed = np.isfinite(errors)
        square = np.where(observed, errors**2, variance)
        falls = np.where(observed, errors < 0.0, 0.5)
        after = firms.omega + (firms.alpha + firms.gamma * falls) * square + firms.beta * variance
        variance = np.where(started[day], after, variance)
        found[day] = variance
    return found


def days_ahead(firms: Garch, variance: Values, horizon: Values | NDArray[np.intp]) -> Values:
    """Return the variance so many days ahead from that of the next day."""
    p, steps = np.asarray(firms.persistence), horizon - 1
    left = p**steps
    slow = np.abs(1.0 - p) < 1e-9
    total = np.where(slow, steps, (1.0 - left) / np.where(slow, 1.0, 1.0 - p))
    return np.asarray(firms.omega * total + left * variance)
