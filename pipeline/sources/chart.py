"""One firm's daily prices from Yahoo's chart service, through yfinance."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pandas as pd

COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
}


class NoAnswerError(Exception):
    """Why a symbol has no prices.

    Attributes
    ----------
    outcome : {"empty", "rate-limited", "network"}
        How the request ended.
    connected : bool
        Whether Yahoo was reached at all.
    """

    def __init__(self, outcome: str, cause: object, *, connected: bool) -> None:
        super().__init__(f"{outcome}: {cause}")
        self.outcome = outcome
        self.connected = connected


def fetch(symbol: str, start: date, session: Any = None) -> pd.DataFrame:
    """Ask Yahoo for the daily prices of one firm, once.

    Closes come as Yahoo gives them (`close` adjusted for splits, `adj_close` for dividends also);
    the bar of a session that is still going on is left out.

    Parameters
    ----------
    symbol : str
        Yahoo's symbol.
    start : date
        First day.
    session : optional
        An HTTP session for yfinance instead of its own.

    Returns
    -------
    DataFrame
        `date open high low close adj_close volume`; ``attrs["name"]`` is the firm's name.

    Raises
    ------
    NoAnswerError
        With the outcome; yfinance on its own would return an empty table and call the firm
        delisted, also when the network is down.
    """
    with _candid_yfinance() as yf:
        try:
            ticker = yf.Ticker(symbol, session=session)
            answer = ticker.history(start=start.isoformat(), auto_adjust=False, actions=False)
        except Exception as error:
            raise _explained(error) from error
        # Looked into by key alone: as a whole it would ask Yahoo for one thing more.
        about = ticker.history_metadata
    prices = finished(answer, about, pd.Timestamp.now("UTC"))
    if prices.empty:
        raise NoAnswerError("empty", "no finished session", connected=True)
    prices.attrs = {"name": about.get("longName") or about.get("shortName") or symbol}
    return prices


@contextmanager
def _candid_yfinance() -> Iterator[Any]:
    """Make yfinance raise what goes wrong instead of printing it, for the time of one request."""
    import yfinance as yf

    log = logging.getLogger("yfinance")
    hidden, level = yf.config.debug.hide_exceptions, log.level
    yf.config.debug.hide_exceptions = False
    log.setLevel(logging.CRITICAL)
    try:
        yield yf
    finally:
        yf.config.debug.hide_exceptions = hidden
        log.setLevel(level)


def _explained(error: Exception) -> NoAnswerError:
    from yfinance.exceptions import YFRateLimitError, YFTickerMissingError

    if isinstance(error, YFRateLimitError):
        return NoAnswerError("rate-limited", error, connected=True)
    if isinstance(error, YFTickerMissingError):
        return NoAnswerError("empty", error, connected=True)
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 404:
        return NoAnswerError("empty", error, connected=True)
    if status == 429:
        return NoAnswerError("rate-limited", error, connected=True)
    # What is left without an HTTP status is a connection that failed (OSError in both of
    # yfinance's HTTP libraries) or an answer that is not Yahoo's.
    connected = bool(status) or not isinstance(error, OSError)
    return NoAnswerError("network", f"{type(error).__name__}: {error}", connected=connected)


def finished(answer: pd.DataFrame, about: Mapping[str, Any], now: pd.Timestamp) -> pd.DataFrame:
    """Name the columns as the project does, and leave out a session that has not ended."""
    prices = answer[list(COLUMNS)].rename(columns=COLUMNS).astype("float64")
    days = pd.DatetimeIndex(answer.index).tz_localize(None).normalize().as_unit("us")
    prices.insert(0, "date", days)
    end = about.get("currentTradingPeriod", {}).get("regular", {}).get("end")
    if isinstance(end, pd.Timestamp) and now < end:
        prices = prices[prices["date"] < end.tz_localize(None).normalize()]
    return prices.reset_index(drop=True)
