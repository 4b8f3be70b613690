"""How one firm's kept prices are brought up to date with what Yahoo gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from pipeline.settings.yahoo import Yahoo
from pipeline.sources.adjustment import extended, joined, one_course, rewritten
from pipeline.sources.asked import Answered, answered
from pipeline.sources.cache import Cache
from pipeline.sources.chart import NoAnswerError, fetch, fetch_batch
from pipeline.sources.line import Line
from pipeline.words import plural

LATE = timedelta(days=30)
"""A firm whose prices start later than this after ``yahoo.start`` is said to be listed late."""


class Refresh:
    """Asks for what is not kept of firms, and keeps it.

    A firm that is kept is asked for its last days alone; these overlap with what is kept, and if
    the two differ (a split or a dividend rewrites the whole adjusted history) all of it is asked
    for again. What was kept before lies beside it, and days that Yahoo no longer gives stay.

    Parameters
    ----------
    cache : Cache
        Where prices are kept.
    yahoo : Yahoo
        First day, and days of overlap.
    line : Line
        What requests go through.
    """

    def __init__(self, cache: Cache, yahoo: Yahoo, line: Line) -> None:
        self._cache = cache
        self._yahoo = yahoo
        self._line = line
        self._ahead: dict[tuple[str, date], pd.DataFrame] = {}
        self.noted: dict[str, str] = {}
        """What is to be said of the firm that was asked for last, by kind."""
        self._session_end: float | None = None

    def start(self, kept: pd.DataFrame | None) -> date:
        """Return the first day that a firm is asked for."""
        if kept is None or not self.goes_back(kept):
            return self._yahoo.start
        last: date = kept["date"].iloc[-1].date()
        return last - timedelta(days=self._yahoo.overlap_days)

    def goes_back(self, kept: pd.DataFrame) -> bool:
        """Say whether what is kept of a firm was asked for from the first day on."""
        return bool(kept.attrs["asked_from"] <= self._yahoo.start.isoformat())

    def look_ahead(self, symbols: Sequence[str], start: date) -> None:
        """Ask for several firms at once, for when they are brought up to date.

        Firms that are not answered are asked for alone then.
        """
        found = fetch_batch(symbols, start, self._line)
        self._ahead |= {(symbol, start): answer for symbol, answer in found.items()}

    def ahead(self, symbol: str) -> bool:
        """Say whether an answer about a firm waits to be used."""
        return any(symbol == waiting for waiting, _ in self._ahead)

    def bring(self, symbol: str, kept: pd.DataFrame | None) -> Answered:
        """Bring a firm up to date: its answer, alone or of a batch, goes into the cache.

        Raises
        ------
        NoAnswerError
            If there is none; what was kept stays as it was.
        """
        self.noted = {}
        start = self.start(kept)
        if kept is None:
            table = self._request(symbol, start)
            self._cache.write(symbol, _labelled(table, table.attrs["name"], start))
            first = table["date"].iloc[0].date()
            if first > start + LATE:
                self.noted["late"] = f"{symbol} ({first})"
        elif not self.goes_back(kept):
            self._reload(symbol, kept, f"asked from {start} on")
        else:
            self._extend(symbol, kept, start)
        if kept is not None and "gone_since" in kept.attrs:
            self.noted["back"] = f"{symbol} (gone since {kept.attrs['gone_since']})"
        return answered(self._session_end, self.noted)

    def _extend(self, symbol: str, kept: pd.DataFrame, start: date) -> None:
        """Add the days after those that are kept, if the overlap is as it was."""
        fresh = self._request(symbol, start)
        if rewritten(kept, fresh):
            self._reload(symbol, kept, "rewritten")
            self.noted["rewritten"] = symbol
            return
        self._tell_lost(symbol, kept[kept["date"] >= pd.Timestamp(start)], fresh)
        table = extended(kept, fresh)
        if len(table) > len(kept) or "gone_since" in kept.attrs:
            asked_from = date.fromisoformat(kept.attrs["asked_from"])
            self._cache.write(symbol, _labelled(table, fresh.attrs["name"], asked_from))

    def _reload(self, symbol: str, kept: pd.DataFrame, why: str) -> None:
        """Fetch a whole history again; what was kept is put aside, none of its days is lost."""
        start = min(date.fromisoformat(kept.attrs["asked_from"]), self._yahoo.start)
        whole = self._request(symbol, start)
        name = whole.attrs["name"]
        if one_course(kept, whole):
            self._tell_lost(symbol, kept, whole)
            whole = joined(kept, whole)
        elif not kept["date"].isin(whole["date"]).all():
            self.noted["other"] = symbol
            if len(whole) < len(kept):
                self._cache.put_aside(symbol, whole, "another history, shorter than the kept one")
                raise NoAnswerError("empty", "another history", connected=True)
        self._cache.replace(symbol, _labelled(whole, name, start), why)

    def _tell_lost(self, symbol: str, kept: pd.DataFrame, later: pd.DataFrame) -> None:
        lost = kept["date"][~kept["date"].isin(later["date"])]
        if len(lost):
            days = f"{plural(len(lost), 'day')} from {lost.iloc[0]:%Y-%m-%d} on"
            self.noted["lost"] = f"{symbol} ({days})"

    def _request(self, symbol: str, start: date) -> pd.DataFrame:
        answer = self._ahead.pop((symbol, start), None)
        if answer is None:
            answer = fetch(symbol, start, self._line)
        self._session_end = answer.attrs["session_end"]
        return answer


def _labelled(table: pd.DataFrame, name: str, asked_from: date) -> pd.DataFrame:
    table.attrs = {"name": name, "asked_from": asked_from.isoformat()}
    return table
