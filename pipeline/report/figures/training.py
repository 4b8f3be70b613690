"""The course of a training as figures."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.report.style import COLOURS, GREY, rgba, styled

HEIGHT = 290


def losses(history: pd.DataFrame, best_epoch: int) -> go.Figure:
    """Draw the loss on training and validation days by epoch, the best epoch marked.

    Parameters
    ----------
    history : DataFrame
        A row an epoch: `epoch loss valid_loss`, in nats.
    best_epoch : int
        The epoch that validated best.

    Returns
    -------
    plotly Figure
        A trace each for training and validation.
    """
    figure = go.Figure()
    courses = {"training": ("loss", GREY), "validation": ("valid_loss", COLOURS[0])}
    for name, (column, colour) in courses.items():
        figure.add_scatter(
            x=history["epoch"],
            y=history[column],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 5},
            hovertemplate="epoch %{x}: %{y:.4f}<extra>" + name + "</extra>",
        )
    figure.add_vline(x=best_epoch, line={"color": COLOURS[3], "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=best_epoch, y=0.98, yref="paper", text=f"best: {best_epoch}", showarrow=False
    )
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="loss (nats)")
    return styled(figure, HEIGHT)


def gradients(history: pd.DataFrame) -> go.Figure:
    """Draw the gradient's norm before clipping, and the share of steps that were clipped.

    Parameters
    ----------
    history : DataFrame
        A row an epoch: `epoch gradient_norm clipped_share`.

    Returns
    -------
    plotly Figure
        The norm as a line (left axis), the share as bars (right axis, 0 to 1).
    """
    figure = go.Figure()
    figure.add_bar(
        x=history["epoch"],
        y=history["clipped_share"],
        name="clipped steps",
        yaxis="y2",
        marker={"color": rgba(COLOURS[1], 0.45), "line": {"width": 0}},
        hovertemplate="epoch %{x}: %{y:.1%} of steps clipped<extra></extra>",
    )
    figure.add_scatter(
        x=history["epoch"],
        y=history["gradient_norm"],
        name="gradient norm",
        mode="lines+markers",
        line={"color": COLOURS[0], "width": 2},
        marker={"size": 5},
        hovertemplate="epoch %{x}: norm %{y:.3g}<extra></extra>",
    )
    figure.update_layout(
        yaxis={
            "title": "norm before clipping",
            "rangemode": "tozero",
            "overlaying": "y2",
            "tickmode": "auto",
        },
        yaxis2={"side": "right", "range": [0, 1], "tickformat": ".0%"},
    )
    figure.update_xaxes(title="epoch")
    styled(figure, HEIGHT)
    return figure.update_layout(margin_r=48, yaxis2={"showgrid": False, "anchor": "x"})


def learning_rate(history: pd.DataFrame) -> go.Figure:
    """Draw the learning rate by epoch.

    Parameters
    ----------
    history : DataFrame
        A row an epoch: `epoch learning_rate`.

    Returns
    -------
    plotly Figure
        One trace.
    """
    figure = go.Figure(
        go.Scatter(
            x=history["epoch"],
            y=history["learning_rate"],
            name="learning rate",
            mode="lines+markers",
            line={"color": COLOURS[2], "width": 2},
            marker={"size": 5},
            hovertemplate="epoch %{x}: %{y:.2e}<extra></extra>",
        )
    )
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="learning rate", rangemode="tozero", tickformat="~g")
    return styled(figure, HEIGHT)


def gradient_flow(flow: pd.DataFrame) -> go.Figure:
    """Draw how far the gradient of a day's loss reaches back, epoch by epoch.

    Parameters
    ----------
    flow : DataFrame
        A row an epoch and lag: `epoch lag norm`.

    Returns
    -------
    plotly Figure
        A line an epoch, the first in grey and the later the bluer; norms on a logarithmic axis.
    """
    figure = go.Figure()
    epochs = [int(epoch) for epoch in flow["epoch"].unique()]
    for epoch in epochs:
        norms = flow[flow["epoch"] == epoch]
        name = f"epoch {epoch}" if epoch else "before training"
        colour = rgba(COLOURS[0], 0.2 + 0.8 * epoch / epochs[-1]) if epoch else GREY
        figure.add_scatter(
            x=norms["lag"],
            y=norms["norm"].where(norms["norm"] > 0.0),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2},
            hovertemplate="%{x} days before: %{y:.2e}<extra>" + name + "</extra>",
        )
    figure.update_xaxes(title="days before the day of the loss")
    figure.update_yaxes(title="norm of ∂L/∂h", type="log", exponentformat="power")
    return styled(figure, HEIGHT)
