"""The nearest peers of every firm, and whether near firms share a sector."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.outputs import UNKNOWN, Json
from pipeline.words import number


def named(firms: pd.DataFrame) -> pd.DataFrame:
    """Give every firm a name and a sector to show: its symbol and ``"unknown"`` if need be.

    Parameters
    ----------
    firms : DataFrame
        `symbol name sector market_cap as_of`, the latter four possibly missing.

    Returns
    -------
    DataFrame
        A copy, `name` and `sector` without gaps.
    """
    table = firms.copy()
    table["name"] = table["name"].astype(object).where(table["name"].notna(), table["symbol"])
    table["sector"] = table["sector"].astype(object).where(table["sector"].notna(), UNKNOWN)
    return table


def nearest(similarity: pd.DataFrame, pearson: pd.DataFrame, top: int) -> pd.DataFrame:
    """List the most similar firms of every firm at once.

    Parameters
    ----------
    similarity, pearson : DataFrame, N × N
        Scores and correlations, symbols on both axes; NaN where unknown.
    top : int
        Peers of each firm at most.

    Returns
    -------
    DataFrame
        `symbol peer score pearson_rank`, in the order of the firms, most similar first; the rank
        is 1 for the highest correlation and NaN where that is unknown.
    """
    scores = similarity.to_numpy(dtype=float, copy=True)
    beside = pearson.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(scores, np.nan)
    np.fill_diagonal(beside, np.nan)
    ranks = pd.DataFrame(beside).rank(axis=1, ascending=False, method="min").to_numpy()
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    firm = np.repeat(np.arange(len(scores)), order.shape[1])
    peer = order.ravel()
    symbols = similarity.index.to_numpy()
    table = pd.DataFrame(
        {
            "symbol": symbols[firm],
            "peer": symbols[peer],
            "score": scores[firm, peer],
            "pearson_rank": ranks[firm, peer],
        }
    )
    return table[table["score"].notna()].reset_index(drop=True)


def peer_rows(firms: pd.DataFrame, peers: pd.DataFrame, top: int) -> list[Json]:
    """Write the nearest peers, a row a firm.

    Parameters
    ----------
    firms : DataFrame
        As `named` gives it.
    peers : DataFrame
        As `nearest` gives it.
    top : int
        Columns for peers; those that a firm lacks are None.

    Returns
    -------
    list of dict
        `symbol name sector cap peers`, each peer with `symbol score rank`.
    """
    found = {str(symbol): table for symbol, table in peers.groupby("symbol", sort=False)}
    return [
        {
            "symbol": firm["symbol"],
            "name": firm["name"] if firm["name"] != firm["symbol"] else "",
            "sector": firm["sector"],
            "cap": money(firm["market_cap"]),
            "peers": _padded(found.get(firm["symbol"]), top),
        }
        for firm in firms.to_dict("records")
    ]


def _padded(peers: pd.DataFrame | None, top: int) -> list[dict[str, str] | None]:
    """Write a firm's peers, with None for those that it lacks."""
    rows = [] if peers is None else peers.to_dict("records")
    written = [
        {
            "symbol": str(row["peer"]),
            "score": number(row["score"], ".2f"),
            "rank": number(row["pearson_rank"], ".0f"),
        }
        for row in rows
    ]
    return [*written, *[None] * (top - len(written))]


def money(amount: float | None) -> str:
    """Write an amount of money with three digits: 2.95e12 is 2.95 T."""
    if amount is None or not np.isfinite(amount):
        return "–"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if amount >= size:
            return f"{amount / size:.3g} {letter}"
    return f"{amount:,.0f}"


def peers_in_words(peers: pd.DataFrame) -> dict[str, str]:
    """Name each firm's peers in one line: ``"MSFT 0.61, GOOG 0.55"``."""
    lines: dict[str, list[str]] = {}
    for row in peers.to_dict("records"):
        text = f"{row['peer']} {number(row['score'], '.2f')}"
        lines.setdefault(str(row["symbol"]), []).append(text)
    return {symbol: ", ".join(texts) for symbol, texts in lines.items()}
