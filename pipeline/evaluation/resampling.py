"""Intervals of mean scores and the set of the best models, by redrawing blocks of days.

Whole days are drawn, with all their firms: firms of one day are not independent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.evaluation.significance import LEAST_DAYS


def block_length(series: NDArray[np.float64]) -> float:
    """Return the longest of the optimal mean block lengths of some daily series (T × M).

    The rule is that of Politis and White (Econometric Reviews 23, 2004), corrected by Patton,
    Politis and White (Econometric Reviews 28, 2009).
    """
    from arch.bootstrap import optimal_block_length

    varying = series[:, np.ptp(series, axis=0) > 0.0]
    if not varying.size:
        return 1.0
    return float(np.nanmax([1.0, *optimal_block_length(varying)["stationary"]]))


def bootstrap_intervals(
    daily: pd.DataFrame,
    level: float = 0.95,
    reps: int = 1000,
    seed: int = 0,
    relative_to: str | None = None,
) -> pd.DataFrame:
    """Return intervals of mean scores by the stationary bootstrap over days.

    Blocks of days of random length are drawn, the same for every model (Politis and Romano,
    Journal of the American Statistical Association 89, 1994), and the quantiles of the redrawn
    means are the interval.

    Most of what a mean score owes to chance is whether the days were wild or calm, which all
    models share. So two models whose intervals overlap may well differ; the interval of the
    ratio to one of them tells.

    Parameters
    ----------
    daily
        Days × models: each model's score of a day, the mean over firms. Days with a NaN are
        left out.
    level
        Of the interval.
    reps
        Redrawn samples.
    seed
        Of the draws.
    relative_to
        A model; intervals are then of every model's mean over this one's, of the same draw.

    Returns
    -------
    DataFrame
        `mean low high`, a row a model; NaN for fewer than `LEAST_DAYS` days.
    """
    from arch.bootstrap import StationaryBootstrap

    known = daily.dropna()
    mean = known.mean()
    ends = np.full((2, daily.shape[1]), np.nan)
    if len(known) >= LEAST_DAYS:
        values = known.to_numpy(np.float64)
        unit = known.columns == relative_to  # the column of the other model, or none
        series = values - values[:, unit] if unit.any() else values
        bootstrap = StationaryBootstrap(_whole(block_length(series)), values, seed=seed)
        means = bootstrap.apply(lambda drawn: drawn.mean(axis=0), reps)
        means = means / means[:, unit] if unit.any() else means
        ends = np.quantile(means, [0.5 - 0.5 * level, 0.5 + 0.5 * level], axis=0)
    if relative_to is not None:
        mean = mean / mean[relative_to]
    return pd.DataFrame({"mean": mean, "low": ends[0], "high": ends[1]}, index=daily.columns)


def confidence_set(
    daily: pd.DataFrame, size: float = 0.1, reps: int = 1000, seed: int = 0
) -> pd.Series[float]:
    """Return each model's p-value in the model confidence set.

    The worst model is taken out until the rest cannot be told apart; the set of those with
    p > size holds the best model with probability 1 − size (Hansen, Lunde and Nason,
    Econometrica 79, 2011; the range statistic over the stationary bootstrap).

    Parameters
    ----------
    daily
        Days × models: mean losses of a day. Days with a NaN are left out.
    size
        1 − confidence; at which p-values are compared.
    reps, seed
        Of the bootstrap.

    Returns
    -------
    Series
        Model → p-value; NaN for fewer than `LEAST_DAYS` days or fewer than two models. The sample
        itself counts as one of the draws, so that none is below 1 / (1 + reps): draws that never
        reach what was found do not make it impossible (Davison and Hinkley, Bootstrap Methods
        and their Application, 1997, section 4.2.3).
    """
    from arch.bootstrap import MCS

    known = daily.dropna()
    # Models with the same losses on every day have no difference that could be tested.
    _, first, twin = np.unique(
        known.to_numpy(np.float64), axis=1, return_index=True, return_inverse=True
    )
    if len(known) < LEAST_DAYS or len(first) < 2:
        return pd.Series(np.nan, index=daily.columns, name="p_value")
    known = known.iloc[:, first]
    values = known.to_numpy(np.float64)
    block = _whole(block_length(values - values.mean(axis=1, keepdims=True)))
    found = MCS(known, size=size, reps=reps, block_size=block, seed=seed)
    found.compute()
    # arch gives the share of draws beyond what was found, made not to fall from model to model.
    share = found.pvalues["Pvalue"].reindex(known.columns).to_numpy(np.float64)
    p_values = (1.0 + reps * share) / (1.0 + reps)
    return pd.Series(p_values[twin], index=daily.columns, name="p_value")


def _whole(length: float) -> int:
    """Round a block length up to whole days."""
    return max(1, int(np.ceil(length)))
