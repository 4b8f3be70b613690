"""Whether forecast distributions mean what they say, as figures.

If forecasts are right, the probability integral transform (PIT), the forecast probability of
growth at most as high as was realised, is uniform (Dawid 1984; Gneiting, Balabdaoui and Raftery
2007, "Probabilistic forecasts, calibration and sharpness").
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pipeline.evaluation.calibration import coverage_curve
from pipeline.evaluation.titles import model_title
from pipeline.report.style import DASHES, GREY, NETWORK, model_colours, rgba, styled

HEIGHT = 340


def pit(
    calibration: pd.DataFrame, own: str = NETWORK, colours: Mapping[str, str] | None = None
) -> go.Figure:
    """Draw the PIT histogram of one model as bars, of the others as lines.

    Parameters
    ----------
    calibration : DataFrame
        `model left right count`: a row a model and bin.
    own : str
        The model that is drawn as bars.
    colours : mapping of str to str
        Colour by model; by default those of a network and its baselines.

    Returns
    -------
    plotly Figure
        A trace a model; 1 is the density of a uniform PIT.
    """
    figure = go.Figure()
    colours = colours or model_colours(calibration["model"])
    for number, (model, bins) in enumerate(_by_model(calibration, own).items()):
        density = pit_density(bins)
        if model == own:
            _add_bars(figure, bins, density, model, colours[model])
        else:
            _add_steps(figure, bins, density, model, colours[model], DASHES[number % len(DASHES)])
    figure.add_hline(y=1.0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title="PIT", range=[0, 1])
    figure.update_yaxes(title="density (1 is right)", rangemode="tozero")
    return styled(figure, HEIGHT)


def reached(
    calibration: pd.DataFrame, own: str = NETWORK, colours: Mapping[str, str] | None = None
) -> go.Figure:
    """Draw the share of outcomes in each central interval against its nominal share.

    Parameters
    ----------
    calibration : DataFrame
        `model left right count`: a row a model and bin.
    own : str
        The model whose line is thick.
    colours : mapping of str to str
        Colour by model; by default those of a network and its baselines.

    Returns
    -------
    plotly Figure
        A trace a model of observed minus nominal share, in percentage points.
    """
    figure = go.Figure()
    colours = colours or model_colours(calibration["model"])
    curves = _by_model(coverage_curve(calibration), own)
    for number, (model, curve) in enumerate(curves.items()):
        nominal, observed = curve["nominal"].to_numpy(), curve["coverage"].to_numpy()
        figure.add_scatter(
            x=nominal,
            y=(observed - nominal) * 100.0,
            customdata=observed,
            name=model_title(model),
            mode="lines+markers",
            marker={"size": 5},
            line={
                "color": colours[model],
                "width": 3 if model == own else 1.5,
                "dash": "solid" if model == own else DASHES[number % len(DASHES)],
            },
            hovertemplate="%{x:.0%} interval held %{customdata:.1%}<extra>%{fullData.name}</extra>",
        )
    figure.add_hline(y=0.0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title="nominal share of the interval", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title="observed − nominal (points)")
    return styled(figure, HEIGHT)


def pit_density(bins: pd.DataFrame) -> NDArray[np.float64]:
    """Return the density of a histogram `left right count`; zeros where nothing was counted."""
    count = bins["count"].to_numpy(dtype=float)
    width = (bins["right"] - bins["left"]).to_numpy(dtype=float)
    return np.asarray(count / (max(count.sum(), 1.0) * width))


def _by_model(table: pd.DataFrame, own: str) -> dict[str, pd.DataFrame]:
    """Split a table by model, one's own first."""
    models = sorted(table["model"].unique(), key=lambda model: (model != own, model))
    return {model: table[table["model"] == model] for model in models}


def _add_bars(
    figure: go.Figure, bins: pd.DataFrame, density: NDArray[np.float64], model: str, colour: str
) -> None:
    """Add a histogram as bars."""
    figure.add_bar(
        x=((bins["left"] + bins["right"]) / 2).to_numpy(),
        y=density,
        width=(bins["right"] - bins["left"]).to_numpy(),
        marker={"color": rgba(colour, 0.55), "line": {"color": colour, "width": 1}},
        name=model_title(model),
        hovertemplate="PIT near %{x:.3f}: density %{y:.2f}<extra>%{fullData.name}</extra>",
    )


def _add_steps(
    figure: go.Figure,
    bins: pd.DataFrame,
    density: NDArray[np.float64],
    model: str,
    colour: str,
    dash: str,
) -> None:
    """Add a baseline's histogram as an outline that does not hide the bars."""
    figure.add_scatter(
        x=np.append(bins["left"].to_numpy(), bins["right"].to_numpy()[-1:]),
        y=np.append(density, density[-1:]),
        mode="lines",
        line={"color": colour, "width": 1.75, "shape": "hv", "dash": dash},
        name=model_title(model),
        hovertemplate="PIT from %{x:.2f}: density %{y:.2f}<extra>%{fullData.name}</extra>",
    )
