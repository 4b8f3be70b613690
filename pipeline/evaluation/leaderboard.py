"""The leaderboard of a comparison: networks, controls and baselines on the same firm-days.

Scores are means over firm-days, folds and seeds. Intervals and tests take the day as what is
drawn, not the firm-day: see `significance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.entry import Entry, Kind, by_day
from pipeline.evaluation.resampling import bootstrap_intervals, confidence_set
from pipeline.evaluation.scores import MARKED
from pipeline.evaluation.significance import holm, mean_test

SIZE = 0.1
"""A model is in the confidence set if its p-value is above this: 90 % confidence."""

ENDS = {"mean": "", "low": "_low", "high": "_high"}
"""Columns of an interval, and what they end with on the board."""


def leaderboard(entries: Sequence[Entry]) -> pd.DataFrame:
    """Rank networks, controls and baselines by CRPS, with intervals and tests.

    Parameters
    ----------
    entries
        All on the same firm-days; one of them is `REFERENCE`.

    Returns
    -------
    DataFrame
        A row an entry, the best first: `rank name kind`, the scores of `SCORES` and the facts of
        the entries, `crps_low crps_high` and the like of every score in `MARKED`, and
        `crps_ratio crps_ratio_low crps_ratio_high firms_better dm_p_garch crps_over_best
        crps_over_best_low crps_over_best_high dm_p dm_p_holm crps_over_control
        crps_over_control_low crps_over_control_high dm_p_control set_p in_set`.

    Notes
    -----
    `crps_ratio` and its interval are the CRPS over that of `REFERENCE`, `firms_better` the share
    of firms whose mean CRPS is below the firm's own under `REFERENCE`, and `dm_p_garch` tells
    whether the two differ by more than chance. `crps_over_best` and `dm_p` say the same beside the
    baseline of the lowest CRPS, which may be another one than `REFERENCE`, of networks and
    controls; `dm_p_holm` holds for all networks at once. `crps_over_control` and `dm_p_control`
    are beside the control of the lowest CRPS, of networks: what recurrence adds. `set_p` is the
    p-value in the model confidence set.
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
        **_beside_baseline(board, daily["crps"], horizon),
        **_beside_control(board, daily["crps"], horizon),
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


def _beside_baseline(
    board: pd.DataFrame, daily: pd.DataFrame, horizon: int
) -> Mapping[str, pd.Series[float]]:
    """Return how networks and controls stand beside the best baseline.

    Tests of networks hold for all of them at once, too; of controls where there is no network.
    """
    own = _names(board, "network")
    trained = [*own, *_names(board, "control")]
    ratios, p_values = _beside(board, daily, trained, "baseline", horizon)
    holds = holm({name: p_values[name] for name in own or trained})
    return {
        **{f"crps_over_best{end}": ratios[column] for column, end in ENDS.items()},
        "dm_p": p_values,
        "dm_p_holm": pd.Series(holds, dtype=np.float64),
    }


def _beside_control(
    board: pd.DataFrame, daily: pd.DataFrame, horizon: int
) -> Mapping[str, pd.Series[float]]:
    """Return how networks stand beside the best control: what recurrence adds."""
    ratios, p_values = _beside(board, daily, _names(board, "network"), "control", horizon)
    told = {f"crps_over_control{end}": ratios[column] for column, end in ENDS.items()}
    return {**told, "dm_p_control": p_values}


def _beside(
    board: pd.DataFrame, daily: pd.DataFrame, names: Sequence[str], kind: Kind, horizon: int
) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Return ratios with intervals, and p-values, beside the best of a kind; empty without one."""
    others = board.loc[board["kind"] == kind, "crps"]
    if others.empty:
        nothing = pd.DataFrame(columns=list(ENDS), dtype=np.float64)
        return nothing, pd.Series(dtype=np.float64)
    best = str(others.idxmin())
    both = daily[[*names, best]]
    ratios = bootstrap_intervals(both, relative_to=best).drop(index=best)
    # Days count by their forecasts, as in the CRPS of the board.
    ratios["mean"] = (board["crps"] / others.min()).reindex(ratios.index)
    return ratios, pd.Series(versus(both, best, horizon), dtype=np.float64)


def _names(board: pd.DataFrame, kind: Kind) -> list[str]:
    return list(board.index[board["kind"] == kind])
