"""A small table of growth that any forecaster answers, of firms that there are none of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.forecasts import quantile_column
from pipeline.forecaster.recent import TRADED
from pipeline.registry.register import Interface

FIRMS = ("ONE", "TWO")
LAST = pd.Timestamp("2024-06-28")
SPREAD = 4.0
"""Standard deviation of growth (1/year) as of a firm that moves by 1.6 % a day."""


def example(lookback: int) -> pd.DataFrame:
    """Return as many growth rates of two firms as a network must see before it forecasts.

    They are drawn, for what is registered is handed on, and prices may not be.

    Parameters
    ----------
    lookback
        Growth rates that a firm must have.

    Returns
    -------
    DataFrame
        `date symbol growth` (1/year).
    """
    days = pd.bdate_range(end=LAST, periods=lookback)
    drawn = np.random.default_rng(0).normal(scale=SPREAD, size=(lookback, len(FIRMS)))
    table = pd.DataFrame(drawn.round(4), index=days.rename("date"), columns=[*FIRMS])
    return table.reset_index().melt("date", var_name="symbol", value_name="growth")


def interface(quantiles: Sequence[float], lookback: int) -> Interface:
    """Return what a forecaster is asked with and answers, as the registry tells it.

    Parameters
    ----------
    quantiles
        Levels that are answered unless others are asked for.
    lookback
        As of `example`.
    """
    levels = {quantile_column(level): level for level in quantiles}
    return Interface(tuple(TRADED), levels, example(lookback))
