"""Live prices from Yahoo, of which only what is new is fetched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import SourceError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.cache import Cache
from pipeline.sources.fetching import ELSEWHERE, Fetching
from pipeline.sources.line import Line
from pipeline.sources.pace import Pace
from pipeline.sources.renaming import successors
from pipeline.sources.source import Raw, firms_table
from pipeline.sources.universe import chosen_symbols, label
from pipeline.watch import Watch

SENTENCES = {
    "missing": "Yahoo gave no prices for {}: left out.",
    "stale": "Yahoo gave nothing new for {}: what is kept is used up to its last day.",
    "gone": "Yahoo no longer gives {}: what is kept is used up to its last day.",
    "renamed": "{}: the earlier symbol is left out, so that no firm is there twice.",
    "back": "Yahoo gives {} again.",
    "late": "Yahoo has prices of {} only from a day after yahoo.start.",
    "rewritten": "Yahoo rewrote the history of {} (as after a split or a dividend): all of it was "
    "fetched again.",
    "lost": "Yahoo no longer gives days that are kept of {}: they stay, in the adjustment of the "
    "others.",
    "other": "What Yahoo gives of {} is another history than what was kept, as if another firm "
    "had the symbol now: the longer one is used, the other lies in the cache under replaced.",
}
"""What is noted, a sentence a kind with all symbols in it."""


class YahooSource:
    """Daily prices of chosen firms from Yahoo.

    Answers are kept in a cache, of which `Fetching` and `Refresh` ask only for what is new.

    A firm that Yahoo no longer gives stays with its prices up to its last day, unless it goes on
    under another of the symbols: without the firms that failed, those that did not would look
    better than they are.

    Parameters
    ----------
    asked : str
        Symbols with commas between them, or the name of a universe of ``yahoo.universes``.
    ingest : Ingest
        Its ``end`` spares requests for later days.
    yahoo : Yahoo
        How to ask.
    cache : Path or str
        Folder for the answers, or the address of one.
    session : optional
        An HTTP session for yfinance instead of its own.

    Raises
    ------
    ConfigError
        If nothing is asked for, or an unknown universe.
    """

    def __init__(
        self, asked: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str, session: Any = None
    ) -> None:
        self.symbols = chosen_symbols(asked, yahoo)
        self.name = f"yahoo:{label(asked, self.symbols, yahoo)}"
        self.describe = f"Daily prices of {len(self.symbols)} firms from Yahoo, fetched on demand."
        self._ingest = ingest
        self._yahoo = yahoo
        self._place = cache
        self._cache = Cache(cache)
        self._session = session
        self._outcomes: dict[str, str] = {}
        self._given: list[str] = []
        self._noted: dict[str, list[str]] = {kind: [] for kind in SENTENCES}

    def digest(self, watch: Watch) -> str:
        """Bring the cache up to date, and digest what it holds of the symbols.

        Raises
        ------
        SourceError
            If Yahoo cannot be reached, or answers for too few symbols.
        """
        self._update(watch)
        return f"{self._yahoo.start} {self._cache.digest(self._given)}"

    def read(self, watch: Watch) -> Raw:
        """Prices of the symbols that Yahoo answered for, today or earlier.

        Raises
        ------
        SourceError
            If Yahoo cannot be reached, or answers for too few symbols.
        """
        self._update(watch)
        tables, names = [], {}
        for symbol in self._given:
            table = self._cache.read(symbol)
            assert table is not None
            names[symbol] = {"name": table.attrs["name"]}
            # The cache may go further back than is asked for now.
            table = table[table["date"] >= pd.Timestamp(self._yahoo.start)].copy()
            table.insert(1, "symbol", symbol)
            tables.append(table)
        prices = pd.concat(tables, ignore_index=True).astype({"symbol": "str"})
        prices.attrs = {}
        understood = {"shape": "a table a firm"}
        outcomes = dict(self._outcomes)
        return Raw(prices, firms_table(names), self._sentences(), understood, outcomes)

    def _update(self, watch: Watch) -> None:
        """Ask for every symbol, unless that was done before."""
        if self._outcomes:
            return
        known = {symbol: self._known(symbol) for symbol in self.symbols}
        asked = [symbol for symbol in self.symbols if known[symbol] is None]
        line = Line(Pace(self._place, self._yahoo), self._session)
        fetching = Fetching(self._cache, self._yahoo, line)
        outcomes = {s: o for s, o in known.items() if o} | fetching.bring(asked, watch)
        for symbol in asked:
            for kind, sentence in fetching.noted.get(symbol, {}).items():
                self._noted[kind].append(sentence)
        self._settle({symbol: outcomes[symbol] for symbol in self.symbols})
        fetching.end(asked)

    def _known(self, symbol: str) -> str | None:
        """Return the outcome of a symbol that need not be asked for, given ``ingest.end``."""
        end = self._ingest.end
        kept = None if end is None else self._cache.read(symbol)
        if kept is None or end is None or kept.attrs["asked_from"] > self._yahoo.start.isoformat():
            return None
        gone = kept.attrs.get("gone_since", "")
        if kept["date"].iloc[-1] >= pd.Timestamp(end) or gone > end.isoformat():
            return "gone" if gone else "ok"
        return None

    def _settle(self, outcomes: dict[str, str]) -> None:
        """Judge the outcomes as a whole, and find which symbols are given."""
        tables: dict[str, pd.DataFrame] = {}
        if set(outcomes.values()) != {"ok"}:
            kept = {symbol: self._cache.read(symbol) for symbol in self.symbols}
            tables = {symbol: table for symbol, table in kept.items() if table is not None}
        for symbol, table in tables.items():
            # Who could not be asked whether it is back has not come back.
            if "gone_since" in table.attrs:
                outcomes[symbol] = "gone"
        gone = {symbol for symbol, outcome in outcomes.items() if outcome == "gone"}
        news = {symbol for symbol in gone if "gone_since" not in tables[symbol].attrs}
        renamed = successors(tables, gone) if gone else {}
        self._judge(outcomes, news.difference(renamed), gone - news | set(renamed))
        for symbol in sorted(news):
            # Not before the judgement: a source that fails is no reason to take firms for gone.
            tables[symbol].attrs["gone_since"] = datetime.now(UTC).date().isoformat()
            self._cache.write(symbol, tables[symbol])
        outcomes |= dict.fromkeys(renamed, "renamed")
        self._outcomes = outcomes
        for symbol, outcome in outcomes.items():
            if outcome != "renamed" and (outcome == "ok" or symbol in tables):
                self._given.append(symbol)
            if outcome == "renamed":
                self._noted["renamed"].append(f"{renamed[symbol]} continues {symbol}")
            elif outcome != "ok" and symbol not in tables:
                self._noted["missing"].append(f"{symbol} ({outcome})")
            elif outcome != "ok":
                last = f"{tables[symbol]['date'].iloc[-1]:%Y-%m-%d}"
                kind, why = ("gone", "") if outcome == "gone" else ("stale", f"{outcome}, ")
                self._noted[kind].append(f"{symbol} ({why}up to {last})")

    def _judge(
        self, outcomes: Mapping[str, str], news: Collection[str], settled: Collection[str]
    ) -> None:
        """Refuse too few answers; symbols that are known to be gone or renamed are not counted."""
        counted = {symbol: o for symbol, o in outcomes.items() if symbol not in settled}
        failed = [f"{symbol} ({o})" for symbol, o in counted.items() if o != "ok"]
        answered = len(counted) - len(failed)
        if counted and (answered == 0 or answered < self._yahoo.coverage * len(counted)):
            delisted = "accept it once with a lower yahoo.coverage if the firms were delisted, "
            raise SourceError(
                f"Yahoo gave prices for {answered} of {len(counted)} symbols, fewer than the "
                f"yahoo.coverage of {self._yahoo.coverage:g} ({', '.join(failed[:5])}"
                f"{', …' if len(failed) > 5 else ''}): try later, correct the symbols, "
                f"{delisted if news else ''}or {ELSEWHERE}."
            )

    def _sentences(self) -> list[str]:
        return [
            SENTENCES[kind].format(", ".join(found[:10]) + (", …" if len(found) > 10 else ""))
            for kind, found in self._noted.items()
            if found
        ]


def source(address: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> YahooSource:
    """Open Yahoo for the symbols, or the universe, that the address names."""
    return YahooSource(address, ingest, yahoo, cache)
