"""What one network, control or baseline of a comparison earned, over all its folds and seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from models.catalogue import CONTROLS
from pipeline.evaluation.calibration import histogram
from pipeline.evaluation.earned import scored
from pipeline.evaluation.scores import MARKED, SCORES
from pipeline.outputs import Json

Kind = Literal["network", "control", "baseline"]
"""A control is trained as a network is, on the same inputs, but has no recurrence."""


@dataclass(frozen=True)
class Entry:
    """What stands on a leaderboard, summed up so that its forecasts can be let go."""

    name: str
    kind: Kind
    scores: Json
    """What it earned on its own, and the facts of its training."""
    daily: pd.DataFrame
    """`date horizon forecasts` and `MARKED`: number and means over firms and seeds."""
    firms: pd.Series[float]
    """Symbol → mean CRPS."""
    ahead: pd.DataFrame
    """`horizon forecasts` and the scores that are told by day ahead, a row a day ahead."""
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
        means = {score: (score, "mean") for score in MARKED}
        daily = by_day.agg(forecasts=("crps", "size"), **means)
        firms = marks.groupby("symbol", sort=True)["crps"].mean()
        pits = histogram({name: marks["pit"].to_numpy()})
        scores = {**scored(marks, SCORES), **facts}
        return cls(name, kind, scores, daily.reset_index(), firms, _ahead(marks), pits)


def kind_of(architecture: str) -> Kind:
    """Return what a trained architecture is on a leaderboard."""
    return "control" if architecture in CONTROLS else "network"


def by_day(daily: pd.DataFrame, score: str) -> pd.Series[float]:
    """Return the mean score of each day over its forecasts, whatever the days ahead.

    Parameters
    ----------
    daily
        `Entry.daily`, or some rows of it.
    score
        One of `MARKED`.
    """
    total = (daily[score] * daily["forecasts"]).groupby(daily["date"]).sum()
    return total / daily.groupby("date")["forecasts"].sum()


def _ahead(marks: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of each day ahead on its own."""
    told = [score for score in SCORES if score.ahead]
    return pd.DataFrame(
        [
            {"horizon": horizon, "forecasts": len(rows), **scored(rows, told)}
            for horizon, rows in marks.groupby("horizon", sort=True)
        ]
    )
