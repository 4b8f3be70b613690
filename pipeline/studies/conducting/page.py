"""A study's page: answer, plots, figures and conditions, in one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.report.sheet import Plots, sheet
from pipeline.report.tables import Cell, Grid, Head, Row
from pipeline.studies.catalogue import Study
from pipeline.studies.conducting.plots import drawn
from pipeline.studies.study import Figure, Found
from pipeline.words import number

SECTIONS = {"found": "Found", "plots": "Plots", "figures": "Figures", "rows": "Conditions"}
DIGITS = ".4g"


def page(study: Study, found: Found, facts: Mapping[str, str]) -> str:
    """Return the page of a study.

    Parameters
    ----------
    study
        What was asked.
    found
        What was answered.
    facts
        Labels and values that stand on top.

    Returns
    -------
    str
        HTML that needs no other file; the same inputs give the same page, byte by byte.
    """
    plots = Plots()
    for plot in found.plots:
        plots.add("plots", plot.name, drawn(plot), plot.caption)
    content = {
        "title": study.title,
        "headline": [study.question, found.answer],
        "facts": facts,
        "sections": SECTIONS,
        "sentences": found.sentences,
        "figures": figure_grid(found.figures),
        "rows": row_grid(found.rows),
    }
    return sheet("study.html.jinja", plots, content)


def figure_grid(figures: Any) -> Grid:
    """Lay out figures, a row each: name, value, interval."""
    heads = [Head("figure"), Head("value"), Head("95 % interval")]
    return Grid(heads, [Row([Cell(one.name), *_valued(one)]) for one in figures])


def _valued(one: Figure) -> list[Cell]:
    """Write a figure's value and interval."""
    unit = f" {one.unit}" if one.unit else ""
    ends = "–" if one.low == one.high else f"{written(one.low)} to {written(one.high)}{unit}"
    return [Cell(f"{written(one.value)}{unit}"), Cell(ends)]


def row_grid(rows: pd.DataFrame) -> Grid:
    """Lay out the conditions; columns of words come as they are, others as numbers."""
    heads = [Head(str(name).replace("_", " ")) for name in rows]
    words = 0
    for name in rows:
        if pd.api.types.is_numeric_dtype(rows[name]):
            break
        words += 1
    laid = [Row([Cell(written(value)) for value in row]) for row in rows.to_numpy(dtype=object)]
    return Grid(heads, laid, max(words, 1))


def written(value: Any) -> str:
    """Write a value of any kind: a number with four digits, a word as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if pd.isna(value):
        return "–"
    return number(float(value), DIGITS) if isinstance(value, float) else str(value)
