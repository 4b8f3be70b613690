"""A day's prices: there or not, complete or not, and what is new in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
import universe

from pipeline.daily.arrivals import arrivals
from pipeline.errors import SourceError
from pipeline.outputs import Ingested

NOW = universe.ingested(firms=10, days=300, gaps=False)
LAST = NOW.sessions[-1].astype(date)


def cut(made: Ingested, days: int) -> Ingested:
    """Without the last days."""
    sessions = made.sessions[:-days]
    kept = made.prices["date"] <= pd.Timestamp(sessions[-1])
    return replace(made, prices=made.prices[kept], sessions=sessions)


def without(made: Ingested, symbols: list[str], since: int = 0) -> Ingested:
    """Without some firms, from a session on."""
    first = pd.Timestamp(made.sessions[since])
    rows = made.prices["symbol"].isin(symbols) & (made.prices["date"] >= first)
    firms = made.firms[~made.firms["symbol"].isin(symbols)] if since == 0 else made.firms
    return replace(made, prices=made.prices[~rows], firms=firms)


def test_a_day_like_any_other_brings_no_news() -> None:
    assert arrivals(NOW, None, LAST, 0.8) == []
    assert arrivals(NOW, cut(NOW, 1), LAST, 0.8) == []


def test_prices_that_have_not_come_are_waited_for() -> None:
    with pytest.raises(SourceError, match=f"planted has no prices of {LAST} yet, the last are of"):
        arrivals(cut(NOW, 1), cut(NOW, 2), LAST, 0.8)


@pytest.mark.parametrize("since", [0, -1], ids=["wholly gone", "the day alone"])
def test_half_of_the_firms_is_refused(since: int) -> None:
    half = [f"F{number:02d}" for number in range(5)]
    with pytest.raises(SourceError, match=r"for 5 of the 10 firms that had one on .* 0.8 .F00, "):
        arrivals(without(NOW, half, since), cut(NOW, 1), LAST, 0.8)


def test_half_of_the_firms_on_the_first_day_is_refused_too() -> None:
    half = [f"F{number:02d}" for number in range(5)]
    with pytest.raises(SourceError, match="for 5 of the 10 firms"):
        arrivals(without(NOW, half, -1), None, LAST, 0.8)


def test_firms_that_come_and_go_are_told() -> None:
    before = cut(without(NOW, ["F01"]), 1)
    (new, gone) = arrivals(without(NOW, ["F02"]), before, LAST, 0.8)
    assert new == "1 firm new: they have the days that quality control asks for: F01."
    assert gone.startswith("1 firm gone: ")
    assert gone.endswith("F02.")


def test_a_firm_that_falls_silent_is_told_once() -> None:
    silent = without(NOW, ["F03"], -5)
    (sentence,) = arrivals(silent, cut(silent, 1), LAST, 0.8)
    assert sentence.startswith("1 firm gone")
    later = without(NOW, ["F03"], -7)
    assert arrivals(later, cut(later, 1), LAST, 0.8) == []


def test_a_rewritten_past_is_told() -> None:
    prices = NOW.prices.copy()
    prices.loc[prices["symbol"] == "F04", "close"] /= 2.0
    prices.loc[prices["symbol"] == "F05", "close"] *= 1.0 + 1e-6  # rounding
    (sentence,) = arrivals(replace(NOW, prices=prices), cut(NOW, 1), LAST, 0.8)
    assert sentence == "1 firm rewritten in the past, as after a split or a dividend: F04."


def test_evenings_that_were_missed_do_not_matter() -> None:
    assert arrivals(NOW, cut(NOW, 7), LAST, 0.8) == []
