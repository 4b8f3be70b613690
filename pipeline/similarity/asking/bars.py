"""A picture of a firm's peers: their scores as bars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.similarity.asking.chance import lucky
from pipeline.similarity.asking.drawing import BLUE, GREY, INK, said, written

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.figure import Figure


def draw(peers: pd.DataFrame, title: str, path: Path) -> None:
    """Draw the scores of peers into a file, whole or not at all.

    Parameters
    ----------
    peers : DataFrame
        As `Peers.similar` returns it.
    title : str
        Above the picture.
    path : Path
        As of `pipeline.similarity.asking.drawing.check`; one that is there already is replaced.

    Raises
    ------
    InputError, StoreError
        When it cannot be written, or the disk is full.
    """

    def page() -> go.Figure:
        from pipeline.similarity.asking.figures import scored

        return scored(peers, title)

    inches = (8.0, min(1.2 + 0.24 * len(peers), 100.0))
    written(path, inches, lambda figure: _lay_out(figure, peers, title), page)


def _lay_out(figure: Figure, peers: pd.DataFrame, title: str) -> None:
    """Draw a bar a peer, the most similar on top, and say which are no better than chance."""
    grey = lucky(peers)
    axes = figure.subplots()
    places = np.arange(len(peers))
    axes.barh(places, peers["score"], color=np.where(grey, GREY, BLUE), height=0.7)
    axes.set_yticks(places, [str(symbol) for symbol in peers["symbol"]])
    axes.invert_yaxis()
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.set_xlabel(f"score{said(grey)}")
    axes.set_title(title, loc="left", fontsize=11, color=INK)
