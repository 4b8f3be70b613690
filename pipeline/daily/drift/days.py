"""What the data look like, and how the champion does, on each day: what drift is told from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.evaluation.columns import REFERENCE
from pipeline.evaluation.earned import marked
from pipeline.evaluation.forecasts import seasoned
from pipeline.evaluation.significance import LEAST_FIRMS
from pipeline.evaluation.student import Values
from pipeline.outputs import Baselined, Evaluated, Grown, Windowed

TAIL = 5.0
"""So many running volatilities from the day's median growth is in the tails."""
FIRM_DAY = ["date", "symbol", "horizon"]


def data_days(grown: Grown, windowed: Windowed) -> pd.DataFrame:
    """Return what the data look like on each day.

    Returns
    -------
    DataFrame
        T rows of `gaps zeros tails size market dispersion`: the share of the firms that have
        started without a growth rate; the share of growth rates that say that the price did not
        change; and, of growth in the running volatility of the day before, the share that is
        beyond `TAIL` from the day's median, the mean absolute value, the mean, and the mean
        distance from the day's median. For fewer than `LEAST_FIRMS` firms the tails are taken
        from zero, and dispersion is NaN.
    """
    growth = grown.growth.to_numpy(np.float64)
    known = np.isfinite(growth)
    scaled = pd.DataFrame(np.nan, index=grown.growth.index, columns=grown.growth.columns)
    ready = seasoned(growth, int(windowed.fold.lookback))[:-1]
    unit = np.asarray(windowed.unit, dtype=np.float64).T[:-1]
    scaled.iloc[1:] = np.where(ready, growth[1:] / unit, np.nan)
    several = np.isfinite(scaled).sum(axis=1) >= LEAST_FIRMS
    middle = scaled.median(axis=1).where(several, 0.0)
    size, apart = scaled.abs(), scaled.sub(middle, axis=0).abs()
    unchanged = growth == -float(grown.basis.get("risk_free", 0.0))
    started = np.logical_or.accumulate(known, axis=0)
    return pd.DataFrame(
        {
            "gaps": _share(~known & started, started),
            "zeros": _share(unchanged, known),
            "tails": _share(apart.to_numpy() > TAIL, np.isfinite(apart.to_numpy())),
            "size": size.mean(axis=1),
            "market": scaled.mean(axis=1),
            "dispersion": apart.mean(axis=1).where(several),
        },
        index=grown.growth.index,
    )


def champion_days(evaluated: Evaluated, baselined: Baselined) -> pd.DataFrame:
    """Return how the champion did on each day that it forecast, over all firms and horizons.

    Returns
    -------
    DataFrame
        `crps log_score coverage_90 spread`, a row a day: CRPS over that of `REFERENCE`; log
        score less its; the share inside the 90 % interval; mean |2 PIT − 1|, which is above 0.5
        where intervals are too narrow, less its.

    Raises
    ------
    InputError
        If there are no forecasts of `REFERENCE`.
    """
    rows = baselined.forecasts
    rows = rows[rows["baseline"] == REFERENCE]
    if rows.empty:
        raise InputError(
            f"The baselines have no forecasts of {REFERENCE}, which drift is measured beside: "
            "run the baselines again."
        )
    both = _earned(evaluated.forecasts).join(_earned(rows).add_suffix("_beside"), how="inner")
    both = both.dropna().assign(held=lambda rows: (rows["spread"] <= 0.9).astype(np.float64))
    days = both.groupby("date", sort=True).mean()
    return pd.DataFrame(
        {
            "crps": days["crps"] / days["crps_beside"],
            "log_score": days["log_score"] - days["log_score_beside"],
            "coverage_90": days["held"],
            "spread": days["spread"] - days["spread_beside"],
        }
    )


def _earned(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return `crps log_score spread` of each firm-day."""
    earned = marked(forecasts).set_index(FIRM_DAY)
    spread = (2.0 * earned["pit"] - 1.0).abs()
    return earned[["crps", "log_score"]].assign(spread=spread)


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> Values:
    """Return the share of a whole on each day; NaN where there is none."""
    count = whole.sum(axis=1).astype(np.float64)
    unknown = np.full(len(count), np.nan)
    return np.asarray(np.divide(part.sum(axis=1), count, out=unknown, where=count > 0))
