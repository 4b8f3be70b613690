"""Live prices from Yahoo, of which only what is new is fetched."""

from __future__ import annotations

import hashlib
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import ConfigError, SourceError
from pipeline.sections import Ingest, Yahoo
from pipeline.sources.cache import Cache
from pipeline.sources.chart import NoAnswerError, fetch
from pipeline.sources.source import Raw, firms_table
from pipeline.watch import Watch

SAME = 1e-4
"""Relative difference up to which two answers about one day count as equal: Yahoo rounds in single
precision, while the smallest dividends move adjusted closes by more."""

ELSEWHERE = "use --source sample or --source files:PATH instead"


class YahooSource:
    """Daily prices of chosen firms from Yahoo.

    Answers are kept in a cache. A symbol that is there already is asked for its last days alone;
    these overlap with what is kept, and if the two differ (a split or a dividend rewrites the
    whole adjusted history) all of it is fetched again.

    Parameters
    ----------
    asked : str
        Symbols with commas between them, or the name of a universe of ``yahoo.universes``.
    ingest : Ingest
        Its ``end`` spares requests for later days.
    yahoo : Yahoo
        How to ask.
    cache : Path
        Folder for the answers.
    session : optional
        An HTTP session for yfinance instead of its own.

    Raises
    ------
    ConfigError
        If nothing is asked for, or an unknown universe.
    """

    def __init__(
        self, asked: str, ingest: Ingest, yahoo: Yahoo, cache: Path, session: Any = None
    ) -> None:
        self.symbols = chosen_symbols(asked, yahoo)
        self.name = f"yahoo:{_label(asked, self.symbols, yahoo)}"
        self.describe = f"Daily prices of {len(self.symbols)} firms from Yahoo, fetched on demand."
        self._ingest = ingest
        self._yahoo = yahoo
        self._cache = Cache(cache)
        self._session = session
        self._outcomes: dict[str, str] = {}
        self._notes: list[str] = []
        self._requests = 0
        self._reached = False

    def digest(self, watch: Watch) -> str:
        """Bring the cache up to date, and digest what it holds of the symbols.

        Raises
        ------
        SourceError
            If Yahoo cannot be reached, or answers for too few symbols.
        """
        self._update(watch)
        return f"{self._yahoo.start} {self._cache.digest(self._answered())}"

    def read(self, watch: Watch) -> Raw:
        """Prices of the symbols that Yahoo answered for.

        Raises
        ------
        SourceError
            If Yahoo cannot be reached, or answers for too few symbols.
        """
        self._update(watch)
        tables, names = [], {}
        for symbol in self._answered():
            table = self._cache.read(symbol)
            assert table is not None
            names[symbol] = {"name": table.attrs["name"]}
            # The cache may go further back than is asked for now.
            table = table[table["date"] >= pd.Timestamp(self._yahoo.start)].copy()
            table.insert(1, "symbol", symbol)
            tables.append(table)
        prices = pd.concat(tables, ignore_index=True).astype({"symbol": "str"})
        prices.attrs = {}
        return Raw(prices, firms_table(names), list(self._notes), dict(self._outcomes))

    def _answered(self) -> list[str]:
        return [symbol for symbol in self.symbols if self._outcomes[symbol] == "ok"]

    def _update(self, watch: Watch) -> None:
        """Ask for every symbol, unless that was done before."""
        if self._outcomes:
            return
        outcomes: dict[str, str] = {}
        given_up: str | None = None
        for done, symbol in enumerate(self.symbols, start=1):
            outcomes[symbol] = given_up or self._ask(symbol, watch)
            if outcomes[symbol] in ("rate-limited", "network"):
                # All tries were in vain; the other symbols would only wait as long for the same.
                given_up = outcomes[symbol]
            watch.step("fetch from Yahoo", done, len(self.symbols))
        self._judge(outcomes)
        self._outcomes = outcomes

    def _judge(self, outcomes: dict[str, str]) -> None:
        failed = [f"{symbol} ({o})" for symbol, o in outcomes.items() if o != "ok"]
        answered = len(outcomes) - len(failed)
        if answered == 0 or answered < self._yahoo.coverage * len(outcomes):
            raise SourceError(
                f"Yahoo gave prices for {answered} of {len(outcomes)} symbols, fewer than the "
                f"yahoo.coverage of {self._yahoo.coverage:g} ({', '.join(failed[:5])}"
                f"{', …' if len(failed) > 5 else ''}): try later, correct the symbols, or "
                f"{ELSEWHERE}."
            )
        if failed:
            self._notes.append(f"Yahoo gave no prices for {', '.join(failed)}: left out.")

    def _ask(self, symbol: str, watch: Watch) -> str:
        """Bring one symbol up to date and return the outcome."""
        wait = self._yahoo.backoff
        for attempt in range(self._yahoo.retries + 1):
            try:
                self._refresh(symbol)
                return "ok"
            except NoAnswerError as answer:
                self._reached |= answer.connected
                if not self._reached:
                    raise SourceError(
                        "Yahoo could not be reached from this machine: check its connection, or "
                        f"{ELSEWHERE}."
                    ) from answer
                if answer.outcome == "empty" or attempt == self._yahoo.retries:
                    watch.note(f"Yahoo gave no prices for {symbol} ({answer}).")
                    return answer.outcome
                watch.note(f"Yahoo: {symbol} {answer.outcome}, next try in {wait:g} s.")
            time.sleep(wait)
            wait *= 2
        raise AssertionError("unreachable: the last attempt returns")

    def _refresh(self, symbol: str) -> None:
        kept = self._cache.read(symbol)
        asked_from = self._yahoo.start.isoformat()
        if kept is None or kept.attrs["asked_from"] > asked_from:
            self._replace(symbol, self._request(symbol, self._yahoo.start), asked_from)
            return
        last: pd.Timestamp = kept["date"].iloc[-1]
        if self._ingest.end and last >= pd.Timestamp(self._ingest.end):
            return
        start = last.date() - timedelta(days=self._yahoo.overlap_days)
        fresh = self._request(symbol, start)
        if _rewritten(kept, fresh):
            self._replace(symbol, self._request(symbol, self._yahoo.start), asked_from)
            self._notes.append(
                f"Yahoo rewrote the history of {symbol} (as after a split or a dividend): all of "
                "it was fetched again."
            )
            return
        new = fresh[fresh["date"] > last]
        if len(new):
            whole = pd.concat([kept, new], ignore_index=True)
            self._replace(symbol, whole, kept.attrs["asked_from"], name=fresh.attrs["name"])

    def _replace(
        self, symbol: str, table: pd.DataFrame, asked_from: str, name: str | None = None
    ) -> None:
        table.attrs = {"name": name or table.attrs["name"], "asked_from": asked_from}
        self._cache.write(symbol, table)

    def _request(self, symbol: str, start: date) -> pd.DataFrame:
        if self._requests:
            time.sleep(self._yahoo.pause)
        self._requests += 1
        answer = fetch(symbol, start, self._session)
        self._reached = True
        return answer


def chosen_symbols(asked: str, yahoo: Yahoo) -> list[str]:
    """Return the symbols of a universe or of a list, each once and in its order.

    Raises
    ------
    ConfigError
        If there are none, or a name in small letters is no universe.
    """
    if asked in yahoo.universes:
        listed = yahoo.universes[asked]
    else:
        listed = asked.split(",")
        if len(listed) == 1 and asked != asked.upper():
            raise ConfigError(
                f"There is no universe '{asked}' in yahoo.universes, only "
                f"{', '.join(sorted(yahoo.universes)) or 'none'}: add it, or give symbols in "
                "capitals with commas between them."
            )
    symbols = list(dict.fromkeys(s.strip().upper() for s in listed if s.strip()))
    if not symbols:
        raise ConfigError(f"yahoo:{asked} names no symbols: write yahoo:AAPL,MSFT for example.")
    return symbols


def _label(asked: str, symbols: list[str], yahoo: Yahoo) -> str:
    if asked in yahoo.universes:
        return asked
    if len(symbols) <= 4:
        return ",".join(symbols)
    mark = hashlib.sha256(",".join(sorted(symbols)).encode()).hexdigest()[:6]
    return f"{len(symbols)}-symbols-{mark}"


def _rewritten(kept: pd.DataFrame, fresh: pd.DataFrame) -> bool:
    """Say whether days that were kept have other closes, or are gone, in a later answer."""
    first = fresh["date"].iloc[0]
    closes = ["close", "adj_close"]
    old = kept[kept["date"] >= first].set_index("date")[closes]
    new = fresh[fresh["date"] <= kept["date"].iloc[-1]].set_index("date")[closes]
    if old.empty or not old.index.equals(new.index):
        return True
    return not np.allclose(old.to_numpy(), new.to_numpy(), rtol=SAME, atol=0.0, equal_nan=True)
