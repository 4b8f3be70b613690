"""Student's t distribution with location and scale: the shape of every forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, stdtr, stdtrit

from pipeline.errors import InputError

Values = NDArray[np.float64]

LEAST_VALUES = 20
"""Below this many values a fitted tail would be noise."""
LEAST_DF, MOST_DF = 2.01, 1000.0
"""Bounds of a fit: the variance stays finite, and beyond the upper one t is the normal."""


@dataclass(frozen=True)
class StudentT:
    """R forecasts, each a Student-t distribution of growth.

    y = location + scale · t, with t of `df` degrees of freedom. The scale is not the standard
    deviation, which is scale · √(df / (df − 2)).
    """

    location: Values
    """R, 1/year."""
    scale: Values
    """R, positive, 1/year."""
    df: Values
    """R degrees of freedom, above 1 (the CRPS is infinite below)."""

    def log_density(self, growth: Values) -> Values:
        """Return the log density at each of R growth rates.

        log f(y) = −log B(½, ν/2) − ½·log ν − log σ − (ν + 1)/2 · log(1 + z²/ν) with
        z = (y − location)/σ. It stays finite in the far tail, where the density itself is zero
        in floating point.
        """
        z = (growth - self.location) / self.scale
        tail = 0.5 * (self.df + 1.0) * np.log1p(z**2 / self.df)
        return np.asarray(-_log_norm(self.df) - np.log(self.scale) - tail)

    def cdf(self, growth: Values) -> Values:
        """Return the probability of growth at or below each of R growth rates."""
        return np.asarray(stdtr(self.df, (growth - self.location) / self.scale))

    def quantile(self, level: float) -> Values:
        """Return the growth rate that is not exceeded with probability `level` (R, 1/year)."""
        return np.asarray(self.location + self.scale * stdtrit(self.df, level))


def fit(errors: Values) -> tuple[float, float]:
    """Fit scale and degrees of freedom to centred values by maximum likelihood.

    Parameters
    ----------
    errors
        Values around zero, of the order of 1; any shape.

    Returns
    -------
    tuple of float
        Scale (between 0.01 and 100) and degrees of freedom (between `LEAST_DF` and `MOST_DF`).

    Raises
    ------
    InputError
        If there are too few values.
    """
    from scipy.optimize import minimize

    if errors.size < LEAST_VALUES:
        raise InputError(
            f"Only {errors.size} growth rates of the training days have a firm's history before "
            f"them, and the baselines need {LEAST_VALUES}: use a longer date range or a shorter "
            "window.lookback."
        )
    squares = np.square(errors.ravel())
    bounds = [(np.log(0.01), np.log(100.0)), (np.log(LEAST_DF - 2.0), np.log(MOST_DF - 2.0))]
    start = np.array([0.0, np.log(2.0)])
    found = minimize(_loss, start, args=(squares,), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(np.exp(found.x[0])), float(2.0 + np.exp(found.x[1]))


def _loss(unbound: Values, squares: Values) -> tuple[float, Values]:
    """Return the mean negative log likelihood and its gradient in (log scale, log(df − 2))."""
    scale, excess = np.exp(unbound)
    df = 2.0 + excess
    ratio = squares / (scale**2 * df)
    log_tail = np.log1p(ratio).mean()
    weight = (ratio / (1.0 + ratio)).mean()
    loss = _log_norm(df) + np.log(scale) + 0.5 * (df + 1.0) * log_tail
    by_df = digamma(0.5 * df) - digamma(0.5 * (df + 1.0)) + 1.0 / df + log_tail
    by_df -= (df + 1.0) / df * weight
    return float(loss), np.array([1.0 - (df + 1.0) * weight, 0.5 * excess * by_df])


def _log_norm(df: Values | float) -> Values:
    """Return the log of √ν·B(½, ν/2), what the density at the centre is one over."""
    return np.asarray(betaln(0.5, 0.5 * df) + 0.5 * np.log(df))
