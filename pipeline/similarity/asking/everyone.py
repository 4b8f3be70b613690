"""The nearest peers of every firm at once, and where the firms lie on a plane."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.similarity.asking.firms import Firms
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.asking.ranks import best_first

ROWS = 256
"""Firms whose scores with all others are held at once."""
COLUMNS = ["symbol", "rank", "peer", "score"]
KNOWN = ["symbol", "name", "sector", "industry", "market_cap"]
"""What is told of a firm beside its vector."""
PLACE = ["x", "y"]


def nearest(firms: Firms, top: int) -> pd.DataFrame:
    """List the most similar firms of every firm.

    Parameters
    ----------
    firms
        The firms.
    top
        Peers of each at most, at least 1.

    Returns
    -------
    DataFrame
        `symbol rank peer score`, in the order of the firms, most similar first; a firm of too
        short a history to be compared is not in it.
    """
    blocks, count = firms.calendar.blocks(None, None), len(firms.symbols)
    found = []
    for first in range(0, count, ROWS):
        some = np.arange(first, min(first + ROWS, count))
        for firm, row in zip(some, firms.scores.rows(LEARNED, blocks, some), strict=True):
            listed = enumerate(best_first(row)[:top], start=1)
            found += [(firm, rank, peer, row[peer]) for rank, peer in listed]
    table = pd.DataFrame(found, columns=COLUMNS)
    named = np.array(firms.symbols, dtype=object)
    return table.assign(**{key: named[table[key].astype(int)] for key in ("symbol", "peer")})


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
