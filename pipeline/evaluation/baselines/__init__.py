"""Forecasts that need no network: what a network has to beat.

A baseline gives a distribution for every firm-day, from growth up to its origin (`Baseline`).
Many only give a location and a volatility; `shaped` then fits scale and tail to their errors. To
add a baseline, write a module with such a function and name it in `BASELINES`.
"""

from __future__ import annotations

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

__all__ = ["BASELINES", "Baseline", "Given", "Moments", "Outlook", "shaped"]

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
