"""What a baseline is given and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.forecasts import FirmDays, Panel
from pipeline.evaluation.student import StudentT, Values
from pipeline.features.units import units
from pipeline.outputs import Fold
from pipeline.settings.evaluate import Evaluate


@dataclass(frozen=True)
class Given:
    """What a baseline forecasts from."""

    growth: Panel
    """T × N, 1/year; gaps are NaN."""
    fold: Fold
    """The split."""
    section: Evaluate
    """Settings of the baselines."""
    features: NDArray[np.float32]
    """N × T × F, as networks see them."""
    ranges: Panel | None = None
    """T × N: ln(high / low) of each day, 1/year; None if the source does not tell."""

    fits: dict[Any, Any] = field(default_factory=dict, init=False, compare=False)
    """What was fitted already, for baselines that need the same."""

    @property
    def training(self) -> slice:
        """Days whose statistics scale and select: those of training."""
        return self.fold.training_days

    @property
    def fitting(self) -> slice:
        """Days that parameters may be fitted on: training and validation.

        The first test origin is the last validation target, so nothing later is known by then.
        """
        return slice(self.training.start, self.fold.test[0] + 1)

    def targets(self, ahead: int) -> tuple[Panel, slice]:
        """Return growth that may be fitted to (D × N), so many days ahead, and its D origins."""
        first, stop = self.fold.train[0], self.fitting.stop
        return self.growth[first + ahead : stop], slice(first, stop - ahead)

    @cached_property
    def unit(self) -> Panel:
        """Running volatility at the end of each day (T × N, 1/year), which networks see growth in.

        NaN before a firm's first growth rate.
        """
        return units(self.growth)

    @cached_property
    def range_volatility(self) -> Panel:
        """Each day's volatility by its range, ln(high / low) / √(4 ln 2) (T × N, 1/year).

        NaN where it is not known, and on days of a single price (M. Parkinson, Journal of
        Business 53, 1980).
        """
        if self.ranges is None:
            return np.full_like(self.growth, np.nan)
        known = np.where(self.ranges > 0.0, self.ranges, np.nan)
        return np.asarray(known / math.sqrt(4.0 * math.log(2.0)))


@dataclass(frozen=True)
class Moments:
    """Location and volatility for one day ahead: row t forecasts after day t."""

    location: Values
    """T × N, 1/year."""
    volatility: Values
    """T × N, 1/year, up to a factor that is fitted."""
    failed: NDArray[np.bool_] | None = None
    """N: firms whose own fit failed, so that something plainer stands in for it."""


@dataclass(frozen=True)
class Outlook:
    """A baseline's forecasts."""

    forecast: StudentT
    """R forecasts, 1/year."""
    fallbacks: int = 0
    """Firms among them whose own fit failed, so that something plainer stands in for it."""


Course = Callable[[Given], Iterator[Moments]]
"""Gives moments for one day ahead, two days ahead and so on, as many as are asked for."""
Method = Callable[[Given, FirmDays], Outlook]
"""Gives a distribution for every firm-day, from growth up to its origin."""


@dataclass(frozen=True)
class Baseline:
    """A baseline: a row of the table that all that forecasts or names baselines takes it from."""

    name: str
    title: str
    """As one writes it."""
    method: Method
    usable: Callable[[Given], bool] = lambda _: True
    """Says whether it can be made of what is given; else the run does without it."""

    def __call__(self, given: Given, days: FirmDays) -> Outlook:
        """Forecast the firm-days."""
        return self.method(given, days)


def count_failed(failed: NDArray[np.bool_] | None, days: FirmDays) -> int:
    """Return how many of the firms that are forecast failed."""
    return 0 if failed is None else int(failed[np.unique(days.firm)].sum())
