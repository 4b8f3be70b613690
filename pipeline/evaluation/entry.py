"""What one network or baseline of a comparison earned, over all its folds and seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from pipeline.evaluation.calibration import histogram
from pipeline.evaluation.forecasts import forecast_of
from pipeline.evaluation.scores import coverage, crps, log_score
from pipeline.evaluation.significance import (
    directional_accuracy,
    information_coefficients,
    mean_test,
)
from pipeline.evaluation.uniformity import uniformity
from pipeline.outputs import Json

Kind = Literal["network", "baseline"]
LEVELS = {"coverage_50": 0.5, "coverage_90": 0.9, "coverage_99": 0.99}


@dataclass(frozen=True)
class Entry:
    """One network or baseline of a comparison, summed up so that its forecasts can be let go."""

    name: str
    kind: Kind
    scores: Json
    """What it earned on its own, and the facts of its training."""
    daily: pd.DataFrame
    """`date horizon forecasts crps log_score`: number and means over firms and seeds."""
    firms: pd.Series[float]
    """Symbol → mean CRPS."""
    ahead: pd.DataFrame
    """`horizon forecasts crps log_score coverage_90`, a row a day ahead."""
    calibration: pd.DataFrame
    """As `histogram` gives it."""

    @classmethod
    def of(cls, name: str, kind: Kind, marks: pd.DataFrame, facts: Mapping[str, Any]) -> Entry:
        """Sum up what each forecast earned.

        Parameters
        ----------
        name, kind
            Of the entry.
        marks
            Tables of `marked`, all folds and seeds.
        facts
            What is known of its training or fitting, for the leaderboard.
        """
        by_day = marks.groupby(["date", "horizon"], sort=True)
        daily = by_day.agg(
            forecasts=("crps", "size"), crps=("crps", "mean"), log_score=("log_score", "mean")
        )
        firms = marks.groupby("symbol", sort=True)["crps"].mean()
        pits = histogram({name: marks["pit"].to_numpy()})
        scores = {**_scores(marks), **facts}
        return cls(name, kind, scores, daily.reset_index(), firms, _ahead(marks), pits)


def by_day(daily: pd.DataFrame, score: str) -> pd.Series[float]:
    """Return the mean score of each day over its forecasts, whatever the days ahead.

    Parameters
    ----------
    daily
        `Entry.daily`, or some rows of it.
    score
        `crps` or `log_score`.
    """
    total = (daily[score] * daily["forecasts"]).groupby(daily["date"]).sum()
    return total / daily.groupby("date")["forecasts"].sum()


def marked(forecasts: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return what each row of a forecast table earned.

    Parameters
    ----------
    forecasts
        `date symbol horizon location scale df growth`.
    seed
        Of the training.

    Returns
    -------
    DataFrame
        `date symbol seed horizon location growth crps log_score pit`.
    """
    forecast = forecast_of(forecasts)
    growth = forecasts["growth"].to_numpy(np.float64)
    return pd.DataFrame(
        {
            "date": forecasts["date"].to_numpy(),
            "symbol": forecasts["symbol"].array,
            "seed": seed,
            "horizon": forecasts["horizon"].to_numpy(),
            "location": forecast.location,
            "growth": growth,
            "crps": crps(forecast, growth),
            "log_score": log_score(forecast, growth),
            "pit": forecast.cdf(growth),
        }
    )


def _scores(marks: pd.DataFrame) -> Json:
    """Return the scores over all forecasts, with the tests that need no other entry."""
    location, growth = marks["location"].to_numpy(), marks["growth"].to_numpy()
    day = np.unique(marks["date"], return_inverse=True)[1]
    horizon = int(marks["horizon"].max())
    error, pit = growth - location, marks["pit"].to_numpy()
    signs = location * growth
    seeds = marks.groupby("seed")["crps"].mean()
    return {
        "crps": marks["crps"].mean(),
        "log_score": marks["log_score"].mean(),
        "mae": np.abs(error).mean(),
        "rmse": np.sqrt(np.square(error).mean()),
        "directional_accuracy": (signs > 0)[signs != 0].mean() if (signs != 0).any() else np.nan,
        "direction_p": directional_accuracy(location, growth, day, horizon).p_value,
        **_correlations(marks, horizon),
        **{key: coverage(pit, level) for key, level in LEVELS.items()},
        "pit_p": uniformity(pit, day, horizon).p_value,
        "seed_spread": seeds.std(ddof=1) if len(seeds) > 1 else np.nan,
    }


def _correlations(marks: pd.DataFrame, horizon: int) -> Json:
    """Return the information coefficient and its rank form, with Newey–West t."""
    keys = ["date", "seed", "horizon"]
    groups = marks.groupby(keys, sort=True)
    group, dates = groups.ngroup().to_numpy(), groups["date"].first().to_numpy()
    location, growth = marks["location"].to_numpy(), marks["growth"].to_numpy()
    answer: Json = {}
    for name, statistic, ranks in (
        ("information_coefficient", "ic_t", False),
        ("rank_ic", "rank_ic_t", True),
    ):
        each = information_coefficients(location, growth, group, ranks)
        test = mean_test(pd.Series(each).groupby(dates).mean().to_numpy(), horizon)
        answer |= {name: test.mean, statistic: test.statistic}
    return answer


def _ahead(marks: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of each day ahead on its own."""
    return pd.DataFrame(
        [
            {
                "horizon": horizon,
                "forecasts": len(rows),
                "crps": rows["crps"].mean(),
                "log_score": rows["log_score"].mean(),
                "coverage_90": coverage(rows["pit"].to_numpy(), LEVELS["coverage_90"]),
            }
            for horizon, rows in marks.groupby("horizon", sort=True)
        ]
    )
