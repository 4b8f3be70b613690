"""A picture of why two firms are similar: the score by year, and the days that made it."""

from __future__ import annotations

import os
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.errors import InputError, StoreError
from pipeline.similarity.explanation import Explanation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
MARKED = 3
"""Episodes that are shaded."""

_BLUE, _ORANGE, _GREEN, _GREY, _INK = "#0072B2", "#D55E00", "#009E73", "#8C8C8C", "#333333"
_STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E4E4E4",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "text.parse_math": False,
    "svg.hashsalt": "firmament",
}


def check(path: Path) -> None:
    """Refuse a place where no plot can be written.

    Parameters
    ----------
    path : Path
        A file to write, whether it is there or not.

    Raises
    ------
    InputError
        When its suffix is not one of `SUFFIXES`, it is a folder, or its folder is not there.
    StoreError
        When its folder cannot be written to.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"The plot {str(path)!r} ends on {path.suffix or 'no suffix'}: name a file that ends "
            f"on {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
        )
    if path.is_dir():
        raise InputError(f"The plot {str(path)!r} is a folder: name a file.")
    if not path.parent.is_dir():
        raise InputError(
            f"The folder {str(path.parent)!r} of the plot is not there: make it, or name another."
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(
            f"The folder {str(path.parent)!r} of the plot cannot be written to: name another."
        )


def draw(explanation: Explanation, path: Path) -> None:
    """Draw an explanation into a file, whole or not at all.

    Parameters
    ----------
    explanation : Explanation
        Of two firms.
    path : Path
        A file that ends on one of `SUFFIXES`; one that is there already is replaced.

    Raises
    ------
    InputError, StoreError
        When it cannot be written (see `check`), or the disk is full.
    """
    check(path)
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    suffix = path.suffix.lower()
    draft = path.with_name(f".{uuid.uuid4().hex}{suffix}")
    try:
        with mpl.rc_context(_STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            figure = Figure(figsize=(9.0, 7.2), layout="constrained")
            FigureCanvasAgg(figure)
            _lay_out(figure, explanation)
            # Without the moment of writing, the same explanation is the same file.
            undated: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
            figure.savefig(draft, dpi=150, metadata=undated.get(suffix))
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"The plot {str(path)!r} cannot be written ({error.strerror}): name another place."
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _lay_out(figure: Figure, explanation: Explanation) -> None:
    """Give a figure its title and its two panels."""
    one, other = explanation.firms["symbol"]
    first, last = explanation.span
    above, below = figure.subplots(2, 1, height_ratios=[1.0, 1.15])
    score = f"{explanation.score:.2f}".replace("-", "−")
    figure.suptitle(
        f"{one} and {other}, {first} to {last}: score {score}, above {explanation.above} of all "
        "pairs of firms",
        x=0.01,
        ha="left",
        fontsize=12,
        fontweight="bold",
        color=_INK,
    )
    _years(above, explanation)
    _course(below, explanation)


def _years(axes: Axes, explanation: Explanation) -> None:
    """Draw the score and the correlations of each year."""
    years = explanation.years
    for column, label, colour, line, marker in (
        ("pearson", "correlation of growth", _GREY, "--", "s"),
        ("residual", "correlation, market removed", _ORANGE, ":", "^"),
        ("score", "learned score", _BLUE, "-", "o"),
    ):
        axes.plot(
            years["year"].to_numpy(dtype=float),
            years[column].to_numpy(dtype=float),
            label=label,
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=5,
            linewidth=2.4 if column == "score" else 1.6,
        )
    axes.axhline(0.0, color=_GREY, lw=0.8)
    axes.set_title("Year by year", loc="left", fontsize=10, color=_INK)
    axes.set_ylabel("similarity")
    low = float(np.nanmin(years[["score", "pearson", "residual"]].to_numpy(float), initial=0.0))
    axes.set_ylim(min(-0.05, low - 0.08), 1.05)
    if len(years):
        axes.set_xticks(years["year"].tolist())
    else:
        axes.text(0.5, 0.5, "no year is covered by half", transform=axes.transAxes, ha="center")
        axes.set_xticks([])
    axes.legend(loc="lower left", bbox_to_anchor=(0.28, 0.99), ncols=3, borderaxespad=0.0)


def _course(axes: Axes, explanation: Explanation) -> None:
    """Draw what the days add up to, beside the market."""
    course = explanation.course
    dates = pd.DatetimeIndex(course["date"]).to_numpy()
    added = np.cumsum(course["contribution"].to_numpy())
    grown = 100.0 * np.expm1(np.cumsum(np.nan_to_num(course["market"].to_numpy())) / 100.0)
    for episode in explanation.episodes.head(MARKED).to_dict("records"):
        colour = _BLUE if episode["contribution"] > 0.0 else _ORANGE
        axes.axvspan(episode["first"], episode["last"], color=colour, alpha=0.16, lw=0)
    axes.plot(dates, added, color=_BLUE, lw=2.2)
    axes.fill_between(dates, 0.0, added, color=_BLUE, alpha=0.10, lw=0)
    axes.axhline(0.0, color=_GREY, lw=0.8)
    axes.set_ylabel("correlation of responses,\nadded up day by day", color=_BLUE)
    axes.tick_params(axis="y", labelcolor=_BLUE)
    axes.margins(x=0.01)
    axes.set_title(
        f"Day by day (shaded: the {MARKED} episodes that count most)",
        loc="left",
        fontsize=10,
        color=_INK,
    )
    beside = axes.twinx()
    beside.plot(dates, grown, color=_GREEN, lw=1.1, alpha=0.9)
    beside.grid(visible=False)
    beside.spines["right"].set_visible(True)
    beside.set_ylabel("market's growth since the first day, %", color=_GREEN)
    beside.tick_params(axis="y", labelcolor=_GREEN)
