"""The tree of firms that clustering made, as a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pipeline.report.style import COLOURS, GREY, plain, sector_marks, styled
from pipeline.similarity.asking import clusters
from pipeline.words import plural

LEAVES = 1000
"""Firms up to which each has a row; of more, the tree ends at the clusters."""
NAMED = 8
"""Firms that a hover names at most."""
ROW = 14
"""Height of a row in pixels: enough for a symbol."""
SPARE = 120
"""Pixels above and below the rows, for legend and axis."""


def dendrogram(
    joined: NDArray[np.float64], labels: NDArray[np.intp], firms: pd.DataFrame
) -> go.Figure:
    """Draw the tree with its root on the left and a row a firm, as tall as that needs.

    Parameters
    ----------
    joined : (N − 1, 4)
        The tree, as `clusters.tree` gives it.
    labels : (N,)
        Cluster of each firm, as `clusters.labels` gives it.
    firms : DataFrame
        `symbol name sector` of the N firms in the order of the tree's numbers.

    Returns
    -------
    plotly Figure
        Branches between and within clusters, joints that name their firms on hover, the
        clusters' numbers, and a trace of leaves a sector.
    """
    whole = len(labels) <= LEAVES
    nodes = _nodes(joined, labels, whole)
    order = clusters.order(joined)
    figure = go.Figure()
    joints = nodes.iloc[len(labels) :]
    if not whole:
        joints = joints[~joints["inside"]]
    for name, part, colour in (
        ("between clusters", joints[~joints["inside"]], GREY),
        ("within clusters", joints[joints["inside"]], COLOURS[0]),
    ):
        across, along = _elbows(nodes, part)
        line = {"color": colour, "width": 1.3}
        figure.add_scatter(x=across, y=along, mode="lines", line=line, name=name, hoverinfo="skip")
    figure.add_scatter(
        x=joints["height"],
        y=joints["row"],
        mode="markers",
        name="joints",
        marker={"color": GREY, "size": 5, "opacity": 0.6},
        text=[
            _named(firms["symbol"].iloc[order[first : last + 1]])
            for first, last in zip(joints["first"], joints["last"], strict=True)
        ],
        hovertemplate="%{text}<br>joined at %{x:.2f}<extra></extra>",
    )
    figure.update_traces(showlegend=False)
    _add_numbers(figure, nodes)
    sizes = np.bincount(labels).tolist()
    ticks = [plural(size, "firm") for size in sizes]
    if whole:
        _add_leaves(figure, nodes, firms)
        ticks = [plain(symbol) for symbol in firms["symbol"].iloc[order]]
    return _ruled(figure, ticks)


def _nodes(joined: NDArray[np.float64], labels: NDArray[np.intp], whole: bool) -> pd.DataFrame:
    """List firms, then joints: `left right height first last cluster inside top row`.

    Firms `first` to `last` along the order are under a node; `inside` says that they are of one
    cluster, `top` that they are all of it. A row is a firm's place in the order or, unless the
    tree is drawn ``whole``, the number of its cluster; a joint stands between its branches.
    """
    firms, order = len(labels), clusters.order(joined)
    rank = np.empty(firms, dtype=np.intp)
    rank[order] = np.arange(firms)
    pairs = joined[:, :2].astype(np.intp)
    first, last = (np.concatenate([rank, np.zeros(len(joined), np.intp)]) for _ in range(2))
    for node, pair in enumerate(pairs, start=firms):
        first[node], last[node] = first[pair].min(), last[pair].max()
    cluster = labels[order][first]
    inside = cluster == labels[order][last]
    top = inside & (last - first + 1 == np.bincount(labels)[cluster])
    leaf = rank if whole else labels
    row = np.concatenate([leaf, np.zeros(len(joined))]).astype(np.float64)
    for node, pair in enumerate(pairs, start=firms):
        row[node] = row[pair].mean()
    sides = np.concatenate([np.full((firms, 2), -1), pairs])
    return pd.DataFrame(
        {
            "left": sides[:, 0],
            "right": sides[:, 1],
            "height": np.concatenate([np.zeros(firms), joined[:, 2]]),
            "first": first,
            "last": last,
            "cluster": cluster,
            "inside": inside,
            "top": top,
            "row": row,
        }
    )


def _elbows(
    nodes: pd.DataFrame, joints: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trace every joint from one branch over its height to the other, gaps between joints."""
    height, row = nodes["height"].to_numpy(), nodes["row"].to_numpy()
    left, right = joints["left"].to_numpy(), joints["right"].to_numpy()
    top, none = joints["height"].to_numpy(), np.full(len(joints), np.nan)
    across = np.column_stack([height[left], top, top, height[right], none])
    along = np.column_stack([row[left], row[left], row[right], row[right], none])
    return across.ravel(), along.ravel()


def _named(symbols: pd.Series) -> str:
    """Name a few firms and count them."""
    names = ", ".join(map(plain, symbols.iloc[:NAMED]))
    return f"<b>{plural(len(symbols), 'firm')}</b>: {names}{', …' if len(symbols) > NAMED else ''}"


def _add_numbers(figure: go.Figure, nodes: pd.DataFrame) -> None:
    """Write each cluster's number where its branch leaves the others."""
    tops = nodes[nodes["top"]].drop_duplicates("cluster", keep="last")
    figure.add_scatter(
        x=tops["height"],
        y=tops["row"],
        mode="text",
        name="clusters",
        # A firm that is alone has its number beside its mark, the others above their branch.
        text=[
            f"<b>{cluster + 1}</b>{'' if joined else ' ' * 3}"
            for cluster, joined in zip(tops["cluster"], tops["height"] > 0.0, strict=True)
        ],
        textposition=["top left" if high else "middle left" for high in tops["height"] > 0.0],
        cliponaxis=False,
        textfont={"size": 13},
        hoverinfo="skip",
        showlegend=False,
    )


def _add_leaves(figure: go.Figure, nodes: pd.DataFrame, firms: pd.DataFrame) -> None:
    """Mark each firm in its sector's colour."""
    for sector, (colour, marker) in sector_marks(firms["sector"]).items():
        inside = (firms["sector"] == sector).to_numpy()
        members, leaves = firms[inside], nodes.iloc[: len(firms)][inside]
        figure.add_scatter(
            x=leaves["height"],
            y=leaves["row"],
            mode="markers",
            name=plain(sector),
            marker={"color": colour, "symbol": marker, "size": 9},
            cliponaxis=False,
            text=[plain(symbol) for symbol in members["symbol"]],
            customdata=[
                [plain(name), cluster + 1]
                for name, cluster in zip(members["name"], leaves["cluster"], strict=True)
            ],
            hovertemplate="<b>%{text}</b> %{customdata[0]}<br>cluster %{customdata[1]}<extra>"
            + plain(sector)
            + "</extra>",
        )


def _ruled(figure: go.Figure, ticks: list[str]) -> go.Figure:
    """Set the axes: height leftwards, a tick a row on the right."""
    styled(figure, height=SPARE + ROW * len(ticks))
    figure.update_xaxes(autorange="reversed", side="top", title="height at which firms are joined")
    figure.update_yaxes(
        range=[len(ticks) - 0.5, -0.5],
        side="right",
        showgrid=False,
        tickvals=list(range(len(ticks))),
        ticktext=ticks,
        tickfont={"size": 10},
        ticks="",
        ticklabelstandoff=8,
    )
    # Places that do not grow with the figure's height.
    legend = {"yref": "container", "y": 1, "yanchor": "top"}
    return figure.update_layout(legend=legend, margin={"l": 8, "r": 56, "t": SPARE - 8, "b": 8})
