"""The firm-days that are forecast and judged, and forecasts as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.evaluation.student import StudentT, Values, symmetric

Rows = NDArray[np.intp]
Panel = NDArray[np.float64]
"""T days × N firms; gaps are NaN."""
QUANTILE = re.compile(r"q\d+(\.\d+)?")
"""Names of the columns of quantiles."""


@dataclass(frozen=True)
class FirmDays:
    """R forecasts that can be judged: one a firm, a day and a horizon.

    They stand in the order of the day that is forecast, then the firm, then the horizon.
    """

    origin: Rows
    """R positions of the day at whose end the forecast is made."""
    horizon: Rows
    """R days ahead, from 1 on."""
    firm: Rows
    """R positions of the firm."""
    growth: Values
    """R realised growth rates, 1/year."""
    left_out: int = 0
    """Realised growth rates that are not forecast: the firm's history was too short."""

    def and_of(self, other: FirmDays) -> FirmDays:
        """Return these and those of another list after them."""
        return FirmDays(
            np.append(self.origin, other.origin),
            np.append(self.horizon, other.horizon),
            np.append(self.firm, other.firm),
            np.append(self.growth, other.growth),
        )

    @property
    def day(self) -> Rows:
        """R positions of the day that is forecast."""
        return self.origin + self.horizon

    def of(self, panel: Values) -> Values:
        """Return R values of a panel of origins (T × N, or H × T × N by horizon)."""
        horizons = int(self.horizon.max(initial=1))
        by_horizon = np.broadcast_to(panel, (horizons, *panel.shape[-2:]))
        return np.asarray(by_horizon[self.horizon - 1, self.origin, self.firm])


def seasoned(growth: Panel, lookback: int) -> NDArray[np.bool_]:
    """Return where a firm has had `lookback` growth rates up to that day (T × N)."""
    return np.asarray(np.cumsum(np.isfinite(growth), axis=0) >= lookback)


def firm_days(growth: Panel, origins: range, horizon: int, lookback: int) -> FirmDays:
    """List the forecasts from some origins that can be judged.

    A gap cannot be judged. A firm with fewer than `lookback` growth rates up to the origin is
    not forecast either: the network was never shown such a firm in training, and the baselines
    would have next to nothing to go by.

    Parameters
    ----------
    growth
        T × N, 1/year; gaps are NaN.
    origins
        Positions of the days at whose end a forecast is made.
    horizon
        Days ahead, H: growth of the days origin + 1 … origin + H is forecast.
    lookback
        Growth rates that a firm must have up to the origin.

    Returns
    -------
    FirmDays
        One row a firm, day and horizon, and how many were left out.
    """
    starts = np.asarray(origins, dtype=np.intp)
    known = seasoned(growth, lookback)[starts]
    days = starts[:, None] + np.arange(1, horizon + 1)
    later = np.vstack([growth, np.full((horizon, growth.shape[1]), np.nan)])[days]
    real = np.isfinite(later)
    row, ahead, firm = np.nonzero(real & known[:, None, :])
    order = np.lexsort((ahead, firm, days[row, ahead]))
    row, ahead, firm = row[order], ahead[order], firm[order]
    left_out = int(real.sum()) - len(row)
    return FirmDays(starts[row], ahead + 1, firm, later[row, ahead, firm], left_out)


def network_forecast(
    raw: NDArray[np.float32], first: int, days: FirmDays, unit: NDArray[np.float32]
) -> StudentT:
    """Return the network's forecasts of the firm-days, in 1/year.

    Parameters
    ----------
    raw
        N × origins × H × 4: location, scale, degrees of freedom and skew of scaled growth.
    first
        Position of the first origin.
    days
        The R firm-days.
    unit
        N × T: what growth is measured in at the end of each day, 1/year.

    Returns
    -------
    StudentT
        R forecasts.
    """
    parts = raw[days.firm, days.origin - first, days.horizon - 1]
    return in_growth(parts, unit[days.firm, days.origin])


def in_growth(raw: NDArray[np.float32], unit: NDArray[np.float32]) -> StudentT:
    """Return what a network says as forecasts in 1/year.

    Parameters
    ----------
    raw
        … × 4: location, scale, degrees of freedom and skew of scaled growth; of a network
        without skew … × 3.
    unit
        …: what growth is measured in, 1/year.
    """
    own = unit.astype(np.float64)
    location, scale, df, *skew = np.moveaxis(raw.astype(np.float64), -1, 0)
    return StudentT(location * own, scale * own, df, skew[0] if skew else np.zeros_like(df))


def forecast_table(forecast: StudentT, days: FirmDays, labels: pd.DataFrame) -> pd.DataFrame:
    """Return forecasts as a long table.

    Parameters
    ----------
    forecast
        R forecasts.
    days
        Their firm-days.
    labels
        Growth as a table (T dates × N symbols), which the firm-days count positions in.

    Returns
    -------
    DataFrame
        R rows of `date symbol horizon location scale df skew`; `date` is the day that is
        forecast.
    """
    return pd.DataFrame(
        {
            "date": labels.index.to_numpy()[days.day],
            "symbol": labels.columns.astype("str").take(days.firm).array,
            "horizon": days.horizon.astype(np.int16),
            "location": forecast.location,
            "scale": forecast.scale,
            "df": forecast.df,
            "skew": forecast.skew,
        }
    )


def forecast_of(table: pd.DataFrame) -> StudentT:
    """Return the forecasts of a table of `location scale df skew`.

    A table without `skew`, as older runs wrote it, has none.
    """
    location, scale, df = (table[name].to_numpy(np.float64) for name in ("location", "scale", "df"))
    if "skew" not in table:
        return symmetric(location, scale, df)
    return StudentT(location, scale, df, table["skew"].to_numpy(np.float64))


def with_quantiles(
    table: pd.DataFrame, forecast: StudentT, growth: Values, levels: Sequence[float]
) -> pd.DataFrame:
    """Return the table with the realised `growth` and a column for each quantile level."""
    quantiles = {quantile_column(level): forecast.quantile(level) for level in levels}
    return table.assign(growth=growth, **quantiles)


def in_percent(table: pd.DataFrame, growth: Mapping[str, Any]) -> pd.DataFrame:
    """Return forecasts of growth rates as forecasts of the day's log return in percent.

    Parameters
    ----------
    table
        `location`, `scale` and quantiles in 1/year.
    growth
        How growth was taken: `days_per_year`, and `risk_free` in 1/year.

    Returns
    -------
    DataFrame
        The same columns; μ is turned back to 100 · (μ + r_f) · Δt, and the scale to 100 · σ · Δt.
    """
    levels = ["location", *(name for name in map(str, table) if QUANTILE.fullmatch(name))]
    days = growth["days_per_year"]
    found = table.assign(scale=100.0 * table["scale"] / days)
    found[levels] = 100.0 * (table[levels] + growth["risk_free"]) / days
    return found


def quantile_column(level: float) -> str:
    """Return the name of a quantile's column: `q05` for 0.05, `q97.5` for 0.975."""
    return f"q{round(100.0 * level, 8):02.10g}"
