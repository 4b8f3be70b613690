"""Tables of prices in the shapes that people keep them in, told apart by their columns.

Long has a row a firm and date, wide a date column and then a column a firm, single one firm's
prices (the file's name is the symbol). yfinance writes fields and firms in two rows of a header,
and CRSP numbers firms beside tickers that change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pipeline.errors import InputError
from pipeline.sources.columns import (
    TERMS,
    field_and_firm,
    meant,
    no_firm,
    of_one_firm,
    plain,
    shown_names,
)
from pipeline.sources.sheet import Sheet, open_sheet, symbol_of
from pipeline.sources.source import PRICES
from pipeline.words import brief

_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
ENOUGH = 60
"""Days from which on columns tell by their values that they are no firms."""
SEVERAL = 0.5
"""Share of rows of a day that another row has, from which on they are of several firms."""


@dataclass(frozen=True)
class Prices:
    """What a file of prices holds, and how it was understood."""

    prices: pd.DataFrame
    """Long, as `Raw.prices`, in the file's order (a wide table's firms one after the other)."""
    shape: str
    """long, wide, single, yfinance or CRSP."""
    written: str
    """Separators, decimals and the form of days, in words."""
    taken: dict[str, str] = field(default_factory=dict)
    """The columns that were taken for a price, and for which."""
    unused: list[str] = field(default_factory=list)
    """The columns that were passed over."""


def read_prices(path: Path) -> Prices:
    """Read a table of prices of any shape.

    Raises
    ------
    InputError
        If the file cannot be read, or its columns or values make no sense.
    """
    return understood(open_sheet(path, "prices"))


def understood(sheet: Sheet) -> Prices:
    """Tell by its columns what shape a table of prices has, and read it; errors as above."""
    path = sheet.path
    if len(sheet.headers) == 2:
        return _yfinance(sheet)
    names = {plain(name) for name in sheet.names}
    terms = {TERMS.get(name) for name in names}
    if "date" not in terms:
        _no_days(sheet, terms)
        raise InputError(
            f"{path} has no date column: name one of its columns ({shown_names(sheet.names)}) date."
        )
    if {"permno", "prc"} <= names or {"permno", "dlyprc"} <= names:
        return _crsp(sheet)
    if "symbol" in terms:
        return _long(sheet)
    numeric = [name for at, name in enumerate(sheet.names) if is_numeric_dtype(sheet.table[at])]
    return _single(sheet) if of_one_firm(sheet.names, numeric) else _wide(sheet)


def _no_days(sheet: Sheet, terms: set[str | None]) -> None:
    """Say what a table without days is, where its names tell."""
    if _DAY.match(sheet.names[0]):
        raise InputError(
            f"{sheet.path} has no row of names, its first line holds prices: write the names of "
            "the columns above them."
        )
    if sum(bool(_DAY.match(name)) for name in sheet.names) > len(sheet.names) / 2:
        raise InputError(f"{sheet.path} has a column a day: turn it, so that a row is a day.")
    if "symbol" in terms and not terms & set(PRICES):
        raise InputError(
            f"{sheet.path} has symbols, but no column date and none of prices, only "
            f"{shown_names(sheet.names)}: name them, or call it firms.csv if it is the table of "
            "firms, and leave the prices beside it."
        )


def _told(sheet: Sheet, prices: pd.DataFrame, shape: str, used: dict[int, str]) -> Prices:
    """Say how a sheet was understood; `used` has the term of each column that was taken."""
    taken = {sheet.names[at]: term for at, term in used.items() if term in PRICES}
    unused = [name for at, name in enumerate(sheet.names) if at not in used]
    return Prices(prices, shape, sheet.written, taken, unused)


def _terms(sheet: Sheet) -> dict[int, str]:
    """Return what columns mean by their position, for those that are known."""
    known = meant(sheet.names, sheet.path)
    return {at: known[name] for at, name in enumerate(sheet.names) if name in known}


def _priced(sheet: Sheet, terms: dict[int, str]) -> dict[str, int]:
    """Return the positions of the columns by their term; one of them must be a close."""
    at = {term: position for position, term in terms.items()}
    if not {"close", "adj_close"} & set(at):
        beside = "date and symbol" if "symbol" in at else "the date"
        raise InputError(
            f"{sheet.path} has no column close or adj_close beside {beside}, only "
            f"{shown_names(sheet.names)}: name the price column close."
        )
    return at


def _values(sheet: Sheet, at: dict[str, int]) -> dict[str, pd.Series]:
    return {term: sheet.numbers(at[term]) for term in PRICES if term in at}


def _long(sheet: Sheet) -> Prices:
    terms = _terms(sheet)
    at = _priced(sheet, terms)
    firms = {"date": sheet.days(at["date"]), "symbol": sheet.symbols(at["symbol"])}
    return _told(sheet, pd.DataFrame(firms | _values(sheet, at)), "long", terms)


def _single(sheet: Sheet) -> Prices:
    terms = _terms(sheet)
    at = _priced(sheet, terms)
    for position, name in enumerate(sheet.names):
        if position not in terms:
            _no_symbols(sheet, position, name)
    days = sheet.days(at["date"])
    firm = {"date": days, "symbol": symbol_of(sheet.path)}
    if days.duplicated().mean() > SEVERAL:
        raise InputError(
            f"{sheet.path} has several rows of a day and no column symbol: add one that names "
            "their firms."
        )
    prices = pd.DataFrame(firm | _values(sheet, at))
    return _told(sheet, prices.astype({"symbol": "str"}), "single", terms)


def _no_symbols(sheet: Sheet, position: int, name: str) -> None:
    """Refuse a column of words, which may name the firms."""
    words = sheet.table[position].dropna().astype("str").unique()
    if len(words) > 1 and any(re.fullmatch(r"[A-Za-z][A-Za-z .&-]*", word) for word in words):
        raise InputError(
            f"{sheet.path} has no column symbol beside date and close: if the column {brief(name)} "
            "names the firms, call it symbol."
        )


def _wide(sheet: Sheet) -> Prices:
    date = next(at for at, name in enumerate(sheet.names) if TERMS.get(plain(name)) == "date")
    firms = [at for at in range(len(sheet.names)) if at != date]
    if not firms:
        raise InputError(f"{sheet.path} has a date column and nothing else: add a column a firm.")
    names = [sheet.names[at] for at in firms]
    days = sheet.days(date)
    if days.duplicated().mean() > SEVERAL:
        raise InputError(
            f"{sheet.path} has several rows of a day and no column symbol, only "
            f"{shown_names(names)}: call the one that names the firms symbol."
        )
    if (name := field_and_firm(names)) is not None:
        raise InputError(
            f"{sheet.path} has a column a price and firm, such as {brief(name)}: give a table with "
            "the columns date, symbol and close, or leave the closes alone."
        )
    if (name := no_firm(names)) is not None:
        raise InputError(
            f"{sheet.path} has a column a firm ({shown_names(names)}), and {brief(name)} is no "
            "firm: remove it, or give a table with the columns date, symbol and close."
        )
    values = np.column_stack([sheet.numbers(at).to_numpy() for at in firms])
    _firms_alone(sheet, names, values)
    prices = _stacked(days, [name.strip() for name in names], {"close": values})
    return Prices(prices, "wide", sheet.written)


def _firms_alone(sheet: Sheet, names: list[str], values: np.ndarray) -> None:
    """Refuse columns that are no firms by their values, days × columns."""
    if len(values) < ENOUGH:
        return
    with np.errstate(invalid="ignore"):  # infinite prices have no difference
        counting = (np.diff(values, axis=0) == 1.0).all(axis=0)
    if counting.any():
        raise InputError(
            f"{sheet.path} has a column a firm, and {names[int(np.argmax(counting))]} counts rows: "
            "remove it."
        )
    if (found := ranged(values)) is not None:
        high, low = (names[at] for at in found)
        raise InputError(
            f"{sheet.path} has the columns {shown_names(names)}, of which {high} is never below "
            f"the price and {low} never above, as one firm's high and low: call them open, high, "
            "low and close, or, if they are firms, give a table with the columns date, symbol and "
            "close."
        )


def ranged(values: np.ndarray) -> tuple[int, int] | None:
    """Return which columns are the high and the low of another, if any are.

    Parameters
    ----------
    values
        Days × columns. One firm's table has few of them: more than a dozen are not looked at.
    """
    if values.shape[1] > 12:
        return None
    for high, low in permutations(range(values.shape[1]), 2):
        top, bottom = values[:, [high]], values[:, [low]]
        held = (bottom > 0.0)[:, 0] & np.isfinite(top)[:, 0]
        if held.sum() < ENOUGH or np.median(top[held] / bottom[held]) >= 1.1:
            continue
        inside = ((values <= top) & (values >= bottom))[held].mean(axis=0) > 0.99
        wider = (top > bottom)[held].mean() > 0.5
        if wider and inside.sum() > 2:  # themselves and what is between them
            return high, low
    return None


def _yfinance(sheet: Sheet) -> Prices:
    """Read a table with a column a field and firm."""
    fields, symbols = sheet.headers
    if "" in symbols[1:]:
        raise InputError(
            f"Column {symbols.index('', 1) + 1} of {sheet.path} has no firm in its header "
            f"({shown_names(symbols)}): name it."
        )
    days = sheet.days(0)
    firms = list(dict.fromkeys(symbols[1:]))
    values: dict[str, np.ndarray] = {}
    unused = []
    for at in range(1, len(fields)):
        term = TERMS.get(plain(fields[at]))
        if term not in PRICES:
            unused.append(fields[at])
            continue
        columns = values.setdefault(term, np.full((len(days), len(firms)), np.nan))
        columns[:, firms.index(symbols[at])] = sheet.numbers(at)
    _priced(sheet, dict(enumerate(values)))
    prices = _stacked(days, firms, {term: values[term] for term in PRICES if term in values})
    taken = {name: term for name in fields if (term := TERMS.get(plain(name))) in values}
    return Prices(prices, "yfinance", sheet.written, taken, list(dict.fromkeys(unused)))


def _stacked(days: pd.Series, firms: list[str], values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return columns of firms one below the other; values are days × firms."""
    return pd.DataFrame(
        {"date": np.tile(days.to_numpy(), len(firms)), "symbol": np.repeat(firms, len(days))}
        | {term: columns.ravel(order="F") for term, columns in values.items()}
    ).astype({"symbol": "str"})


def _crsp(sheet: Sheet) -> Prices:
    """Read CRSP's daily file: a minus marks a mean of bid and ask, CFACPR adjusts for splits.

    A firm is a PERMNO, and goes by its last ticker, unless another firm has that too.
    """
    names = [plain(name) for name in sheet.names]
    at = {term: names.index(name) for name in names if (term := TERMS.get(name)) is not None}
    permno = sheet.symbols(names.index("permno")).str.removesuffix(".0")
    values = _values(sheet, at)
    values["close"] = values["close"].abs().replace(0.0, np.nan)
    factor = next((name for name in ("cfacpr", "dlycfacpr", "dlyfacprc") if name in names), None)
    if factor is not None and "adj_close" not in at:
        values["adj_close"] = values["close"] / sheet.numbers(names.index(factor)).replace(
            0, np.nan
        )
    days = sheet.days(at["date"])
    symbol = permno
    if "symbol" in at:
        tickers = sheet.table[at["symbol"]].astype("str").str.strip()
        last = tickers[days.sort_values().index].groupby(permno).last()
        doubled = last.duplicated(keep=False) | (last == "")
        symbol = permno.map(last.where(~doubled, last + "." + last.index))
    ordered = {term: values[term] for term in PRICES if term in values}
    prices = pd.DataFrame({"date": days, "symbol": symbol} | ordered).astype({"symbol": "str"})
    used = {position: term for term, position in at.items()} | {names.index("permno"): "symbol"}
    return _told(sheet, prices, "CRSP", used)
