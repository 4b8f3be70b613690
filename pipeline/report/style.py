"""How every figure of the report looks: colours, fonts, margins."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import plotly.graph_objects as go

from pipeline.outputs import UNKNOWN

NETWORK = "network"

# Okabe & Ito (2008), "Color Universal Design", told apart by colour-blind readers; black is
# left out, as it vanishes on a dark page, and Tol's (2021) muted colours follow.
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#882255",
    "#999933",
    "#6659B5",
    "#44AA99",
    "#B08D57",
    "#F0E442",
    "#117733",
    "#AA4499",
    "#CC6677",
    "#A0522D",
    "#DDCC77",
    "#7A8BFF",
    "#EE3377",
)
MARKERS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
DASHES = ("dot", "dash", "dashdot", "longdash")
GREY = "#8C8C8C"
GRID = "rgba(128,128,128,0.22)"
# Text is inked by the page's style sheet, so that it follows light and dark.
FONT = {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12}


def rgba(colour: str, alpha: float) -> str:
    """Return a hexadecimal colour with a transparency, as CSS writes it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def model_colours(models: Iterable[str]) -> dict[str, str]:
    """Give the network its blue and each baseline a colour of its own.

    Parameters
    ----------
    models : iterable of str
        Names of the network and the baselines, in any order.

    Returns
    -------
    dict of str to str
        Colour by name; a model keeps its colour in every figure of the page.
    """
    baselines = sorted(set(models) - {NETWORK})
    others = COLOURS[1:]
    colours = {name: others[i % len(others)] for i, name in enumerate(baselines)}
    return {NETWORK: COLOURS[0], **colours}


def entry_colours(trained: Iterable[str], baselines: Iterable[str]) -> dict[str, str]:
    """Give each of several networks and controls a colour of its own, and all baselines grey.

    Parameters
    ----------
    trained, baselines : iterable of str
        Names; a network keeps its colour in every figure of the page.

    Returns
    -------
    dict of str to str
        Colour by name.
    """
    coloured = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(trained)}
    return {**dict.fromkeys(baselines, GREY), **coloured}


def sector_marks(sectors: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Give each sector a colour and a marker, so that colour never speaks alone.

    Parameters
    ----------
    sectors : iterable of str
        Sector of each firm; an unknown one is called ``"unknown"``.

    Returns
    -------
    dict of str to (str, str)
        Colour and plotly marker by sector, in alphabetical order, unknown last in grey.
    """
    known = sorted(set(sectors) - {UNKNOWN})
    marks = {
        sector: (COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)])
        for i, sector in enumerate(known)
    }
    if UNKNOWN in set(sectors):
        marks[UNKNOWN] = (GREY, "circle-open")
    return marks


def plain(text: object) -> str:
    """Escape a text of the user's for plotly, which reads a part of HTML in every label."""
    return escape(str(text))


def styled(figure: go.Figure, height: int, zoom: bool = False) -> go.Figure:
    """Give a figure the report's fonts, grid and margins.

    Parameters
    ----------
    figure : plotly Figure
        Changed in place.
    height : int
        Height in pixels; the width is that of the page.
    zoom : bool
        Let a reader zoom by dragging. Off by default, so that a phone scrolls the page.

    Returns
    -------
    plotly Figure
        The same figure.
    """
    figure.update_layout(
        template="none",
        height=height,
        font=FONT,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 56, "r": 12, "t": 34, "b": 44},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
        hoverlabel={"font": {"family": FONT["family"], "size": 12}},
        dragmode="zoom" if zoom else False,
    )
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "automargin": True}
    figure.update_xaxes(showgrid=False, showline=True, ticks="outside", tickcolor=GRID, **axis)
    figure.update_yaxes(showline=False, **axis)
    if not zoom:
        figure.update_xaxes(fixedrange=True)
        figure.update_yaxes(fixedrange=True)
    return figure
