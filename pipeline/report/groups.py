"""Clusters of firms and the hubs of their tree, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.outputs import UNKNOWN
from pipeline.report.tables import Cell, Grid, Head, Row
from pipeline.similarity.asking import clusters, spanning
from pipeline.words import listed, number, plural

SHUFFLES = 200
"""Times that sectors are shuffled, to know what chance would give."""
HUBS = 5
"""Firms with most neighbours that are named."""
SUBSTANTIAL = 0.25
"""A mean silhouette up to which Kaufman & Rousseeuw (1990) see no substantial structure."""


def cluster_grid(
    similarity: NDArray[np.floating], labels: NDArray[np.intp], firms: pd.DataFrame
) -> Grid:
    """Lay out the clusters, a row each, numbered as in the dendrogram.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; NaN is taken as no similarity.
    labels : (N,)
        Cluster of each firm, from 0.
    firms : DataFrame
        `symbol sector` of the N firms.

    Returns
    -------
    Grid
        The medoid (the firm with the highest mean score with the others), the other members,
        most central first, the commonest sector with its share of the members whose sector is
        known, and the mean score of two members.
    """
    central = clusters.centrality(similarity, labels)
    table = firms[["symbol", "sector"]].assign(cluster=labels, central=central)
    table = table.sort_values("central", ascending=False, kind="stable")
    heads = [
        Head("cluster"),
        Head("medoid", meaning="the firm with the highest mean score with the others"),
        Head("other members", meaning="the most central first"),
        Head("commonest sector", meaning="found after the clusters were"),
        Head("its share", "of members"),
        Head("firms"),
        Head("mean score", "of two members"),
    ]
    rows = [
        _cluster_row(cluster, table[table["cluster"] == cluster])
        for cluster in range(int(labels.max()) + 1)
    ]
    return Grid(heads, rows, words=4)


def _cluster_row(cluster: int, members: pd.DataFrame) -> Row:
    """Write one cluster."""
    known = members["sector"][members["sector"] != UNKNOWN]
    # Equal counts go by the alphabet.
    sectors = known.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    sector = str(sectors.index[0]) if len(sectors) else number(None)
    share = sectors.iloc[0] / len(known) if len(sectors) else None
    texts = [
        str(cluster + 1),
        str(members["symbol"].iloc[0]),
        " ".join(members["symbol"].iloc[1:]) or number(None),
        sector,
        number(share, ".0%"),
        f"{len(members):,}",
        number(float(members["central"].mean()), ".2f"),
    ]
    return Row([Cell(text) for text in texts])


def clusters_in_words(
    judged: Mapping[int, float], labels: NDArray[np.intp], firms: pd.DataFrame
) -> list[str]:
    """Say how many clusters there are, why so many, and how clear they are.

    Parameters
    ----------
    judged : mapping of int to float
        Mean silhouette by number of clusters, as `clusters.silhouettes` gives it.
    labels : (N,)
        Cluster of each firm.
    firms : DataFrame
        `sector` of the N firms.

    Returns
    -------
    list of str
        Sentences.
    """
    sizes = np.bincount(labels)
    if len(sizes) == 1:
        return [
            "No cut of the tree leaves firms nearer to their own cluster than to the next, so "
            "all firms are one cluster."
            if judged
            else f"{plural(len(labels), 'firm')}: too few to be cut into clusters."
        ]
    found = (
        f"The tree is cut into {plural(len(sizes), 'cluster')} of {_range(sizes)}: among "
        f"{min(judged)} to {max(judged)} clusters, these have the highest mean silhouette, "
        f"{number(judged[len(sizes)], '.2f')} (1: far from one another; 0: no border between them"
    )
    weak = judged[len(sizes)] <= SUBSTANTIAL
    clear = "; up to 0.25, clusters shade into one another" if weak else ""
    return [f"{found}{clear}).", *_sectors_of_clusters(labels, firms)]


def _range(sizes: NDArray[np.intp]) -> str:
    """Write the smallest and the largest of some numbers of firms."""
    low, high = int(sizes.min()), int(sizes.max())
    return f"{low:,} to {plural(high, 'firm')}" if low < high else f"{plural(low, 'firm')} each"


def _sectors_of_clusters(labels: NDArray[np.intp], firms: pd.DataFrame) -> list[str]:
    """Say how many firms are of the commonest sector of their cluster."""
    known = (firms["sector"] != UNKNOWN).to_numpy()
    if not known.any():
        return []
    codes, _ = pd.factorize(firms["sector"].to_numpy()[known])
    random = np.random.default_rng(0)
    shuffled = [_share(labels[known], random.permutation(codes)) for _ in range(SHUFFLES)]
    return [
        "No sector was looked at. Afterwards, "
        f"{number(_share(labels[known], codes), '.0%')} of the firms with a known sector turned "
        "out to be of the commonest sector of their cluster; were sectors shuffled among the "
        f"firms, {number(float(np.mean(shuffled)), '.0%')} would be."
    ]


def _share(labels: NDArray[np.intp], codes: NDArray[np.intp]) -> float:
    """Return the share of firms that are of the commonest sector of their cluster."""
    counts = np.zeros((labels.max() + 1, codes.max() + 1))
    np.add.at(counts, (labels, codes), 1.0)
    return float(counts.max(axis=1).sum() / len(labels))


def hubs_in_words(
    similarity: NDArray[np.floating], joined: NDArray[np.intp], firms: pd.DataFrame
) -> list[str]:
    """Name the firms with most neighbours in the spanning tree, and say if edges keep to sectors.

    Parameters
    ----------
    similarity : (N, N)
        Scores in [−1, 1]; an edge whose score is NaN is left out.
    joined : (N − 1, 2)
        As `spanning.edges` gives it.
    firms : DataFrame
        `symbol sector` of the N firms.

    Returns
    -------
    list of str
        Sentences; none when no firm has three neighbours and no two have a sector.
    """
    known = joined[np.isfinite(similarity[joined[:, 0], joined[:, 1]])]
    degree = pd.Series(spanning.degrees(known, len(firms)), firms["symbol"].to_numpy())
    most = degree[degree > 2].sort_values(ascending=False, kind="stable").head(HUBS)
    named = [f"{symbol} ({count:,})" for symbol, count in most.items()]
    hubs = [f"Most neighbours in the tree: {listed(named)}."] if named else []
    return [*hubs, *_sectors_of_edges(known, firms["sector"].to_numpy(dtype=object))]


def _sectors_of_edges(joined: NDArray[np.intp], sectors: NDArray[np.object_]) -> list[str]:
    """Say how many edges join firms of one sector, beside all pairs of firms."""
    labelled = sectors != UNKNOWN
    within = joined[labelled[joined].all(axis=1)]
    if not len(within):
        return []
    same = float((sectors[within[:, 0]] == sectors[within[:, 1]]).mean())
    sizes = pd.Series(sectors[labelled]).value_counts().to_numpy()
    chance = float((sizes * (sizes - 1)).sum() / (sizes.sum() * (sizes.sum() - 1)))
    return [
        f"Of its {plural(len(within), 'edge')} between firms with a known sector, "
        f"{number(same, '.0%')} join two of the same; of all pairs of them, "
        f"{number(chance, '.0%')} do."
    ]
