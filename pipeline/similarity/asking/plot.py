"""A picture of why two firms are similar: the score by year, and the days that made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.similarity.asking.drawing import BLUE, GREEN, GREY, INK, ORANGE, written
from pipeline.similarity.asking.explanation import Explanation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKED = 5
"""Episodes that are shaded at most."""
_DAYS_AN_EPISODE = 84
_HEADING: dict[str, Any] = {"loc": "left", "fontsize": 10, "color": INK}
_LINES = (
    ("score", "learned score", BLUE, "-", "o"),
    ("pearson", "correlation of growth", GREY, "--", "s"),
    ("residual", "correlation, the market removed", ORANGE, ":", "^"),
)
"""Columns of a year, and how they are drawn."""


def draw(explanation: Explanation, path: Path) -> None:
    """Draw an explanation into a file, whole or not at all.

    Parameters
    ----------
    explanation : Explanation
        Of two firms.
    path : Path
        As of `pipeline.similarity.asking.drawing.check`; one that is there already is replaced.

    Raises
    ------
    InputError, StoreError
        When it cannot be written, or the disk is full.
    """
    written(path, (9.0, 8.0), lambda figure: _lay_out(figure, explanation), explanation.plot)


def _lay_out(figure: Figure, explanation: Explanation) -> None:
    """Give a figure its title and its panels, one below the other on the same time axis."""
    first, last = explanation.span
    panels = figure.subplots(3, 1, sharex=True, height_ratios=[1.0, 1.0, 0.55])
    figure.suptitle(
        explanation.title,
        x=0.01,
        ha="left",
        fontsize=13,
        fontweight="bold",
        color=INK,
    )
    _years(panels[0], explanation)
    _days(panels[1], explanation)
    _market(panels[2], explanation)
    for panel in panels[1:]:
        _shade(panel, explanation)
    panels[0].margins(x=0.01)
    panels[-1].set_xlabel(f"{first} to {last}", color=INK)


def _years(axes: Axes, explanation: Explanation) -> None:
    """Draw the score and the correlations of each year, in the year's middle.

    Where no year is covered by half, they are those of all the days.
    """
    years = explanation.years
    middles = pd.to_datetime(years["year"].astype(str) + "-07-01").to_numpy()
    axes.set_ylabel("similarity in a year")
    if not len(years):
        whole = [(explanation.score, explanation.pearson, explanation.residual)] * 2
        years = pd.DataFrame(whole, columns=["score", "pearson", "residual"])
        middles = explanation.course["date"].iloc[[0, -1]].to_numpy()
        axes.set_ylabel("similarity, all days")
    for column, label, colour, line, marker in _LINES:
        axes.plot(
            middles,
            years[column].to_numpy(dtype=float),
            label=label,
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=6,
            linewidth=2.6 if column == "score" else 1.6,
            zorder=3.0 if column == "score" else 2.0,
        )
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    low = float(np.nanmin(years[["score", "pearson", "residual"]].to_numpy(float), initial=0.0))
    axes.set_ylim(min(-0.1, low - 0.1), 1.05)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 0.99), ncols=3, borderaxespad=0.0)


def _days(axes: Axes, explanation: Explanation) -> None:
    """Draw what the days add up to."""
    dates, added = _daily(explanation, "contribution")
    axes.plot(dates, np.cumsum(added), color=BLUE, linewidth=2.0)
    axes.fill_between(dates, 0.0, np.cumsum(added), color=BLUE, alpha=0.10, linewidth=0.0)
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.set_ylabel("correlation of what the\nnetworks made of both")
    axes.set_title("Added up day by day; shaded: the episodes that count most", **_HEADING)


def _market(axes: Axes, explanation: Explanation) -> None:
    """Draw how the market grew meanwhile."""
    dates, percent = _daily(explanation, "market")
    grown = 100.0 * (np.cumprod(1.0 + percent / 100.0) - 1.0)
    axes.plot(dates, grown, color=GREEN, linewidth=1.4)
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.set_ylabel("growth, %")
    axes.set_title("The market since the first day", **_HEADING)


def _shade(axes: Axes, explanation: Explanation) -> None:
    """Mark the episodes that count most: blue ones add, orange ones take away."""
    # Of a short range, shading every episode would mark none.
    few = len(explanation.course) // _DAYS_AN_EPISODE
    marked = explanation.episodes.head(min(MARKED, few))
    for episode in marked.to_dict("records"):
        colour = BLUE if episode["contribution"] > 0.0 else ORANGE
        days: Any = (episode["first"], episode["last"])
        axes.axvspan(*days, color=colour, alpha=0.2, linewidth=0.0)


def _daily(explanation: Explanation, column: str) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the days, and what they have in a column, nothing where that is not known."""
    values = explanation.course[column].to_numpy(dtype=np.float64)
    return explanation.course["date"].to_numpy(), np.nan_to_num(values)
