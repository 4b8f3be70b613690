"""The leaderboard of a comparison: every network and baseline on the same firm-days.

Scores are means over firm-days, folds and seeds. Intervals and tests take the day as what is
drawn, not the firm-day: see `significance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.evaluation.forecasts import forecast_of
from pipeline.evaluation.resampling import bootstrap_intervals, confidence_set
from pipeline.evaluation.scores import coverage, crps, log_score
from pipeline.evaluation.significance import (
    directional_accuracy,
    holm,
    information_coefficients,
    mean_test,
)
from pipeline.evaluation.uniformity import uniformity
from pipeline.outputs import Json

REFERENCE = "garch"
"""The baseline that `crps_ratio` is relative to."""
SIZE = 0.1
"""A model is in the confidence set if its p-value is above this: 90 % confidence."""
LEVELS = {"coverage_50": 0.5, "coverage_90": 0.9, "coverage_99": 0.99}


@dataclass(frozen=True)
class Entry:
    """One network or baseline of a comparison."""

    marks: pd.DataFrame
    """A row a forecast, all folds and seeds: `date seed horizon location growth crps log_score
    pit`."""
    facts: Mapping[str, Any]
    """What is known of its training, means over folds and seeds; empty for a baseline."""


def marked(forecasts: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return what each row of a forecast table earned, ready for an `Entry`.

    Parameters
    ----------
    forecasts
        `date symbol horizon location scale df growth`.
    seed
        Of the training.
    """
    forecast = forecast_of(forecasts)
    growth = forecasts["growth"].to_numpy(np.float64)
    return pd.DataFrame(
        {
            "date": forecasts["date"].to_numpy(),
            "seed": seed,
            "horizon": forecasts["horizon"].to_numpy(),
            "location": forecast.location,
            "growth": growth,
            "crps": crps(forecast, growth),
            "log_score": log_score(forecast, growth),
            "pit": forecast.cdf(growth),
        }
    )


def leaderboard(networks: Mapping[str, Entry], baselines: Mapping[str, Entry]) -> pd.DataFrame:
    """Rank networks and baselines by CRPS, with intervals and tests.

    Parameters
    ----------
    networks, baselines
        Name → entry, all on the same firm-days. The marks are a few hundred bytes a forecast.

    Returns
    -------
    DataFrame
        A row an entry, the best first: `name kind crps crps_low crps_high crps_ratio log_score
        log_score_low log_score_high mae rmse directional_accuracy direction_p
        information_coefficient ic_t rank_ic rank_ic_t coverage_50 coverage_90 coverage_99 pit_p
        seed_spread dm_p dm_p_holm set_p in_set` and the facts of training. `dm_p` is of the
        Diebold–Mariano test against the best baseline, `dm_p_holm` holds for all networks at
        once; `set_p` is the p-value in the model confidence set.
    """
    entries = {**baselines, **networks}
    daily = {
        score: pd.DataFrame({name: _daily(entry, score) for name, entry in entries.items()})
        for score in ("crps", "log_score")
    }
    horizon = max(int(entry.marks["horizon"].max()) for entry in entries.values())
    board = pd.DataFrame([_row(name, entry, horizon) for name, entry in entries.items()])
    board = board.set_index("name", drop=False).rename_axis(None)
    board.insert(1, "kind", np.where(board["name"].isin(list(networks)), "network", "baseline"))
    for score, table in daily.items():
        intervals = bootstrap_intervals(table)
        board[f"{score}_low"], board[f"{score}_high"] = intervals["low"], intervals["high"]
    if REFERENCE in board.index:
        board["crps_ratio"] = board["crps"] / board["crps"].to_dict()[REFERENCE]
    best = board.loc[list(baselines), "crps"].idxmin()
    tests = {
        n: mean_test((daily["crps"][n] - daily["crps"][best]).to_numpy(), horizon) for n in networks
    }
    found = {name: test.p_value for name, test in tests.items()}
    board["dm_p"], board["dm_p_holm"] = pd.Series(found), pd.Series(holm(found))
    board["set_p"] = confidence_set(daily["crps"], size=SIZE)
    board["in_set"] = board["set_p"] > SIZE
    return board.sort_values("crps", kind="stable").reset_index(drop=True)


def verdict(board: pd.DataFrame) -> str:
    """Say in a sentence or two who won, and whether that is more than chance."""
    networks, baselines = (board[board["kind"] == kind] for kind in ("network", "baseline"))
    first, best = networks.iloc[0], baselines.iloc[0]
    gap = 1.0 - first["crps"] / best["crps"]
    word = "better" if gap > 0 else "worse"
    p_value = first["dm_p_holm"]
    sure = "not told apart" if not p_value < 0.05 else "more than chance"
    tied = int(networks["in_set"].sum())
    others = f"{tied} of {len(networks)} networks are in the 90 % model confidence set"
    return (
        f"{first['name']} has the lowest CRPS of the networks, {abs(gap):.1%} {word} than the best "
        f"baseline ({best['name'].replace('_', ' ')}): {sure} (Diebold–Mariano p = {p_value:.3f}, "
        f"for {len(networks)} comparisons); {others}."
    )


def _daily(entry: Entry, score: str) -> pd.Series[float]:
    """Return the mean over firms, horizons and seeds of each day."""
    return entry.marks.groupby("date", sort=True)[score].mean()


def _row(name: str, entry: Entry, horizon: int) -> Json:
    """Return what one entry earned on its own."""
    marks = entry.marks
    location, growth = marks["location"].to_numpy(), marks["growth"].to_numpy()
    day = np.unique(marks["date"], return_inverse=True)[1]
    error, pit = growth - location, marks["pit"].to_numpy()
    signs = location * growth
    direction = directional_accuracy(location, growth, day, horizon)
    seeds = marks.groupby("seed")["crps"].mean()
    return {
        "name": name,
        "crps": marks["crps"].mean(),
        "log_score": marks["log_score"].mean(),
        "mae": np.abs(error).mean(),
        "rmse": np.sqrt(np.square(error).mean()),
        "directional_accuracy": (signs > 0)[signs != 0].mean() if (signs != 0).any() else np.nan,
        "direction_p": direction.p_value,
        **_correlations(marks, horizon),
        **{key: coverage(pit, level) for key, level in LEVELS.items()},
        "pit_p": uniformity(pit, day, horizon).p_value,
        "seed_spread": seeds.std(ddof=1) if len(seeds) > 1 else np.nan,
        **entry.facts,
    }


def _correlations(marks: pd.DataFrame, horizon: int) -> Json:
    """Return the information coefficient and its rank form, with Newey–West t."""
    keys = ["date", "seed", "horizon"]
    group = marks.groupby(keys, sort=True).ngroup().to_numpy()
    dates = marks.groupby(keys, sort=True)["date"].first().to_numpy()
    location, growth = marks["location"].to_numpy(), marks["growth"].to_numpy()
    answer: Json = {}
    for name, ranks in (("information_coefficient", False), ("rank_ic", True)):
        each = information_coefficients(location, growth, group, ranks)
        test = mean_test(pd.Series(each).groupby(dates).mean().to_numpy(), horizon)
        short = "ic_t" if name == "information_coefficient" else "rank_ic_t"
        answer |= {name: test.mean, short: test.statistic}
    return answer
