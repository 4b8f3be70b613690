"""Exponential GARCH of growth with Student-t errors, one a firm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.evaluation.baselines.firms import each_firm, scales
from pipeline.evaluation.baselines.garch import fit_process
from pipeline.evaluation.baselines.given import Given, Outlook
from pipeline.evaluation.baselines.standins import stand_in
from pipeline.evaluation.forecasts import FirmDays, Panel
from pipeline.evaluation.student import Values, mean_size, of_moments

OF_NORMAL = float(np.sqrt(2.0 / np.pi))
"""E|z| of a normal z, which `arch` takes off |z| whatever the tail."""
MOST_LOG = 10.0
"""A log variance is kept within this, in the firm's own units: what is beyond is no forecast."""


class Egarch(NamedTuple):
    """Parameters of one firm, or of N firms as arrays; growth in its standard deviation."""

    mean: Values | float
    omega: Values | float
    alpha: Values | float
    gamma: Values | float
    beta: Values | float
    df: Values | float
    start: Values | float
    """Log variance before the first day."""

    @property
    def expected(self) -> Values:
        """What an error adds to the log variance on average: α (E|z| − √(2/π))."""
        df = np.asarray(self.df)
        size = mean_size(df) * np.sqrt((df - 2.0) / df)
        return np.asarray(self.alpha * (size - OF_NORMAL))


NOTHING = Egarch(0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0)
"""What firms without a fit are computed with before something stands in for them."""


def egarch(given: Given, days: FirmDays) -> Outlook:
    """Forecast with EGARCH(1,1) and Student-t errors.

    ln σ²_{t+1} = ω + α (|z_t| − √(2/π)) + γ z_t + β ln σ²_t with z_t = (μ_t − m)/σ_t
    (D. Nelson, Econometrica 59, 1991), fitted to each firm's training and validation days by
    maximum likelihood and then held. Several days ahead the unknown terms of z count as their
    expectation, so that it is the log variance that is forecast; the mean of the variance itself
    would be a little higher. A gap counts in the same way. A firm whose fit fails gets its
    historical distribution.
    """
    fitted = each_firm(fit_egarch, given, given.fitting)
    failed = np.array([found is None for found in fitted])
    columns = zip(*(NOTHING if found is None else found for found in fitted), strict=True)
    firms = Egarch(*(np.array(column) for column in columns))
    unit = np.where(failed, 1.0, scales(given, given.fitting))
    logs = log_variances(firms, given.growth / unit)
    later = [logs]
    for _ in range(1, given.fold.horizon):
        later.append(firms.omega + firms.expected + firms.beta * later[-1])
    deviation = unit[days.firm] * np.exp(0.5 * days.of(np.stack(later)))
    mean, df = (np.asarray(part)[days.firm] for part in (firms.mean, firms.df))
    return stand_in(of_moments(unit[days.firm] * mean, deviation, df), failed, given, days)


def log_variances(firms: Egarch, growth: Panel) -> Values:
    """Return the log variance that each day's end gives the next day (T × N).

    Parameters
    ----------
    firms
        Parameters of N firms.
    growth
        T × N, in the firms' units; gaps are NaN.
    """
    started = np.isfinite(growth).cumsum(axis=0) > 0
    found = np.empty_like(growth)
    log = firms.omega + firms.beta * np.asarray(firms.start)
    for day, errors in enumerate(growth - firms.mean):
        z = errors * np.exp(-0.5 * log)
        news = firms.alpha * (np.abs(z) - OF_NORMAL) + firms.gamma * z
        news = np.where(np.isfinite(z), news, firms.expected)
        after = np.clip(firms.omega + news + firms.beta * log, -MOST_LOG, MOST_LOG)
        log = np.where(started[day], after, log)
        found[day] = log
    return found


def fit_egarch(rates: Values) -> Egarch | None:
    """Fit EGARCH(1,1)-t to growth without gaps; None if it does not converge."""
    from arch.univariate import EGARCH, StudentsT

    values = fit_process(rates, EGARCH(p=1, o=1, q=1), StudentsT())
    return None if values is None else Egarch(*values)
