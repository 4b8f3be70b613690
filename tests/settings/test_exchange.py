"""Exchanges, beside the library that knows their sessions."""

from __future__ import annotations

import exchange_calendars
import pytest

from pipeline.settings.exchange import SESSIONS_A_YEAR
from pipeline.settings.load import load

UNREADABLE = {"ASEX", "XBEL", "XBSE", "XCYS", "BVB"}
"""Calendars that the library cannot make with the pandas of today."""


def test_all_calendars_are_known() -> None:
    names = exchange_calendars.get_calendar_names(include_aliases=True)
    assert set(SESSIONS_A_YEAR) == set(names) - UNREADABLE


@pytest.mark.parametrize("name", ["XNYS", "24/7", "24/5", "XTKS", "NASDAQ"])
def test_sessions_a_year_are_those_of_the_library(name: str) -> None:
    calendar = exchange_calendars.get_calendar(name, start="2015-01-01", end="2024-12-31")
    assert SESSIONS_A_YEAR[name] == round(len(calendar.sessions) / 10)


@pytest.mark.parametrize(("calendar", "days"), [("XNYS", 252), ("24/7", 365), ("24/5", 261)])
def test_a_year_has_the_days_of_its_calendar_unless_told_not_to(calendar: str, days: int) -> None:
    asked = [f"ingest.calendar={calendar}"]
    assert load(assignments=asked).growth.days_per_year == days
    assert load(assignments=[*asked, "growth.days_per_year=250"]).growth.days_per_year == 250
