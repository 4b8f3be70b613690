"""Heterogeneous autoregression of absolute growth, one a firm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.baselines.firms import LEAST_FITTED
from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.baselines.volatility import volatility
from pipeline.evaluation.student import Values

WEEK, MONTH = 5, 22
LEAST_SHARE = 0.1
"""A forecast below this share of the firm's mean absolute growth is raised to it."""


def har(given: Given) -> Iterator[Moments]:
    """Forecast no growth, with a volatility from last day's, week's and month's movements.

    |μ_{t+k}| = c + d·|μ_t| + w·(mean of 5 days) + m·(mean of 22 days), by least squares for each
    firm and each k on training and validation days (Corsi, Journal of Financial Econometrics 7,
    2009, with absolute daily growth in place of realised volatility). Means are over the days
    that are observed; a day that was missed counts as its week. A firm with too few days gets
    its volatility on training days.
    """
    size = np.abs(given.growth)
    week, month = _rolling(size, WEEK), _rolling(size, MONTH)
    inputs = np.stack([np.ones_like(size), np.where(np.isfinite(size), size, week), week, month])
    known = np.isfinite(inputs).all(axis=0)
    # Without a day in a month there is nothing to go by but the last forecast's inputs.
    inputs = _filled(inputs)
    static = np.broadcast_to(volatility(given.growth, given.training), size.shape)
    ahead = 0
    while True:
        ahead += 1
        weights, failed, mean = _fit(inputs, size, known, given.fitting, ahead)
        sigma = np.maximum(np.einsum("pn,ptn->tn", weights, inputs), LEAST_SHARE * mean)
        usable = np.isfinite(sigma) & ~failed
        yield Moments(np.zeros_like(size), np.where(usable, sigma, static * _FOLDED), failed)


_FOLDED = np.sqrt(2.0 / np.pi)
"""Mean absolute value over standard deviation, of a normal distribution."""


def _fit(
    inputs: Values, size: Values, known: NDArray[np.bool_], days: slice, ahead: int
) -> tuple[Values, NDArray[np.bool_], Values]:
    """Return weights (4 × N), which firms failed, and the firms' mean absolute growth."""
    origins = slice(days.start, days.stop - ahead)
    x, y = inputs[:, origins], size[days.start + ahead : days.stop]
    usable = known[origins] & np.isfinite(y)
    x, y = np.where(usable, x, 0.0), np.where(usable, y, 0.0)
    count = usable.sum(axis=0)
    failed = count < LEAST_FITTED
    squares = np.einsum("ptn,qtn->npq", x, x)
    products = np.einsum("ptn,tn->np", x, y)
    squares[failed] = np.eye(len(inputs))
    failed |= np.linalg.cond(squares) > 1e12
    squares[failed] = np.eye(len(inputs))
    weights = np.linalg.solve(squares, products[..., None])[..., 0].T
    return weights, failed, y.sum(axis=0) / np.maximum(count, 1)


def _rolling(panel: Values, days: int) -> Values:
    """Return the mean of the observed of the last days (T × N); NaN where there is none."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.vstack([np.full((days - 1, panel.shape[1]), np.nan), panel]), days, axis=0
    )
    count = np.isfinite(windows).sum(axis=-1)
    total = np.nansum(windows, axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def _filled(inputs: Values) -> Values:
    """Carry the last inputs of a firm over days that have none."""
    known = np.isfinite(inputs).all(axis=0)
    number = np.arange(inputs.shape[1])[:, None]
    last = np.maximum.accumulate(np.where(known, number, -1), axis=0)
    carried = np.take_along_axis(inputs, np.maximum(last, 0)[None], axis=1)
    return np.where(last >= 0, carried, np.nan)
