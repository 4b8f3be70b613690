"""What columns are called: the names that people and vendors give to what firmament knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.errors import InputError
from pipeline.sources.source import PRICES
from pipeline.words import brief, shown

_OTHER_NAMES = {
    "date": "datetime timestamp day trade_date trading_day price_date observation_date "
    "caldt dlycaldt datum fecha data",
    "symbol": "ticker tic sym kürzel symbole",
    "open": "openprc dlyopen opening_price eröffn eröffnung ouv ouverture apertura abertura "
    "openen otwarcie",
    "high": "askhi dlyhigh hoch haut plus_haut máximo maximo massimo máxima hoog hoogste "
    "najwyzszy najwyższy",
    "low": "bidlo dlylow tief bas plus_bas mínimo minimo mínima laag laagste najnizszy najniższy",
    "close": "last price close_last closing_price close_price prc dlyprc px_last zuletzt "
    "schluss schlusskurs dernier clôture cloture cierre último ultimo chiusura fechamento "
    "slot laatste zamkniecie zamknięcie",
    "adj_close": "adjclose adjusted_close adj_closing_price adj_close_price",
    "volume": "vol dlyvol volumen wolumen shares_traded",
}
TERMS = {
    other: term for term, others in _OTHER_NAMES.items() for other in [term, *others.split()]
} | {"vwap": "vwap"}
"""Each name that is known, in the spelling of `plain`, and what it means."""

BESIDE = {
    *("dividends", "stock_splits", "capital_gains", "change", "change_pct", "chg", "per"),
    *("variation", "var", "dividend_amount", "split_coefficient", "divcash", "splitfactor"),
    *("adjopen", "adjhigh", "adjlow", "adjvolume", "adj_open", "adj_high", "adj_low"),
    *("adj_volume", "ex_dividend", "split_ratio"),
    *("openint", "open_interest", "time", "trades", "turnover", "value", "currency", "+"),
}
"""Columns that vendors write beside the prices of one firm, and that are passed over."""


def plain(name: object) -> str:
    """Return a column's name in the project's spelling: ``Adj Close`` is ``adj_close``.

    A number that comes first, as in ``4. close`` of Alpha Vantage, is left out.
    """
    text = re.sub(r"^\d+\.\s+", "", str(name).strip().lower())
    text = re.sub(r"[.<>%*]", "", text)
    return re.sub(r"[\s/_-]+", "_", text).strip("_")


def meant(
    names: Iterable[object], path: Path, terms: Mapping[str, str] = TERMS
) -> dict[object, str]:
    """Say what columns mean, for those that are known.

    A name of firmament's own counts before another name for the same, which is then passed over.

    Raises
    ------
    InputError
        If two columns mean the same, and neither comes first.
    """
    found: dict[str, object] = {}
    for name in names:
        term = terms.get(plain(name))
        if term is None:
            continue
        if term not in found or (plain(name) == term != plain(found[term])):
            found[term] = name
        elif (plain(name) == term) == (plain(found[term]) == term):
            raise InputError(
                f"{path} has the columns {brief(found[term])} and {brief(name)}, which both mean "
                f"{term}: keep one of them."
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
    """Return the first column that is called as prices are, and not as a ticker such as LOW."""
    known = (n for n in names if TERMS.get(plain(n)) in PRICES or plain(n) in BESIDE)
    return next((name for name in known if not re.fullmatch("[A-Z]{1,4}", str(name))), None)


def field_and_firm(names: Iterable[object]) -> object | None:
    """Return a column such as ``Open_KO`` where most are of a price and a firm.

    Closes alone, such as ``KO Close``, leave no doubt.
    """
    found = {name: field for name in names if (field := _field(str(name))) is not None}
    if 2 * len(found) <= len(list(names)) or set(found.values()) <= {
        "close",
        "adjusted",
        "adj_close",
    }:
        return None
    return next(name for name, field in found.items() if "close" not in field)


def _field(name: str) -> str | None:
    """Return what price a name begins or ends with, beside another word."""
    text = re.sub(r"\W+", "_", name.lower()).strip("_")
    fields = "adj_close|adjusted|open|high|low|close|volume"
    begins, ends = re.match(rf"({fields})_+\w", text), re.search(rf"\w_+({fields})$", text)
    found = begins or ends
    return found[1] if found else None


def shown_names(names: Iterable[object]) -> str:
    """List the first few names for a sentence."""
    return shown([brief(name) for name in names], 8)
