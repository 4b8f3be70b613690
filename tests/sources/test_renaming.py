"""Symbols that continue others, by hand-made closes."""

import numpy as np
import pandas as pd
import pytest

from pipeline.sources.renaming import DAYS, successors


def closes(count: int, first: str = "2022-01-03", scale: float = 1.0, phase: float = 0.0):
    days = pd.bdate_range(first, periods=count)
    # Never twice the same in a row.
    values = 100.0 + 10.0 * np.sin(np.arange(count) + phase)
    return pd.DataFrame({"date": days, "close": scale * values})


@pytest.mark.parametrize("scale", [1.0, 0.05])
def test_a_symbol_with_the_same_closes_continues_another(scale):
    """Also where shares were split since: the factor is then in all closes of the new symbol."""
    tables = {"FB": closes(80), "META": closes(200, scale=scale), "KO": closes(200, phase=1.0)}
    assert successors(tables, ["FB"]) == {"FB": "META"}


def test_a_symbol_that_is_still_answered_is_not_looked_at():
    assert successors({"FB": closes(80), "META": closes(200)}, []) == {}


def test_two_share_classes_are_two_firms():
    one = closes(300)
    other = one.assign(close=one["close"] * (1.0 + 2e-5 * (np.arange(300) % 2)))
    assert successors({"GOOG": one, "GOOGL": other}, ["GOOG"]) == {}


def test_a_few_days_are_too_few():
    # The first day has no day before it, from which its close could have moved.
    assert successors({"A": closes(DAYS), "B": closes(200)}, ["A"]) == {}
    assert successors({"A": closes(DAYS + 1), "B": closes(200)}, ["A"]) == {"A": "B"}


def test_days_that_only_one_has_do_not_count():
    assert successors({"A": closes(200), "B": closes(200).iloc[150:]}, ["A"]) == {}


def test_prices_that_stand_still_are_like_no_other():
    still = closes(300).assign(close=50.0)
    assert successors({"A": still, "B": still, "C": closes(300)}, ["A"]) == {}


def test_single_corrections_and_gaps_do_not_hide_a_renaming():
    new = closes(300)
    new.loc[[10, 20], "close"] = [1.0, np.nan]
    assert successors({"A": closes(200), "B": new}, ["A"]) == {"A": "B"}
    new.loc[[30, 40, 50], "close"] = 1.0
    assert successors({"A": closes(200), "B": new}, ["A"]) == {}


def test_of_a_chain_of_renamings_the_last_is_the_successor():
    tables = {"A": closes(100), "B": closes(150), "C": closes(200)}
    assert successors(tables, ["A", "B"]) == {"A": "C", "B": "C"}
    assert successors(tables, ["A", "B", "C"]) == {"A": "C", "B": "C"}
