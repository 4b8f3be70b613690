"""Daily prices from Yahoo's chart service, through yfinance: of one firm, or of a batch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pandas as pd

from pipeline.sources.curl import yfinance
from pipeline.sources.line import Line

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


def fetch(symbol: str, start: date, line: Line) -> pd.DataFrame:
    """Ask Yahoo for the daily prices of one firm, once.

    Closes come as Yahoo gives them (`close` adjusted for splits, `adj_close` for dividends also);
    the bar of a session that is still going on is left out.

    Parameters
    ----------
    symbol : str
        Yahoo's symbol.
    start : date
        First day.
    line : Line
        What the request goes through.

    Returns
    -------
    DataFrame
        `date open high low close adj_close volume`; ``attrs["name"]`` is the firm's name, and
        ``attrs["session_end"]`` says when the last or the present session ends (seconds since
        1970, or None).

    Raises
    ------
    NoAnswerError
        With the outcome; yfinance on its own would return an empty table and call the firm
        delisted, also when the network is down.
    """
    line.clear()
    with _candid_yfinance() as yf:
        try:
            ticker = yf.Ticker(symbol, session=line.session)
            answer = ticker.history(start=start.isoformat(), auto_adjust=False, actions=False)
        except Exception as error:
            raise _explained(error) from error
    prices = _prices(symbol, answer, line.about.get(symbol, {}))
    if prices.empty:
        raise NoAnswerError("empty", "no finished session", connected=True)
    return prices


def fetch_batch(symbols: Sequence[str], start: date, line: Line) -> dict[str, pd.DataFrame]:
    """Ask Yahoo for the daily prices of several firms in one call of yfinance.

    Yahoo itself has no such call: yfinance sends a request a firm, several at a time.

    Returns
    -------
    dict of DataFrame
        By symbol, bit by bit what `fetch` gives. Firms without an answer are missing; those of
        them that met a rate limit are in ``line.limited``.
    """
    line.clear()
    with _candid_yfinance() as yf:
        try:
            together = yf.download(
                list(symbols),
                start=start.isoformat(),
                auto_adjust=False,
                actions=False,
                group_by="ticker",
                progress=False,
                session=line.session,
            )
        except Exception:
            return {}  # answers that it cannot put side by side: each can be asked for alone
        except BaseException:
            line.hang_up()
            raise
    found = {}
    for symbol in symbols:
        if symbol in line.about and symbol in together:
            # Days that only others have. A day of the firm's own has a volume, if of zero.
            alone = together[symbol].dropna(how="all").rename_axis(columns=None)
            prices = _prices(symbol, alone, line.about[symbol])
            if not prices.empty:
                found[symbol] = prices
    return found


def _prices(symbol: str, answer: pd.DataFrame, about: Mapping[str, Any]) -> pd.DataFrame:
    prices = finished(answer, about, pd.Timestamp.now("UTC"))
    end = _session_end(about)
    prices.attrs = {
        "name": about.get("longName") or about.get("shortName") or symbol,
        "session_end": None if end is None else end.timestamp(),
    }
    return prices


@contextmanager
def _candid_yfinance() -> Iterator[Any]:
    """Make yfinance raise what goes wrong instead of printing it, for the time of one call.

    Nor does it say, a line a request, what of pandas it will have to do otherwise one day.
    """
    yf = yfinance()
    log = logging.getLogger("yfinance")
    hidden, level = yf.config.debug.hide_exceptions, log.level
    yf.config.debug.hide_exceptions = False
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
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
    end = _session_end(about)
    if end is not None and now < end:
        prices = prices[prices["date"] < end.tz_localize(None).normalize()]
    return prices.reset_index(drop=True)


def _session_end(about: Mapping[str, Any]) -> pd.Timestamp | None:
    """Say when the last or the present session ends, in the exchange's own time."""
    end = about.get("currentTradingPeriod", {}).get("regular", {}).get("end")
    zone = about.get("exchangeTimezoneName")
    if end is None or zone is None:
        return None
    return pd.Timestamp(end, unit="s", tz="UTC").tz_convert(zone)
