"""Whether a table holds daily prices at all, before rules judge its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.ingest.prices import BASES

RETURNS_BELOW = 5.0
"""Half of all returns are nearer to 0 than this, in percent or not; so many prices are not."""
NOISE = 1.0
"""How far ranks are from the next, over how far they are from their mean (von Neumann's ratio, of
squares): some hundredths in a random walk, 2 in what is drawn anew each day."""
JUDGED = 20
"""Firms by which that is judged, those with the most prices."""
MANY = 60
"""Prices of a firm from which on that tells something."""
LEAST = 10
"""Prices of a firm from which on their spacing or sameness tells something."""


def plausible(prices: pd.DataFrame, source: str) -> None:
    """Refuse what is no table of daily prices.

    Parameters
    ----------
    prices
        Long: `date`, `symbol` (categorical), and any of `close` and `adj_close`.
    source
        The source's name, for errors.

    Raises
    ------
    InputError
        If values look like returns, none is positive, none ever changes, none lasts to the next
        day, or days are a week, a month or less than a day apart.
    """
    basis = next(c for c in BASES[::-1] if c in prices and prices[c].notna().any())
    held = prices.loc[prices[basis].notna(), ["date", "symbol", basis]]
    values = held[basis].to_numpy()
    below = float(np.mean(values < 0.0))
    if not ((values > 0.0) & np.isfinite(values)).any():
        raise InputError(
            f"No {basis} of {source} is positive and finite: check how the prices were made."
        )
    if 0.2 < below < 0.8 and np.median(np.abs(values)) < RETURNS_BELOW:
        raise InputError(
            f"The prices of {source} look like returns ({below:.0%} are negative): give prices, "
            "growth rates are taken from them."
        )
    _changing(held, basis, source)
    _daily(held, source)
    _lasting(held, basis, source)


def _changing(held: pd.DataFrame, basis: str, source: str) -> None:
    by_firm = held.groupby("symbol", observed=True)[basis]
    spread, count = by_firm.max() - by_firm.min(), by_firm.size()
    if (spread == 0.0).all() and (count >= LEAST).any():
        raise InputError(
            f"The {basis} of every firm of {source} is the same on all days: give prices that "
            "change."
        )


def _daily(held: pd.DataFrame, source: str) -> None:
    """Judge the days from one price of a firm to its next."""
    firms, counts = np.unique(held["symbol"].cat.codes.to_numpy(), return_counts=True)
    most = firms[np.argmax(counts)]
    own = np.sort(held.loc[held["symbol"].cat.codes.to_numpy() == most, "date"].to_numpy())
    if len(own) < LEAST:
        return
    apart = float(np.median(np.diff(own) / np.timedelta64(1, "D")))
    several = len(own) / len(np.unique(own))
    if several > 2.5:
        raise InputError(
            f"{source} has some {several:.0f} prices of a firm a day: give one, the day's close."
        )
    if apart >= 5.0:
        spacing = "a week" if apart < 20 else "a month" if apart < 60 else f"{apart:.0f} days"
        raise InputError(
            f"The prices of {source} are {spacing} apart: firmament needs the prices of every day."
        )


def _lasting(held: pd.DataFrame, basis: str, source: str) -> None:
    """Judge whether a price is near the one before, or is drawn anew each day as returns are."""
    codes = held["symbol"].cat.codes
    most = codes.value_counts().index[:JUDGED]
    some = held[codes.isin(most) & (held[basis] > 0.0)].drop_duplicates(["symbol", "date"])
    firms = some.sort_values("date").groupby("symbol", observed=True)[basis]
    ratios = [_noise(own.rank()) for _, own in firms if len(own) >= MANY and own.max() > own.min()]
    if ratios and float(np.median(ratios)) > NOISE:
        raise InputError(
            f"The prices of {source} are as far from those of the day before as from any others, "
            "as returns are: give prices, growth rates are taken from them."
        )


def _noise(ranks: pd.Series[float]) -> float:
    return float((ranks.diff() ** 2).mean() / ranks.var())
