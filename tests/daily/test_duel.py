"""Champion against challenger: who wins, who is held, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.daily.duel import Outcome, Side, duel
from pipeline.settings.daily import Daily

SESSIONS = pd.bdate_range("2020-01-01", periods=300)
TODAY = SESSIONS[-1].date()


def side(number: str, scale: float, day: date = TODAY, seen: int = 99, firms: int = 5) -> Side:
    """Forecasts N(0, scale²) of standard normal growth (a Student-t of many degrees of freedom)."""
    growth = np.random.default_rng(0).normal(size=(len(SESSIONS), firms))
    table = pd.DataFrame(
        {
            "symbol": np.tile([f"F{n}" for n in range(firms)], len(SESSIONS)),
            "date": np.repeat(SESSIONS, firms),
            "horizon": 1,
            "location": 0.0,
            "scale": scale,
            "df": 1e6,
            "growth": growth.ravel(),
        }
    )
    return Side(number, day, day, SESSIONS[seen].date(), table, number.encode())


def meet(challenger: Side, champion: Side, **settings: float) -> Outcome:
    return duel(Daily(**settings), challenger, champion, TODAY)  # type: ignore[arg-type]


def test_the_better_one_is_promoted() -> None:
    outcome = meet(side("2", 1.0), side("1", 2.0, date(2021, 2, 1)))
    assert outcome.kind == "promoted"
    assert outcome.reason.startswith("Better: CRPS 0.5")
    assert "of version 1 on 200 days that neither has seen, p = 0.000" in outcome.reason
    assert outcome.numbers["challenger_crps"] < outcome.numbers["champion_crps"]
    assert outcome.numbers["high"] < 0.0
    assert (outcome.numbers["days"], outcome.numbers["firms"]) == (200.0, 5.0)
    # CRPS of N(0, 1) at a standard normal is 1/√π on average.
    assert outcome.numbers["challenger_crps"] == pytest.approx(1.0 / np.sqrt(np.pi), rel=0.05)


def test_the_worse_one_is_held_however_old_the_champion() -> None:
    outcome = meet(side("2", 2.0), side("1", 1.0, date(2015, 1, 1)))
    assert outcome.kind == "held"
    assert outcome.reason.startswith("Worse: ")


@pytest.mark.parametrize(("age", "kind"), [(30, "held"), (31, "promoted")])
def test_an_equal_one_is_promoted_once_the_champion_is_old(age: int, kind: str) -> None:
    born = (pd.Timestamp(TODAY) - pd.Timedelta(days=age)).date()
    outcome = meet(side("2", 1.0), side("1", 1.0, born))
    assert outcome.kind == kind
    assert f"version 1 has been champion for {age} days" in outcome.reason
    assert outcome.numbers["champion_days"] == age


def test_the_level_decides() -> None:
    close, champion = side("2", 1.0), side("1", 1.04, TODAY)
    p_value = meet(close, champion).numbers["p_value"]
    assert 0.0 < p_value < 0.5
    assert meet(close, champion, level=min(0.99, 2 * p_value)).kind == "promoted"
    assert meet(close, champion, level=p_value / 2).kind == "held"


def test_days_that_either_has_seen_do_not_count() -> None:
    outcome = meet(side("2", 1.0, seen=199), side("1", 2.0, seen=249))
    assert outcome.numbers["days"] == 50
    assert meet(side("2", 1.0, seen=249), side("1", 2.0, seen=199)).numbers["days"] == 50


def test_only_the_last_days_count() -> None:
    outcome = meet(side("2", 1.0), side("1", 2.0), held_out_days=40)
    assert outcome.numbers["days"] == 40


def test_firm_days_of_one_alone_do_not_count() -> None:
    outcome = meet(side("2", 1.0, firms=3), side("1", 2.0, firms=5))
    assert outcome.numbers["firms"] == 3


def test_too_few_days_hold() -> None:
    outcome = meet(side("2", 1.0, seen=289), side("1", 2.0))
    assert outcome.kind == "held"
    assert outcome.reason == "Only 10 days were seen by neither, fewer than 20."


def test_a_champion_of_a_later_day_stays() -> None:
    later = (pd.Timestamp(TODAY) + pd.Timedelta(days=1)).date()
    outcome = meet(side("2", 1.0), side("1", 2.0, later))
    assert outcome.kind == "held"
    assert "a later day" in outcome.reason


def test_forecasts_that_are_the_same_are_no_better() -> None:
    outcome = meet(side("2", 1.0), side("1", 1.0))
    assert outcome.kind == "held"
    assert outcome.numbers["difference"] == 0.0
    assert outcome.numbers["p_value"] == 1.0


def test_the_same_network_does_not_take_over_from_itself_however_old() -> None:
    old = side("1", 1.0, date(2015, 1, 1))
    outcome = meet(replace(side("2", 1.0), network=old.network), old)
    assert outcome.kind == "held"
    assert outcome.reason == "It is the same network as version 1, of the same sequences."


def test_age_counts_from_when_the_champion_was_made_champion() -> None:
    restored = replace(side("1", 1.0, date(2015, 1, 1)), since=TODAY)
    assert meet(side("2", 1.0), restored).kind == "held"
