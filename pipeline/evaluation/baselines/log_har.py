"""A log-linear regression of volatility on days, weeks and months, of all firms or of each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from pipeline import cores
from pipeline.evaluation.baselines.firms import LEAST_FITTED
from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.forecasts import Panel, seasoned
from pipeline.evaluation.student import LEAST_DF, MOST_DF, Values, log_norm
from pipeline.features.units import decayed
from pipeline.features.view import across

HALFLIVES = (0.5, 2.5, 10, 30)
"""Sessions: of means that stand for a day, a week, a month and a quarter."""
MARKET_HALFLIVES = HALFLIVES[:3]
LEAST_SPREAD = 1e-8
"""Directions of inputs that vary less, as a share of the largest variance, tell nothing."""
LEAST_SIZE = 0.1
"""In units: what is smaller counts as this much, for the log of zero says nothing."""


def log_har(given: Given) -> Iterator[Moments]:
    """Forecast with a volatility from the last day's, week's, month's and quarter's.

    The location is c·u with u the running volatility of the firm and c the mean of growth in u.
    ln(σ_{t+k} / u_t) = wᵀx with x a constant, the fall of the day, the logs of exponentially
    weighted means of absolute growth relative to u, and of the market's mean of them; where the
    source tells ranges, the same of volatilities by ranges. One w for all firms and each k, by
    the likelihood of Student-t growth, on training and validation days (F. Corsi, Journal of
    Financial Econometrics 7, 2009; with exponential means and all assets at once T. Bollerslev,
    B. Hood, J. Huss and L. Pedersen, Review of Financial Studies 31, 2018). What is not known of
    an input is taken as u.
    """
    inputs = _inputs(given)
    for ahead in count(1):
        examples = _Examples(given, inputs, ahead)
        yield _moments(given, examples.mean, inputs @ _pooled(examples))


def log_har_firms(given: Given) -> Iterator[Moments]:
    """Forecast as `log_har`, with weights of each firm's own.

    A firm with too few days has those of all firms.
    """
    inputs = _inputs(given)
    for ahead in count(1):
        examples = _Examples(given, inputs, ahead)
        failed = examples.known.sum(axis=0) < LEAST_FITTED
        weights = np.tile(_pooled(examples), (len(failed), 1))
        with cores.threads(1):
            for firm in np.flatnonzero(~failed).tolist():
                weights[firm] = fit_log_scale(*examples.of(firm), weights[firm])
        logs = np.einsum("tnp,np->tn", inputs, weights)
        yield _moments(given, examples.mean, logs, failed)


def fit_log_scale(inputs: Values, errors: Values, start: Values | None = None) -> Values:
    """Fit log scales that are linear in inputs to Student-t errors by maximum likelihood.

    Parameters
    ----------
    inputs
        R × P.
    errors
        R, around zero.
    start
        P weights to begin with; zero by default.

    Returns
    -------
    ndarray
        P weights.
    """
    from scipy.optimize import minimize

    # In coordinates of which none tells what another does the information matrix is close to the
    # identity, and a dozen steps suffice.
    spread, axes = np.linalg.eigh(inputs.T @ inputs / len(errors))
    useful = spread > LEAST_SPREAD * spread[-1]
    turn = axes[:, useful] / np.sqrt(spread[useful])
    shift = np.zeros(len(errors)) if start is None else inputs @ start
    width = turn.shape[1]
    bounds = [(None, None)] * width + [(np.log(LEAST_DF - 2.0), np.log(MOST_DF - 2.0))]
    found = minimize(
        _loss,
        np.append(np.zeros(width), np.log(2.0)),
        args=(inputs @ turn, (errors * np.exp(-shift)) ** 2),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
    )
    return np.asarray(turn @ found.x[:-1] + (0.0 if start is None else start))


def _loss(unbound: Values, inputs: Values, squares: Values) -> tuple[float, Values]:
    """Return the mean negative log likelihood and its gradient in (weights, log(df − 2))."""
    logs, excess = inputs @ unbound[:-1], np.exp(unbound[-1])
    df = 2.0 + excess
    ratio = squares * np.exp(-2.0 * np.clip(logs, -50.0, 50.0)) / df
    log_tail = np.log1p(ratio).mean()
    weight = ratio / (1.0 + ratio)
    loss = log_norm(df) + logs.mean() + 0.5 * (df + 1.0) * log_tail
    by_df = digamma(0.5 * df) - digamma(0.5 * (df + 1.0)) + 1.0 / df + log_tail
    by_df -= (df + 1.0) / df * weight.mean()
    by_weights = (1.0 - (df + 1.0) * weight) @ inputs / len(squares)
    return float(loss), np.append(by_weights, 0.5 * excess * by_df)


def _inputs(given: Given) -> Values:
    """Return the inputs (T × N × P)."""
    size, unit = np.abs(given.growth), given.unit
    made = [np.ones_like(unit), np.minimum(np.nan_to_num(given.growth / unit), 0.0)]
    told = [size] if given.ranges is None else [size, given.range_volatility]
    for panel in told:
        made += [_relative(decayed(panel, days), unit) for days in HALFLIVES]
        market = across(panel / unit)
        made += [_relative(decayed(market, days), np.ones_like(unit)) for days in MARKET_HALFLIVES]
    return np.stack(made, axis=-1)


def _relative(panel: Panel, unit: Panel) -> Panel:
    """Return the log of a panel relative to the unit; zero where it is not known."""
    return np.nan_to_num(np.log(np.maximum(panel / unit, LEAST_SIZE)))


class _Examples:
    """Training and validation: inputs of D origins, and what growth so many days later was."""

    def __init__(self, given: Given, inputs: Values, ahead: int) -> None:
        later, origins = given.targets(ahead)
        self.inputs = inputs[origins]
        scaled = later / given.unit[origins]
        self.known = seasoned(given.growth, given.fold.lookback)[origins] & np.isfinite(scaled)
        self.mean = float(scaled[self.known].mean())
        """Of growth in units."""
        self.errors = scaled - self.mean

    def of(self, firm: int) -> tuple[Values, Values]:
        """Return the inputs (R × P) and the errors in units (R) of a firm."""
        rows = self.known[:, firm]
        return self.inputs[rows, firm], self.errors[rows, firm]


def _pooled(examples: _Examples) -> Values:
    """Return the weights of all firms (P)."""
    return fit_log_scale(examples.inputs[examples.known], examples.errors[examples.known])


def _moments(
    given: Given, mean: float, logs: Values, failed: NDArray[np.bool_] | None = None
) -> Moments:
    return Moments(mean * given.unit, given.unit * np.exp(logs), failed)
