"""The sessions of an exchange."""

from __future__ import annotations

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
    import exchange_calendars
    from exchange_calendars.errors import InvalidCalendarName

    try:
        found = exchange_calendars.get_calendar(calendar, start=first - WIDE, end=last + WIDE)
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
    days = pd.DatetimeIndex(found.sessions)
    return days[(days >= first) & (days <= last)]
