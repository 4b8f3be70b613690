"""Features of how days were traded: ranges, volumes, and the events that both give away.

All of them need what `window.traded` asks for: daily highs and lows, and volumes. A firm-day
without is zero. As for all features, row t uses days ≤ t alone, and nothing is fitted.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pipeline.features.units import CUT, Panel, decayed
from pipeline.features.view import QUARTER, YEAR, Feature, View, across, before, log

LAST_YEAR = (QUARTER, 2 * QUARTER, 3 * QUARTER)
"""In weeks: the quarterly announcements since the one of a year ago."""


def range_volatility(view: View, halflife: float) -> Panel:
    """Return the log of the mean volatility by ranges, relative to the unit.

    As in the unit, a day counts for no more than `CUT` units.
    """
    size = np.minimum(view.range_volatility, CUT * before(view.unit))
    return log(decayed(size, halflife) / view.unit)


def day_range(view: View) -> Panel:
    """Return the log of the day's volatility by its range, relative to the unit; cut as it is."""
    return log(np.minimum(view.range_volatility, CUT * before(view.unit)) / view.unit)


def market_range(view: View, halflife: float) -> Panel:
    """Return the mean over firms of the log of a day's volatility by its range, in units."""
    return decayed(across(log(view.range_volatility / view.unit)), halflife)


def volume(view: View) -> Panel:
    """Return the log of the day's volume relative to that of a month."""
    return log(view.volume / decayed(view.volume, 20.0))


def volume_trend(view: View) -> Panel:
    """Return the log of the volume of days relative to that of months."""
    return log(decayed(view.volume, 5.0) / decayed(view.volume, 60.0))


def market_volume(view: View) -> Panel:
    """Return the mean over firms of the log of the day's volume relative to that of months."""
    return across(log(view.volume / decayed(view.volume, 60.0)))


def event_echo(view: View, weeks: tuple[int, ...], beside: tuple[int, ...] = (0,)) -> Panel:
    """Return the mean event some whole weeks before the next session; see `View.echo`."""
    return 2.0 * view.echo(view.event, weeks, beside)


def recent_events(view: View, halflife: float) -> Panel:
    """Return the events of the last days: a firm that has just reported will not do so soon."""
    return 5.0 * decayed(view.event, halflife)


FEATURES: dict[str, Feature] = {
    "range_volatility_2": partial(range_volatility, halflife=2.0),
    "range_volatility_10": partial(range_volatility, halflife=10.0),
    "range_volatility_60": partial(range_volatility, halflife=60.0),
    "market_range_1": partial(market_range, halflife=1.0),
    "market_range_20": partial(market_range, halflife=20.0),
    "volume": volume,
    "volume_trend": volume_trend,
    "market_volume": market_volume,
    "event_quarter": partial(event_echo, weeks=(QUARTER,)),
    "event_quarters": partial(event_echo, weeks=LAST_YEAR[1:]),
    "event_earlier_quarters": partial(event_echo, weeks=tuple(YEAR + n for n in LAST_YEAR)),
    "event_quarters_before": partial(event_echo, weeks=LAST_YEAR, beside=(-1,)),
    "event_quarters_after": partial(event_echo, weeks=LAST_YEAR, beside=(1,)),
    "event_year": partial(event_echo, weeks=(YEAR,)),
    "event_years": partial(event_echo, weeks=(2 * YEAR, 3 * YEAR)),
    "event_years_before": partial(event_echo, weeks=(YEAR, 2 * YEAR), beside=(-1,)),
    "event_years_after": partial(event_echo, weeks=(YEAR, 2 * YEAR), beside=(1,)),
    "event_weeks_beside": partial(
        event_echo, weeks=tuple(week + off for week in (*LAST_YEAR, YEAR) for off in (-1, 1))
    ),
    "event_recent_5": partial(recent_events, halflife=5.0),
    "event_recent_15": partial(recent_events, halflife=15.0),
    "event_recent_40": partial(recent_events, halflife=40.0),
}
OF_DAY: dict[str, Feature] = {"day_range": day_range, "volume": volume}
"""The day's range and volume as they are, without a memory of the days before."""
