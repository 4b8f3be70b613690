"""The line to Yahoo: an HTTP session for yfinance that keeps the pace, and listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.sources.curl import yfinance
from pipeline.sources.pace import LimitedError, Pace


class Line:
    """An HTTP session that sends each request in its turn, and none while Yahoo limits them.

    yfinance's batch call says neither which firms met a rate limit nor when the session ends that
    a bar may belong to, and asks on for all others when one was limited. What passes here says it.

    Parameters
    ----------
    pace : Pace
        When requests may be sent.
    session : optional
        A session of `curl_cffi` or `requests`, instead of one like yfinance's own.
    """

    def __init__(self, pace: Pace, session: Any = None) -> None:
        self.pace = pace
        self.reached = False
        """Whether Yahoo ever answered."""
        self.limited: set[str] = set()
        """Symbols whose prices were not asked for, or refused, because of a rate limit."""
        self.about: dict[str, Mapping[str, Any]] = {}
        """What the last answers with prices said of firms, by symbol."""
        self._given = session
        self._session: Any = None
        self._fault: Exception | None = None

    @property
    def session(self) -> Any:
        """The session, made when it is first needed."""
        if self._session is None:
            self._session = self._given or _like_yfinances()
            self._session.request = self._request
        return self._session

    def clear(self) -> None:
        """Forget what was heard, before something else is asked for."""
        self.limited.clear()
        self.about.clear()
        self._fault = None

    def hang_up(self) -> None:
        """Send nothing more of what other threads still ask for."""
        self._fault = ConnectionAbortedError("interrupted")

    def _request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        from yfinance.exceptions import YFRateLimitError

        symbol = _symbol(url)
        if self._fault is not None:
            # The others of a batch would only wait as long for the same.
            raise self._fault
        try:
            self.pace.turn()
        except LimitedError as error:
            if symbol:
                self.limited.add(symbol)
            raise YFRateLimitError from error
        try:
            answer = type(self._session).request(self._session, method, url, *args, **kwargs)
        except Exception as error:
            if symbol:
                self._fault = error
            raise
        self.reached = True
        # Yahoo refuses what else yfinance asks for (a cookie, a crumb) for reasons of its own, and
        # gives prices all the same.
        if symbol:
            self._hear(symbol, answer, "period1" in (kwargs.get("params") or {}))
        return answer

    def _hear(self, symbol: str, answer: Any, prices: bool) -> None:
        if answer.status_code == 429:
            self.limited.add(symbol)
            self.pace.limited(_seconds(answer.headers.get("Retry-After")))
            return
        self.limited.discard(symbol)
        self.pace.answered()
        if prices and answer.status_code == 200:
            try:
                self.about[symbol] = answer.json()["chart"]["result"][0]["meta"]
            except (ValueError, LookupError, TypeError):
                self.about.pop(symbol, None)  # no prices: yfinance says what it is


def _symbol(url: str) -> str:
    """Give the symbol that an address asks the prices of; of others nothing."""
    path = urlsplit(url).path
    return unquote(path.rpartition("/")[2]) if "/chart/" in path else ""


def _seconds(text: str | None) -> float:
    """Read how long a service wants to be left alone."""
    return float(text) if text and text.isdecimal() else 0.0


def _like_yfinances() -> Any:
    """Make a session as yfinance makes them, which look like a browser's."""
    return yfinance().Ticker("SPY").session
