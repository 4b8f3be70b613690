"""The leaderboard of a comparison: every network and baseline on the same firm-days.

Scores are means over firm-days, folds and seeds. Intervals and tests take the day as what is
drawn, not the firm-day: see `significance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.entry import Entry, by_day
from pipeline.evaluation.resampling import bootstrap_intervals, confidence_set
from pipeline.evaluation.scores import MARKED
from pipeline.evaluation.significance import holm, mean_test

SIZE = 0.1
"""A model is in the confidence set if its p-value is above this: 90 % confidence."""


def leaderboard(entries: Sequence[Entry]) -> pd.DataFrame:
    """Rank networks and baselines by CRPS, with intervals and tests.

    Parameters
    ----------
    entries
        All on the same firm-days; one of them is `REFERENCE`.

    Returns
    -------
    DataFrame
        A row an entry, the best first: `rank name kind`, the scores of `SCORES` and the facts of
        the entries, `crps_low crps_high` and the like of every score in `MARKED`, and
        `crps_ratio crps_ratio_low crps_ratio_high firms_better dm_p_garch dm_p dm_p_holm set_p
        in_set`.

    Notes
    -----
    `crps_ratio` and its interval are the CRPS over that of `REFERENCE`, `firms_better` the share
    of firms whose mean CRPS is below the firm's own under `REFERENCE`, and `dm_p_garch` tells
    whether the two differ by more than chance. `dm_p` is of the Diebold–Mariano test against the
    baseline of the lowest CRPS, which may be another one than `REFERENCE`; `dm_p_holm` holds for
    all networks at once. `set_p` is the p-value in the model confidence set.
    """
    horizon = max(int(entry.ahead["horizon"].max()) for entry in entries)
    daily = {score: daily_table(entries, score) for score in MARKED}
    board = pd.DataFrame([{"name": e.name, "kind": e.kind, **e.scores} for e in entries])
    board = board.set_index("name", drop=False).rename_axis(None)
    for score, table in daily.items():
        intervals = bootstrap_intervals(table)
        board[f"{score}_low"], board[f"{score}_high"] = intervals["low"], intervals["high"]
    board = board.assign(
        **_beside_reference(entries, daily["crps"], horizon),
        **_beside_best(board, daily["crps"], horizon),
        set_p=confidence_set(daily["crps"], size=SIZE),
    )
    board["in_set"] = board["set_p"] > SIZE
    board = board.sort_values("crps", kind="stable").reset_index(drop=True)
    board.insert(0, "rank", np.arange(1, len(board) + 1))
    return board


def daily_table(entries: Sequence[Entry], score: str) -> pd.DataFrame:
    """Return the entries' mean score of each day: days × names."""
    return pd.DataFrame({entry.name: by_day(entry.daily, score) for entry in entries})


def versus(daily: pd.DataFrame, other: str, horizon: int) -> dict[str, float]:
    """Return name → Diebold–Mariano p-value against another entry, which itself has none.

    Parameters
    ----------
    daily
        Days × names: mean losses of a day.
    other
        The entry that the others are tested against.
    horizon
        The most days ahead among the forecasts.
    """
    return {
        str(name): mean_test((losses - daily[other]).to_numpy(), horizon).p_value
        for name, losses in daily.items()
        if name != other
    }


def _beside_reference(
    entries: Sequence[Entry], daily: pd.DataFrame, horizon: int
) -> dict[str, pd.Series[float]]:
    """Return the columns that are relative to the reference."""
    ratios = bootstrap_intervals(daily, relative_to=REFERENCE)
    crps = pd.Series({entry.name: entry.scores["crps"] for entry in entries})
    firms = pd.DataFrame({entry.name: entry.firms for entry in entries})
    better = firms.lt(firms[REFERENCE], axis=0).mean()
    return {
        "crps_ratio": crps / crps[REFERENCE],
        "crps_ratio_low": ratios["low"],
        "crps_ratio_high": ratios["high"],
        "firms_better": better.drop(REFERENCE),
        "dm_p_garch": pd.Series(versus(daily, REFERENCE, horizon)),
    }


def _beside_best(
    board: pd.DataFrame, daily: pd.DataFrame, horizon: int
) -> Mapping[str, pd.Series[float]]:
    """Return the networks' tests against the best baseline, alone and for all at once."""
    networks = board.index[board["kind"] == "network"]
    best = str(board.loc[board["kind"] == "baseline", "crps"].idxmin())
    found = versus(daily[[*networks, best]], best, horizon)
    return {"dm_p": pd.Series(found), "dm_p_holm": pd.Series(holm(found))}
