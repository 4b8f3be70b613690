"""Prices as DataFrames: read as every source is read, and kept where a run can find them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from firmament.asked import settings_of
from pipeline.errors import InputError
from pipeline.settings.settings import Settings
from pipeline.sources import open_source
from pipeline.sources.formats import understood
from pipeline.sources.sheet import framed
from pipeline.sources.source import firms_table
from pipeline.store import disk, open_store
from pipeline.store.file import whole
from pipeline.watch import Silence

Prices = str | Path | pd.DataFrame
"""A source's text, such as ``"sample"`` or ``"files:prices"``, a path, or a table."""
FRAME = Path("DataFrame")
"""What a table of a caller's own is called in sentences."""


def read_prices(prices: Prices) -> pd.DataFrame:
    """Read daily prices of firms in any shape in which people keep them.

    Parameters
    ----------
    prices : str, Path or DataFrame
        A CSV or Parquet file, a folder of them, a source's text (``"sample"``,
        ``"yahoo:AAPL,MSFT"``), or a table: long (`date symbol close …`, a row a firm and day), or
        wide (dates × symbols, closes).

    Returns
    -------
    DataFrame
        Long: `date` (datetime64, midnight), `symbol`, at least one of `close` and `adj_close`, and
        of `open high low volume vwap` those that there are; NaN where there is no price. Faults of
        single prices are in it: a run's quality rules judge them.

    Raises
    ------
    InputError
        If there is no such file, or its columns or cells make no sense.

    Examples
    --------
    >>> prices = read_prices("sample")
    >>> list(prices), prices["symbol"].nunique()
    (['date', 'symbol', 'adj_close'], 20)
    >>> wide = prices.pivot(index="date", columns="symbol", values="adj_close")
    >>> list(read_prices(wide))
    ['date', 'symbol', 'close']
    """
    if isinstance(prices, pd.DataFrame):
        return understood(framed(prices, FRAME)).prices
    settings = settings_of(source=text_of(prices))
    cache = open_store(settings.data_root, settings.mirror_root).cache
    return (
        open_source(settings.source, settings.ingest, settings.yahoo, cache).read(Silence()).prices
    )


def text_of(prices: str | Path) -> str:
    """Return a source's text; a path is one of files."""
    return f"files:{prices}" if isinstance(prices, Path) else prices


def priced(settings: Settings, prices: Prices | None, firms: pd.DataFrame | None) -> Settings:
    """Return settings whose source are some prices, unless these are None; errors as below."""
    if prices is None:
        prices = settings.source
    return settings.model_copy(update={"source": source_of(prices, firms, settings)})


def source_of(prices: Prices, firms: pd.DataFrame | None, settings: Settings) -> str:
    """Return the text of a source of prices; a table is kept in the store's cache first.

    There processes beside a run find it, and later runs: under a digest of what is in it, so
    that the same table is the same source.

    Parameters
    ----------
    prices
        The prices.
    firms
        `symbol` and any of `name sector industry market_cap as_of`, for prices in a table.
    settings
        Of which the store is taken.

    Raises
    ------
    InputError
        If the tables make no sense, or `firms` comes with a source that has its own.
    """
    if not isinstance(prices, pd.DataFrame):
        if firms is not None:
            raise InputError(
                "A table of firms is taken beside a table of prices: a source has one of its own "
                "(firms.csv beside its files)."
            )
        return text_of(prices)
    tables = {"prices": read_prices(prices)}
    if firms is not None:
        if "symbol" not in firms:
            raise InputError("The table of firms has no column symbol: name one so.")
        tables["firms"] = firms_table(firms)
    content = {name: table.to_parquet(index=False) for name, table in tables.items()}
    digest = hashlib.sha256(b"".join(content.values())).hexdigest()[:12]
    store = open_store(settings.data_root, settings.mirror_root)
    store.prepare()
    folder = store.root / "cache" / "frames" / digest
    with disk.told(store.root):
        folder.mkdir(parents=True, exist_ok=True)
    for name, written in content.items():
        with whole(folder / f"{name}.parquet", "table") as draft:
            draft.write_bytes(written)
    return f"files:{folder}"
