"""What a later answer about one firm says of the prices that are kept of it.

Closes are adjusted backwards: a split divides every earlier price and a dividend lowers every
earlier adjusted close, each by one factor. Two answers about the same firm therefore differ by a
factor that is the same for all days between two such events.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SAME = 1e-5
"""Relative difference up to which two answers about one day count as equal: Yahoo rounds in single
precision (about 1e-7), while a dividend of a cent on a share of 200 moves closes by 5e-5."""

CLOSES = ["close", "adj_close"]

COMMON = 2
"""Days that two answers must share before one can be brought to the adjustment of the other."""


def rewritten(kept: pd.DataFrame, fresh: pd.DataFrame) -> bool:
    """Say whether a later answer gives days that are kept other closes, or none of them.

    Volumes, and opens, highs and lows, may be corrected by a little after a session; that is no
    rewriting. Nor is a day that the later answer lacks, or has in addition.

    Parameters
    ----------
    kept, fresh : DataFrame
        `date close adj_close` and others, a row a day; `fresh` may start later.
    """
    old, new = _common(kept, fresh)
    if old.empty:
        return True
    return not np.allclose(old[CLOSES], new[CLOSES], rtol=SAME, atol=0.0, equal_nan=True)


def extended(kept: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Add the days of a later answer that are not kept; the kept ones stay as they are.

    Returns
    -------
    DataFrame
        The columns of `kept`, in order of date.
    """
    new = fresh[~fresh["date"].isin(kept["date"])]
    return pd.concat([kept, new]).sort_values("date", ignore_index=True)


def one_course(kept: pd.DataFrame, whole: pd.DataFrame) -> bool:
    """Say whether two histories are of one firm, but for splits and dividends between them.

    They are if their closes grow alike on most of the days that both have, of which there must be
    `COMMON` at least.
    """
    closes = np.log(_ratio(kept, whole)["close"].to_numpy())
    return len(closes) >= COMMON and bool(np.median(np.abs(np.diff(closes))) <= SAME)


def joined(kept: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Carry the days that only the kept history has over into a later one.

    They are brought to the later adjustment by the ratio of the two closes on the next day that
    both have (the last one, for days after all of them). That is exact unless a new split or
    dividend lies between the two days. Prices take the ratio of `close`, adjusted closes that of
    `adj_close`, and volumes the inverse of that of `close`.

    Parameters
    ----------
    kept, whole : DataFrame
        `date open high low close adj_close volume`, of `one_course`.

    Returns
    -------
    DataFrame
        All days of both, in order of date.
    """
    lost = kept[~kept["date"].isin(whole["date"])].set_index("date")
    ratio = _ratio(kept, whole)
    ratio = ratio.reindex(ratio.index.union(lost.index)).bfill().ffill().loc[lost.index]
    for column in ("open", "high", "low", "close"):
        lost[column] *= ratio["close"]
    lost["adj_close"] *= ratio["adj_close"]
    lost["volume"] /= ratio["close"]
    return extended(whole, lost.reset_index()[list(whole.columns)])


def _common(kept: pd.DataFrame, later: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the rows of the days that both have, by date."""
    old, new = kept.set_index("date"), later.set_index("date")
    days = old.index.intersection(new.index)
    return old.loc[days], new.loc[days]


def _ratio(kept: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Divide the later closes by the kept ones, on the days that both have prices for."""
    old, new = _common(kept, later)
    ratio = new[CLOSES] / old[CLOSES]
    return ratio[(ratio > 0.0) & (ratio < np.inf)].dropna()
