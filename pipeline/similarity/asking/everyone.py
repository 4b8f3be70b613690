"""The nearest peers of every firm at once, and where the firms lie on a plane."""

from __future__ import annotations

import pandas as pd

from pipeline.errors import InputError
from pipeline.similarity.asking.firms import Firms
from pipeline.similarity.asking.peers import Peers

COLUMNS = ["symbol", "rank", "peer", "score"]
KNOWN = ["symbol", "name", "sector", "industry", "market_cap"]
"""What is told of a firm beside its vector."""
PLACE = ["x", "y"]


def nearest(peers: Peers, top: int) -> pd.DataFrame:
    """List the most similar firms of every firm.

    Parameters
    ----------
    peers
        The firms.
    top
        Peers of each at most, at least 1.

    Returns
    -------
    DataFrame
        `symbol rank peer score`, in the order of the firms, most similar first; a firm of too
        short a history to be compared is not in it.
    """
    tables = []
    for symbol in peers.symbols:
        try:
            found = peers.nearest(symbol, top)
        except InputError:
            continue  # too short a history to be compared
        rows = found.rename(columns={"symbol": "peer"})
        rows.insert(0, "rank", range(1, len(rows) + 1))
        rows.insert(0, "symbol", symbol)
        tables.append(rows)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def placed(firms: Firms) -> pd.DataFrame:
    """Return every firm that is compared with its vector and its place on a plane.

    Returns
    -------
    DataFrame
        `symbol name sector industry market_cap`, `x` and `y` (no unit; similar firms are near),
        and the vector `e0` … of `Firms.embedding`.
    """
    from pipeline.similarity.asking.clusters import map_2d

    vectors = firms.embedding()
    known = vectors.notna().all(axis=1).to_numpy()
    scores = firms.matrix().to_numpy()[known][:, known]
    table = firms.firms.loc[known, KNOWN].reset_index(drop=True)
    table[PLACE] = map_2d(scores)
    return pd.concat([table, vectors[known].reset_index(drop=True)], axis=1)
