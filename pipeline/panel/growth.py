"""Growth rates: the quantity that everything else is about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.ingest.prices import BASES
from pipeline.outputs import Grown, Ingested
from pipeline.settings.growth import Growth
from pipeline.words import plural

MOST = 0.2
"""Share of a firm's days that may lack the price to use."""


def grow(section: Growth, ingested: Ingested) -> Grown:
    """Turn prices into the panel of annualised growth rates.

    A growth rate is μ_t = (1/Δt)·ln(S_t / S_{t−1}) − r_f, taken over one session. Where the
    session before has no price the rate is a gap: dividing over a longer span would book
    several days' growth on one.

    Parameters
    ----------
    section
        Price basis, Δt and r_f.
    ingested
        Prices that passed quality control.

    Returns
    -------
    Grown
        Growth (T sessions × N symbols, 1/year; gaps are NaN) and its basis.

    Raises
    ------
    InputError
        If the asked price cannot be had from the columns at hand, or firms lack it on many days.
    """
    column, note = _column(section, ingested.prices)
    note = note or _lacking(ingested.prices, column)
    prices = _wide(ingested, _price(ingested.prices, column))
    logs = pd.DataFrame(np.log(prices.to_numpy()), index=prices.index, columns=prices.columns)
    growth = section.days_per_year * logs.diff().iloc[1:] - section.risk_free
    broken = ingested.prices.loc[ingested.prices["broken"], ["date", "symbol"]]
    rows = growth.index.get_indexer(pd.DatetimeIndex(broken["date"]))
    columns = growth.columns.get_indexer(pd.Index(broken["symbol"]))
    values = growth.to_numpy(copy=True)
    values[rows[rows >= 0], columns[rows >= 0]] = np.nan
    basis = {
        "asked": section.price,
        "used": column,
        "days_per_year": section.days_per_year,
        "risk_free": section.risk_free,
        "note": note,
    }
    table = pd.DataFrame(values, index=growth.index, columns=growth.columns)
    return Grown(table, basis, **_traded(section, ingested, table))


def _traded(section: Growth, ingested: Ingested, growth: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return how days were traded, as far as the source tells: a table of gaps tells nothing."""
    prices, found = ingested.prices, {}
    if {"high", "low"} <= set(prices):
        ratio = prices["high"] / prices["low"]
        logs = pd.Series(np.log(ratio.where(ratio >= 1.0)), index=prices.index)
        found["ranges"] = section.days_per_year * logs
    if "volume" in prices:
        found["volumes"] = prices["volume"]
    known = {name: values for name, values in found.items() if values.notna().any()}
    return {name: _wide(ingested, values).loc[growth.index] for name, values in known.items()}


def _column(section: Growth, prices: pd.DataFrame) -> tuple[str, str | None]:
    """Return the name of the price to use and, where it is not the one asked for, a note."""
    needed = ["high", "low", "close"] if section.price == "typical" else [section.price]
    missing = [name for name in needed if name not in prices]
    if not missing:
        return section.price, None
    if section.price == "adj_close" and "close" in prices:
        return "close", (
            "The source has no adjusted close, so growth is taken on the close: "
            "dividends are not in it."
        )
    raise InputError(
        f"growth.price asks for {section.price}, but the source has no "
        f"{' and no '.join(missing)}; set growth.price to one of the prices it has "
        f"({', '.join(c for c in ('adj_close', 'close', 'vwap') if c in prices)})."
    )


def _lacking(prices: pd.DataFrame, column: str) -> str | None:
    """Say on how many days firms lack the price to use, though they have another.

    Raises
    ------
    InputError
        If a firm lacks it on more than `MOST` of its days, so that its growth would be gaps.
    """
    other = prices[[c for c in BASES if c in prices]].notna().any(axis=1)
    lacks = (_price(prices, column).isna() & other).groupby(prices["symbol"])
    days, share = lacks.sum(), lacks.mean()
    firms = share.index[share > MOST]
    if len(firms):
        others = ", ".join(c for c in BASES if c in prices and c != column)
        raise InputError(
            f"growth.price asks for {column}, which {plural(len(firms), 'firm')} of {len(share)} "
            f"lack on more than {MOST:.0%} of their days (for example {firms[0]}): give it for all "
            f"of them, or set growth.price to another ({others})."
        )
    if not days.any():
        return None
    return (
        f"On {plural(int(days.sum()), 'day')} of {plural(int((days > 0).sum()), 'firm')} there is "
        f"no {column} beside another price: growth is a gap there."
    )


def _price(prices: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return the price to use."""
    if column == "typical":
        return (prices["high"] + prices["low"] + prices["close"]) / 3.0
    return prices[column]


def _wide(ingested: Ingested, values: pd.Series[float]) -> pd.DataFrame:
    """Return what is known of each firm and day as sessions × symbols."""
    prices = ingested.prices
    long = pd.DataFrame(
        {"date": prices["date"], "symbol": prices["symbol"], "value": values.astype(np.float64)}
    )
    wide = long.pivot_table(
        index="date", columns="symbol", values="value", aggfunc="last", dropna=False, observed=True
    )
    symbols = pd.Index(ingested.firms["symbol"].astype(str), name="symbol")
    return wide.reindex(index=pd.DatetimeIndex(ingested.sessions, name="date"), columns=symbols)
