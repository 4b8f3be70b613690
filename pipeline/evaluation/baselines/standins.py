"""What is forecast for a firm whose own fit failed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.baselines.given import Given, Outlook, count_failed
from pipeline.evaluation.baselines.historical_mean import historical_mean
from pipeline.evaluation.baselines.shaped import shaped
from pipeline.evaluation.forecasts import FirmDays
from pipeline.evaluation.student import StudentT, chosen


def stand_in(
    forecast: StudentT, failed: NDArray[np.bool_], given: Given, days: FirmDays
) -> Outlook:
    """Give firms that failed, and forecasts that are not finite, the historical distribution."""
    sound = np.isfinite(forecast.location) & np.isfinite(forecast.scale) & (forecast.scale > 0.0)
    failed = failed.copy()
    failed[days.firm[~sound]] = True
    if not failed[days.firm].any():
        return Outlook(forecast)
    other = shaped(historical_mean)(given, days).forecast
    mixed = chosen(failed[days.firm], other, forecast)
    return Outlook(mixed, count_failed(failed, days))
