"""A volatility that does not move: the firm's over the training days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.forecasts import Panel


def volatility(growth: Panel, training: slice) -> NDArray[np.float64]:
    """Return each firm's standard deviation of growth over the training days (N, 1/year).

    A firm with fewer than 20 growth rates in training (it was listed late, say) gets the median
    of the others: a scale of its own would have to be taken from days it is judged on.
    """
    days = growth[training]
    known = np.isfinite(days).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.nansum((days - np.nansum(days, axis=0) / known) ** 2, axis=0)
        sigma = np.where(known >= 20, np.sqrt(squares / (known - 1)), np.nan)
    usable = sigma[np.isfinite(sigma) & (sigma > 0)]
    typical = float(np.median(usable)) if usable.size else 1.0
    sigma = np.where(sigma > 0, sigma, np.nan)
    return np.asarray(np.where(np.isfinite(sigma), sigma, typical), dtype=np.float64)
