"""Portfolios as a table and in words: the verdict follows the interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.report.portfolios import portfolio_grid, portfolios_in_words
from pipeline.similarity.study.portfolio import COLUMNS, CORRELATION, EQUAL, LEARNED, SHUFFLED, Held


def held(low: float = -0.004, high: float = 0.001, left_out: int = 0) -> Held:
    nothing = np.nan
    rows = [
        [LEARNED, 0.1103, 0.089, 0.806, 0.0986, 187.2, 0.0682, -0.0002, low, high],
        [CORRELATION, 0.1105, 0.0893, 0.8082, 0.0996, 189.6, 0.0682, nothing, nothing, nothing],
        [SHUFFLED, 0.1109, 0.0844, 0.7612, 0.105, 200.6, 0.0661, 0.0003, -0.0001, 0.0009],
        [EQUAL, 0.1262, -0.0884, nothing, 0.162, 317.0, nothing, 0.0156, 0.0105, 0.0215],
    ]
    table = pd.DataFrame(rows, columns=["portfolio", *COLUMNS])
    returns = pd.DataFrame(np.zeros((740, 4)), columns=table["portfolio"])
    return Held(table, returns, pd.DataFrame(), 317, left_out, 3)


def test_the_table_has_intervals_and_dashes() -> None:
    grid = portfolio_grid(held().portfolios)
    rows = [[cell.text for cell in row.cells] for row in grid.rows]
    assert rows[0] == [
        LEARNED,
        "11.03 %",
        "−0.02 % (−0.40 % to +0.10 %)",
        "8.9 %",
        "0.81",
        "9.9 %",
        "187",
        "6.8 %",
    ]
    assert rows[1][2] == "–"
    assert rows[3][3:5] == ["−8.8 %", "–"] and rows[3][7] == "–"
    assert [[cell.best for cell in row.cells].index(True) for row in grid.rows[:1]] == [1]
    assert sum(cell.best for row in grid.rows for cell in row.cells) == 1
    assert [row.own for row in grid.rows] == [True, False, False, False]
    assert all(len(row.cells) == len(grid.heads) for row in grid.rows)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.004, 0.001, "The learned distance is not better"),
        (0.001, 0.004, "The learned distance is worse"),
        (-0.004, -0.001, "The learned distance is better"),
        (np.nan, np.nan, "too few days to compare"),
    ],
)
def test_the_verdict_follows_the_interval(low: float, high: float, said: str) -> None:
    tested = held(low, high)
    what, verdict, chance = portfolios_in_words(tested.portfolios, tested.facts)
    assert "317 firms" in what and "3 times" in what and "740 later days" in what
    assert said in verdict and "11.03 % a year against 11.05 %" in verdict
    assert "11.09 %" in chance and chance.endswith("changed the volatility by −0.06 %.")


def test_firms_left_out_are_counted() -> None:
    (*_, left_out) = portfolios_in_words(held().portfolios, held(left_out=12).facts)
    assert left_out.startswith("12 firms that traded on fewer than 95 % of the first")
