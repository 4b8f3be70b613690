"""No growth, with an exponentially weighted volatility by daily ranges."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from pipeline.evaluation.baselines.given import Given, Moments
from pipeline.features.units import decayed

HALFLIFE = 5
"""Sessions after which a day counts half."""


def range_ewma(given: Given) -> Iterator[Moments]:
    """Forecast no growth, with the weighted mean of the days' volatilities by their ranges.

    A range tells of a day about five times as much as its growth does (M. Parkinson, Journal of
    Business 53, 1980). A day without one changes nothing; a firm that never had one has its
    running volatility. The forecast is the same for every day ahead.
    """
    sigma = decayed(given.range_volatility, HALFLIFE)
    sigma = np.where(np.isfinite(sigma), sigma, given.unit)
    return repeat(Moments(np.zeros_like(sigma), sigma))
