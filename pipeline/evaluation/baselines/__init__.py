"""Forecasts that need no network: what a network has to beat.

A baseline gives a distribution for every firm-day, from growth up to its origin (`Method`). Many
only give a location and a volatility; `shaped` then fits scale and tail to their errors. To add a
baseline, write a module with such a function and a row of `BASELINES`. Libraries that fit models
are imported when a forecast is made, so that whoever only wants titles does not wait for them.
"""

from __future__ import annotations

from pipeline.evaluation.baselines.ar import ar
from pipeline.evaluation.baselines.egarch import egarch
from pipeline.evaluation.baselines.ewma_volatility import ewma_volatility
from pipeline.evaluation.baselines.garch import garch, garch_refitted, gjr_garch, skew_garch
from pipeline.evaluation.baselines.garch_range import garch_range
from pipeline.evaluation.baselines.given import Baseline, Given, Moments, Outlook
from pipeline.evaluation.baselines.har import har
from pipeline.evaluation.baselines.historical_mean import historical_mean
from pipeline.evaluation.baselines.hmm import hmm
from pipeline.evaluation.baselines.log_har import log_har, log_har_firms
from pipeline.evaluation.baselines.range_ewma import range_ewma
from pipeline.evaluation.baselines.ridge import ridge
from pipeline.evaluation.baselines.shaped import shaped
from pipeline.evaluation.baselines.unit import unit
from pipeline.evaluation.baselines.zero_growth import zero_growth

__all__ = ["BASELINES", "Baseline", "Given", "Moments", "Outlook", "shaped"]


def ranges_told(given: Given) -> bool:
    """Say whether the source tells highs and lows."""
    return given.ranges is not None


def refits(given: Given) -> bool:
    """Say whether settings ask for refits."""
    return given.section.refit_days is not None


BASELINES = {
    row.name: row
    for row in (
        Baseline("zero_growth", "zero growth", shaped(zero_growth)),
        Baseline("historical_mean", "historical mean", shaped(historical_mean)),
        Baseline("ewma_volatility", "EWMA volatility", shaped(ewma_volatility)),
        Baseline("ar", "AR", shaped(ar)),
        Baseline("ridge", "ridge", shaped(ridge)),
        Baseline("har", "HAR", shaped(har)),
        Baseline("unit", "running volatility", shaped(unit)),
        Baseline("range_ewma", "EWMA of ranges", shaped(range_ewma), ranges_told),
        Baseline("log_har", "log HAR", shaped(log_har)),
        Baseline("log_har_firms", "log HAR by firm", shaped(log_har_firms)),
        Baseline("garch", "GARCH", garch),
        Baseline("garch_refitted", "GARCH refitted", garch_refitted, refits),
        Baseline("gjr_garch", "GJR GARCH", gjr_garch),
        Baseline("skew_garch", "GARCH with skew", skew_garch),
        Baseline("egarch", "EGARCH", egarch),
        Baseline("garch_range", "GARCH with ranges", garch_range, ranges_told),
        Baseline("hmm", "HMM", hmm),
    )
}
