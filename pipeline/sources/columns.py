"""What columns are called: the names that people and vendors give to what firmament knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import InputError
from pipeline.sources.source import PRICES
from pipeline.words import shown

_OTHER_NAMES = {
    "date": "datetime timestamp day trade_date trading_day price_date datum caldt dlycaldt",
    "symbol": "ticker tic sym kürzel",
    "open": "openprc dlyopen eröffn eröffnung opening_price",
    "high": "askhi dlyhigh hoch",
    "low": "bidlo dlylow tief",
    "close": "last price close_last closing_price close_price prc dlyprc px_last zuletzt "
    "schluss schlusskurs",
    "adj_close": "adjclose adjusted_close adj_closing_price adj_close_price",
    "volume": "vol dlyvol volumen shares_traded",
}
TERMS = {
    other: term for term, others in _OTHER_NAMES.items() for other in [term, *others.split()]
} | {"vwap": "vwap"}
"""Each name that is known, in the spelling of `plain`, and what it means."""

BESIDE = {
    *("dividends", "stock_splits", "capital_gains", "change", "change_pct", "chg", "per"),
    *("openint", "open_interest", "time", "trades", "turnover", "value", "currency", "+"),
}
"""Columns that vendors write beside the prices of one firm, and that are passed over."""


def plain(name: object) -> str:
    """Return a column's name in the project's spelling: ``Adj Close`` is ``adj_close``."""
    text = re.sub(r"[.<>%*]", "", str(name).strip().lower())
    return re.sub(r"[\s/_-]+", "_", text).strip("_")


def meant(names: Iterable[object], path: Path) -> dict[object, str]:
    """Say what columns mean, for those that are known.

    A name of firmament's own counts before another name for the same, which is then passed over.

    Raises
    ------
    InputError
        If two columns mean the same, and neither comes first.
    """
    found: dict[str, object] = {}
    for name in names:
        term = TERMS.get(plain(name))
        if term is None:
            continue
        if term not in found or (plain(name) == term != plain(found[term])):
            found[term] = name
        elif (plain(name) == term) == (plain(found[term]) == term):
            raise InputError(
                f"{path} has the columns {found[term]} and {name}, which both mean {term}: keep "
                "one of them."
            )
    return {name: term for term, name in found.items()}


def of_one_firm(names: Iterable[object], others: Iterable[object]) -> bool:
    """Tell whether columns beside the date are one firm's open, high, low, …, and not firms.

    LOW and OPEN are tickers too, so that more of the columns must be such than others hold numbers.
    """
    values = [name for name in names if TERMS.get(plain(name)) in PRICES]
    firms = [n for n in others if n not in values and plain(n) not in {*BESIDE, *TERMS}]
    return len(values) > len(firms)


def no_firm(names: Iterable[object]) -> object | None:
    """Return the first column that is called as prices are, and not in capitals as tickers."""
    known = (n for n in names if TERMS.get(plain(n)) in PRICES or plain(n) in BESIDE)
    return next((name for name in known if str(name) != str(name).upper()), None)


def shown_names(names: Iterable[object]) -> str:
    """List the first few names for a sentence."""
    return shown([str(name) for name in names], 8)
