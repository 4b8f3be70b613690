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
from pipeline.similarity.asking.ranks import best_first, ranks


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
    since, before = next(iter(years.values()))[0], np.full(len(peers.symbols), np.nan)
    tables = []
    for year, blocks in years.items():
        score = peers.scores.rows(LEARNED, blocks, np.array([firm]))[0]
        order = best_first(score)
        listed, earlier = order[:top], before[order[:top]]
        known = bool(np.isfinite(before).any())
        table = {
            "year": np.full(len(listed), year),
            "rank": np.arange(1, len(listed) + 1),
            "firm": listed,
            "score": score[listed],
            "rank_before": earlier,
            "new": np.where(earlier <= top, 0.0, 1.0) if known else earlier,
            "kept": np.full(
                len(listed), (earlier <= top).sum() / max(len(listed), 1) if known else np.nan
            ),
        }
        expected = peers.scores.of(LEARNED, (since, blocks[1]), np.array([firm]))
        table["expected_rank"] = ranks(expected, listed)
        table["chance"] = peers.scores.chance(LEARNED, blocks, np.array([firm]), listed)
        tables.append(table)
        before = np.full(len(score), np.nan)
        before[order] = np.arange(1, len(order) + 1)
    columns = {name: np.concatenate([one[name] for one in tables]) for name in tables[0]}
    firms, found = columns.pop("firm"), pd.DataFrame(columns)
    if found.empty:
        raise InputError(
            f"{peers.symbols[firm]} has too few days in common with other firms in every year."
        )
    found["beyond_chance"] = beyond(found["chance"], len(peers.symbols))
    kinds = {"rank_before": "Int64", "new": "boolean", "expected_rank": "Int64"}
    about = peers.firms[["symbol", "name", "sector"]].take(firms).reset_index(drop=True)
    return pd.concat([found.iloc[:, :2], about, found.iloc[:, 2:].astype(kinds)], axis=1)
