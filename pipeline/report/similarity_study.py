"""A study of similarity as tables: figures by group, who is better, and what it goes with."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.evaluation.score import Metric
from pipeline.report.tables import Cell, Grid, Head, Row, model_grid
from pipeline.similarity.study.answers import SURE, TRAIT_WORDS
from pipeline.similarity.study.figures import BY_KEY, FIGURES, GROUPS, Figure
from pipeline.similarity.study.findings import Findings
from pipeline.words import number

_WINNERS = {"learned": "the learned one", "classical": "the classical one", "neither": "neither"}


@dataclass(frozen=True)
class StudySection:
    """What the page shows of a study."""

    sentences: list[str]
    """What was found, in words."""
    figures: dict[str, Grid]
    """By group: a row a measure, a column a figure, the best measure of each marked."""
    differences: Grid | None
    """The learned measure beside the best classical one; none when nothing can be compared."""
    associations: Grid | None
    """What each measure goes with; none when nothing was tested."""
    metrics: list[Metric]
    """What the figures mean."""


def study_section(study: Findings) -> StudySection:
    """Lay out a study of similarity.

    Parameters
    ----------
    study : Findings
        Its figures, differences, associations and sentences.

    Returns
    -------
    StudySection
        Columns of which nothing is known are left out.
    """
    shown = [figure for figure in FIGURES if study.figures[figure.key].notna().any()]
    return StudySection(
        sentences=list(study.summary["sentences"]),
        figures=figure_grids(study, shown),
        differences=difference_grid(study.differences) if len(study.differences) else None,
        associations=association_grid(study.associations) if len(study.associations) else None,
        metrics=[_metric(figure) for figure in shown],
    )


def figure_grids(study: Findings, shown: list[Figure]) -> dict[str, Grid]:
    """Lay out figures by group; rows that no measure made stand last and are never best.

    Parameters
    ----------
    study : Findings
        For its figures.
    shown : list of Figure
        The columns.

    Returns
    -------
    dict of str to Grid
        By group.
    """
    names = study.summary["measures"]
    own = study.figures.index.isin(names)
    measured, beside = study.figures[own], study.figures[~own]
    grids = {}
    for group in GROUPS:
        keys = [figure.key for figure in shown if figure.group == group]
        if not keys:
            continue
        grid = _grid(measured, keys, names[:1])
        plain = _grid(beside[beside[keys].notna().any(axis=1)], keys, [])
        rows = [Row([Cell(cell.text) for cell in row.cells]) for row in plain.rows]
        grids[group] = Grid([Head("similarity"), *grid.heads[1:]], [*grid.rows, *rows])
    return grids


def _grid(figures: pd.DataFrame, keys: list[str], own: list[str]) -> Grid:
    """Lay out some figures of some measures."""
    values = {
        str(name): {
            key: float(value) if np.isfinite(value) else None
            for key, value in zip(keys, row, strict=True)
        }
        for name, row in zip(figures.index, figures[keys].to_numpy(), strict=True)
    }
    grid = model_grid(values, [_metric(BY_KEY[key]) for key in keys], own)
    # The names of measures are written as they are given.
    rows = [
        replace(row, cells=[Cell(name), *row.cells[1:]])
        for name, row in zip(values, grid.rows, strict=True)
    ]
    return replace(grid, rows=rows)


def _metric(figure: Figure) -> Metric:
    """Show a figure as scores are shown."""
    style = ".4g" if figure.unit else ".3f"
    return Metric(figure.key, figure.title, figure.unit, figure.better, figure.meaning, style)


def difference_grid(differences: pd.DataFrame) -> Grid:
    """Lay out the learned measure beside the best classical one, a row a figure.

    Parameters
    ----------
    differences : DataFrame
        As in `Findings`.

    Returns
    -------
    Grid
        The better of two values is marked where the interval of their difference leaves no
        doubt.
    """
    heads = [
        Head("figure"),
        Head("best classical"),
        Head("better", "", "whose value is better; neither if the interval holds zero"),
        Head("learned"),
        Head("classical"),
        Head("difference", "learned less classical"),
        Head("from", "95 %", "low end of the interval, by drawing firms with replacement"),
        Head("to", "95 %", "high end of the interval"),
        Head("firms"),
    ]
    return Grid(heads, [_difference_row(row) for row in differences.to_dict("records")], words=3)


def _difference_row(row: Mapping[Hashable, Any]) -> Row:
    """Write one figure of both sides."""
    figure, winner = BY_KEY[row["figure"]], row["winner"]
    style = _metric(figure).style
    sides = [
        Cell(number(row[side], style), best=winner == side) for side in ("learned", "classical")
    ]
    rest = [Cell(number(row[key], style)) for key in ("difference", "low", "high")]
    words = [Cell(figure.title), Cell(row["best_classical"]), Cell(_WINNERS[winner])]
    return Row([*words, *sides, *rest, Cell(f"{row['firms']:,}")])


def association_grid(associations: pd.DataFrame) -> Grid:
    """Lay out what each measure goes with, a row a measure and trait.

    Parameters
    ----------
    associations : DataFrame
        As in `Findings`.

    Returns
    -------
    Grid
        Alone and beside the other traits; effects that are more than chance are marked.
    """
    heads = [
        Head("similarity"),
        Head("goes with"),
        Head("r", "alone", "correlation over pairs of firms (Mantel)"),
        Head("p", "alone", "two-sided, by permuting firms"),
        Head("firms", "alone"),
        Head("coefficient", "jointly", "standardised, the other traits held fixed (MRQAP)"),
        Head("p", "jointly", "two-sided, by double semi-partialling"),
        Head("R²", "jointly", "share of the variance over pairs that all traits explain"),
        Head("firms", "jointly"),
    ]
    pairs = associations.groupby(["measure", "predictor"], sort=False)
    return Grid(heads, [_association_row(found) for _, found in pairs], words=2)


def _association_row(found: pd.DataFrame) -> Row:
    """Write one trait of one measure, alone and jointly."""
    kinds = {row["kind"]: row for row in found.to_dict("records")}
    cells = [Cell(found["measure"].iloc[0]), Cell(TRAIT_WORDS[found["predictor"].iloc[0]])]
    for kind in ("single", "joint"):
        row = kinds.get(kind, {})
        sure = row.get("p_value", np.nan) < SURE
        cells += [
            Cell(number(row.get("effect")), best=sure),
            Cell(number(row.get("p_value"), "p")),
        ]
        cells += [Cell(number(row.get("r_squared")))] if kind == "joint" else []
        cells.append(Cell(number(row.get("firms"), ",.0f")))
    return Row(cells)
