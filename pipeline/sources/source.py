"""What a source of prices is, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from pipeline.watch import Watch

PRICES = ("open", "high", "low", "close", "adj_close", "volume", "vwap")
"""Columns that a table of prices may have beside `date` and `symbol`."""

FIRMS = ("symbol", "name", "sector", "industry", "market_cap", "as_of")
"""Columns of a table of firms."""


@dataclass(frozen=True)
class Raw:
    """Prices as a source has them, faults included."""

    prices: pd.DataFrame
    """Long, in the source's own order of rows: `date` (datetime64, midnight), `symbol` (str),
    at least one of `close` and `adj_close`, and those others of `PRICES` that the source has
    (float); NaN where there is no price."""
    firms: pd.DataFrame
    """`FIRMS`, a row a symbol; missing values are None or NaN, and firms may be missing."""
    notes: list[str] = field(default_factory=list)
    """Sentences that belong beside any result."""
    understood: dict[str, Any] = field(default_factory=dict)
    """How files were read: `shape`, `written` (words), `columns` (their name → what they were
    taken for), `unused` columns, `files` and `listed` (rows of the table of firms)."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """How each symbol ended: ok, gone, renamed, empty, rate-limited or network (Yahoo only)."""


class Source(Protocol):
    """A place where daily prices of firms come from."""

    @property
    def name(self) -> str:
        """Short label for an experiment, such as ``sample`` or ``files:sp500``."""

    @property
    def describe(self) -> str:
        """One sentence that says what the prices are."""

    def digest(self, watch: Watch) -> str:
        """Digest of all that ``read`` gives, without reading more than it must."""

    def read(self, watch: Watch) -> Raw:
        """Prices and firms."""


def firms_table(rows: Mapping[str, Mapping[str, object]] | pd.DataFrame) -> pd.DataFrame:
    """Bring a table of firms to the columns `FIRMS`, missing ones empty.

    Parameters
    ----------
    rows : DataFrame or mapping
        A table with `symbol` and any of the other columns, or {symbol: {column: value}}.

    Returns
    -------
    DataFrame
        `FIRMS`; `market_cap` is float (USD), `as_of` is datetime64.
    """
    if not isinstance(rows, pd.DataFrame):
        rows = pd.DataFrame([{"symbol": symbol, **row} for symbol, row in rows.items()])
    table = rows.reindex(columns=list(FIRMS))
    text = ["symbol", "name", "sector", "industry"]
    return table.astype(
        dict.fromkeys(text, "str") | {"market_cap": "float64", "as_of": "datetime64[us]"}
    ).reset_index(drop=True)
