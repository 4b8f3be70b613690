"""Which firms move alike, as figures."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from pipeline.report.style import plain, sector_marks, styled

CELLS = 600
"""Rows that a heat map has at most; more firms are averaged over runs of neighbours."""

# Blue and vermilion, told apart by colour-blind readers, about a light middle.
DIVERGING = (
    (0.0, "#0B4F8A"),
    (0.25, "#5BA3D0"),
    (0.5, "#F4F4F1"),
    (0.75, "#F0A35E"),
    (1.0, "#B7410E"),
)


def heat_map(similarity: pd.DataFrame, sectors: pd.Series) -> go.Figure:
    """Draw similarities in a given order of firms, with a strip of sectors on the left.

    Parameters
    ----------
    similarity : DataFrame, N × N
        Scores in [−1, 1], symbols in the order of the clustering on both axes.
    sectors : Series
        Sector by symbol.

    Returns
    -------
    plotly Figure
        Two heat maps: the sectors (codes) and the scores; a firm's score with itself is left
        empty, as it would outshine the others.
    """
    scores = similarity.to_numpy(dtype=np.float32, copy=True)
    np.fill_diagonal(scores, np.nan)
    labels = [plain(symbol) for symbol in similarity.index]
    limit = _limit(scores)
    if len(labels) > CELLS:
        scores, labels = _averaged(scores, labels)
    figure = make_subplots(
        cols=2, column_widths=[0.022, 0.978], horizontal_spacing=0.006, shared_yaxes=True
    )
    if len(labels) == len(similarity):
        _add_strip(figure, labels, [str(sectors[symbol]) for symbol in similarity.index])
    figure.add_heatmap(
        z=scores,
        x=labels,
        y=labels,
        col=2,
        row=1,
        name="similarity",
        colorscale=DIVERGING,
        zmin=-limit,
        zmax=limit,
        colorbar={"thickness": 10, "len": 0.5, "y": 1, "yanchor": "top", "outlinewidth": 0},
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
    )
    return _ruled(figure)


def _ruled(figure: go.Figure) -> go.Figure:
    """Set a heat map's axes: symbols downwards, labels thinned, no rules."""
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(type="category")
    styled(figure, height=760, zoom=True)
    figure.update_xaxes(showgrid=False, showline=False, ticks="", tickangle=-90)
    figure.update_yaxes(showgrid=False, ticks="", nticks=48)
    figure.update_xaxes(nticks=48, col=2)
    return figure.update_layout(
        xaxis={"showticklabels": False, "fixedrange": True}, margin={"t": 10, "r": 0, "l": 40}
    )


def _limit(scores: NDArray[np.float32]) -> float:
    """Return the end of the colour scale: the score that one pair in two hundred exceeds."""
    known = np.abs(scores[np.isfinite(scores)])
    return float(np.quantile(known, 0.995)) if known.size and known.max() > 0 else 1.0


def _averaged(
    scores: NDArray[np.float32], labels: list[str]
) -> tuple[NDArray[np.float32], list[str]]:
    """Average scores over runs of firms that the clustering put beside one another."""
    run = ceil(len(labels) / CELLS)
    starts = np.arange(0, len(labels), run)
    known = np.isfinite(scores)
    sums, counts = np.where(known, scores, np.float32(0)), known.astype(np.float32)
    for axis in (0, 1):
        sums, counts = (np.add.reduceat(part, starts, axis=axis) for part in (sums, counts))
    merged = [f"{labels[a]} … {labels[min(a + run, len(labels)) - 1]}" for a in starts.tolist()]
    with np.errstate(invalid="ignore"):
        return (sums / counts).astype(np.float32), merged


def _add_strip(figure: go.Figure, labels: list[str], sectors: list[str]) -> None:
    """Add a column with the colour of each firm's sector."""
    marks = sector_marks(sectors)
    codes = {sector: code for code, sector in enumerate(marks)}
    share = 1.0 / len(marks)
    scale = [
        (edge, colour)
        for code, (colour, _) in enumerate(marks.values())
        for edge in (code * share, (code + 1) * share)
    ]
    scale[-1] = (1.0, scale[-1][1])
    figure.add_heatmap(
        z=np.array([[codes[sector]] for sector in sectors], dtype=np.int16),
        x=["sector"],
        y=labels,
        row=1,
        col=1,
        name="sector",
        colorscale=scale,
        zmin=-0.5,
        zmax=len(marks) - 0.5,
        showscale=False,
        customdata=[[plain(sector)] for sector in sectors],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )


def firm_map(places: pd.DataFrame, firms: pd.DataFrame, peers: dict[str, str]) -> go.Figure:
    """Draw the firms on a plane, similar ones close together, coloured by sector.

    Parameters
    ----------
    places : DataFrame, N × 2
        Place of each firm, `x y` by symbol.
    firms : DataFrame
        `symbol name sector`, one row a firm.
    peers : dict of str to str
        Nearest peers of each firm, ready to be read.

    Returns
    -------
    plotly Figure
        A trace a sector, in alphabetical order.
    """
    figure = go.Figure()
    table = firms[firms["symbol"].isin(places.index)]
    show = "markers+text" if len(table) <= 60 else "markers"
    for sector, (colour, marker) in sector_marks(table["sector"]).items():
        members = table[table["sector"] == sector]
        spot = places.loc[members["symbol"]]
        figure.add_scatter(
            x=spot["x"].to_numpy(),
            y=spot["y"].to_numpy(),
            mode=show,
            name=plain(sector),
            text=[plain(symbol) for symbol in members["symbol"]],
            textposition="top center",
            textfont={"size": 10},
            customdata=[
                [plain(name), plain(peers.get(symbol, "none"))]
                for symbol, name in zip(members["symbol"], members["name"], strict=True)
            ],
            marker={
                "color": colour,
                "symbol": marker,
                "size": 9 if len(table) <= 100 else 7,
                "opacity": 0.85,
            },
            hovertemplate="<b>%{text}</b> %{customdata[0]}<br>nearest: %{customdata[1]}"
            "<extra>" + plain(sector) + "</extra>",
        )
    styled(figure, height=560, zoom=True)
    figure.update_xaxes(showgrid=False, showline=False, showticklabels=False, ticks="")
    figure.update_yaxes(showgrid=False, showticklabels=False, ticks="", scaleanchor="x")
    return figure.update_layout(margin={"l": 8, "r": 8, "b": 8})
