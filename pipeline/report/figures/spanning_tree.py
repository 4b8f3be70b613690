"""The minimum spanning tree of the firms, as a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pipeline.report.style import GREY, plain, sector_marks, styled
from pipeline.similarity.asking import spanning
from pipeline.words import number, plural

NAMED = 60
"""Firms up to which all are named on the drawing."""
HUBS = 30
"""Firms with most neighbours that are named when there are more."""


def spanning_tree(
    similarity: pd.DataFrame, joined: NDArray[np.intp], firms: pd.DataFrame
) -> go.Figure:
    """Draw the tree on a plane: an edge a pair, a firm as large as it has neighbours.

    Parameters
    ----------
    similarity : DataFrame, N × N
        Scores in [−1, 1], symbols on both axes.
    joined : (N − 1, 2)
        The tree, as `spanning.edges` gives it.
    firms : DataFrame
        `symbol name sector` of the N firms, in the order of the similarities.

    Returns
    -------
    plotly Figure
        Edges (those whose score is not known are not drawn), their scores on hover, and a trace
        of firms a sector.
    """
    count, scores = len(firms), similarity.to_numpy(dtype=float)
    place = spanning.layout(joined, count)
    known = joined[np.isfinite(scores[joined[:, 0], joined[:, 1]])]
    table = firms.assign(
        x=place[:, 0], y=place[:, 1], degree=spanning.degrees(known, count),
        near=_neighbours(scores, known, firms["symbol"].tolist()),
    )  # fmt: skip
    table["label"] = table["symbol"].map(plain).where(_most(table["degree"]), "")
    figure = go.Figure()
    _add_edges(figure, table, known, scores)
    for sector, (colour, marker) in sector_marks(table["sector"]).items():
        members = table[table["sector"] == sector]
        figure.add_scatter(
            x=members["x"],
            y=members["y"],
            mode="markers+text",
            name=plain(sector),
            text=members["label"],
            textposition="top center",
            textfont={"size": 10},
            customdata=[
                [plain(symbol), plain(name), near]
                for symbol, name, near in zip(
                    members["symbol"], members["name"], members["near"], strict=True
                )
            ],
            marker={
                "color": colour,
                "symbol": marker,
                "size": (5.0 if count <= NAMED else 3.0) + 2.5 * np.sqrt(members["degree"]),
                "opacity": 0.9,
            },
            hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<br>%{customdata[2]}<extra>"
            + plain(sector)
            + "</extra>",
        )
    styled(figure, height=760, zoom=True)
    figure.update_xaxes(showgrid=False, showline=False, showticklabels=False, ticks="")
    figure.update_yaxes(showgrid=False, showticklabels=False, ticks="", scaleanchor="x")
    return figure.update_layout(margin={"l": 8, "r": 8, "b": 8})


def _most(degree: pd.Series) -> pd.Series:
    """Choose the firms that are named: all of a few, or those with most neighbours."""
    shown = NAMED if len(degree) <= NAMED else HUBS
    return degree.rank(ascending=False, method="first") <= shown


def _neighbours(
    scores: NDArray[np.float64], joined: NDArray[np.intp], symbols: list[str]
) -> list[str]:
    """Name each firm's neighbours in the tree, the most similar first."""
    near: list[list[tuple[float, str]]] = [[] for _ in symbols]
    for one, other in joined.tolist():
        for here, there in ((one, other), (other, one)):
            near[here].append((-scores[one, other], symbols[there]))
    return [
        f"{plural(len(found), 'neighbour')}"
        + "".join(
            f"{', ' if place else ': '}{plain(symbol)} {number(-score, '.2f')}"
            for place, (score, symbol) in enumerate(sorted(found)[:6])
        )
        + (", …" if len(found) > 6 else "")
        for found in near
    ]


def _add_edges(
    figure: go.Figure,
    table: pd.DataFrame,
    joined: NDArray[np.intp],
    scores: NDArray[np.float64],
) -> None:
    """Draw the edges, and in the middle of each a point that tells its score."""
    place, symbols = table[["x", "y"]].to_numpy(), table["symbol"].map(plain).tolist()
    ends = place[joined]
    traced = np.concatenate([ends, np.full((len(joined), 1, 2), np.nan)], axis=1).reshape(-1, 2)
    figure.add_scatter(
        x=traced[:, 0],
        y=traced[:, 1],
        mode="lines",
        name="edges",
        line={"color": GREY, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    middle = ends.mean(axis=1)
    figure.add_scatter(
        x=middle[:, 0],
        y=middle[:, 1],
        mode="markers",
        name="scores",
        marker={"color": GREY, "size": 8, "opacity": 0},
        text=[
            f"{symbols[one]} and {symbols[other]}: {number(scores[one, other], '.2f')}"
            for one, other in joined.tolist()
        ],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
