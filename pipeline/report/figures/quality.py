"""The data's quality as figures."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.report.style import COLOURS, rgba, styled


def coverage(growth: pd.DataFrame, parts: dict[str, tuple[str, str]]) -> go.Figure:
    """Draw how many firms have a growth rate on each day.

    Parameters
    ----------
    growth : DataFrame, T × N
        Growth rates, dates × symbols; gaps are NaN.
    parts : dict of str to (str, str)
        First and last day (ISO) of each part of the fold, named on the figure.

    Returns
    -------
    plotly Figure
        One trace of T counts, and a band a part.
    """
    figure = go.Figure(
        go.Scatter(
            x=growth.index.to_numpy().astype("datetime64[D]"),
            y=growth.notna().sum(axis=1).to_numpy(),
            mode="lines",
            line={"color": COLOURS[0], "width": 1.5, "shape": "hv"},
            fill="tozeroy",
            fillcolor=rgba(COLOURS[0], 0.15),
            hovertemplate="%{x|%Y-%m-%d}: %{y} firms<extra></extra>",
            name="firms",
        )
    )
    for place, (name, (first, last)) in enumerate(parts.items()):
        _band(figure, first, last, shaded=place % 2 == 1)
        # The last name ends where its days end, so that it keeps clear of the one before.
        at_end = place == len(parts) - 1
        _name(figure, name, last if at_end else first, "right" if at_end else "left")
    figure.update_yaxes(title="firms with a growth rate", range=[0, growth.shape[1] * 1.08])
    return styled(figure, height=240)


def _band(figure: go.Figure, first: str, last: str, shaded: bool) -> None:
    """Mark the days of one part of the fold."""
    figure.add_vrect(
        x0=first,
        x1=last,
        fillcolor="#808080",
        opacity=0.14 if shaded else 0.0,
        line_width=0,
        layer="below",
    )


def _name(figure: go.Figure, name: str, day: str, side: str) -> None:
    """Name a part of the fold above its band."""
    figure.add_annotation(
        x=day, xanchor=side, y=1.0, yref="paper", yanchor="bottom", text=name, showarrow=False
    )
