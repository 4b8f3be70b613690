"""The course of a comparison over its days, as figures."""

from __future__ import annotations

from collections.abc import Container, Mapping

import pandas as pd
import plotly.graph_objects as go

from pipeline.evaluation.titles import model_title
from pipeline.outputs import Json
from pipeline.report.style import COLOURS, GREY, rgba, styled

PARTS = {"training": GREY, "validation": COLOURS[1], "test": COLOURS[0]}
"""Colour of each part of a fold."""


def accumulated(
    gained: pd.DataFrame, colours: Mapping[str, str], shown: Container[str]
) -> go.Figure:
    """Draw how CRPS relative to GARCH came about, day after day.

    Parameters
    ----------
    gained : DataFrame, days × names
        CRPS of a day less that of GARCH, as a share of GARCH's CRPS over all days: a line then
        ends at the share by which the whole is above that of GARCH.
    colours : mapping of str to str
        Colour by name.
    shown : container of str
        Names that are drawn at first; the others wait in the legend.

    Returns
    -------
    plotly Figure
        A trace a name; a falling line gains on GARCH.
    """
    figure = go.Figure()
    for name, values in gained.items():
        figure.add_scatter(
            x=gained.index.to_numpy().astype("datetime64[D]"),
            y=values.fillna(0.0).cumsum(),
            name=model_title(str(name)),
            mode="lines",
            line={
                "color": colours[str(name)],
                "width": 1 if colours[str(name)] == GREY else 2,
                "dash": "dot" if colours[str(name)] == GREY else "solid",
            },
            visible=True if name in shown else "legendonly",
            hovertemplate="%{x|%Y-%m-%d}: %{y:.2%}<extra>%{fullData.name}</extra>",
        )
    figure.add_hline(y=0.0, line={"color": GREY, "width": 1})
    figure.update_yaxes(title="beside GARCH, below is better", tickformat=".1%")
    return styled(figure, height=380)


def timeline(folds: list[Json]) -> go.Figure:
    """Draw the days of training, validation and test of each fold.

    Parameters
    ----------
    folds : list of dict
        `Compared.summary["folds"]`.

    Returns
    -------
    plotly Figure
        A trace a part, a bar a fold, the first on top.
    """
    figure = go.Figure()
    for part, colour in PARTS.items():
        first, last = (pd.to_datetime([fold[part][end] for fold in folds]) for end in (0, 1))
        figure.add_bar(
            y=[f"fold {fold['fold']}" for fold in folds],
            x=((last - first) / pd.Timedelta(milliseconds=1)).to_numpy(),
            base=[fold[part][0] for fold in folds],
            customdata=[fold[part] for fold in folds],
            orientation="h",
            name=part,
            marker={"color": rgba(colour, 0.75), "line": {"width": 0}},
            hovertemplate="%{customdata[0]} to %{customdata[1]}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="overlay", bargap=0.35)
    figure.update_xaxes(type="date")
    figure.update_yaxes(autorange="reversed")
    return styled(figure, height=100 + 30 * len(folds))
