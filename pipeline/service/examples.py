"""Examples of answers for the description of the API, from the bundled sample."""

from __future__ import annotations

from typing import Any

_RUN = {"run_id": "0f3c9a5e", "source": "sample", "model": "gru", "date": "2022-12-28"}
_FIRM = {
    "symbol": "AAPL",
    "name": "Apple",
    "sector": "Information Technology",
    "industry": "Technology Hardware, Storage & Peripherals",
    "market_cap": 2067000000000.0,
}
_SPAN = {"from": "1990-01-03", "to": "2022-12-28"}
FIRMS = {"query": "app", "firms": [{**_FIRM, "match": "name"}]}
FIRM = {
    **_FIRM,
    "as_of": "2023-01-01",
    **_SPAN,
    "days": 8312,
    "volatility": 0.44,
    "beta": 1.25,
    "market_correlation": 0.52,
    **_RUN,
}
_PEER = {"rank": 1, **_FIRM, "symbol": "MSFT", "name": "Microsoft", "score": 0.21}
SIMILAR = {
    "firm": "AAPL",
    "firms": ["AAPL"],
    **_SPAN,
    **_RUN,
    "measure": "learned",
    "days": 8312,
    "peers": [{**_PEER, "percentile": 99.5, "chance": 0.01, "beyond_chance": True}],
}
EXPLAIN = {
    **_SPAN,
    **_RUN,
    "sentence": "AAPL and MSFT move very much alike, more than 98.9 % of all pairs of firms: …",
    "change": "Beside the others', their days correlated by 0.10 until …: little has changed.",
    "score": 0.21,
    "parts": {"all_pairs": -0.05, "running_correlation": 0.2, "exposures": 0.05, "ties": 0.01},
    "firms": [{**_FIRM, "volatility": 0.44, "beta": 1.25}],
    "years": [{"year": 2021, "score": 0.25, "rank": 1, "pearson": 0.7, "residual": 0.3}],
    "days": [{"date": "2020-03-16", "contribution": 0.01, "market": -12.1}],
    "episodes": [{"first": "2020-03-02", "last": "2020-03-30", "contribution": 0.02}],
}
HISTORY = {
    "firm": "AAPL",
    **_SPAN,
    **_RUN,
    "years": [{"year": 2021, "rank": 1, "symbol": "MSFT", "score": 0.25, "new": False}],
}
COURSE = {
    "firm": "AAPL",
    "windows": [{"date": "2021-12-31", "symbol": "MSFT", "score": 0.25, "low": 0.24, "high": 0.26}],
}
GROWTH = {"dates": ["2022-12-28"], "growth": [{"symbol": "AAPL", "percent": [-3.07]}]}
MATRIX = {"symbols": ["AAPL", "MSFT"], "scores": [[100, 21], [21, 100]]}
FORECASTS = {
    **_RUN,
    "unit": "percent",
    "forecasts": [
        {"symbol": "AAPL", "date": "2022-12-29", "horizon": 1, "q05": -3.1, "q50": 0.1, "q95": 3.2}
    ],
}
MAP = {
    **_SPAN,
    **_RUN,
    "keeps": 0.93,
    "draws": 20,
    "firms": [
        {
            "symbol": "AAPL",
            "name": "Apple",
            "sector": "Information Technology",
            "x": 0.1,
            "y": -0.2,
            "tree_x": 1.0,
            "tree_y": 0.0,
            "cluster": 0,
        }
    ],
    "links": [{"one": "AAPL", "other": "MSFT", "score": 0.21}],
    "tree": [{"one": "AAPL", "other": "MSFT", "score": 0.21, "share": 0.95}],
}
VALIDATION = {
    **_RUN,
    "sentences": ["Sectors are found by …"],
    "figures": [{"measure": "learned", "figure": "sector precision at 5", "value": 0.6}],
}
QUALITY = {**_RUN, "quality": {"duplicates": 0}}
RUNS = {"answering": _RUN, "runs": [{**_RUN, "published": False, "latest": True}]}

_DETAIL = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is no firm 'APPL' among the 20 firms; did you mean AAPL?",
    "instance": "/api/similar",
}
_PROBLEM: dict[str, Any] = {
    "content": {
        "application/problem+json": {
            "example": _DETAIL,
            "schema": {
                "type": "object",
                "required": [*_DETAIL],
                "properties": {
                    name: {"type": "integer" if name == "status" else "string"} for name in _DETAIL
                },
            },
        }
    }
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": words, **_PROBLEM}
    for status, words in (
        (400, "The question makes no sense."),
        (404, "There is no such firm."),
        (422, "A parameter is out of bounds."),
        (503, "What a run left cannot be read."),
    )
}
"""Errors that any question may be answered with."""
