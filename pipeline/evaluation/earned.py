"""What each forecast earned, and the scores of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pipeline.evaluation.forecasts import forecast_of
from pipeline.evaluation.marks import Marks
from pipeline.evaluation.score import Score
from pipeline.evaluation.scores import MARKED
from pipeline.outputs import Json


def marked(forecasts: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return what each row of a forecast table earned.

    Parameters
    ----------
    forecasts
        R rows of `date symbol horizon location scale df skew growth`.
    seed
        Of the training.

    Returns
    -------
    DataFrame
        R rows of `date symbol seed horizon location growth`, a column a score of `MARKED`
        (`crps log_score qlike`) and `pit`: the probability integral transform F(growth), uniform
        if the forecasts are calibrated. `location` is the mean of the forecast: what errors,
        signs and ranks are judged by. It is the forecast's own location where there is no skew.
    """
    forecast = forecast_of(forecasts)
    growth = forecasts["growth"].to_numpy(np.float64)
    return pd.DataFrame(
        {
            "date": forecasts["date"].to_numpy(),
            "symbol": forecasts["symbol"].array,
            "seed": seed,
            "horizon": forecasts["horizon"].to_numpy(),
            "location": forecast.mean,
            "growth": growth,
            **{key: mark(forecast, growth) for key, mark in MARKED.items()},
            "pit": forecast.cdf(growth),
        }
    )


def defined(found: Mapping[str, float]) -> Json:
    """Return numbers as plain JSON: None in place of those that are not defined."""
    return {key: value if np.isfinite(value) else None for key, value in found.items()}


def scored(table: pd.DataFrame, scores: Iterable[Score]) -> dict[str, float]:
    """Return some scores of a table of `marked` by key; what is not defined is NaN."""
    marks = Marks(table)
    return {score.key: score.of(marks) for score in scores}
