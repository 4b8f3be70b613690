"""The firm's mean growth so far, with its running volatility."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.forecasts import Panel
from pipeline.evaluation.student import Values


def historical_mean(given: Given) -> Iterator[Moments]:
    """Forecast the firm's mean growth so far, with its running volatility (`Given.unit`).

    So its mean is judged, and not a volatility that does not move.
    """
    return repeat(Moments(running_mean(given.growth), given.unit))


def running_mean(growth: Panel) -> Values:
    """Return each firm's mean growth up to each day (T × N); zero before its first."""
    observed = np.isfinite(growth)
    total = np.cumsum(np.where(observed, growth, 0.0), axis=0)
    return np.asarray(total / np.maximum(np.cumsum(observed, axis=0), 1))
