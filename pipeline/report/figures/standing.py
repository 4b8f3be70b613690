"""How networks, controls and baselines stand beside the reference, as figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pipeline.evaluation.titles import model_title
from pipeline.report.style import GREY, plain, styled

HEIGHT = 340
SPREAD = 30
"""Ratio of the longest training to the shortest above which their axis is logarithmic."""
POINTS = 80
"""Firms up to which each is drawn as a point of its own."""
SYMBOLS = {"network": "circle", "control": "diamond", "baseline": "circle"}


def forest(board: pd.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Draw CRPS relative to GARCH with 95 % intervals, the best on top.

    Parameters
    ----------
    board : DataFrame
        As `leaderboard` returns it.
    colours : mapping of str to str
        Colour by name.

    Returns
    -------
    plotly Figure
        A trace each for members of the confidence set (filled) and others (hollow).
    """
    figure = go.Figure()
    for inside, name, style in (
        (True, "in the 90 % confidence set", ""),
        (False, "outside", "-open"),
    ):
        rows = board[board["in_set"] == inside]
        figure.add_scatter(
            x=rows["crps_ratio"],
            y=[model_title(model) for model in rows["name"]],
            error_x=interval(rows),
            mode="markers",
            name=name,
            marker={
                "symbol": [f"{SYMBOLS[kind]}{style}" for kind in rows["kind"]],
                "size": 10,
                "color": [colours[model] for model in rows["name"]],
                "line": {"width": 2},
            },
            customdata=rows[["crps_ratio_low", "crps_ratio_high"]],
            hovertemplate="%{y}: %{x:.4f}, %{customdata[0]:.4f} to %{customdata[1]:.4f}"
            "<extra></extra>",
        )
    return beside_reference(figure, board["name"][::-1])


def interval(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the 95 % interval of the ratio to GARCH as error bars."""
    ratio = rows["crps_ratio"]
    return {
        "type": "data",
        "symmetric": False,
        "array": rows["crps_ratio_high"] - ratio,
        "arrayminus": ratio - rows["crps_ratio_low"],
        "thickness": 1.5,
        "width": 4,
        "color": GREY,
    }


def beside_reference(figure: go.Figure, names: pd.Series[str]) -> go.Figure:
    """Lay out ratios to GARCH, a row a name, the last on top."""
    figure.add_vline(x=1.0, line={"color": GREY, "width": 1, "dash": "dot"})
    order = [model_title(name) for name in names]
    figure.update_yaxes(categoryorder="array", categoryarray=order)
    figure.update_xaxes(title="CRPS relative to GARCH")
    return styled(figure, height=110 + 26 * len(names))


def by_firm(
    ratios: pd.DataFrame, names: Mapping[str, str], colours: Mapping[str, str]
) -> go.Figure:
    """Draw each firm's CRPS relative to GARCH under several networks.

    Parameters
    ----------
    ratios : DataFrame, N × networks
        CRPS of each firm over the same firm's under GARCH, by symbol.
    names : mapping of str to str
        Name by symbol.
    colours : mapping of str to str
        Colour by network.

    Returns
    -------
    plotly Figure
        A box a network, with a point a firm where they are few.
    """
    figure = go.Figure()
    labels = [f"{plain(symbol)} {plain(names.get(str(symbol), ''))}" for symbol in ratios.index]
    for network, values in ratios.items():
        figure.add_box(
            x=values,
            name=model_title(str(network)),
            text=labels,
            boxpoints="all" if len(ratios) <= POINTS else "outliers",
            jitter=0.5,
            pointpos=0,
            marker={"color": colours[str(network)], "size": 5, "opacity": 0.75},
            line={"width": 1.5},
            fillcolor="rgba(128,128,128,0.10)",
            hovertemplate="%{text}: %{x:.3f}<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(x=1.0, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_xaxes(title="CRPS of a firm relative to GARCH")
    figure.update_yaxes(autorange="reversed")
    styled(figure, height=110 + 70 * ratios.shape[1])
    return figure.update_layout(showlegend=False)


def ahead(table: pd.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Draw CRPS relative to GARCH by days ahead.

    Parameters
    ----------
    table : DataFrame
        As `days_ahead` returns it.
    colours : mapping of str to str
        Colour by name.

    Returns
    -------
    plotly Figure
        A trace an entry; networks and controls alone are shown at first, and controls dashed.
    """
    figure = go.Figure()
    for name, rows in table.groupby("name", sort=False):
        kind = rows["kind"].iloc[0]
        figure.add_scatter(
            x=rows["horizon"],
            y=rows["crps_ratio"],
            name=model_title(str(name)),
            mode="lines+markers",
            line={
                "color": colours[str(name)],
                "width": 1 if kind == "baseline" else 2,
                "dash": "dash" if kind == "control" else "solid",
            },
            visible="legendonly" if kind == "baseline" else True,
            hovertemplate="%{x} ahead: %{y:.4f}<extra>%{fullData.name}</extra>",
        )
    figure.add_hline(y=1.0, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_xaxes(title="days ahead", dtick=1 if table["horizon"].max() <= 20 else None)
    figure.update_yaxes(title="CRPS relative to GARCH")
    return styled(figure, HEIGHT)


def cost(board: pd.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Draw CRPS relative to GARCH against the seconds of a training.

    Parameters
    ----------
    board : DataFrame
        As `leaderboard` returns it; baselines are not drawn.
    colours : mapping of str to str
        Colour by network or control.

    Returns
    -------
    plotly Figure
        A named point a network or control.
    """
    rows = board[board["kind"] != "baseline"]
    figure = go.Figure(
        go.Scatter(
            x=rows["seconds"],
            y=rows["crps_ratio"],
            mode="markers+text",
            text=[model_title(model) for model in rows["name"]],
            textposition="top center",
            marker={
                "size": 11,
                "symbol": [SYMBOLS[kind] for kind in rows["kind"]],
                "color": [colours[model] for model in rows["name"]],
            },
            cliponaxis=False,
            hovertemplate="%{text}: %{x:.1f} s, %{y:.4f}<extra></extra>",
        )
    )
    figure.add_hline(y=1.0, line={"color": GREY, "width": 1, "dash": "dot"})
    wide = rows["seconds"].max() > SPREAD * rows["seconds"].min()
    figure.update_xaxes(title="seconds a training", type="log" if wide else "linear")
    if not wide:
        figure.update_xaxes(range=[0, 1.15 * rows["seconds"].max()])
    figure.update_yaxes(title="CRPS relative to GARCH")
    return styled(figure, HEIGHT)
