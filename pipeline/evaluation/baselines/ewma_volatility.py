"""No growth, with an exponentially weighted volatility."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.baselines.volatility import volatility


def ewma_volatility(given: Given) -> Iterator[Moments]:
    """Forecast no growth, with an exponentially weighted volatility.

    σ²_t = λ·σ²_{t−1} + (1 − λ)·μ_t², from the firm's variance on training days; a gap changes
    nothing. The forecast is the same for every day ahead (RiskMetrics Technical Document, J.P.
    Morgan 1996, section 5.2).
    """
    growth, decay = given.growth, given.section.ewma_decay
    variance = np.empty_like(growth)
    state = volatility(growth, given.training) ** 2
    for day, rates in enumerate(growth):
        state = np.where(np.isfinite(rates), decay * state + (1.0 - decay) * rates**2, state)
        variance[day] = state
    return repeat(Moments(np.zeros_like(growth), np.sqrt(variance)))
