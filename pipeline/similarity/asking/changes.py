"""Daily log returns of firms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.similarity.asking.calendar import Day
from pipeline.similarity.asking.firms import Firms


def changes(
    peers: Firms,
    symbols: Sequence[str],
    start: Day | None = None,
    end: Day | None = None,
    last: int | None = None,
    points: int | None = None,
    risk_free: float = 0.0,
) -> dict[str, Any]:
    """Tell firms' daily log returns in percent, as forecasts are told in percent.

    Parameters
    ----------
    peers : Firms
        Who is asked.
    symbols : sequence of str
        Firms, in upper or lower case.
    start, end : date, str or timestamp, optional
        First and last day to look at, widened to whole blocks.
    last : int, optional
        No more than so many days, the last ones.
    points : int, optional
        No more than so many changes: each is of as many days, the first perhaps of fewer.
    risk_free : float
        r_f that was taken off growth, 1/year: it is put back.

    Returns
    -------
    dict
        `dates` (the last days of the changes), and `growth`: for each firm its `symbol` and
        `percent`, a number a change; null for a gap.

    Raises
    ------
    InputError
        When a firm is unknown, or the range is not in the data.
    """
    names = [peers.named(symbol) for symbol in symbols]
    growth = peers.growth(start, end)[names]
    if last is not None:
        growth = growth.tail(last)
    changed = 100.0 * (growth.to_numpy(dtype=np.float64) + risk_free) / peers.days_per_year
    ends = np.arange(len(changed))
    if points is not None and len(changed) > points:
        changed, ends = _added(changed, -(-len(changed) // points))
    rounded = np.where(np.isfinite(changed), np.round(changed, 3), np.nan).T.tolist()
    told = [{"symbol": name, "percent": row} for name, row in zip(names, rounded, strict=True)]
    return {"dates": [str(day.date()) for day in growth.index[ends]], "growth": told}


def _added(changed: NDArray[np.float64], days: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Add up the changes (D, n) of so many days each, and say which is the last day of each."""
    ends = np.arange(len(changed) - 1, -1, -days)[::-1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    known = np.isfinite(changed)
    count = np.add.reduceat(known.astype(np.intp), starts)
    total = np.add.reduceat(np.where(known, changed, 0.0), starts)
    return np.where(count > 0, total, np.nan), ends
