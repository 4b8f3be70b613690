"""Student's t distribution with location, scale and skew: the shape of every forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, expit, stdtr, stdtrit

from pipeline.errors import InputError

Values = NDArray[np.float64]

LEAST_VALUES = 20
"""Below this many values a fitted tail would be noise."""
LEAST_DF, MOST_DF = 2.01, 1000.0
"""Bounds of a fit: the variance stays finite, and beyond the upper one t is the normal."""


@dataclass(frozen=True)
class StudentT:
    """R forecasts, each a two-piece Student-t distribution of growth.

    With z = (y − location)/scale and skew κ its density is f(y) = t_ν(z·e^(−κ·sign z)) / (scale ·
    cosh κ): a half of Student's t of scale·e^κ above the location and one of scale·e^(−κ) below
    it, which meet there (B. Hansen, International Economic Review 35, 1994; C. Fernández and
    M. Steel, Journal of the American Statistical Association 93, 1998). Without skew,
    y = location + scale · t, and the standard deviation is scale · √(df / (df − 2)).
    """

    location: Values
    """R, 1/year: where the density is highest; without skew the mean."""
    scale: Values
    """R, positive, 1/year."""
    df: Values
    """R degrees of freedom, above 1 (the CRPS is infinite below)."""
    skew: Values
    """R: κ; above zero, rises reach farther than falls."""

    def at(self, rows: slice) -> StudentT:
        """Return the forecasts of some rows."""
        return StudentT(*(part[rows] for part in vars(self).values()))

    @property
    def rising(self) -> Values:
        """R probabilities of growth above the location: e^κ / (e^κ + e^(−κ))."""
        return np.asarray(expit(2.0 * self.skew))

    @property
    def mean(self) -> Values:
        """R means, 1/year: location + 2 · scale · sinh κ · E|t|."""
        return np.asarray(
            self.location + 2.0 * self.scale * np.sinh(self.skew) * mean_size(self.df)
        )

    @property
    def variance(self) -> Values:
        """R variances, 1/year²; infinite where there are no more than 2 degrees of freedom.

        scale² · (ν/(ν − 2) · (2·cosh 2κ − 1) − (2·sinh κ · E|t|)²).
        """
        finite = self.df > 2.0
        square = self.df / np.where(finite, self.df - 2.0, 1.0)
        shift = 2.0 * np.sinh(self.skew) * mean_size(self.df)
        spread = square * (2.0 * np.cosh(2.0 * self.skew) - 1.0) - shift**2
        return np.where(finite, self.scale**2 * spread, np.inf)

    def log_density(self, growth: Values) -> Values:
        """Return the log density at each of R growth rates.

        log f(y) = −log B(½, ν/2) − ½·log ν − log(σ·cosh κ) − (ν + 1)/2 · log(1 + x²/ν) with
        x = z·e^(−κ·sign z). It stays finite in the far tail, where the density itself is zero
        in floating point.
        """
        tail = 0.5 * (self.df + 1.0) * np.log1p(self.away(growth) ** 2 / self.df)
        centre = log_norm(self.df) + np.log(self.scale * np.cosh(self.skew))
        return np.asarray(-centre - tail)

    def cdf(self, growth: Values) -> Values:
        """Return the probability of growth at or below each of R growth rates."""
        beyond = 2.0 * stdtr(self.df, -np.abs(self.away(growth)))
        below = growth < self.location
        return np.where(below, (1.0 - self.rising) * beyond, 1.0 - self.rising * beyond)

    def quantile(self, level: float) -> Values:
        """Return the growth rate that is not exceeded with probability `level` (R, 1/year)."""
        falling = 1.0 - self.rising
        below = level < falling
        beyond = np.where(below, level / falling, (1.0 - level) / self.rising)
        z = stdtrit(self.df, 0.5 * beyond) * np.where(below, 1.0, -1.0)
        return np.asarray(
            self.location + self.scale * z * np.exp(-np.where(below, 1, -1) * self.skew)
        )

    def away(self, growth: Values) -> Values:
        """Return how far each of R growth rates is from the location, in scales of its side."""
        z = (growth - self.location) / self.scale
        return np.asarray(z * np.exp(-np.sign(z) * self.skew))


def symmetric(location: Values, scale: Values, df: Values) -> StudentT:
    """Return R forecasts without skew."""
    return StudentT(location, scale, df, np.zeros_like(location))


def of_moments(mean: Values, deviation: Values, df: Values, skew: Values | None = None) -> StudentT:
    """Return R forecasts of a mean and a standard deviation, of more than 2 degrees of freedom."""
    plain = symmetric(np.zeros_like(df), np.ones_like(df), df)
    unit = plain if skew is None else replace(plain, skew=skew)
    scale = deviation / np.sqrt(unit.variance)
    return StudentT(mean - scale * unit.mean, scale, df, unit.skew)


def chosen(rows: NDArray[np.bool_], one: StudentT, other: StudentT) -> StudentT:
    """Return the forecasts of one where R rows say so, and else those of the other."""
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    return StudentT(*(np.where(rows, *pair) for pair in pairs))


def mean_size(df: Values) -> Values:
    """Return E|t| of Student's t: 2·√ν / ((ν − 1)·B(½, ν/2))."""
    return np.asarray(2.0 * np.sqrt(df) / (df - 1.0) * np.exp(-betaln(0.5, 0.5 * df)))


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
            f"Only {errors.size} growth rates of the training and validation days have a firm's "
            f"history before them, and the baselines need {LEAST_VALUES}: use a longer date range "
            "or a shorter window.lookback."
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
    loss = log_norm(df) + np.log(scale) + 0.5 * (df + 1.0) * log_tail
    by_df = digamma(0.5 * df) - digamma(0.5 * (df + 1.0)) + 1.0 / df + log_tail
    by_df -= (df + 1.0) / df * weight
    return float(loss), np.array([1.0 - (df + 1.0) * weight, 0.5 * excess * by_df])


def log_norm(df: Values | float) -> Values:
    """Return the log of √ν·B(½, ν/2), what the density at the centre is one over."""
    return np.asarray(betaln(0.5, 0.5 * df) + 0.5 * np.log(df))
