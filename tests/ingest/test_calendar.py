"""Sessions of an exchange, by days that are known."""

import pandas as pd
import pytest

from pipeline.errors import ConfigError, InputError
from pipeline.ingest.calendar import sessions_between

BEYOND = InputError("Too far.")


def days(calendar: str, first: str, last: str) -> list[str]:
    found = sessions_between(calendar, pd.Timestamp(first), pd.Timestamp(last), BEYOND)
    return [f"{day:%Y-%m-%d}" for day in found]


def test_both_ends_are_sessions_and_holidays_are_none() -> None:
    # The 4th of July 2023 was a Tuesday.
    week = ["2023-07-03", "2023-07-05", "2023-07-06", "2023-07-07"]
    assert days("XNYS", "2023-07-03", "2023-07-07") == week
    assert days("XNYS", "2023-07-01", "2023-07-09") == week


def test_a_weekend_alone_has_none() -> None:
    assert days("XNYS", "2023-07-08", "2023-07-09") == []


def test_days_that_the_calendar_does_not_know_are_answered_by_who_asked() -> None:
    with pytest.raises(InputError, match=r"^Too far\.$") as told:
        days("XTKS", "1950-01-02", "1950-01-06")
    assert told.value is BEYOND


def test_an_unknown_calendar_is_told_with_examples() -> None:
    with pytest.raises(ConfigError, match=r"'NYSE2' is not an exchange calendar: .*XNYS"):
        days("NYSE2", "2023-07-03", "2023-07-07")


def test_a_calendar_that_the_library_cannot_make_is_told() -> None:
    with pytest.raises(ConfigError, match=r"cannot tell the sessions of 'ASEX': use another"):
        days("ASEX", "2023-07-03", "2023-07-07")
