"""Tables of firms, in files of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.sources.columns import meant, shown_names
from pipeline.sources.sheet import Sheet, open_sheet
from pipeline.sources.source import FIRMS, firms_table
from pipeline.words import brief

_OTHER_NAMES = {
    "symbol": "ticker tic sym kürzel symbole",
    "name": "company company_name security nom",
    "sector": "gics_sector sektor secteur settore setor",
    "industry": "gics_sub_industry sub_industry subindustry branche industrie",
    "market_cap": "marketcap market_capitalization market_capitalisation",
    "as_of": "",
}
_TERMS = {other: term for term, names in _OTHER_NAMES.items() for other in [term, *names.split()]}


def read_firms(path: Path) -> pd.DataFrame:
    """Read a table of firms: `symbol`, and optionally `name sector industry market_cap as_of`.

    Raises
    ------
    InputError
        If the file cannot be read, has no symbols, names a firm twice or holds a market
        capitalisation that is none.
    """
    sheet = open_sheet(path, "a row a firm, or remove it")
    known = meant(sheet.names, path, _TERMS)
    at = {known[name]: n for n, name in enumerate(sheet.names) if name in known}
    if "symbol" not in at:
        raise InputError(f"{path} has no column symbol, only {shown_names(sheet.names)}: add one.")
    table = pd.DataFrame({"symbol": sheet.symbols(at["symbol"])})
    _single(table["symbol"], path)
    for column in FIRMS:
        if column in at and column != "symbol":
            table[column] = _column(sheet, column, at[column])
    return firms_table(table)


def matched(firms: pd.DataFrame, symbols: set[str], path: Path) -> pd.DataFrame:
    """Write the firms' symbols as the prices do, where they differ in capitals alone.

    Raises
    ------
    InputError
        If none of the firms has prices, or a firm is named twice.
    """
    capitals = {symbol.upper(): symbol for symbol in sorted(symbols)}

    def own(symbol: str) -> str:
        return symbol if symbol in symbols else capitals.get(symbol.upper(), symbol)

    named = firms.assign(symbol=firms["symbol"].map(own))
    _single(named["symbol"], path)
    if not set(named["symbol"]) & symbols:
        raise InputError(
            f"None of the {len(firms)} symbols of {path} ({shown_names(firms['symbol'])}) is among "
            f"those of the prices ({shown_names(sorted(symbols))}): write them alike, or remove "
            "the table of firms."
        )
    return named


def _single(symbols: pd.Series, path: Path) -> None:
    """Refuse a firm that stands twice."""
    twice = symbols[symbols.duplicated()]
    if len(twice):
        raise InputError(
            f"{path} has two rows for the firm {brief(twice.iloc[0])}: keep one of them."
        )


def _column(sheet: Sheet, column: str, at: int) -> pd.Series:
    if column == "as_of":
        return sheet.days(at, empty_allowed=True)
    if column != "market_cap":
        return sheet.table[at].astype("str").str.strip().where(sheet.table[at].notna(), None)
    found = sheet.numbers(at)
    wrong = (found <= 0) | np.isinf(found)
    if wrong.any():
        row = int(wrong.index[wrong.to_numpy()][0])
        raise InputError(
            f"The column market_cap in {sheet.place(row)} holds {found[row]:g}, which is no market "
            "capitalisation: correct it, or leave it empty."
        )
    return found
