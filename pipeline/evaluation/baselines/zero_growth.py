"""No growth, with the firm's volatility on training days."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.evaluation.baselines.volatility import volatility


def zero_growth(given: Given) -> Iterator[Moments]:
    """Forecast no growth, with the firm's volatility on training days."""
    sigma = np.broadcast_to(volatility(given.growth, given.training), given.growth.shape)
    return repeat(Moments(np.zeros_like(given.growth), sigma))
