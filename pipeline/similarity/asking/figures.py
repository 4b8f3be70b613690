"""Answers as figures of plotly, for notebooks and pages."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pipeline.similarity.asking.chance import lucky
from pipeline.similarity.asking.drawing import BLUE, GREY, INK, ORANGE, said

_LINES = (
    ("score", "learned score", BLUE, "solid"),
    ("pearson", "correlation of growth", GREY, "dash"),
    ("residual", "correlation, the market removed", ORANGE, "dot"),
)
ROW = 22
"""Pixels that a peer has."""
WORDS = ["name", "sector"]
"""What is told of a peer beside its score."""


def scored(peers: pd.DataFrame, title: str) -> go.Figure:
    """Draw the scores of peers as bars, the most similar on top.

    Parameters
    ----------
    peers : DataFrame
        As `Peers.similar` returns it.
    title : str
        Above the figure.

    Returns
    -------
    plotly Figure
        A bar a peer; those that are no better than chance are grey.
    """
    figure, grey = go.Figure(), lucky(peers)
    figure.add_bar(
        x=peers["score"],
        y=[escape(str(symbol)) for symbol in peers["symbol"]],
        orientation="h",
        marker={"color": np.where(grey, GREY, BLUE)},
        customdata=[[escape(str(one)) for one in row] for row in peers[WORDS].to_numpy()],
        hovertemplate="%{y} %{customdata[0]}, %{customdata[1]}: %{x:.3f}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=f"score{said(grey)}")
    return _plain(figure, title, 130 + ROW * len(peers))


def explained(title: str, years: pd.DataFrame, course: pd.DataFrame) -> go.Figure:
    """Draw why two firms are similar.

    Parameters
    ----------
    title : str
        Above the figure.
    years, course : DataFrame
        Of an `Explanation`.

    Returns
    -------
    plotly Figure
        Above, score and correlations by year; below, what the days add up to.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    middles = pd.to_datetime(years["year"].astype(str) + "-07-01")
    for column, name, colour, dash in _LINES:
        figure.add_scatter(
            x=middles,
            y=years[column],
            name=name,
            line={"color": colour, "dash": dash},
            row=1,
            col=1,
        )
    added = np.nan_to_num(course["contribution"].to_numpy(dtype=np.float64))
    figure.add_scatter(
        x=course["date"],
        y=np.cumsum(added),
        name="days added up",
        line={"color": BLUE, "width": 1},
        fill="tozeroy",
        showlegend=False,
        row=2,
        col=1,
    )
    figure.update_yaxes(title="similarity in a year", row=1, col=1)
    figure.update_yaxes(title="added up by day", row=2, col=1)
    return _plain(figure, title, 560)


def _plain(figure: go.Figure, title: str, height: int) -> go.Figure:
    """Give a figure its title, and leave out what tells nothing."""
    return figure.update_layout(
        title={"text": escape(title), "font": {"size": 15}, "y": 0.98, "yanchor": "top"},
        template="plotly_white",
        font={"color": INK},
        height=height,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        margin={"l": 70, "r": 20, "t": 80, "b": 50},
    )
