"""Growth that is none: a split or spin-off that prices were not adjusted for, a price that errs.

Such growth is large, but on a calm day: the market is quiet, the firm has been quiet, the price
opened where it closed, and not many times as much was traded as on other days. When a firm
really loses a third of its worth in a day, all of this is otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.ingest.prices import BASES

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]
Values = NDArray[np.float64]

RATIOS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0, 100.0)
"""Shares for one, or one for shares, that a split gives; 3:2 is too near to what news can do."""
NEAR = 0.05
"""How far from the logarithm of a ratio growth may be: the firm's own growth of the day."""
BEFORE = 60
"""Prices of the firm before, by which is judged what is usual."""
LEAST = 20
"""Of these, how many must be known."""
UNUSUAL = 20.0
"""Growth over the firm's median growth, both by size, from which on it is not its own unrest."""
MARKET = 0.1
"""Share of growth up to which the market does not explain it."""
TRADED = 4.0
"""Shares or money traded, over the firm's median, up to which it is usual."""
AFTER_OPEN = 0.5
"""Share of growth that may come after the open: what is no growth comes between two days."""
SOON = 5
"""Prices after a jump among which it may reverse."""
BACK = 0.1
"""Share of a jump by which the price may be off from where it was."""


@dataclass(frozen=True)
class Series:
    """The known closes of all firms, one after the other, as R values.

    Attributes
    ----------
    prices
        The table that they are of.
    row
        Row of each in it.
    firm
        Number of the firm of each.
    log
        Logarithm of the close.
    growth
        Log return on the firm's close before; NaN for its first.
    """

    prices: pd.DataFrame
    row: Places
    firm: Places
    log: Values
    growth: Values

    @classmethod
    def of(cls, prices: pd.DataFrame, basis: str) -> Series:
        """Take the closes of sorted prices that are known."""
        row = np.flatnonzero(prices[basis].notna())
        firm = prices["symbol"].cat.codes.to_numpy()[row].astype(np.intp)
        log = np.log(prices[basis].to_numpy(np.float64)[row])
        growth = np.full(len(row), np.nan)
        growth[1:] = np.where(firm[1:] == firm[:-1], np.diff(log), np.nan)
        return cls(prices, row, firm, log, growth)

    def column(self, name: str) -> Values:
        """Return the values of another column: (R,)."""
        return self.prices[name].to_numpy(np.float64)[self.row]

    def before(self, places: Places, values: Values) -> Values:
        """Return the median of the firm's values before each of P places; NaN of too few: (P,)."""
        asked = places[:, None] - np.arange(1, BEFORE + 1)
        back = np.maximum(asked, 0)
        own = (asked >= 0) & (self.firm[back] == self.firm[places][:, None])
        known = np.where(own, values[back], np.nan)
        enough = np.isfinite(known).sum(axis=1) >= LEAST
        medians = np.full(len(places), np.nan)
        medians[enough] = np.nanmedian(known[enough], axis=1)
        return medians


def splits(prices: pd.DataFrame, size: float) -> Mask:
    """Mark prices whose growth is that of a split or spin-off that they were not adjusted for.

    Where volumes are told, growth of any size is looked at, as the rest that a spin-off leaves of
    a price is no round number. Else it has to be near the logarithm of a split's ratio.

    Parameters
    ----------
    prices
        Sorted by symbol (categorical) and date: any of `close` and `adj_close`, and `open` and
        `volume` where they are told. A price that is not known is NaN, all others are positive.
    size
        Absolute daily log return from which on growth is looked at.

    Returns
    -------
    array of bool
        Of the rows.
    """
    return _marked(prices, size, _rebased)


def reversals(prices: pd.DataFrame, size: float) -> Mask:
    """Mark both days of a jump that is taken back soon: between them the price was in error.

    Parameters
    ----------
    prices, size
        As of `splits`; neither open nor volume matters.

    Returns
    -------
    array of bool
        Of the rows.
    """
    return _marked(prices, size, _taken_back)


def _marked(prices: pd.DataFrame, size: float, find: Callable[[Series, Places], Places]) -> Mask:
    """Mark what is found among large growth that market and firm do not explain.

    It has to be found in every close that is known: that of one that was adjusted is sound.
    """
    found, sound = np.zeros((2, len(prices)), dtype=bool)
    for basis in (name for name in BASES if name in prices):
        series = Series.of(prices, basis)
        places = np.flatnonzero(np.abs(series.growth) >= size)
        calm = _market_calm(series, places) & _firm_calm(series, places)
        own = np.zeros(len(prices), dtype=bool)
        own[series.row[find(series, places[calm])]] = True
        found |= own
        known = series.row[np.isfinite(series.growth)]
        sound[known] |= ~own[known]
    return np.asarray(found & ~sound)


def _market_calm(series: Series, places: Places) -> Mask:
    """Say where the median growth of all firms explains little of the firm's: (P,)."""
    dates = series.prices["date"].to_numpy()[series.row]
    wanted = np.isin(dates, np.unique(dates[places]))
    market = pd.Series(series.growth[wanted]).groupby(dates[wanted]).median()
    return np.asarray(
        market.reindex(dates[places]).abs().to_numpy() <= MARKET * np.abs(series.growth[places])
    )


def _firm_calm(series: Series, places: Places) -> Mask:
    """Say where growth is far beyond what the firm's has been: (P,)."""
    growth = np.abs(series.growth)
    usual = series.before(places, growth)
    # A price that seldom moves has no usual growth to be judged by.
    return np.asarray((usual > 0.0) & (growth[places] >= UNUSUAL * usual))


def _rebased(series: Series, places: Places) -> Places:
    """Choose places whose growth came between two days and is explained by no volume."""
    growth, size = series.growth[places], np.abs(series.growth[places])
    usual: Mask = (np.abs(size[:, None] - np.log(RATIOS)) <= NEAR).any(axis=1)
    if "volume" in series.prices:
        volume = series.column("volume")
        shares = volume[places] / series.before(places, volume)
        told = np.isfinite(shares)
        # Those of a split are as many times more as the price is less; adjusted ones are not.
        usual = np.where(told, shares * np.minimum(1.0, np.exp(growth)) <= TRADED, usual)
    if "open" in series.prices:
        opened = series.log[places] - np.log(series.column("open")[places])
        usual &= ~(np.abs(opened) > AFTER_OPEN * size)  # an open that is not known says nothing
    return places[usual]


def _taken_back(series: Series, places: Places) -> Places:
    """Choose places after which the price is soon back where it was, and those where it comes."""
    found = [np.empty(0, np.intp)]
    for later in range(1, SOON + 1):
        jump = places[places + later < len(series.firm)]
        back = jump + later
        growth, before = series.growth[jump], series.log[jump - 1]
        returned = np.abs(series.log[back] - before) <= BACK * np.abs(growth)
        opposite = series.growth[back] * np.sign(growth) < -0.5 * np.abs(growth)
        known = returned & opposite & (series.firm[back] == series.firm[jump])
        found += [jump[known], back[known]]
    return np.concatenate(found)
