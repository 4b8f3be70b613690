"""The table that a forecaster is asked with: recent growth of every firm, and how it was traded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.features.units import Panel
from pipeline.outputs import Grown

COLUMNS = ("date", "symbol", "growth")
TRADED = {"range": "ranges", "volume": "volumes"}
"""Columns that a table may have beside, and what a panel of them is called."""
YEARS = (1900, 2200)
"""Dates before or after are taken for misprints: every session up to the last has a place."""


@dataclass(frozen=True)
class Recent:
    """Recent days of firms, as dates × symbols in order."""

    growth: pd.DataFrame
    """1/year; gaps are NaN."""
    ranges: pd.DataFrame | None = None
    """ln(high / low), 1/year; None where the table has none."""
    volumes: pd.DataFrame | None = None
    """Shares; None where the table has none."""

    @classmethod
    def of(cls, grown: Grown, days: int) -> Recent:
        """Return growth rates and what is known beside, of firms that had one on the last days."""
        growth = grown.growth.loc[:, grown.growth.iloc[-days:].notna().any()]
        panels = {"ranges": grown.ranges, "volumes": grown.volumes}
        beside = {
            name: panel.reindex_like(growth) for name, panel in panels.items() if not panel.empty
        }
        return cls(growth, **beside)

    @classmethod
    def read(cls, table: pd.DataFrame) -> Recent:
        """Read a table `date symbol growth`, with or without `range` and `volume`.

        Raises
        ------
        InputError
            For a table that lacks a column or a row, has a date that is none, a value that is no
            number or not finite, or a firm twice on a day.
        """
        table = _checked(table)
        panels = {
            name: table.set_index(["date", "symbol"])[column].unstack().sort_index()  # noqa: PD010
            for column, name in {"growth": "growth", **TRADED}.items()
            if column in table
        }
        return cls(**panels)

    def on(self, dates: pd.Index[Any]) -> Recent:
        """Return the same on other dates; those that were not there are gaps."""
        panels = {name: panel for name, panel in vars(self).items() if panel is not None}
        return Recent(**{name: panel.reindex(dates) for name, panel in panels.items()})

    def arrays(self) -> tuple[Panel, Panel | None, Panel | None]:
        """Return growth, ranges and volumes as arrays, None where there is none."""
        beside = (self.ranges, self.volumes)
        ranges, volumes = (None if panel is None else _array(panel) for panel in beside)
        return _array(self.growth), ranges, volumes


def _array(panel: pd.DataFrame) -> Panel:
    """Return a panel laid out as in training: sums round the same way every time."""
    return np.ascontiguousarray(panel.to_numpy(dtype=np.float64))


def _checked(recent: pd.DataFrame) -> pd.DataFrame:
    """Return the known columns of a table with the right types."""
    missing = [name for name in COLUMNS if name not in recent]
    if missing:
        raise InputError(
            f"The table of growth has no column {missing[0]}: it needs {', '.join(COLUMNS)}."
        )
    if recent.empty:
        raise InputError("The table of growth has no row: give recent days of every firm.")
    if pd.api.types.is_numeric_dtype(recent["date"]):
        raise InputError("The table of growth has dates that are numbers: write them 2022-12-30.")
    values = [name for name in ("growth", *TRADED) if name in recent]
    try:
        dates = pd.to_datetime(recent["date"]).dt.tz_localize(None).dt.normalize()
        numbers = {name: pd.to_numeric(recent[name]).astype(np.float64) for name in values}
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The table of growth cannot be read ({error}): mend that cell."
        ) from error
    if dates.isna().any() or recent["symbol"].isna().any():
        raise InputError("The table of growth has a row without a date or a symbol: mend it.")
    _check_years(dates)
    if np.isinf(numbers["growth"]).any():
        raise InputError("The table of growth has an infinite growth rate: mend or drop that row.")
    for name in values[1:]:
        if np.isinf(numbers[name]).any() or (numbers[name] < 0.0).any():
            raise InputError(
                f"The table of growth has a {name} that is infinite or below zero: mend that cell."
            )
    table = pd.DataFrame({"date": dates, "symbol": recent["symbol"].astype(str), **numbers})
    twice = table.duplicated(["date", "symbol"])
    if twice.any():
        row = table[twice].iloc[0]
        raise InputError(
            f"The table of growth has {row['symbol']} twice on {row['date']:%Y-%m-%d}: keep one."
        )
    return table


def _check_years(dates: pd.Series[pd.Timestamp]) -> None:
    """Refuse dates that can only be misprints."""
    odd = dates[~dates.dt.year.between(*YEARS)]
    if len(odd):
        raise InputError(
            f"The table of growth has the date {odd.iloc[0].date()}, which is not between the "
            f"years {YEARS[0]} and {YEARS[1]}: mend it."
        )
