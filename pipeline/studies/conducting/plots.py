"""Drawing a study's plots: interactive on its page, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from pipeline.errors import StoreError
from pipeline.report.style import COLOURS, rgba, styled
from pipeline.studies.study import Curve, Plot

HEIGHT = 400
"""Pixels."""
INCHES = (7.2, 4.2)


def drawn(plot: Plot) -> go.Figure:
    """Return a plot as the page shows it: a trace a curve, intervals shaded behind."""
    figure = go.Figure()
    for number, curve in enumerate(plot.curves):
        colour = COLOURS[number % len(COLOURS)]
        if curve.low is not None and curve.high is not None and curve.style in ("line", "dashes"):
            figure.add_scatter(
                x=[*curve.x, *reversed(curve.x)],
                y=[*curve.high, *reversed(curve.low)],
                mode="lines",
                fill="toself",
                fillcolor=rgba(colour, 0.18),
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=curve.name,
            )
        figure.add_trace(_trace(curve, colour))
    figure.update_xaxes(title=plot.x, type=_kind(plot.log_x, plot))
    figure.update_yaxes(title=plot.y, type="log" if plot.log_y else None)
    figure.update_layout({f"{axis}axis_exponentformat": "power" for axis in "xy"})
    return styled(figure, height=HEIGHT)


def _trace(curve: Curve, colour: str) -> Any:
    """Return a curve without the shade behind it."""
    common = {"x": list(curve.x), "y": list(curve.y), "name": curve.name}
    ends, error = _ends(curve), None
    if ends is not None:
        below, above = ends
        error = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
    if curve.style == "bars":
        return go.Bar(**common, error_y=error, marker={"color": colour})
    if curve.style == "dots":
        labels = {"text": list(curve.labels), "textposition": "top center"} if curve.labels else {}
        mode = "markers+text" if curve.labels else "markers"
        marker = {"color": colour, "size": 9}
        return go.Scatter(**common, **labels, mode=mode, marker=marker, error_y=error)
    dash = "dash" if curve.style == "dashes" else "solid"
    line = {"color": colour, "width": 2, "dash": dash}
    return go.Scatter(**common, mode="lines", line=line, legendgroup=curve.name)


def _ends(curve: Curve) -> tuple[list[float], list[float]] | None:
    """Return how far each interval reaches below and above its y; None: there are none."""
    if curve.low is None or curve.high is None:
        return None
    below = [y - low for low, y in zip(curve.low, curve.y, strict=True)]
    above = [high - y for high, y in zip(curve.high, curve.y, strict=True)]
    return below, above


def _kind(logarithmic: bool, plot: Plot) -> str | None:
    if logarithmic:
        return "log"
    named = any(isinstance(x, str) for curve in plot.curves for x in curve.x)
    return "category" if named else None


def svg(plot: Plot) -> bytes:
    """Return a plot as a file for papers and slides; the same plot gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": plot.name, "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        bars = sum(curve.style == "bars" for curve in plot.curves)
        for number, curve in enumerate(plot.curves):
            _draw(axes, curve, COLOURS[number % len(COLOURS)], number, max(bars, 1))
        axes.set(xlabel=plot.x, ylabel=plot.y)
        if plot.log_x:  # any other scale would take the names of bars away
            axes.set_xscale("log")
        axes.set_yscale("log" if plot.log_y else "linear")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        if len(plot.curves) > 1:
            figure.legend(frameon=False, fontsize=8, loc="outside upper left", ncols=4)
        figure.draw_without_rendering()
        _part(axes.texts)
        file = BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Title": plot.caption})
    return file.getvalue()


def _part(labels: Sequence[Any]) -> None:
    """Lift labels of dots until none covers another, the lowest first."""
    from matplotlib.text import Text

    placed: list[Any] = []
    for label in sorted(labels, key=lambda one: float(one.xy[1])):
        # Of its letters alone, without the line that leads to its dot.
        while any(Text.get_window_extent(label).overlaps(other) for other in placed):
            across, up = label.xyann
            label.xyann = (across, up + 1)
        placed.append(Text.get_window_extent(label))


def save(drawings: Mapping[str, str], folder: Path) -> list[Path]:
    """Write plots, name → SVG, into a folder, which is made if need be; return their files.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, drawing in drawings.items():
            file = folder / f"{name}.svg"
            file.write_text(drawing, encoding="utf-8")
            files.append(file)
    except OSError as error:
        raise StoreError(
            f"The plots cannot be written into {folder} ({error.strerror}): give --plots another "
            "folder; the answer is kept."
        ) from error
    return files


def _draw(axes: Any, curve: Curve, colour: str, number: int, bars: int) -> None:
    """Draw a curve; bars of several curves stand beside one another."""
    ends = _ends(curve)
    if curve.style == "bars":
        width = 0.8 / bars
        places = [place + (number - (bars - 1) / 2) * width for place in range(len(curve.x))]
        axes.bar(places, curve.y, width, yerr=ends, color=colour, label=curve.name)
        axes.set_xticks(range(len(curve.x)), [str(x) for x in curve.x])
    elif curve.style == "dots":
        axes.errorbar(curve.x, curve.y, yerr=ends, fmt="o", color=colour, label=curve.name)
        for x, y, label in zip(curve.x, curve.y, curve.labels, strict=False):
            line = {
                "arrowstyle": "-",
                "linewidth": 0.5,
                "color": colour,
                "shrinkA": 0,
                "shrinkB": 0,
            }
            axes.annotate(
                label, (x, y), (4, 4), textcoords="offset points", fontsize=8, arrowprops=line
            )
    else:
        style = "--" if curve.style == "dashes" else "-"
        axes.plot(curve.x, curve.y, style, color=colour, label=curve.name)
        if curve.low is not None and curve.high is not None:
            axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.18, lw=0)
