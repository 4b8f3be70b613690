"""Forecast intervals of a few firms as a figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from pipeline.evaluation.forecasts import forecast_of
from pipeline.report.style import COLOURS, GREY, plain, rgba, styled

BANDS = {0.9: 0.16, 0.5: 0.34}
"""Nominal coverage of each band, and its opacity."""


def spread_by_volatility(
    forecasts: pd.DataFrame,
    symbols: NDArray[np.str_],
    volatility: NDArray[np.floating[Any]],
    count: int,
) -> list[str]:
    """Choose firms evenly from the calmest to the most volatile, so that none is picked by eye.

    The firms with forecasts are ranked by volatility, the ranks are cut into ``count``
    equal parts, and the firm in the middle of each part is taken.

    Parameters
    ----------
    forecasts : DataFrame
        Test forecasts, with a column `symbol`.
    symbols : array of str, N
        Firms, in the order of ``volatility``.
    volatility : array, N
        Running volatility at the end of the day before the test days, 1/year.
    count : int
        Firms wanted.

    Returns
    -------
    list of str
        At most ``count`` symbols, the calmest first; fewer where fewer have forecasts.
    """
    known = pd.Series(volatility, index=[str(symbol) for symbol in symbols]).dropna()
    ranked = known[known.index.isin(forecasts["symbol"].unique())].sort_index()
    ranked = ranked.sort_values(kind="stable")
    count = min(count, len(ranked))
    middles = ((np.arange(count) + 0.5) * len(ranked) / max(count, 1)).astype(int)
    return [str(ranked.index[i]) for i in middles]


def intervals(forecasts: pd.DataFrame, names: dict[str, str], days: int) -> go.Figure:
    """Draw realised growth in the 50 % and 90 % intervals that were forecast the day before.

    Parameters
    ----------
    forecasts : DataFrame
        `date symbol horizon location scale df skew growth`, 1/year; only one day ahead is drawn.
    names : dict of str to str
        Name by symbol of the firms to draw, one below the other.
    days : int
        The last days that are drawn.

    Returns
    -------
    plotly Figure
        Per firm a closed band for each nominal coverage and the realised growth.
    """
    figure = make_subplots(
        rows=max(len(names), 1),
        shared_xaxes=True,
        vertical_spacing=min(0.04, 0.3 / max(len(names), 1)),
    )
    ahead = forecasts[forecasts["horizon"] == 1]
    for row, (symbol, name) in enumerate(names.items(), start=1):
        firm = ahead[ahead["symbol"] == symbol].sort_values("date").tail(days)
        _add_firm(figure, firm, row)
        _add_title(figure, symbol, name, row)
    figure.update_yaxes(title="1/year")
    return styled(figure, height=90 + 190 * len(names))


def _add_firm(figure: go.Figure, firm: pd.DataFrame, row: int) -> None:
    """Add one firm's bands and realised growth."""
    dates = firm["date"].to_numpy().astype("datetime64[D]")
    for nominal, opacity in BANDS.items():
        low, high = interval(firm, nominal)
        figure.add_scatter(
            x=np.concatenate([dates, dates[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            row=row,
            col=1,
            mode="none",
            fill="toself",
            fillcolor=rgba(COLOURS[0], opacity),
            name=f"{nominal * 100:.0f} % interval",
            legendgroup=f"{nominal}",
            showlegend=row == 1,
            hoverinfo="skip",
        )
    low, high = interval(firm, 0.9)
    figure.add_scatter(
        x=dates,
        y=firm["growth"].to_numpy(),
        customdata=np.column_stack([low, high]),
        row=row,
        col=1,
        mode="markers",
        marker={"color": _outside_colours(firm["growth"].to_numpy(), low, high), "size": 4},
        name="realised growth",
        legendgroup="growth",
        showlegend=row == 1,
        hovertemplate="%{x|%Y-%m-%d}: %{y:.2f}, 90 % interval %{customdata[0]:.2f} "
        "to %{customdata[1]:.2f}<extra></extra>",
    )


def _outside_colours(
    growth: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> list[str]:
    """Colour the days whose growth left its interval, as these are what a reader looks for."""
    outside = (growth < low) | (growth > high)
    return [COLOURS[3] if day else GREY for day in outside]


def _add_title(figure: go.Figure, symbol: str, name: str, row: int) -> None:
    """Name the firm in the upper left corner of its row."""
    label = f"<b>{plain(symbol)}</b>" + (f" {plain(name)}" if name and name != symbol else "")
    figure.add_annotation(
        text=label,
        x=0,
        xref="paper",
        xanchor="left",
        y=1,
        yref=f"y{row if row > 1 else ''} domain",
        yanchor="bottom",
        showarrow=False,
    )


def interval(
    forecasts: pd.DataFrame, nominal: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the central interval of Student-t forecasts.

    Parameters
    ----------
    forecasts : DataFrame
        `location scale df skew`, n rows.
    nominal : float
        Probability that the interval holds, above 0 and below 1.

    Returns
    -------
    (array, array)
        Lower and upper end, n each, in the unit of `location`.
    """
    distribution, beyond = forecast_of(forecasts), (1.0 - nominal) / 2.0
    return distribution.quantile(beyond), distribution.quantile(1.0 - beyond)
