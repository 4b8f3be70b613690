"""Rules of quality for rows of prices: how each fault is found, shown and mended.

All rules but `unsorted` expect rows in the order that it mends, and prices that are positive
where an earlier rule had to see to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.ingest.prices import BASES
from pipeline.ingest.splits import reversals, splits
from pipeline.settings.ingest import Quality

Mask = NDArray[np.bool_]
EXAMPLES = 5
WRONG_CALENDAR = 0.05
"""Share of rows on closed days from which on the calendar is wrong, and not the rows."""


@dataclass(frozen=True)
class Setting:
    """What rules need to know beside the prices.

    Attributes
    ----------
    quality : Quality
        The configuration.
    source : str
        The source's name, for errors.
    today : datetime64
        Rows after this day are from the future.
    calendar : str
        The exchange's code.
    sessions : DatetimeIndex
        Days on which the exchange was open, over all dates of the prices.
    """

    quality: Quality
    source: str
    today: np.datetime64
    calendar: str
    sessions: pd.DatetimeIndex


@dataclass(frozen=True)
class Rule:
    """A fault of rows: how it is found, shown and mended."""

    name: str
    fault: str
    """Completes "12 rows …"."""
    remedy: str
    """Completes "12 rows …: …" after a repair."""
    find: Callable[[pd.DataFrame, Setting], Mask]
    mend: Callable[[pd.DataFrame, Mask], pd.DataFrame]
    grave: Callable[[pd.DataFrame, Mask], Mask] = lambda _, rows: rows
    """Those of the rows found for which a firm is set apart or the data refused."""
    show: Callable[[pd.DataFrame, int], str] | None = None
    """Detail of an example; the row's prices without it."""


def examples_of(
    prices: pd.DataFrame, rows: Mask, show: Callable[[pd.DataFrame, int], str] | None = None
) -> list[str]:
    """Describe the first few marked rows, such as ``AAPL 2020-01-02: close 0``."""
    texts = []
    for at in np.flatnonzero(rows)[:EXAMPLES]:
        detail = (show or _show_values)(prices, int(at))
        day = f"{prices['symbol'].iloc[at]} {prices['date'].iloc[at]:%Y-%m-%d}"
        texts.append(f"{day}: {detail}" if detail else day)
    return texts


def _show_values(prices: pd.DataFrame, at: int) -> str:
    names = [c for c in (*BASES, "open", "high", "low", "volume") if c in prices]
    values = prices[names].iloc[at].dropna()
    return ", ".join(f"{name} {value:g}" for name, value in values.items())


def _show_change(prices: pd.DataFrame, at: int) -> str:
    """Show a price beside the firm's price before (the row's own day comes last)."""
    basis = next(c for c in BASES[::-1] if c in prices and not pd.isna(prices[c].iloc[at]))
    earlier = prices[basis].iloc[:at].dropna().iloc[-1]
    return f"{basis} {earlier:g} → {prices[basis].iloc[at]:g}"


def _show_both(prices: pd.DataFrame, at: int) -> str:
    return f"{_show_values(prices, at)} or {_show_values(prices, at + 1)}"


def _same_firm(prices: pd.DataFrame) -> Mask:
    """Mark rows whose firm is also that of the row before."""
    codes = prices["symbol"].cat.codes.to_numpy()
    same = np.zeros(len(codes), dtype=bool)
    same[1:] = codes[1:] == codes[:-1]
    return same


def _drop(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    return prices[~rows].reset_index(drop=True) if rows.any() else prices


def _find_unsorted(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    order = np.argsort(prices["symbol"].cat.codes.to_numpy(), kind="stable")
    dates = prices["date"].to_numpy()[order]
    late = np.zeros(len(prices), dtype=bool)
    late[1:] = dates[1:] < dates[:-1]
    late &= _same_firm(prices.iloc[order])
    rows = np.zeros(len(prices), dtype=bool)
    rows[order] = late
    return rows


def _sort(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:  # noqa: ARG001
    keys = (prices["date"].to_numpy(), prices["symbol"].cat.codes.to_numpy())
    return prices.iloc[np.lexsort(keys)].reset_index(drop=True)


def _same_day(prices: pd.DataFrame) -> Mask:
    """Mark rows that have the firm and the date of the row before."""
    dates = prices["date"].to_numpy()
    same = _same_firm(prices)
    same[1:] &= dates[1:] == dates[:-1]
    return same


def _row_before(rows: Mask) -> Mask:
    """Mark the row before each marked row."""
    before = np.zeros_like(rows)
    before[:-1] = rows[1:]
    return before


def _find_duplicates(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    rows = _same_day(prices)
    # Equal rows need not be neighbours among those of one day, so all of the day are looked at;
    # they are few, which spares comparing every row with every other.
    crowd = rows | _row_before(rows)
    rows[crowd] = prices[crowd].duplicated().to_numpy()
    return rows


def _find_conflicts(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    # The last of a day is kept, so the rows before it are those at fault.
    return _row_before(_same_day(prices))


def _find_future(prices: pd.DataFrame, setting: Setting) -> Mask:
    return np.asarray(prices["date"].to_numpy() > setting.today)


def _find_off_calendar(prices: pd.DataFrame, setting: Setting) -> Mask:
    rows = ~prices["date"].isin(setting.sessions).to_numpy()
    if rows.sum() > WRONG_CALENDAR * len(prices):
        raise InputError(
            f"{rows.mean():.0%} of the rows of {setting.source} fall on days when "
            f"{setting.calendar} was closed (for example {examples_of(prices, rows)[0]}): set "
            "ingest.calendar to the ISO 10383 code of the exchange that the prices are from."
        )
    return rows


def _faulty_values(prices: pd.DataFrame) -> pd.DataFrame:
    names = [c for c in (*BASES, "open", "high", "low", "vwap") if c in prices]
    values = prices[names]
    faults = (values <= 0) | np.isinf(values)
    if "volume" in prices:
        faults["volume"] = (prices["volume"] < 0) | np.isinf(prices["volume"])
    return faults


def _find_nonpositive(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    return np.asarray(_faulty_values(prices).to_numpy().any(axis=1))


def _grave_nonpositive(prices: pd.DataFrame, rows: Mask) -> Mask:
    faults = _faulty_values(prices)
    return rows & faults[[c for c in BASES if c in faults]].to_numpy().any(axis=1)


def _blank_values(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    if not rows.any():
        return prices
    faults = _faulty_values(prices)
    return prices.assign(**{str(c): prices[c].mask(faults[c]) for c in faults})


def _find_crossed(prices: pd.DataFrame, setting: Setting) -> Mask:  # noqa: ARG001
    if not {"high", "low"} <= set(prices):
        return np.zeros(len(prices), dtype=bool)
    return np.asarray(prices["high"].to_numpy() < prices["low"].to_numpy())


def _blank_range(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    if not rows.any():
        return prices
    return prices.assign(**{name: prices[name].mask(rows) for name in ("high", "low")})


def _show_range(prices: pd.DataFrame, at: int) -> str:
    return f"high {prices['high'].iloc[at]:g}, low {prices['low'].iloc[at]:g}"


def _find_stale(prices: pd.DataFrame, setting: Setting) -> Mask:
    """Mark all but the first row of each long run of one price of one firm."""
    basis = prices[[c for c in BASES[::-1] if c in prices]].bfill(axis=1).iloc[:, 0].to_numpy()
    at = np.flatnonzero(~np.isnan(basis))
    price = basis[at]
    starts = ~_same_firm(prices.iloc[at])
    starts[1:] |= price[1:] != price[:-1]
    run = np.cumsum(starts) - 1
    long = np.bincount(run, minlength=1)[run] >= setting.quality.stale_days
    rows = np.zeros(len(prices), dtype=bool)
    rows[at] = long & ~starts
    return rows


def _find_jumps(prices: pd.DataFrame, setting: Setting) -> Mask:
    """Mark prices whose log return on the firm's price before is too large to be true.

    Both closes are looked at, since it is not known here which one growth is taken on.
    """
    rows = np.zeros(len(prices), dtype=bool)
    for basis in (c for c in BASES if c in prices):
        at = np.flatnonzero(prices[basis].notna())
        leap = np.zeros(len(at), dtype=bool)
        growth = np.diff(np.log(prices[basis].to_numpy()[at]))
        leap[1:] = np.abs(growth) >= setting.quality.jump_size
        rows[at] |= leap & _same_firm(prices.iloc[at])
    return rows


def _find_splits(prices: pd.DataFrame, setting: Setting) -> Mask:
    """Mark what looks like a split and is not a gap already."""
    return np.asarray(splits(prices, setting.quality.split_size) & ~prices["broken"].to_numpy())


def _find_reversals(prices: pd.DataFrame, setting: Setting) -> Mask:
    """Mark jumps that are taken back, and what takes them back, that are no gaps already."""
    rows = reversals(prices, setting.quality.reversal_size)
    return np.asarray(rows & ~prices["broken"].to_numpy())


def _mark_broken(prices: pd.DataFrame, rows: Mask) -> pd.DataFrame:
    return prices.assign(broken=prices["broken"] | rows)


RULES = (
    Rule("unsorted", "out of date order", "sorted", _find_unsorted, _sort),
    Rule("future", "dated after today", "dropped", _find_future, _drop),
    Rule("duplicates", "that repeat another one", "dropped", _find_duplicates, _drop),
    Rule(
        "conflicts",
        "that give a firm's day another price, as when two firms share a symbol",
        "dropped, the last row of each day kept",
        _find_conflicts,
        _drop,
        show=_show_both,
    ),
    Rule(
        "off_calendar",
        "on days when the exchange was closed",
        "dropped",
        _find_off_calendar,
        _drop,
    ),
    Rule(
        "nonpositive",
        "with a price that is zero, negative or infinite",
        "the values made gaps",
        _find_nonpositive,
        _blank_values,
        _grave_nonpositive,
    ),
    Rule(
        "crossed",
        "whose high is below the low",
        "both made gaps",
        _find_crossed,
        _blank_range,
        show=_show_range,
    ),
    Rule("stale", "that repeat one price for too long", "dropped", _find_stale, _drop),
    Rule(
        "jumps",
        "with a jump",
        "that day's growth made a gap",
        _find_jumps,
        _mark_broken,
        show=_show_change,
    ),
    Rule(
        "splits",
        "with growth as of a split that prices were not adjusted for",
        "that day's growth made a gap",
        _find_splits,
        _mark_broken,
        show=_show_change,
    ),
    Rule(
        "reversals",
        "with a jump that is soon taken back, or what takes it back",
        "these days' growth made gaps",
        _find_reversals,
        _mark_broken,
        show=_show_change,
    ),
)
"""In the order in which they act: later rules rely on what earlier ones mended."""
