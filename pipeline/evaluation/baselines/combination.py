"""The combination of the best baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.evaluation.student import StudentT

COMBINATION = "combination"
"""What it is called beside the baselines' names."""
COMBINED = 3
"""So many are combined."""


def best(losses: Mapping[str, float]) -> list[str]:
    """Return the names of the `COMBINED` lowest losses, the lowest first.

    Of equal ones the first alone: a GARCH that is refitted on test days is no other before them.
    """
    first = {loss: name for name, loss in reversed(list(losses.items()))}
    return [first[loss] for loss in sorted(first)][:COMBINED]


def combined(forecasts: Sequence[StudentT]) -> StudentT:
    """Return the equal-weight combination of forecasts of the same R firm-days.

    Locations, log scales, skews and 1/ν are averaged: it is as wide as its members are. The
    mixture of calibrated forecasts would be too wide (T. Gneiting and R. Ranjan, Electronic
    Journal of Statistics 7, 2013).
    """

    def mean(parts: list[np.ndarray]) -> np.ndarray:
        return np.asarray(np.mean(parts, axis=0))

    return StudentT(
        mean([one.location for one in forecasts]),
        np.exp(mean([np.log(one.scale) for one in forecasts])),
        1.0 / mean([1.0 / one.df for one in forecasts]),
        mean([one.skew for one in forecasts]),
    )
