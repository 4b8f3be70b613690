"""Firms by what an analyst types."""

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.similarity.asking import symbols

FIRMS = pd.DataFrame(
    {
        "symbol": ["MSFT", "BRK.B", "brk.b", "AAPL", "GOOG", "GOOGL"],
        "name": ["Microsoft", "Berkshire", "Another", "Apple", "Alphabet C", None],
        "sector": ["Technology", "Financials", "Financial Data", "Technology", "Media", None],
        "market_cap": [3e12, 2e9, 1.9e9, 1e10, np.nan, 9.99e9],
    }
)


def chosen(**asked):
    found = symbols.chosen(FIRMS, *(asked.get(one) for one in ("sector", "exclude_sector", "cap")))
    return np.flatnonzero(found).tolist()


@pytest.mark.parametrize(
    ("typed", "place"), [("MSFT", 0), (" msft ", 0), ("BRK.B", 1), ("brk.b", 2), ("Brk.B", 1)]
)
def test_a_symbol_is_found_in_any_case_and_exactly_where_two_differ_by_it(typed, place):
    assert symbols.position(typed, FIRMS) == place


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("MSTF", r"no firm 'MSTF' among the 6 firms; did you mean MSFT\?"),
        ("microsoft", r"did you mean MSFT\?"),
        ("googel", r"did you mean GOOGL or GOOG\?"),
        ("???", "ask for one of them: MSFT, BRK.B, brk.b, AAPL, GOOG, …"),
        ("none", "ask for one of them"),
        ("", "no firm ''"),
    ],
)
def test_an_unknown_symbol_is_answered_with_advice(typed, sentence):
    with pytest.raises(InputError, match=sentence):
        symbols.position(typed, FIRMS)


def test_all_firms_are_wanted_unless_something_is_asked():
    assert chosen() == [0, 1, 2, 3, 4, 5]


def test_sectors_by_name_or_beginning_in_any_case():
    assert chosen(sector="technology") == chosen(sector=" Tech") == [0, 3]
    assert chosen(exclude_sector="tech") == [1, 2, 4, 5]
    assert chosen(sector="Financials") == [1]
    assert chosen(sector="tech", exclude_sector="tech") == []


def test_capitalisations_at_their_bounds():
    assert chosen(cap="small") == [2]
    assert chosen(cap="mid") == [1, 5]
    assert chosen(cap="large") == [0, 3]
    assert chosen(sector="tech", cap="mid") == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"sector": "Energy"}, "'Energy' is unknown: the sectors are Financial Data, Financials,"),
        ({"exclude_sector": "fin"}, "'fin' is ambiguous: the sectors are Financial Data, Fin"),
        ({"sector": "Group"}, "unknown"),
        ({"cap": "huge"}, "no capitalisation 'huge': ask for small, mid, large"),
    ],
)
def test_unknown_sectors_and_capitalisations_are_said(asked, sentence):
    with pytest.raises(InputError, match=sentence):
        chosen(**asked)


def test_a_source_without_sectors_says_so():
    with pytest.raises(InputError, match="The source names no sectors"):
        symbols.chosen(FIRMS.assign(sector=None), "Tech", None, None)


def test_a_source_without_capitalisations_says_so():
    with pytest.raises(InputError, match="The source tells no market capitalisations"):
        symbols.chosen(FIRMS.assign(market_cap=None), None, None, "large")
