"""Tables of prices in the shapes that people keep them in, told apart by their columns.

Three shapes are known: long (a row a firm and date), wide (a date column, then a column a firm)
and single (one firm's prices, as Yahoo gives them; the file's name is the symbol).
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.sources.source import PRICES, firms_table

CSV = (".csv", ".csv.gz", ".csv.zip", ".csv.bz2", ".csv.xz")
PARQUET = (".parquet", ".pq")
DATE_NAMES = ("date", "datetime", "timestamp", "day")
SINGLE = {*PRICES, "dividends", "stock_splits", "capital_gains"}
NOTHING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None"]
OTHER_NAMES = {
    "ticker": "symbol",
    "adjclose": "adj_close",
    "adjusted_close": "adj_close",
    **dict.fromkeys(DATE_NAMES, "date"),
}


def is_table(path: Path) -> bool:
    """Say whether a file's name is that of a table of prices or firms."""
    return path.name.lower().endswith((*CSV, *PARQUET))


def symbol_of(path: Path) -> str:
    """Return a file's name without folder and suffixes, which may hold dots themselves."""
    return re.sub(r"(\.csv(\.\w+)?|\.parquet|\.pq)$", "", path.name, flags=re.IGNORECASE)


def read_prices(path: Path) -> tuple[pd.DataFrame, str]:
    """Read a table of prices of any shape.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file.

    Returns
    -------
    prices : DataFrame
        Long, as `Raw.prices`, in the file's order (a wide table's firms one after the other).
    shape : {"long", "wide", "single"}
        The shape that was found.

    Raises
    ------
    InputError
        If the file cannot be read, or its columns or values make no sense.
    """
    table = _read(path)
    known = {name: _plain(name) for name in table.columns}
    plain = set(known.values())
    if "date" not in plain:
        raise InputError(
            f"{path} has no date column: name one of its columns ({_names(table)}) date."
        )
    bases = plain & {"close", "adj_close"}
    if "symbol" in plain:
        if not bases:
            raise InputError(
                f"{path} has no column close or adj_close beside date and symbol, only "
                f"{_names(table)}: name the price column close."
            )
        return _long(table.rename(columns=_unique(known, path)), path), "long"
    if bases:
        return _single(table.rename(columns=_unique(known, path)), path), "single"
    dates = next(name for name, known_as in known.items() if known_as == "date")
    return _wide(table.rename(columns={dates: "date"}), path), "wide"


def read_firms(path: Path) -> pd.DataFrame:
    """Read a table of firms: `symbol`, and optionally `name sector industry market_cap as_of`.

    Raises
    ------
    InputError
        If the file cannot be read, has no symbols, or names a firm twice.
    """
    table = _read(path)
    table = table.rename(columns=_unique({c: _plain(c) for c in table.columns}, path))
    if "symbol" not in table:
        raise InputError(f"{path} has no column symbol, only {_names(table)}: add one.")
    table["symbol"] = _symbols(table["symbol"], path)
    twice = table.loc[table["symbol"].duplicated(), "symbol"]
    if len(twice):
        raise InputError(f"{path} has two rows for the firm {twice.iloc[0]}: keep one of them.")
    if "market_cap" in table:
        table["market_cap"] = _numbers(table["market_cap"], path)
    if "as_of" in table:
        table["as_of"] = _dates(table["as_of"], path, empty_allowed=True)
    for column in ("name", "sector", "industry"):
        if column in table:
            table[column] = table[column].astype("str").str.strip().replace("", None)
    return firms_table(table)


def _plain(name: object) -> str:
    """Return a column's name in the project's spelling: ``Adj Close`` is ``adj_close``."""
    text = str(name).strip().lower().replace(" ", "_").replace(".", "")
    return OTHER_NAMES.get(text, text)


def _names(table: pd.DataFrame) -> str:
    shown = [str(name) for name in table.columns[:8]]
    return ", ".join(shown) + (", …" if len(table.columns) > 8 else "")


def _unique(known: dict[str, str], path: Path) -> dict[str, str]:
    seen: dict[str, str] = {}
    for name, plain in known.items():
        if plain in seen and plain in {*SINGLE, "date", "symbol"}:
            raise InputError(
                f"{path} has the columns {seen[plain]} and {name}, which both mean {plain}: "
                "keep one of them."
            )
        seen[plain] = name
    return known


def _read(path: Path) -> pd.DataFrame:
    """Read a file as it is; text stays text, and a date index becomes a column."""
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty: give a file with a header and rows.")
        table = _read_parquet(path) if path.suffix.lower() in PARQUET else _read_csv(path)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist: check the path after files:.") from error
    except (OSError, ValueError) as error:
        kind = "Parquet" if path.suffix.lower() in PARQUET else "CSV"
        cause = str(error).strip().splitlines()[0].rstrip(".")
        raise InputError(
            f"{path} cannot be read as {kind} ({cause}): write it again or give another file."
        ) from error
    if table.empty:
        raise InputError(f"{path} has a header but no rows: give a file with prices.")
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV; only cells that are no symbols may be missing (NA is a ticker too)."""
    header = pd.read_csv(path, header=None, nrows=1, dtype="str", keep_default_na=False)
    names = [str(name).strip() for name in header.iloc[0]]
    # A column without a name is an index that was written along: the dates, or else row numbers.
    if names[0] == "" and not any(_plain(name) == "date" for name in names):
        names[0] = "date"
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{path} has two columns named {twice[0]}: rename or remove one of them.")
    texts = [name for name in names if _plain(name) == "symbol"]
    missing = {name: NOTHING for name in names if name not in texts}
    with warnings.catch_warnings():
        # Cells beyond the header would be dropped: as where 1,234.5 is written without quotes.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            table = pd.read_csv(
                path,
                header=None,
                skiprows=1,
                names=names,
                index_col=False,
                dtype=dict.fromkeys(texts, "str"),
                keep_default_na=False,
                na_values=missing,
                low_memory=False,
            )
        except pd.errors.ParserWarning as error:
            raise InputError(
                f"{path} has rows with more cells than the {len(names)} of its header "
                f"({', '.join(names[:8])}): separate cells by commas, and write numbers without "
                "commas in them."
            ) from error
    return table if names[0] else table.iloc[:, 1:]


def _read_parquet(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path)
    if "date" not in {_plain(name) for name in table.columns}:
        # Dates may be the index, alone or (as pandas writes long tables) beside the symbols.
        indexed = table.index.names
        if isinstance(table.index, pd.DatetimeIndex):
            table = table.rename_axis("date").reset_index()
        elif any(name is not None and _plain(name) == "date" for name in indexed):
            table = table.reset_index()
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise InputError(f"{path} has two columns named {twice[0]}: rename or remove one of them.")
    return table


def _long(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    values = [c for c in PRICES if c in table]
    prices = table[["date", "symbol", *values]].copy()
    prices["date"] = _dates(prices["date"], path)
    prices["symbol"] = _symbols(prices["symbol"], path)
    for column in values:
        prices[column] = _numbers(prices[column], path)
    return prices


def _single(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    for column in set(table.columns) - SINGLE - {"date"}:
        if not pd.api.types.is_numeric_dtype(table[column]):
            raise InputError(
                f"{path} has no column symbol beside date and close: "
                f"if the column {column} names the firms, call it symbol."
            )
    table.insert(1, "symbol", symbol_of(path))
    return _long(table, path)


def _wide(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    firms = [name for name in table.columns if name != "date"]
    if not firms:
        raise InputError(f"{path} has a date column and nothing else: add a column a firm.")
    dates = _dates(table["date"], path)
    values = np.column_stack([_numbers(table[firm], path).to_numpy() for firm in firms])
    symbols = _symbols(pd.Series([str(firm) for firm in firms]), path)
    return pd.DataFrame(
        {
            "date": np.tile(dates.to_numpy(), len(firms)),
            "symbol": symbols.repeat(len(dates)).to_numpy(),
            "close": values.ravel(order="F"),
        }
    ).astype({"symbol": "str"})


def _row(path: Path, at: int) -> str:
    """Name a row as a person finds it: by its line in a text file, else by its number."""
    parquet = path.suffix.lower() in PARQUET
    return f"row {at + 1} of {path}" if parquet else f"line {at + 2} of {path}"


def _symbols(column: pd.Series, path: Path) -> pd.Series:
    text = column.astype("str").str.strip()
    empty = np.flatnonzero(text.isna() | (text == ""))
    if len(empty):
        raise InputError(f"{_row(path, empty[0])} has no symbol: name its firm or remove the row.")
    return text


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    numbers = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero(numbers.isna() & column.notna())
    if len(bad):
        raise InputError(
            f"The column {column.name} in {_row(path, bad[0])} holds '{column.iloc[bad[0]]}' "
            "where a number belongs (of firms in rows, the columns are date, symbol and close): "
            "correct it."
        )
    return numbers.astype("float64")


def _dates(column: pd.Series, path: Path, *, empty_allowed: bool = False) -> pd.Series:
    """Return days (datetime64, midnight, without time zone)."""
    if pd.api.types.is_datetime64_any_dtype(column):
        days = column
    elif pd.api.types.is_numeric_dtype(column):
        # A number would be taken for nanoseconds since 1970; people mean 20200131.
        whole = column.where(column % 1 == 0).astype("Int64").astype("str")
        days = pd.to_datetime(whole, format="%Y%m%d", errors="coerce")
    else:
        days = _dates_of_text(column.astype("str"))
    bad = np.flatnonzero(days.isna() & (column.notna() | (not empty_allowed)))
    if len(bad):
        value = column.iloc[bad[0]]
        held = "no date" if pd.isna(value) else f"'{value}', which is no date"
        raise InputError(f"{_row(path, bad[0])} has {held}: write dates as YYYY-MM-DD.")
    midnight: pd.Series = days.dt.tz_localize(None).dt.normalize()
    return midnight.astype("datetime64[us]")


def _dates_of_text(text: pd.Series) -> pd.Series:
    # Yahoo writes the offset of the exchange behind the time of day; the day alone is meant, and
    # offsets that change with daylight saving would not go into one column.
    day = text.str.strip().str.replace(r"^(\d{4}-\d{2}-\d{2})[T ].*$", r"\1", regex=True)
    iso = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
    return iso if iso.notna().any() else pd.to_datetime(day, errors="coerce")
