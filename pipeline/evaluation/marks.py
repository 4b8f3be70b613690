"""What each forecast of one entry earned, as formulas of scores read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.evaluation.forecasts import Rows
from pipeline.evaluation.significance import (
    MeanTest,
    daily_mean,
    information_coefficients,
    mean_test,
)
from pipeline.evaluation.student import Values


@dataclass(frozen=True)
class Marks:
    """A table of `earned.marked`: all folds and seeds of one entry, as formulas read it."""

    table: pd.DataFrame

    @cached_property
    def location(self) -> Values:
        """R forecast locations, 1/year."""
        return self.table["location"].to_numpy(np.float64)

    @cached_property
    def growth(self) -> Values:
        """R growth rates that came, 1/year."""
        return self.table["growth"].to_numpy(np.float64)

    @cached_property
    def pit(self) -> Values:
        """R probability integral transforms."""
        return self.table["pit"].to_numpy(np.float64)

    @property
    def error(self) -> Values:
        """R growth rates less their forecasts, 1/year."""
        return self.growth - self.location

    @cached_property
    def day(self) -> Rows:
        """R numbers of the day that is forecast."""
        return np.unique(self.table["date"], return_inverse=True)[1]

    @property
    def horizon(self) -> int:
        """The most days ahead."""
        return int(self.table["horizon"].max())

    @cached_property
    def ranking(self) -> MeanTest:
        """The information coefficient: correlation of forecast and growth across firms, by day."""
        return self._ranking(ranks=False)

    @cached_property
    def ranking_of_ranks(self) -> MeanTest:
        """The same of ranks."""
        return self._ranking(ranks=True)

    def _ranking(self, ranks: bool) -> MeanTest:
        """Test the correlations of each day: the mean of those of its seeds and days ahead.

        What a day tells counts once, however many forecasts were made of it.
        """
        seeds, seed = np.unique(self.table["seed"], return_inverse=True)
        horizons, horizon = np.unique(self.table["horizon"], return_inverse=True)
        group = (self.day * len(seeds) + seed) * len(horizons) + horizon
        each = information_coefficients(self.location, self.growth, group, ranks)
        day = np.unique(group) // (len(seeds) * len(horizons))
        return mean_test(daily_mean(each, day), self.horizon)
