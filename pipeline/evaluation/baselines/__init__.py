"""Forecasts that need no network: what a network has to beat.

A baseline gives a distribution for every firm-day, from growth up to its origin (`Baseline`).
Many only give a location and a volatility; `shaped` then fits scale and tail to their errors. To
add a baseline, write a module with such a function and name it in `BASELINES`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.baselines.ar import ar
from pipeline.evaluation.baselines.ewma_volatility import ewma_volatility
from pipeline.evaluation.baselines.garch import garch, gjr_garch
from pipeline.evaluation.baselines.given import Baseline, Given, Moments, Outlook
from pipeline.evaluation.baselines.har import har
from pipeline.evaluation.baselines.historical_mean import historical_mean
from pipeline.evaluation.baselines.hmm import hmm
from pipeline.evaluation.baselines.ridge import ridge
from pipeline.evaluation.baselines.shaped import shaped
from pipeline.evaluation.baselines.zero_growth import zero_growth
from pipeline.evaluation.forecasts import FirmDays, Panel
from pipeline.evaluation.student import StudentT
from pipeline.panel.splits import Fold
from pipeline.sections import Evaluate

__all__ = ["BASELINES", "Baseline", "Given", "Moments", "Outlook", "forecast", "shaped"]

BASELINES: dict[str, Baseline] = {
    "zero_growth": shaped(zero_growth),
    "historical_mean": shaped(historical_mean),
    "ewma_volatility": shaped(ewma_volatility),
    "ar": shaped(ar),
    "ridge": shaped(ridge),
    "har": shaped(har),
    "garch": garch,
    "gjr_garch": gjr_garch,
    "hmm": hmm,
}


def forecast(
    baseline: Baseline,
    growth: Panel,
    fold: Fold,
    section: Evaluate,
    days: FirmDays,
    features: NDArray[np.float32] | None = None,
) -> StudentT:
    """Forecast the firm-days with a baseline.

    Parameters
    ----------
    baseline
        One of `BASELINES`.
    growth
        T × N, 1/year; gaps are NaN.
    fold
        The split.
    section
        Settings of the baselines.
    days
        The R firm-days to forecast.
    features
        N × T × F, as networks see them; None: all declared ones, from growth.

    Returns
    -------
    StudentT
        R forecasts, 1/year.

    Raises
    ------
    InputError
        If the training days are too few to fit on.
    """
    return baseline(Given(growth, fold, section, features), days).forecast
