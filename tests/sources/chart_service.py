"""A stand-in for Yahoo's chart service, below yfinance: nothing is contacted.

A transport adapter stands where yfinance's HTTP session meets the network.
"""

import copy
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import requests
from requests.adapters import BaseAdapter

from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.yahoo import YahooSource

RECORDED = Path(__file__).parent / "recorded"


class Recorded(BaseAdapter):
    """Answers chart requests, from `period1` on as Yahoo does.

    An answer is the name of a recorded file, a `chart`, 429, an exception that is raised, or a
    list of these, one a request and the last of them for ever.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, object] = {}
        self.asked: list[tuple[str, str]] = []
        self.served: set[tuple[str, float]] = set()

    def send(self, request, **_):
        where = urlsplit(request.url)
        response = requests.Response()
        response.request, response.url, response.encoding = request, request.url, "utf-8"
        if "/chart/" not in where.path:
            response.status_code, response._content = 404, b"{}"
            return self._or_down(response)
        symbol = where.path.rsplit("/", 1)[1]
        query = parse_qs(where.query)
        answer = self.answers[symbol]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        if "period1" in query:
            self.asked.append((symbol, _day(query["period1"][0])))
        if answer == 429:
            response.status_code, response._content = 429, b"Too Many Requests"
            return response
        body = answer if isinstance(answer, dict) else _recorded(answer)
        response.status_code = 404 if body["chart"]["error"] else 200
        if "period1" in query:
            body = _since(body, int(query["period1"][0]))
            self.served |= _closes(body)
        response._content = json.dumps(body).encode()
        return response

    def _or_down(self, response):
        failures = [a for a in self.answers.values() if isinstance(a, Exception)]
        if failures and len(failures) == len(self.answers):
            raise failures[0]
        return response

    def close(self) -> None:
        pass


def chart(closes: Mapping[str, float], adjusted: Mapping[str, float] | None = None) -> dict:
    """Give the answer with these closes by day (2024-05-20), in the form of Yahoo's."""
    body = _recorded("first")
    result = body["chart"]["result"][0]
    result["timestamp"] = [
        int(pd.Timestamp(f"{day} 09:30", tz="America/New_York").timestamp()) for day in closes
    ]
    prices = list(closes.values())
    quote = dict.fromkeys(("open", "high", "low", "close"), prices)
    quote["volume"] = [None if price is None else 1000 for price in prices]
    later = [(adjusted or closes)[day] for day in closes]
    result["indicators"] = {"quote": [quote], "adjclose": [{"adjclose": later}]}
    return body


def days(first: str, count: int) -> list[str]:
    """Give that many weekdays from a first one on."""
    return [f"{day:%Y-%m-%d}" for day in pd.bdate_range(first, periods=count)]


def _recorded(name: str) -> dict:
    return json.loads((RECORDED / f"{name}.json").read_text())


def _day(stamp: str | int) -> str:
    return f"{pd.Timestamp(int(stamp), unit='s', tz='UTC').tz_convert('America/New_York'):%Y-%m-%d}"


def _closes(body: dict) -> set[tuple[str, float]]:
    result = (body["chart"]["result"] or [{}])[0]
    if "timestamp" not in result:
        return set()
    closes = result["indicators"]["quote"][0]["close"]
    return {(_day(stamp), close) for stamp, close in zip(result["timestamp"], closes, strict=True)}


def _since(body: dict, first: int) -> dict:
    body = copy.deepcopy(body)
    if not body["chart"]["result"] or "timestamp" not in body["chart"]["result"][0]:
        return body
    result = body["chart"]["result"][0]
    kept = [n for n, stamp in enumerate(result["timestamp"]) if stamp >= first]
    if not kept:
        return _recorded("empty")
    result["timestamp"] = [result["timestamp"][n] for n in kept]
    for table in (*result["indicators"]["quote"], *result["indicators"]["adjclose"]):
        for name, values in table.items():
            table[name] = [values[n] for n in kept]
    return body


class Clock:
    """A clock that only waiting moves."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.waits: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


def source(server, cache, symbols="ACME", ingest=None, **section) -> YahooSource:
    asked = {"start": date(2024, 5, 1), "pause": 0.0, "backoff": 0.0, "retries": 2, **section}
    return YahooSource(symbols, ingest or Ingest(), Yahoo(**asked), cache, server.session)
