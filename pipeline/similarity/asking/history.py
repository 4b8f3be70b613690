"""How a firm's nearest peers changed from year to year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.similarity.asking import symbols
from pipeline.similarity.asking.calendar import Day
from pipeline.similarity.asking.chance import beyond
from pipeline.similarity.asking.firms import Firms
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.asking.ranks import ranked


def history(
    peers: Firms, symbol: str, top: int, start: Day | None, end: Day | None
) -> pd.DataFrame:
    """List a firm's nearest peers year by year, as `Peers.history` documents."""
    firm = symbols.position(symbol, peers.firms)
    years = peers.calendar.years(peers.calendar.blocks(start, end))
    if not years:
        first, last = peers.span(start, end)
        raise InputError(
            f"No calendar year is covered by half from {first} to {last}: ask for a longer range."
        )
    tables: list[pd.DataFrame] = []
    since = next(iter(years.values()))[0]
    before: pd.Series[float] | None = None
    for year, blocks in years.items():
        score = peers.scores.rows(LEARNED, blocks, np.array([firm]))[0]
        ranks = pd.Series(score).rank(ascending=False, method="first")
        listed = ranks.sort_values().index[: min(top, int(ranks.notna().sum()))]
        table = _year(peers, year, listed, score, ranks, before, top)
        expected = peers.scores.of(LEARNED, (since, blocks[1]), np.array([firm]))
        table["expected_rank"] = ranked(expected, listed.to_numpy()).array
        table["chance"] = peers.scores.chance(LEARNED, blocks, np.array([firm]), listed.to_numpy())
        table["beyond_chance"] = beyond(table["chance"], len(peers.symbols))
        tables.append(table)
        before = ranks
    found = pd.concat(tables, ignore_index=True)
    if found.empty:
        raise InputError(
            f"{peers.symbols[firm]} has too few days in common with other firms in every year."
        )
    return found


def _year(
    peers: Firms,
    year: int,
    listed: pd.Index[int],
    score: np.ndarray,
    ranks: pd.Series[float],
    before: pd.Series[float] | None,
    top: int,
) -> pd.DataFrame:
    """Lay out one year's peers."""
    table = peers.firms.iloc[listed][["symbol", "name", "sector"]].reset_index(drop=True)
    table.insert(0, "year", year)
    table.insert(1, "rank", ranks[listed].astype(int).to_numpy())
    table["score"] = score[listed].astype(float)
    known = before is not None and bool(before.notna().any())
    earlier = before[listed] if known and before is not None else ranks[listed] * np.nan
    table["rank_before"] = earlier.astype("Int64").array
    new = (table["rank_before"].isna() | (table["rank_before"] > top)).astype("boolean")
    table["new"] = new if known else pd.array([pd.NA] * len(table), dtype="boolean")
    table["kept"] = float((earlier <= top).mean()) if known else np.nan
    return table
