"""Answers to an analyst's questions as JSON has them: of the command line, and over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.answers import as_records, origin_of
from pipeline.similarity.asking.calendar import Day
from pipeline.similarity.asking.explanation import Explanation
from pipeline.similarity.asking.peers import Peers

Answer = dict[str, Any]

_TABLES = ("firms", "years", "days", "episodes")
_NUMBERS = (
    *("score", "percentile", "chance", "beyond_chance", "pearson", "residual"),
    *("parts", "before", "lately", "responses", "common_days"),
)


def similar(
    peers: Peers,
    symbols: Sequence[str],
    found: pd.DataFrame,
    start: Day | None,
    end: Day | None,
    measure: str,
) -> Answer:
    """Write what `Peers.similar` found of firms, with the days that it covers and the run."""
    firm = {"firm": symbols[0]} if len(symbols) == 1 else {}
    return {
        **firm,
        "firms": list(symbols),
        **_covered(peers, start, end),
        "measure": measure,
        "days": peers.days(symbols, start, end),
        "peers": as_records(found),
    }


def explained(peers: Peers, found: Explanation) -> Answer:
    """Write what `Peers.explain` found of two firms."""
    first, last = map(str, found.span)
    about = {"from": first, "to": last, **origin_of(peers.record)}
    told = {"sentence": found.sentence, "change": found.change}
    numbers = {name: getattr(found, name) for name in _NUMBERS}
    return about | told | numbers | {name: as_records(getattr(found, name)) for name in _TABLES}


def history(
    peers: Peers, symbol: str, found: pd.DataFrame, start: Day | None, end: Day | None
) -> Answer:
    """Write what `Peers.history` found of a firm."""
    about = {"firm": peers.named(symbol), **_covered(peers, start, end)}
    return {**about, "years": as_records(found)}


def _covered(peers: Peers, start: Day | None, end: Day | None) -> Answer:
    """Return the days that an answer covers, and the run that it is from."""
    first, last = map(str, peers.span(start, end))
    return {"from": first, "to": last, **origin_of(peers.record)}
