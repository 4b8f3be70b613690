"""How the likeness of a firm and others went over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.similarity.asking import symbols
from pipeline.similarity.asking.calendar import Day
from pipeline.similarity.asking.firms import Firms

STEPS = 48
"""Windows at most."""


def course(
    peers: Firms,
    symbol: str,
    others: Sequence[str],
    start: Day | None = None,
    end: Day | None = None,
) -> pd.DataFrame:
    """Score a firm with others over windows of a year, one after another.

    Parameters
    ----------
    peers : Firms
        Who is asked.
    symbol : str
        The firm.
    others : sequence of str
        Other firms.
    start, end : date, str or timestamp, optional
        First and last day to look at, widened to whole blocks.

    Returns
    -------
    DataFrame
        `date` (the window's last day), `symbol` (the other firm), `score` (mean of all networks),
        `low` and `high` (of single networks); a firm that is not compared in a window is left out.

    Raises
    ------
    InputError
        When a firm is unknown or the same, or the range is not in the data or shorter than a year.
    """
    firm = symbols.position(symbol, peers.firms)
    places = [*dict.fromkeys(symbols.position(other, peers.firms) for other in others)]
    if firm in places:
        raise InputError(f"{peers.symbols[firm]} is compared with others, not with itself.")
    first, stop = peers.calendar.blocks(start, end)
    year = _blocks_a_year(peers)
    if stop - first < year:
        low, high = peers.calendar.span((first, stop))
        raise InputError(
            f"From {low} to {high} is less than a year: ask for a longer range to see how "
            "likeness went."
        )
    ends = np.unique(np.linspace(first + year, stop, STEPS).astype(int))
    tables = []
    for last in ends.tolist():
        blocks, asked = (last - year, last), np.array([firm])
        single = [
            peers.learned.rows(blocks, asked, network)[0][places]
            for network in range(peers.learned.networks)
        ]
        date = peers.calendar.span(blocks)[1]
        names = [peers.symbols[place] for place in places]
        told = {"score": np.mean(single, axis=0), "low": np.min(single, axis=0)}
        tables.append(pd.DataFrame({"date": date, "symbol": names, **told}))
        tables[-1]["high"] = np.max(single, axis=0)
    return pd.concat(tables, ignore_index=True).dropna(subset="score").reset_index(drop=True)


def _blocks_a_year(peers: Firms) -> int:
    """Return how many blocks of days make about a year."""
    days = peers.calendar.days((0, 1))
    length: int = days.stop - days.start
    return max(1, round(peers.days_per_year / length))
