"""Scores of forecasts: proper scores, errors of the location, coverage.

Growth is annualised, so CRPS, MAE and RMSE are in 1/year. Scores are means over firm-days;
what is undefined is null, never NaN.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import scoringrules

from pipeline.evaluation.forecasts import FirmDays, Rows
from pipeline.evaluation.student import StudentT, Values
from pipeline.outputs import Json

LEAST_FIRMS = 3
"""A correlation across fewer firms says nothing: of two firms it is always ±1."""


def crps(forecast: StudentT, growth: Values) -> Values:
    """Return the continuous ranked probability score of each forecast (lower is better).

    CRPS(F, y) = ∫ (F(x) − 1{x ≥ y})² dx, in the closed form of Jordan, Krüger and Lerch (2019,
    https://doi.org/10.18637/jss.v090.i12). Its unit is that of growth, and for a forecast
    without spread it is the absolute error.
    """
    score = scoringrules.crps_t(
        growth, forecast.df, forecast.location, forecast.scale, backend="numpy"
    )
    return np.asarray(score)


def log_score(forecast: StudentT, growth: Values) -> Values:
    """Return minus the log density at what happened (lower is better)."""
    return -forecast.log_density(growth)


def direction(location: Values, growth: Values) -> Values:
    """Return 1 where the sign of growth was forecast, 0 where not, NaN where either is zero."""
    agreement = np.sign(location) * np.sign(growth)
    return np.where(agreement == 0.0, np.nan, (agreement > 0.0).astype(np.float64))


def coverage(pit: Values, level: float) -> float:
    """Return the share of growth rates inside the central interval of a level (0 to 1)."""
    return float(np.mean(np.abs(pit - 0.5) <= 0.5 * level))


def information_coefficient(location: Values, growth: Values, across: Rows) -> float:
    """Return the mean over cross-sections of the correlation of forecast and growth.

    Parameters
    ----------
    location, growth
        R forecasts and what happened, 1/year.
    across
        R numbers of the cross-section (a day and a horizon) that each belongs to.

    Returns
    -------
    float
        Mean Pearson correlation across firms; cross-sections of fewer than `LEAST_FIRMS` firms, and
        those where either side is the same for all firms, are left out. NaN if none is left.

    Notes
    -----
    Grinold and Kahn, Active Portfolio Management (2000), chapter 6.
    """
    _, group = np.unique(across, return_inverse=True)
    firms = np.bincount(group)
    x, spread_x = _centred(location, group, firms)
    y, spread_y = _centred(growth, group, firms)
    usable = (firms >= LEAST_FIRMS) & (spread_x > 0.0) & (spread_y > 0.0)
    if not usable.any():
        return float("nan")
    products = np.bincount(group, x * y)[usable]
    return float(np.mean(products / np.sqrt(spread_x[usable] * spread_y[usable])))


def _centred(values: Values, group: Rows, firms: Rows) -> tuple[Values, Values]:
    """Return values less their group's mean, and each group's sum of squares of that.

    What is smaller than rounding is zero, or a constant forecast would seem to rank firms.
    """
    mean = np.bincount(group, values) / firms
    centred = values - mean[group]
    centred[np.abs(centred) <= 1e-12 * np.abs(mean[group])] = 0.0
    return centred, np.asarray(np.bincount(group, centred**2), dtype=np.float64)


def marks(forecast: StudentT, days: FirmDays) -> pd.DataFrame:
    """Return what each of R forecasts earned.

    Returns
    -------
    DataFrame
        R rows of `day horizon location growth crps log_score direction pit`; `pit` is the
        probability integral transform F(growth), uniform if the forecasts are calibrated.
    """
    return pd.DataFrame(
        {
            "day": days.day,
            "horizon": days.horizon,
            "location": forecast.location,
            "growth": days.growth,
            "crps": crps(forecast, days.growth),
            "log_score": log_score(forecast, days.growth),
            "direction": direction(forecast.location, days.growth),
            "pit": forecast.cdf(days.growth),
        }
    )


def summary(rows: pd.DataFrame) -> Json:
    """Return the scores of one set of forecasts from their marks."""
    error = (rows["growth"] - rows["location"]).to_numpy()
    location, growth = rows["location"].to_numpy(), rows["growth"].to_numpy()
    across = (rows["day"] * (rows["horizon"].max() + 1) + rows["horizon"]).to_numpy()
    pit = rows["pit"].to_numpy()
    figures = {
        "crps": rows["crps"].mean(),
        "log_score": rows["log_score"].mean(),
        "mae": np.abs(error).mean(),
        "rmse": np.sqrt(np.square(error).mean()),
        "directional_accuracy": rows["direction"].mean(),
        "information_coefficient": information_coefficient(location, growth, across),
        "coverage_50": coverage(pit, 0.5),
        "coverage_90": coverage(pit, 0.9),
    }
    return {name: float(value) if np.isfinite(value) else None for name, value in figures.items()}


def beside_baselines(network: pd.DataFrame, baselines: Mapping[str, pd.DataFrame]) -> Json:
    """Return the scores of a network beside those of the baselines on the same firm-days.

    Parameters
    ----------
    network
        Marks of the network.
    baselines
        Marks of each baseline.

    Returns
    -------
    dict
        The network's scores, the number of `forecasts`, `best_baseline` (the lowest CRPS on
        these very days), `crps_skill` (1 − CRPS / the best baseline's: above zero the network
        is better) and `baselines` (name → scores).
    """
    scores = summary(network)
    beside = {name: summary(rows) for name, rows in baselines.items()}
    best = min(beside, key=lambda name: beside[name]["crps"])
    return {
        **scores,
        "forecasts": len(network),
        "crps_skill": 1.0 - scores["crps"] / beside[best]["crps"],
        "best_baseline": best,
        "baselines": beside,
    }
