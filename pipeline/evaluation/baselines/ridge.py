"""Ridge regression of growth on the windows that networks see."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.baselines.volatility import volatility
from pipeline.evaluation.forecasts import seasoned
from pipeline.evaluation.student import Values

PENALTIES = tuple(10.0 ** np.arange(1, 10))
"""Tried on the sum of squares; the strongest leaves hardly more than the mean."""
MOST_INPUTS = 512
"""Of a lookback with more inputs the last days are used: the sums grow with their square."""
Windows = NDArray[np.float32]


def ridge(given: Given) -> Iterator[Moments]:
    """Forecast growth linearly from the window that a network sees.

    β minimises Σ (y − c − xᵀβ)² + α‖β‖² over all firms' training windows, with y growth over the
    firm's training volatility and x the lookback × F features of the window, or those of its last
    days, 512 at most (Hoerl and Kennard, Technometrics 12, 1970). The penalty α is the one of the
    lowest squared error on validation days, for each day ahead by itself. The volatility is the
    firm's running one (`Given.unit`).

    The windows are never held at once: sums of squares and products are added up firm by firm.
    So α and β are those of scikit-learn's `Ridge`, in memory that does not grow with the windows.
    """
    inputs, sigma = given.features, volatility(given.growth, given.training)
    target = given.growth / sigma
    sums = _Sums(inputs, target, given)
    for ahead in range(1, given.fold.horizon + 1):
        constant, weights = sums.solve(ahead)
        found = constant + _apply(inputs, weights, sums.lags)
        first, stop = given.fold.valid
        later = target[first + ahead : stop + ahead, :, None]
        errors = np.nansum((later - found[first:stop]) ** 2, axis=(0, 1))
        yield Moments(found[..., int(errors.argmin())] * sigma, given.unit)


class _Sums:
    """Sums over the training windows: all that a ridge regression needs to know of them."""

    def __init__(self, inputs: Windows, target: Values, given: Given) -> None:
        fold = given.fold
        self.lags = max(1, min(fold.lookback, MOST_INPUTS // inputs.shape[-1]))
        origins = np.arange(*fold.train)
        targets = origins[:, None] + np.arange(1, fold.horizon + 1)
        ready = seasoned(given.growth, fold.lookback)[origins]
        width = self.lags * inputs.shape[-1]
        self.count = 0
        self.x, self.xx = np.zeros(width), np.zeros((width, width))
        self.y, self.xy = np.zeros(fold.horizon), np.zeros((width, fold.horizon))
        for firm, features in enumerate(inputs):
            later = target[targets, firm]
            rows = ready[:, firm] & np.isfinite(later).all(axis=1)
            x = _windows(features, self.lags)[origins[rows] - self.lags + 1]
            y = later[rows].astype(np.float32)
            self.count += len(x)
            self.x += x.sum(axis=0, dtype=np.float64)
            self.xx += x.T @ x
            self.y += y.sum(axis=0, dtype=np.float64)
            self.xy += x.T @ y
        self.x /= max(self.count, 1)
        self.squares, self.vectors = np.linalg.eigh(self.xx - self.count * np.outer(self.x, self.x))

    def solve(self, ahead: int) -> tuple[Values, Values]:
        """Return constants (A) and weights (windows' columns × A) for each of A penalties."""
        x, y = self.x, self.y[ahead - 1] / max(self.count, 1)
        along = self.vectors.T @ (self.xy[:, ahead - 1] - self.count * x * y)
        shrunk = along[:, None] / (np.maximum(self.squares, 0.0)[:, None] + np.array(PENALTIES))
        weights = self.vectors @ shrunk
        return y - x @ weights, weights


def _apply(inputs: Windows, weights: Values, lags: int) -> Values:
    """Return the windows' products with A weights (T × N × A); zero before the first window."""
    firms, days, _ = inputs.shape
    found = np.zeros((days, firms, weights.shape[1]))
    for firm, features in enumerate(inputs):
        found[lags - 1 :, firm] = _windows(features, lags) @ weights.astype(np.float32)
    return found


def _windows(features: Windows, lags: int) -> Windows:
    """Return a firm's windows as rows, the first ending on day `lags` − 1."""
    view = np.lib.stride_tricks.sliding_window_view(features, lags, axis=0)
    return np.ascontiguousarray(view).reshape(len(view), -1)
