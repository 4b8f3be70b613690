"""The leaderboard of a comparison as tables, as the page's template reads them."""

from __future__ import annotations

from collections.abc import Container

import pandas as pd

from pipeline.evaluation.leaderboard import REFERENCE
from pipeline.outputs import Json
from pipeline.report.tables import Cell, Grid, Head, Row, model_grid
from pipeline.words import METRICS, Metric, model_words, number

GARCH = model_words(REFERENCE)
_KNOWN = {metric.key: metric for metric in METRICS}

SKILL = (
    _KNOWN["crps"],
    Metric(
        "crps_interval",
        "95 %",
        "interval",
        "neither",
        "of the CRPS, by redrawing blocks of days; wide, as all models share wild and calm days",
    ),
    Metric(
        "crps_ratio",
        "ratio",
        f"to {GARCH}",
        "low",
        f"CRPS over that of {GARCH}; below 1 is better",
        ".4f",
    ),
    Metric(
        "crps_ratio_interval",
        "95 %",
        "of the ratio",
        "neither",
        "of the ratio, by redrawing blocks of days for both at once",
    ),
    Metric(
        "dm_p_garch",
        "p",
        f"beside {GARCH}",
        "neither",
        f"Diebold–Mariano test of equal CRPS with {GARCH}: how often chance alone would make a "
        "difference as large",
        "p",
    ),
    Metric(
        "firms_better",
        "firms",
        f"below {GARCH}",
        "high",
        f"share of firms whose CRPS is lower than under {GARCH}",
        ".0%",
    ),
    Metric(
        "dm_p_holm",
        "p (Holm)",
        "beside the best",
        "neither",
        "Diebold–Mariano test against the baseline of the lowest CRPS, corrected for as many tests "
        "as there are networks",
        "p",
    ),
    Metric(
        "inside",
        "in set",
        "90 %",
        "neither",
        "whether it is in the model confidence set, which holds the best of all with 90 % "
        "confidence",
    ),
)
TESTS = (
    *(_KNOWN[key] for key in ("log_score", "mae", "rmse", "directional_accuracy")),
    Metric(
        "direction_p", "p", "direction", "neither", "Pesaran–Timmermann test of the direction", "p"
    ),
    _KNOWN["information_coefficient"],
    Metric("ic_t", "t", "IC", "neither", "Newey–West t statistic of the IC", ".2f"),
    Metric("rank_ic", "rank IC", "", "high", "the IC of ranks"),
    Metric("rank_ic_t", "t", "rank IC", "neither", "Newey–West t of the rank IC", ".2f"),
)
CALIBRATION = (
    *(_KNOWN[key] for key in ("coverage_50", "coverage_90")),
    Metric("coverage_99", "inside", "", 0.99, "share of growth inside the 99 % interval", ".1%"),
    Metric(
        "pit_p",
        "p",
        "calibration",
        "neither",
        "test that growth falls equally often in every part of the forecast distributions",
        "p",
    ),
    Metric(
        "fallbacks",
        "fell back",
        "firms",
        "neither",
        "firms that a baseline could not be fitted to and for which a plainer forecast stands in, "
        "counted over folds",
        ".0f",
    ),
)
TRAINING = (
    Metric("parameters", "parameters", "", "neither", "of the network", ",.0f"),
    Metric("seconds", "seconds", "a training", "low", "validation included", ",.1f"),
    Metric(
        "targets_per_second",
        "targets",
        "a second",
        "high",
        "growth rates that it was fitted to in a second",
        ",.0f",
    ),
    Metric(
        "epochs",
        "epochs",
        "",
        "neither",
        "epochs that validation watched, each of so many sequences or windows",
        ".1f",
    ),
    Metric("clipped_share", "clipped", "steps", "neither", "share of clipped gradients", ".0%"),
    Metric(
        "seed_spread",
        "spread",
        "over seeds",
        "neither",
        "standard deviation of CRPS over seeds",
        ".4f",
    ),
    _KNOWN["crps"],
)
AHEAD = (
    ("crps", ".3f"),
    ("crps_ratio", ".4f"),
    ("dm_p_garch", "p"),
    ("coverage_90", ".1%"),
)


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
            "crps_ratio_interval": _interval(row, "crps_ratio", ".3f"),
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


def grids(board: pd.DataFrame, networks: Container[str]) -> dict[str, Grid]:
    """Lay out the leaderboard as four tables.

    Returns
    -------
    dict of str to Grid
        `skill` (what decides), `tests` (errors and tests), `calibration` and `training` (networks
        alone: what it took).
    """
    rows = board_rows(board)
    trained = {name: row for name, row in rows.items() if name in networks}
    return {
        "skill": model_grid(rows, SKILL, networks),
        "tests": model_grid(rows, TESTS, networks),
        "calibration": model_grid(rows, CALIBRATION, networks),
        "training": model_grid(trained, TRAINING, ()),
    }


def ahead_grid(ahead: pd.DataFrame, networks: Container[str]) -> Grid:
    """Lay out every day ahead, a row a day ahead and model."""
    heads = [
        Head("days ahead"),
        Head("model"),
        Head("CRPS ↓", "1/year"),
        Head("ratio ↓", f"to {GARCH} of that day"),
        Head("p", f"beside {GARCH}"),
        Head("inside", "→ 90 %"),
    ]
    rows = [
        Row(
            [
                Cell(str(row["horizon"])),
                Cell(model_words(row["name"])),
                *(Cell(number(row[key], style)) for key, style in AHEAD),
            ],
            own=row["name"] in networks,
        )
        for row in ahead.to_dict("records")
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
