"""The leaderboard of a comparison as tables, as the page's template reads them."""

from __future__ import annotations

from collections.abc import Container

import pandas as pd

from pipeline.evaluation.columns import BY_KEY, COLUMNS, FACTS, printed
from pipeline.evaluation.score import Metric, Score
from pipeline.evaluation.titles import model_title
from pipeline.outputs import Json
from pipeline.report.tables import Cell, Grid, Head, Row, model_grid
from pipeline.words import number

TABLES = ("skill", "tests", "calibration", "training")
"""Tables of the leaderboard: what decides, errors and tests, calibration, what training took."""
LADDER = {
    "crps": ".3f",
    "crps_ratio": ".4f",
    "dm_p_garch": "p",
    "kept": ".0%",
    "crps_over_whole": ".4f",
    "dm_p_whole": "p",
}
"""Columns of the ladder that are told, and how they are written."""
RATIOS = ("crps_ratio", "crps_over_best", "crps_over_control")
"""Columns that have an interval of their own."""


def columns_of(table: str) -> tuple[Metric, ...]:
    """Return the columns of one of `TABLES`; that of training tells facts and the CRPS, too."""
    told = tuple(score for score in COLUMNS if score.table == table)
    return (*FACTS, *told, BY_KEY["crps"]) if table == "training" else told


def board_rows(board: pd.DataFrame) -> dict[str, Json]:
    """Return the rows of a leaderboard by name, what is undefined as None, intervals as texts.

    Parameters
    ----------
    board : DataFrame
        As `leaderboard` returns it.
    """
    plain = board.astype(object).where(board.notna(), None).to_dict("records")
    return {
        str(row["name"]): {
            **row,
            "crps_interval": _interval(row, "crps", ".2f"),
            **{f"{key}_interval": _interval(row, key, ".3f") for key in RATIOS},
            "inside": "–" if row["set_p"] is None else "yes" if row["in_set"] else "no",
        }
        for row in ({str(key): value for key, value in row.items()} for row in plain)
    }


def _interval(row: Json, key: str, style: str) -> str:
    """Write an interval; nothing where it is a point, as the reference's ratio to itself."""
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if low is None or low == high:
        return "–"
    return f"{number(low, style)} to {number(high, style)}"


def grids(
    board: pd.DataFrame, networks: Container[str], trained: Container[str]
) -> dict[str, Grid]:
    """Lay out the leaderboard as four tables.

    Parameters
    ----------
    board : DataFrame
        As `leaderboard` returns it.
    networks, trained : container of str
        Those whose rows are set off, and all that training is told of: controls, too.

    Returns
    -------
    dict of str to Grid
        `skill` (what decides), `tests` (errors and tests), `calibration` and `training` (what it
        took).
    """
    rows = board_rows(board)
    taught = {name: row for name, row in rows.items() if name in trained}
    return {
        table: model_grid(taught, columns_of(table), ())
        if table == "training"
        else model_grid(rows, columns_of(table), networks)
        for table in TABLES
    }


def ahead_grid(ahead: pd.DataFrame, networks: Container[str]) -> Grid:
    """Lay out every day ahead, a row a day ahead and model."""
    shown = printed("ahead")
    rows = [
        Row(
            [
                Cell(str(row["horizon"])),
                Cell(model_title(row["name"])),
                *(Cell(number(row[score.key], score.style)) for score in shown),
            ],
            own=row["name"] in networks,
        )
        for row in ahead.to_dict("records")
    ]
    return Grid([Head("days ahead"), Head("model"), *map(_ahead_head, shown)], rows, words=2)


def _ahead_head(score: Score) -> Head:
    """Write a heading of the days ahead: what is relative is so to the same day ahead."""
    if score.key == "crps_ratio":
        return Head(score.titled, f"{score.unit} of that day")
    if isinstance(score.better, str):
        return Head(score.titled, score.unit)
    return Head(score.name, score.arrow)


def ladder_grid(ladder: pd.DataFrame) -> Grid:
    """Lay out the ladder, a row a rung.

    Parameters
    ----------
    ladder : DataFrame
        As `pipeline.evaluation.ladder.ladder` returns it.
    """
    rows = []
    for row in ladder.to_dict("records"):
        whole = row["name"] == row["architecture"]
        cells = [
            model_title(row["name"]),
            str(row["kind"]),
            *(number(row[key], style) for key, style in LADDER.items()),
        ]
        rows.append(Row([Cell(cell) for cell in cells], own=whole))
    heads = [
        Head("rung"),
        Head("kind"),
        Head("CRPS ↓", "1/year"),
        Head("ratio ↓", "to GARCH"),
        Head("p", "beside GARCH"),
        Head("kept", "of its gain"),
        Head("ratio", "to the whole"),
        Head("p", "beside the whole"),
    ]
    return Grid(heads, rows, words=2)


def fold_grid(folds: list[Json]) -> Grid:
    """Lay out the days of each fold, a row a fold."""
    parts = ("training", "validation", "test")
    heads = [Head("fold"), *(Head(part, end) for part in parts for end in ("first", "last"))]
    rows = [
        Row([Cell(str(fold["fold"])), *(Cell(day) for part in parts for day in fold[part])])
        for fold in folds
    ]
    return Grid(
        [*heads, Head("purge", "days")],
        [
            Row([*row.cells, Cell(str(fold["purge"]))])
            for row, fold in zip(rows, folds, strict=True)
        ],
        words=7,
    )
