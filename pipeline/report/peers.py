"""The nearest peers of every firm, and whether near firms share a sector."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.outputs import Json
from pipeline.report.style import UNKNOWN
from pipeline.report.tables import Cell, Grid, Head, Row
from pipeline.report.words import number, plural
from pipeline.similarity.validation import precision_at


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
    texts = peers["peer"] + " " + peers["score"].map(lambda score: number(score, ".2f"))
    lines = texts.groupby(peers["symbol"], sort=False).agg(", ".join)
    return {str(symbol): line for symbol, line in lines.items()}


def agreement(
    measures: Mapping[str, pd.DataFrame], sectors: pd.Series, k: int = 5
) -> tuple[str, Grid | None]:
    """Compare how often near firms share a sector, learned measure beside the classical ones.

    Parameters
    ----------
    measures : mapping of str to DataFrame
        N × N similarities by name, the learned one first.
    sectors : Series
        Sector by symbol; missing or ``"unknown"`` ones are left out.
    k : int
        Peers of each firm that are looked at.

    Returns
    -------
    (str, Grid or None)
        A sentence, and the precisions at ``k``; no grid when too few firms have a sector.
    """
    labels = sectors.where(sectors != UNKNOWN)
    count = int(labels.notna().sum())
    if count <= k:
        return (
            f"Only {plural(count, 'firm')} with a known sector: more than {k} are needed to say "
            "whether near firms share one.",
            None,
        )
    found = {name: _precision(matrix, labels, k) for name, matrix in measures.items()}
    found |= {"at random": _chance(labels), "highest possible": _ceiling(labels, k)}
    sentence = (
        f"Of the {k} nearest firms of each of {count} firms with a known sector, the share of the "
        f"firm's own sector (precision at {k}), averaged over firms. One neighbour more or "
        f"less of one firm moves it by {number(1.0 / (k * count), '.4f')}."
    )
    return sentence, _precision_grid(found, len(measures), k)


def _precision(matrix: pd.DataFrame, labels: pd.Series, k: int) -> float | None:
    """Return a measure's precision, or nothing where the measure knows no pair of firms."""
    try:
        return precision_at(matrix.to_numpy(), labels.reindex(matrix.index).tolist(), k)
    except InputError:
        return None


def _precision_grid(found: Mapping[str, float | None], measures: int, k: int) -> Grid:
    """Lay out precisions: the network's, the other measures', then the bounds."""
    texts = [number(value, ".3f") for value in found.values()]
    best = max((text for text in texts[:measures] if text != number(None)), default="")
    rows = [
        Row([Cell(name), Cell(text, best=place < measures and text == best)], own=place == 0)
        for place, (name, text) in enumerate(zip(found, texts, strict=True))
    ]
    return Grid([Head("similarity"), Head(f"precision at {k} ↑")], rows)


def _chance(labels: pd.Series) -> float:
    """Return the precision that neighbours drawn at random would have on average."""
    known = labels.dropna()
    members = known.map(known.value_counts()).astype(float)
    return float(((members - 1.0) / (len(known) - 1.0)).mean())


def _ceiling(labels: pd.Series, k: int) -> float:
    """Return the precision at k if every firm had its whole sector before all others."""
    known = labels.dropna()
    others = known.map(known.value_counts()).astype(float) - 1.0
    return float((others.clip(upper=k) / k).mean())
