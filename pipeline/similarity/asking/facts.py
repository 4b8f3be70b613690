"""Who a firm is, how much it moves, and on how many days that is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.answers import as_records, origin_of
from pipeline.similarity.asking import symbols
from pipeline.similarity.asking.calendar import Day
from pipeline.similarity.asking.movement import movement
from pipeline.similarity.asking.peers import Peers


def facts(
    peers: Peers, symbol: str, start: Day | None = None, end: Day | None = None
) -> dict[str, Any]:
    """Tell about a firm.

    Parameters
    ----------
    peers : Peers
        Who is asked.
    symbol : str
        The firm, in upper or lower case.
    start, end : date, str or timestamp, optional
        First and last day to look at, widened to whole blocks.

    Returns
    -------
    dict
        `symbol name sector industry market_cap as_of`, `from` and `to`, `days` on which it was
        compared, `volatility` (standard deviation of growth, scaled to a year), `beta` and
        `market_correlation` with the market of the others, and the run.

    Raises
    ------
    InputError
        When the firm is unknown, or the range is not in the data.
    """
    firm = symbols.position(symbol, peers.firms)
    blocks = peers.calendar.blocks(start, end)
    growth = peers.scores.growth(blocks)[:, [firm]].astype(np.float64)
    others = peers.scores.market(blocks).others(growth)
    numbers = movement(growth[:, 0], others[:, 0], peers.days_per_year)
    first, last = map(str, peers.span(start, end))
    known = ["symbol", "name", "sector", "industry", "market_cap", "as_of"]
    about = as_records(peers.firms.iloc[[firm]].reindex(columns=known).astype({"as_of": str}))[0]
    days = peers.days(peers.symbols[firm], start, end)
    return {**about, "from": first, "to": last, "days": days, **numbers, **origin_of(peers.record)}
