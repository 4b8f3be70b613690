"""Pictures of answers as files: for pages and papers, or a page of its own to point at."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.store.file import check as check_file
from pipeline.store.file import whole

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

PAGE = ".html"
"""The suffix of a figure that tells more where one points at it."""
SUFFIXES = (".png", ".svg", ".pdf", PAGE)
BLUE, ORANGE, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "#8C8C8C", "#333333"
"""Told apart by colour-blind readers (Okabe & Ito)."""
_STYLE: Any = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E4E4E4",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "text.parse_math": False,
    "svg.hashsalt": "firmament",
}


def check(path: Path) -> None:
    """Refuse a place where no picture can be written, as `pipeline.store.file.check` does."""
    check_file(path, SUFFIXES, "plot")


def said(grey: NDArray[np.bool_]) -> str:
    """Say what grey bars of peers are, where there are any."""
    return "; grey: no better than chance" if grey.any() else ""


def written(
    path: Path,
    inches: tuple[float, float],
    lay_out: Callable[[Figure], None],
    page: Callable[[], go.Figure],
) -> None:
    """Write a picture into a file, whole or not at all; the same answer is the same file.

    Parameters
    ----------
    path
        A file that ends on one of `SUFFIXES`.
    inches
        Width and height, where it is no page.
    lay_out
        Fills a figure of Matplotlib.
    page
        Makes the figure of a page.

    Raises
    ------
    InputError, StoreError
        When it cannot be written (see `check`), or the disk is full.
    """
    check(path)
    with whole(path, "plot") as draft:
        if draft.suffix == PAGE:
            # With a name of its own, else one would be drawn by lot.
            page().write_html(draft, include_plotlyjs=True, div_id="firmament")
        else:
            _save(draft, inches, lay_out)


def _save(draft: Path, inches: tuple[float, float], lay_out: Callable[[Figure], None]) -> None:
    """Write a figure of Matplotlib, without the moment of writing."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=inches, layout="constrained")
        FigureCanvasAgg(figure)
        lay_out(figure)
        undated: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(draft, dpi=150, metadata=undated.get(draft.suffix))
