"""Firms by what an analyst begins to type."""

import pandas as pd
import pytest

from pipeline.similarity.asking.search import search

FIRMS = pd.DataFrame(
    [
        ("F", "Ford Motor", "Consumer Discretionary", "Automobiles", 50e9),
        ("FIS", "Fidelity Information", "Information Technology", "Data Processing", 80e9),
        ("META", "Meta Platforms", "Communication Services", "Interactive Media", 700e9),
        ("MET", "MetLife", "Financials", "Life Insurance", 55e9),
        ("NEM", "Newmont", "Materials", "Gold", None),
        ("KO", "Coca-Cola", "Consumer Staples", "Soft Drinks", 275e9),
        ("UNK", None, "unknown", None, None),
    ],
    columns=["symbol", "name", "sector", "industry", "market_cap"],
)


@pytest.mark.parametrize(
    ("query", "symbols", "match"),
    [
        ("f", ["F", "FIS", "MET"], "symbol"),
        ("MET", ["MET", "META"], "symbol"),
        ("meta", ["META"], "symbol"),
        ("motor", ["F"], "name"),
        ("cola", ["KO"], "name"),
        ("consumer", ["F", "KO"], "sector"),
        ("gold", ["NEM"], "industry"),
        ("drinks", ["KO"], "industry"),
        ("newmnot", ["NEM"], "spelling"),
        ("fidelty", ["FIS"], "spelling"),
        ("", ["META", "KO", "FIS"], "size"),
        ("zzzzzz", [], None),
        ("unkn", ["UNK"], "spelling"),
    ],
)
def test_what_is_meant_comes_first(query: str, symbols: list[str], match: str | None) -> None:
    found = search(FIRMS, query, 3)
    assert found["symbol"].tolist() == symbols
    if match:
        assert found["match"].iloc[0] == match


def test_no_more_are_found_than_asked_for() -> None:
    assert len(search(FIRMS, "f", 1)) == 1
