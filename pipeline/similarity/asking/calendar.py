"""Ranges of days as ranges of blocks."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError

Day = date | str | np.datetime64 | pd.Timestamp
Range = tuple[int, int]
"""Half-open range of blocks."""

_WHOLE = re.compile(r"(?!0000)[0-9]{4}(-[0-9]{2})?")
"""A year, or a month of a year."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")
"""A day as ISO 8601 writes it; all else, as 03/04/2020, may be one day or another."""

_SHARE = 0.5
"""Share of a usual year's days from which a calendar year counts as one."""


class Calendar:
    """The blocks of days that firms were compared on.

    Parameters
    ----------
    edges : (B, 2) datetime64
        First and last day of each block.
    dates : (T,) datetime64
        All days.
    """

    def __init__(self, edges: NDArray[np.datetime64], dates: NDArray[np.datetime64]) -> None:
        self._edges = np.asarray(edges).astype("datetime64[D]")
        self._dates = np.asarray(dates).astype("datetime64[D]")

    def blocks(self, start: Day | None = None, end: Day | None = None) -> Range:
        """Blocks that overlap ``start`` … ``end``; all of them by default.

        A text is a day (2016-01-31), a month (2016-01) or a year (2016), the last two whole.

        Raises
        ------
        InputError
            When the range is reversed, unreadable, or holds no day of the data.
        """
        low, high = self._edges[0, 0], self._edges[-1, 1]
        first_day = low if start is None else _day(start)
        last_day = high if end is None else _day(end, last=True)
        asked = (first_day, last_day)
        if start is not None and end is not None and asked[0] > asked[1]:
            raise InputError(
                f"The range from {asked[0]} to {asked[1]} is empty: give the earlier day first."
            )
        if asked[0] > high or asked[1] < low:
            raise InputError(
                f"{_range(start, end, asked)} is outside the data: the similarities cover {low} "
                f"to {high}."
            )
        first = int(np.searchsorted(self._edges[:, 1], asked[0], side="left"))
        stop = int(np.searchsorted(self._edges[:, 0], asked[1], side="right"))
        if first >= stop:
            raise InputError(
                f"There is no trading day from {asked[0]} to {asked[1]}: widen the range."
            )
        return first, stop

    def span(self, blocks: Range) -> tuple[date, date]:
        """First and last day of a range of blocks."""
        return self._edges[blocks[0], 0].item(), self._edges[blocks[1] - 1, 1].item()

    def days(self, blocks: Range) -> slice:
        """Positions of the dates in a range of blocks."""
        return slice(
            int(np.searchsorted(self._dates, self._edges[blocks[0], 0], side="left")),
            int(np.searchsorted(self._dates, self._edges[blocks[1] - 1, 1], side="right")),
        )

    def years(self, blocks: Range) -> dict[int, Range]:
        """Blocks of each calendar year; a block belongs to the year of its middle.

        A year with less than half of its usual days is left out.
        """
        first, stop = blocks
        edges = self._edges[first:stop]
        middles = edges[:, 0] + (edges[:, 1] - edges[:, 0]) // 2
        numbers = middles.astype("datetime64[Y]").astype(int) + 1970
        found: dict[int, Range] = {}
        for year in np.unique(numbers).tolist():
            own = np.flatnonzero(numbers == year)
            span = (first + int(own[0]), first + int(own[-1]) + 1)
            days = (edges[own[-1], 1] - edges[own[0], 0]).astype(int) + 1
            if days >= _SHARE * 365:
                found[year] = span
        return found


def _range(start: Day | None, end: Day | None, asked: tuple[np.datetime64, np.datetime64]) -> str:
    """Name the ends that were given."""
    if end is None:
        return f"The range from {asked[0]}"
    return (
        f"The range to {asked[1]}" if start is None else f"The range from {asked[0]} to {asked[1]}"
    )


def _day(asked: Day, *, last: bool = False) -> np.datetime64:
    """Read a day; of a month or a year its first, or its last."""
    try:
        if isinstance(asked, str):
            asked = asked.strip()
            if _WHOLE.fullmatch(asked):
                whole = np.array([asked, asked], "datetime64") + np.array([0, 1])
                first, after = whole.astype("datetime64[D]")
                return np.datetime64(after - 1 if last else first)
            if not _DAY.fullmatch(asked):
                raise ValueError(asked)
        elif not isinstance(asked, date | np.datetime64):
            raise TypeError(asked)  # a number would be taken for nanoseconds since 1970
        day = np.datetime64(pd.Timestamp(asked).tz_localize(None), "D")
        if np.isnat(day):
            raise ValueError(asked)
    except (TypeError, ValueError) as fault:
        raise InputError(
            f"{repr(asked)[:40]} is not a day: write it as 2016-01-31, or a whole month or year as "
            "2016-01 or 2016."
        ) from fault
    return day
