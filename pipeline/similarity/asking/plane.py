"""All firms on a plane: places, clusters, true neighbours, and how sure the tree is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.similarity.asking import clusters, spanning
from pipeline.similarity.asking.calendar import Day, Range
from pipeline.similarity.asking.firms import Firms
from pipeline.similarity.embedding import exposures
from pipeline.similarity.embedding.frame import Frame
from pipeline.similarity.embedding.readings import mean_score

NEAREST = 3
"""True neighbours of each firm that are linked."""

KEPT = 10
"""Neighbours by which it is judged whether a plane keeps them."""

MOST = 1000
"""Firms whose pairs are shown at most."""

_FEWEST = 3


@dataclass(frozen=True)
class Plane:
    """Firms on a plane."""

    firms: pd.DataFrame
    """`symbol name sector`, `x y` (by likeness), `tree_x tree_y` (in the drawing of the tree),
    `cluster`."""
    links: pd.DataFrame
    """`one other score`: each firm and its nearest by score, not by the plane."""
    tree: pd.DataFrame
    """`one other score share`: edges of the minimum spanning tree, and the share of draws of
    blocks of days in which an edge is in the tree, too; missing with no draws."""
    keeps: float
    """How well the plane keeps the ten nearest of each firm: 1 all of them, near 0 by chance."""


def plane(
    peers: Firms, start: Day | None = None, end: Day | None = None, draws: int = 0, seed: int = 0
) -> Plane:
    """Place all firms by their scores over a range of days.

    Parameters
    ----------
    peers : Firms
        Who is asked.
    start, end : date, str or timestamp, optional
        First and last day to compare on, widened to whole blocks.
    draws : int
        Draws of as many blocks of days, with replacement, of which each makes a tree anew.
    seed : int
        Of the draws.

    Raises
    ------
    InputError
        For fewer than three firms, or a range that is not in the data.
    """
    blocks, count = peers.calendar.blocks(start, end), len(peers.symbols)
    if count < _FEWEST:
        raise InputError(f"A map needs at least {_FEWEST} firms; there are {count}.")
    scores = peers.learned.matrix(blocks)
    joined, place = spanning.edges(scores), clusters.map_2d(scores)
    grown = clusters.tree(scores)
    cluster = clusters.labels(grown, clusters.best_count(clusters.silhouettes(scores, grown)))
    drawn = spanning.layout(joined, count)
    columns = {"x": place[:, 0], "y": place[:, 1], "tree_x": drawn[:, 0], "tree_y": drawn[:, 1]}
    firms = peers.firms[["symbol", "name", "sector"]].assign(**columns, cluster=cluster)
    tree = _pairs(peers, scores, joined)
    tree["share"] = survival(peers, blocks, joined, draws, seed)
    return Plane(firms, _pairs(peers, scores, _nearest(scores)), tree, _keeps(scores, place))


def pairs(peers: Firms, start: Day | None = None, end: Day | None = None) -> dict[str, Any]:
    """Give the scores of all pairs, firms in the order of their clusters.

    Parameters
    ----------
    peers : Firms
        Who is asked.
    start, end : date, str or timestamp, optional
        First and last day to compare on, widened to whole blocks.

    Returns
    -------
    dict
        `symbols`, and `scores` in whole percent, a list a firm; null for too few common days.

    Raises
    ------
    InputError
        For more than `MOST` firms, or a range that is not in the data.
    """
    if len(peers.symbols) > MOST:
        raise InputError(
            f"All pairs of {len(peers.symbols)} firms are too many for a picture: {MOST} are not."
        )
    scores = peers.learned.matrix(peers.calendar.blocks(start, end))
    order = clusters.order(clusters.tree(scores))
    percent = np.round(100.0 * scores[np.ix_(order, order)])
    rows = [[None if value != value else int(value) for value in row] for row in percent.tolist()]
    return {"symbols": [peers.symbols[firm] for firm in order], "scores": rows}


def survival(
    peers: Firms, blocks: Range, joined: NDArray[np.intp], draws: int, seed: int
) -> NDArray[np.float64]:
    """Return the share of draws of blocks in whose tree each edge is, too: (N − 1,).

    Blocks are drawn with replacement and put in their order of time, so that what is recent
    remains so; firms' running exposures are then held, and read, anew.
    """
    if draws < 1:
        return np.full(len(joined), np.nan)
    random, first = np.random.default_rng(seed), blocks[0]
    count = blocks[1] - first
    found = np.zeros(len(joined))
    codes = joined[:, 0] * len(peers.symbols) + joined[:, 1]
    for _ in range(draws):
        chosen = first + np.sort(random.integers(count, size=count))
        scores = _over(peers, chosen)
        again = spanning.edges((scores + scores.T) / 2.0)
        found += np.isin(codes, again[:, 0] * len(peers.symbols) + again[:, 1])
    return found / draws


def _over(peers: Firms, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
    """Score all pairs over blocks one after another, of which some may stand more than once."""
    learned = peers.learned
    held = np.zeros(learned.held((0, 1)).shape, dtype=np.float32)
    for block in chosen.tolist():
        days = peers.calendar.days((block, block + 1))
        kept = exposures.kept(days.stop - days.start).astype(np.float32)
        held *= kept[:, None, None]
        held += learned.held((block, block + 1))
    states = Frame(held, learned.portfolios).states
    return mean_score(learned.readings, states, states)


def _nearest(scores: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return each firm with its nearest, each pair once: (n, 2)."""
    near = np.nan_to_num(scores, nan=-2.0)
    np.fill_diagonal(near, -3.0)
    order = np.argsort(-near, axis=1, kind="stable")[:, :NEAREST]
    firm = np.repeat(np.arange(len(near)), order.shape[1])
    pairs = np.sort(np.column_stack([firm, order.ravel()]), axis=1)
    return np.unique(pairs[np.isfinite(scores[pairs[:, 0], pairs[:, 1]])], axis=0)


def _pairs(peers: Firms, scores: NDArray[np.floating], pairs: NDArray[np.intp]) -> pd.DataFrame:
    """Name pairs of firms, and give their scores."""
    names = np.array(peers.symbols, dtype=object)
    one, other = pairs.T
    told = {"one": names[one], "other": names[other]}
    return pd.DataFrame({**told, "score": scores[one, other].astype(float)})


def _keeps(scores: NDArray[np.floating], place: NDArray[np.float64]) -> float:
    """Return the trustworthiness of a plane (Venna & Kaski 2001)."""
    from sklearn.manifold import trustworthiness

    nearest = min(KEPT, (len(place) - 1) // 2)
    distance = clusters.distances(scores)
    return float(trustworthiness(distance, place, n_neighbors=nearest, metric="precomputed"))
