"""What inputs, recurrence and memory each add, as a figure."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.evaluation.titles import model_title
from pipeline.report.figures.standing import SYMBOLS, beside_reference, interval
from pipeline.report.style import COLOURS

KINDS = {"network": COLOURS[0], "control": COLOURS[1]}
"""Colour by kind."""


def ladder(table: pd.DataFrame) -> go.Figure:
    """Draw CRPS relative to GARCH with 95 % intervals, a row a rung, the last on top.

    Parameters
    ----------
    table : DataFrame
        As `pipeline.evaluation.ladder.ladder` returns it.

    Returns
    -------
    plotly Figure
        A trace a kind; rungs that are shown everything are filled.
    """
    figure = go.Figure()
    for kind, colour in KINDS.items():
        rows = table[table["kind"] == kind]
        if rows.empty:
            continue
        whole = rows["name"] == rows["architecture"]
        figure.add_scatter(
            x=rows["crps_ratio"],
            y=[model_title(name) for name in rows["name"]],
            error_x=interval(rows),
            mode="markers",
            name=f"{kind}s",
            marker={
                "symbol": [f"{SYMBOLS[kind]}{'' if own else '-open'}" for own in whole],
                "size": 10,
                "color": colour,
                "line": {"width": 2},
            },
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )
    return beside_reference(figure, table["name"])
