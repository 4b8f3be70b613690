"""Firms that go on under another symbol.

When a firm is renamed, its old symbol is no longer answered and the new one has the whole history.
With both in a panel, the firm would be there twice, and be its own nearest peer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from pipeline.sources.adjustment import SAME

DAYS = 60
"""Days on which both closes must move alike: two share classes of one firm differ on most days."""

SHARE = 0.99
"""Share of the days that must agree: Yahoo corrects single closes years later."""


def successors(tables: Mapping[str, pd.DataFrame], gone: Collection[str]) -> dict[str, str]:
    """Find the symbols under which firms go on that are gone.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `date` and `close` by symbol, a row a day.
    gone : collection of str
        Those of the symbols that are no longer answered.

    Returns
    -------
    dict
        The successor by the symbol that is gone. A successor may be gone as well, but then its
        prices go further; of several, it is the one whose prices go furthest.
    """
    closes = pd.DataFrame({s: t.set_index("date")["close"] for s, t in tables.items()})
    closes = closes.where(closes > 0.0)
    last = {symbol: table["date"].max() for symbol, table in tables.items()}
    found = {}
    for old in gone:
        same = [s for s in alike(closes, old) if s not in gone or last[s] > last[old]]
        if same:
            found[old] = max(same, key=lambda s: (last[s], s))
    return found


def alike(closes: pd.DataFrame, symbol: str) -> list[str]:
    """Find the columns that are a symbol's closes, up to a factor.

    The factor is that of splits after a renaming: they are in the prices of the new symbol alone.
    Days on which the symbol's close did not move say nothing: a price that stands still, as after
    a takeover, is like any other that does.

    Parameters
    ----------
    closes : DataFrame
        Dates × symbols, NaN where there is no price.
    symbol : str
        One of its columns.
    """
    own = closes[symbol].dropna()
    own = own[own.diff().fillna(0.0) != 0.0]
    ratio = closes.drop(columns=symbol).loc[own.index].div(own, axis=0)
    days = ratio.count()
    differ = ((ratio / ratio.median() - 1.0).abs() > SAME).sum()
    return list(days.index[(days >= DAYS) & (differ <= (1.0 - SHARE) * days)])
