"""What features are made of: the growth panel, how days were traded, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.features.units import Panel, decayed, units

QUARTER, YEAR = 13, 52
"""In weeks: firms report every quarter, mostly on the same day of the week."""
TYPICAL = 0.75
"""Mean absolute growth in units of the standard deviation, of a distribution with fat tails."""
SEASONED = 40
"""Growth rates after which a firm's growth can be told from its usual growth."""
USUAL = 20
"""Halflife, in sessions, of what is usual for a firm's range and volume."""
ABNORMAL = (-1.0, 2.0)
"""Bounds of a log range or volume beside the usual one: a factor of 7 is as good as of 20."""
EVENT = 0.8
"""What counts of a day's abnormal trading is what lies above."""
MARKET = 4
"""Firms that make a market: fewer say of it nothing that they do not say of themselves."""


@dataclass(frozen=True)
class View:
    """The growth panel, and what several features are made of."""

    growth: Panel
    """T × N, 1/year; gaps are NaN."""
    dates: NDArray[np.datetime64]
    """T sessions in date order."""
    following: np.datetime64 | None = None
    """The session after the last; None: the next weekday."""
    ranges: Panel | None = None
    """T × N, 1/year: ln(high / low) of each day, annualised as growth is; None: not known."""
    volumes: Panel | None = None
    """T × N, shares; None: not known."""

    @cached_property
    def unit(self) -> Panel:
        """Running volatility at the end of each day (T × N, 1/year)."""
        return units(self.growth)

    @cached_property
    def scaled(self) -> Panel:
        """Growth in the unit of the day before (T × N)."""
        return self.growth / before(self.unit)

    @property
    def alone(self) -> bool:
        """Whether there are too few firms to tell a market by."""
        return bool(self.growth.shape[1] < MARKET)

    @cached_property
    def market(self) -> Panel:
        """Mean growth over the firms that traded (T × 1, 1/year); zero where there is no market."""
        return np.zeros((len(self.growth), 1)) if self.alone else across(self.growth)

    @cached_property
    def dispersion(self) -> Panel:
        """Mean distance of the firms' growth from the market's (T × 1, 1/year)."""
        return across(np.abs(self.growth - self.market))

    @cached_property
    def surprise(self) -> Panel:
        """Absolute growth beside the market in its own usual size, less what is usual (T × N).

        NaN in gaps and for a firm's first `SEASONED` growth rates. Days of announcements stand out.
        """
        own = self.growth - self.market
        usual = np.sqrt(decayed(np.square(own), SEASONED))
        seasoned = np.cumsum(np.isfinite(own), axis=0) > SEASONED
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.minimum(np.abs(own) / before(usual), 6.0)
        return np.where(seasoned, size - TYPICAL, np.nan)

    @cached_property
    def range_volatility(self) -> Panel:
        """Each day's volatility by its range, ln(high / low) / √(4 ln 2) (T × N, 1/year).

        Source: M. Parkinson, "The extreme value method for estimating the variance of the rate of
        return", Journal of Business 53, 1980. A day of a single price tells nothing: NaN.
        """
        return self._positive(self.ranges) / math.sqrt(4.0 * math.log(2.0))

    @cached_property
    def volume(self) -> Panel:
        """Shares traded (T × N); NaN where none were, or it is not known."""
        return self._positive(self.volumes)

    @cached_property
    def event(self) -> Panel:
        """How far each day of a firm stood out: by volume, by range and by growth (T × N).

        Most such days are announcements of results, which growth alone hides where they surprised
        nobody. Zero on usual days; NaN where there is no volume or no range.
        """
        trading = abnormal(self.volume) + 0.5 * abnormal(self.range_volatility)
        return np.maximum(trading + 0.3 * np.nan_to_num(self.surprise) - EVENT, 0.0)

    def _positive(self, panel: Panel | None) -> Panel:
        """Return what is known of a panel and above zero."""
        if panel is None:
            return np.full_like(self.growth, np.nan)
        return np.where(panel > 0.0, panel, np.nan)

    @cached_property
    def next_sessions(self) -> NDArray[np.datetime64]:
        """The session after each (T)."""
        days = self.dates.astype("datetime64[D]")
        following = self.following
        if following is None:
            following = np.busday_offset(days[-1], 1, roll="backward")
        return np.append(days[1:], following.astype("datetime64[D]"))

    def echo(self, signal: Panel, weeks: Sequence[int], beside: Sequence[int] = (0,)) -> Panel:
        """Return the mean of a signal some whole weeks before the next session.

        Parameters
        ----------
        signal
            T × N; row t of it uses days ≤ t alone.
        weeks
            Weeks before the next session, each at least 1.
        beside
            Sessions after (or, negative, before) that day.

        Returns
        -------
        ndarray
            T × N; zero where none of those days is known.
        """
        total, count = np.zeros_like(self.growth), np.zeros_like(self.growth)
        today = np.arange(len(self.dates))
        for back in weeks:
            day = self.next_sessions - np.timedelta64(7 * back, "D")
            place = np.minimum(np.searchsorted(self.dates, day), len(today) - 1)
            for shift in beside:
                row = place + shift
                usable = (self.dates[place] == day) & (row >= 0) & (row <= today)
                known = np.where(usable[:, None], signal[np.where(usable, row, 0)], np.nan)
                total += np.nan_to_num(known)
                count += np.isfinite(known)
        return np.asarray(total / np.maximum(count, 1.0))

    def market_volatility(self, halflife: float) -> Panel:
        """Root mean square of the market's growth (T × 1, 1/year)."""
        return np.sqrt(decayed(np.square(self.market), halflife))


Feature = Callable[[View], Panel]


def abnormal(panel: Panel) -> Panel:
    """Return the log of a day's value beside its usual size before, less what all firms share."""
    size = log(panel)
    size = size - before(log(decayed(panel, USUAL)))
    shared = across(size) if size.shape[1] >= MARKET else 0.0
    return np.clip(size - shared, *ABNORMAL)


def across(panel: Panel) -> Panel:
    """Return the mean over the firms that are known (T × 1); NaN where there is none."""
    known = np.isfinite(panel)
    count = known.sum(axis=1, keepdims=True)
    total = np.where(known, panel, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0))


def before(panel: Panel) -> Panel:
    """Return a panel's rows a day later; the first day has itself."""
    return np.vstack([panel[:1], panel[:-1]])


def log(ratio: Panel) -> Panel:
    """Return the log of a ratio; what is zero is taken as very small."""
    return np.asarray(np.log(np.maximum(ratio, 1e-6)))
