"""The Student-t shape that a baseline of a location and a volatility is given."""

from __future__ import annotations

import numpy as np

from pipeline.evaluation.baselines.given import (
    Course,
    Given,
    Method,
    Moments,
    Outlook,
    count_failed,
)
from pipeline.evaluation.forecasts import FirmDays, seasoned
from pipeline.evaluation.student import Values, fit, symmetric


def shaped(course: Course) -> Method:
    """Make a method of moments by fitting the shape of its errors.

    Its errors on training and validation days, over its volatility, give the scale and the
    degrees of freedom: one pair a horizon for the whole universe, by maximum likelihood. With a
    normal tail, or a tail taken from elsewhere, it would be a straw man.
    """

    def method(given: Given, days: FirmDays) -> Outlook:
        location, scale, df = (np.empty(len(days.growth)) for _ in range(3))
        failed = None
        steps = zip(range(1, given.fold.horizon + 1), course(given), strict=False)
        for ahead, moments in steps:
            factor, tail = fit(_errors(given, moments, ahead))
            rows = days.horizon == ahead
            at = (days.origin[rows], days.firm[rows])
            location[rows] = moments.location[at]
            scale[rows] = moments.volatility[at] * factor
            df[rows] = tail
            failed = moments.failed
        return Outlook(symmetric(location, scale, df), count_failed(failed, days))

    return method


def _errors(given: Given, moments: Moments, ahead: int) -> Values:
    """Return the errors of training and validation, so many days ahead, over the volatility.

    All of them: firms move together, so the days that a tail is fitted on must not be thinned.
    """
    later, origins = given.targets(ahead)
    errors = (later - moments.location[origins]) / moments.volatility[origins]
    known = seasoned(given.growth, given.fold.lookback)[origins] & np.isfinite(errors)
    return np.asarray(errors[known])
