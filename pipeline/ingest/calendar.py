"""The sessions of an exchange."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import pandas as pd

from pipeline.errors import ConfigError, FirmamentError

WIDE = pd.Timedelta(days=14)
"""A calendar must span a few days; weekends alone would be none."""


def sessions_between(
    calendar: str, first: pd.Timestamp, last: pd.Timestamp, beyond: FirmamentError
) -> pd.DatetimeIndex:
    """Return the days from first to last on which an exchange was open.

    Parameters
    ----------
    calendar : str
        ISO 10383 code of the exchange, such as ``XNYS``.
    first, last : Timestamp
        Days at midnight, both included.
    beyond : FirmamentError
        Raised where the calendar does not reach over these days: whoever asks knows how to mend it.

    Returns
    -------
    DatetimeIndex
        In order; empty where the exchange was closed throughout.

    Raises
    ------
    ConfigError
        If the calendar is unknown.
    """
    from exchange_calendars.errors import InvalidCalendarName

    try:
        days = _sessions(calendar, first, last)
    except InvalidCalendarName as error:
        raise ConfigError(
            f"ingest.calendar '{calendar}' is not an exchange calendar: "
            "use an ISO 10383 code such as XNYS (New York), XLON (London) or XTKS (Tokyo)."
        ) from error
    except NotImplementedError as error:
        raise ConfigError(
            f"exchange_calendars cannot tell the sessions of {calendar!r}: use another "
            "ingest.calendar, or 24/5 for all weekdays."
        ) from error
    except ValueError as error:
        raise beyond from error
    return days[(days >= first) & (days <= last)]


def _sessions(calendar: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return sessions around two days: of whole decades, which most questions have in common."""
    start, end = (pd.Timestamp(year // 10 * 10, 1, 1) for year in (first.year, last.year + 10))
    with suppress(ValueError, NotImplementedError):  # some calendars do not reach so far
        return _made(calendar, start - WIDE, end + WIDE)
    return _made(calendar, first - WIDE, last + WIDE)


@cache
def _made(calendar: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Lay out a calendar, which takes a third of a second."""
    import exchange_calendars

    made = exchange_calendars.get_calendar(calendar, start=start, end=end)
    return pd.DatetimeIndex(made.sessions)
