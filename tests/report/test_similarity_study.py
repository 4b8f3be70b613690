"""A study of similarity as tables, against tables written by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.report.similarity_study import study_section
from pipeline.report.tables import Grid
from pipeline.similarity.study.associations import COLUMNS
from pipeline.similarity.study.figures import BY_KEY
from pipeline.similarity.study.findings import Findings

MEASURES = ["learned_states", "Pearson", "residual"]


def texts(grid: Grid) -> list[list[str]]:
    assert all(len(row.cells) == len(grid.heads) for row in grid.rows)
    return [[cell.text for cell in row.cells] for row in grid.rows]


def marks(grid: Grid) -> list[list[bool]]:
    return [[cell.best for cell in row.cells] for row in grid.rows]


def study() -> Findings:
    figures = pd.DataFrame(np.nan, index=[*MEASURES, "random", "majority"], columns=list(BY_KEY))
    figures["sector_precision_5"] = [0.7, 0.75, 0.65, 0.9, np.nan]
    figures["knn_accuracy"] = [0.8, 0.7, np.nan, 0.1, 0.2]
    figures["hedged_variance"] = [0.5, 0.6, 0.55, 0.1, np.nan]
    figures["distant_pair_volatility"] = [3.2142, 3.2, 3.3, 3.4, np.nan]
    rows = [
        ("sector_precision_5", "Pearson", 0.7, 0.75, -0.05, -0.06, -0.04, "classical", 1427),
        ("hedged_variance", "residual", 0.5, 0.55, -0.05, -0.06, -0.04, "learned", 427),
        ("distant_pair_volatility", "Pearson", 3.2142, 3.2, 0.0142, np.nan, np.nan, "neither", 9),
    ]
    columns = ["figure", "best_classical", "learned", "classical", "difference", "low", "high"]
    differences = pd.DataFrame(rows, columns=[*columns, "winner", "firms"])
    associations = pd.DataFrame(
        [
            ("learned_states", "same_sector", "single", 0.5, 0.001, 0.25, 427),
            ("learned_states", "beta", "single", 0.01, 0.4, 0.0, 427),
            ("learned_states", "same_sector", "joint", 0.45, 0.0005, 0.3, 306),
        ],
        columns=COLUMNS,
    )
    return Findings(
        figures, differences, associations, {"measures": MEASURES, "sentences": ["Said."]}
    )


def test_the_best_measure_of_each_figure_is_marked() -> None:
    section = study_section(study())
    assert section.sentences == ["Said."]
    assert list(section.figures) == ["sectors", "later years"]
    grid = section.figures["sectors"]
    assert [head.name for head in grid.heads] == [
        "similarity",
        "sector precision at 5 ↑",
        "vote of 5 on the sector ↑",
    ]
    assert texts(grid) == [
        ["learned_states", "0.700", "0.800"],
        ["Pearson", "0.750", "0.700"],
        ["residual", "0.650", "–"],
        ["random", "0.900", "0.100"],
        ["majority", "–", "0.200"],
    ]
    assert marks(grid) == [
        [False, False, True],
        [False, True, False],
        *[[False, False, False]] * 3,
    ]
    assert [row.own for row in grid.rows] == [True, False, False, False, False]


def test_lower_is_better_where_it_is() -> None:
    grid = study_section(study()).figures["later years"]
    assert [head.name for head in grid.heads[1:]] == [
        "variance left when hedged ↓",
        "volatility of distant pairs ↓",
    ]
    assert grid.heads[2].unit == "1/year"
    assert texts(grid) == [
        ["learned_states", "0.500", "3.214"],
        ["Pearson", "0.600", "3.2"],
        ["residual", "0.550", "3.3"],
        ["random", "0.100", "3.4"],
    ]
    assert marks(grid)[:2] == [[False, True, False], [False, False, True]]


def test_differences_with_their_intervals() -> None:
    grid = study_section(study()).differences
    assert grid is not None and grid.words == 3
    assert texts(grid) == [
        ["sector precision at 5", "Pearson", "the classical one", "0.700", "0.750", "−0.050",
         "−0.060", "−0.040", "1,427"],
        ["variance left when hedged", "residual", "the learned one", "0.500", "0.550", "−0.050",
         "−0.060", "−0.040", "427"],
        ["volatility of distant pairs", "Pearson", "neither", "3.214", "3.2", "0.0142", "–", "–",
         "9"],
    ]  # fmt: skip
    assert [row.index(True) if any(row) else None for row in marks(grid)] == [4, 3, None]


def test_associations_alone_and_jointly() -> None:
    grid = study_section(study()).associations
    assert grid is not None and grid.words == 2
    assert texts(grid) == [
        ["learned_states", "the same sector", "0.500", "0.001", "427", "0.450", "< 0.001", "0.300",
         "306"],
        ["learned_states", "similar market beta", "0.010", "0.400", "427", "–", "–", "–", "–"],
    ]  # fmt: skip
    assert [row[2] for row in marks(grid)] == [True, False]


def test_what_is_not_known_is_not_shown() -> None:
    nothing = study()
    empty = Findings(
        nothing.figures * np.nan,
        nothing.differences.iloc[:0],
        nothing.associations.iloc[:0],
        nothing.summary,
    )
    section = study_section(empty)
    assert section.figures == {} and section.metrics == []
    assert section.differences is None and section.associations is None
