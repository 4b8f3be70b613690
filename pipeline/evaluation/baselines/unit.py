"""No growth, with the firm's running volatility."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from pipeline.evaluation.baselines.given import Given, Moments


def unit(given: Given) -> Iterator[Moments]:
    """Forecast no growth, with the running volatility that networks see growth in.

    It is the exponentially weighted mean of absolute growth, in which single days are cut off, of
    `features.units`. A network that is no better has learnt nothing beyond its unit.
    """
    return repeat(Moments(np.zeros_like(given.growth), given.unit))
