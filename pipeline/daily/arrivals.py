"""What a day's prices brought: whether they are all there, and what is new in them."""

from __future__ import annotations

from datetime import date

import numpy as np

from pipeline.errors import SourceError
from pipeline.ingest.prices import BASES
from pipeline.outputs import Ingested
from pipeline.words import plural, shown

SAME = 1e-4
"""Relative difference up to which two prices of one day are the same."""
SILENT = 5
"""Sessions without a price after which a firm is said to have gone."""
KEPT = "What was published before stays."


def arrivals(now: Ingested, before: Ingested | None, day: date, coverage: float) -> list[str]:
    """Check that a day's prices are there, and say what changed since an earlier day.

    Parameters
    ----------
    now
        Prices up to the day.
    before
        Prices of an earlier run, if there was one.
    day
        The session.
    coverage
        Share of the firms with a price at the session before that must have one on the day.

    Returns
    -------
    list of str
        Sentences: firms that came, went, or whose past was rewritten.

    Raises
    ------
    SourceError
        If the day has no prices, or too few.
    """
    source, last = now.quality["source"], np.datetime64(day)
    newest = _days(now).max()
    if newest < last:
        raise SourceError(
            f"{source} has no prices of {day} yet, the last are of {newest}: try later. {KEPT}"
        )
    expected, since = _expected(now, before, last)
    priced = set(now.prices["symbol"][_days(now) == last])
    there = len(expected & priced)
    if expected and there < coverage * len(expected):
        lacking = shown(sorted(expected - priced), 5)
        raise SourceError(
            f"{source} has prices of {day} for {there} of the {len(expected)} firms that had one "
            f"on {since}, fewer than daily.coverage {coverage:g} ({lacking} lack it): try later, "
            f"or look at the source. {KEPT}"
        )
    return [] if before is None else _changes(now, before)


def _expected(
    now: Ingested, before: Ingested | None, last: np.datetime64
) -> tuple[set[str], np.datetime64]:
    """Return the firms that had a price at the session before, and that session.

    As an earlier run saw them, where there was one: a source that has lost firms altogether has
    lost their past as well.
    """
    seen = now if before is None else before
    days = _days(seen)
    past = days[days < last]
    if not len(past):
        return set(), last
    since = past.max()
    return set(seen.prices["symbol"][days == since]), since


def _changes(now: Ingested, before: Ingested) -> list[str]:
    """Say which firms came, went, or were rewritten since an earlier run."""
    sentences = []
    firms, former = set(now.firms["symbol"]), set(before.firms["symbol"])
    gone = sorted((former - firms) | (_silent(now) - _silent(before)))
    for names, text in (
        (sorted(firms - former), "new: they have the days that quality control asks for"),
        (gone, "gone: delisted, renamed or set apart by quality control"),
        (_rewritten(now, before), "rewritten in the past, as after a split or a dividend"),
    ):
        if names:
            sentences.append(f"{plural(len(names), 'firm')} {text}: {shown(names, 5)}.")
    return sentences


def _silent(ingested: Ingested) -> set[str]:
    """Return the firms without a price at the last sessions."""
    recent = ingested.sessions[-SILENT:].astype("datetime64[D]").min()
    alive = set(ingested.prices["symbol"][_days(ingested) >= recent])
    return set(ingested.firms["symbol"]) - alive


def _rewritten(now: Ingested, before: Ingested) -> list[str]:
    """Return the firms with other prices of days that both have."""
    base = next(c for c in reversed(BASES) if c in now.prices and c in before.prices)
    keys = ["symbol", "date"]
    both = now.prices[[*keys, base]].merge(before.prices[[*keys, base]], on=keys)
    one, other = both[f"{base}_x"], both[f"{base}_y"]
    return sorted(set(both["symbol"][(one - other).abs() > SAME * other.abs()]))


def _days(ingested: Ingested) -> np.ndarray:
    return ingested.prices["date"].to_numpy().astype("datetime64[D]")
