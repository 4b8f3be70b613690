"""Firms that have too few days in common with any other are named."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.panel.overlap import apart


def growth(**days: range) -> pd.DataFrame:
    """Growth of firms on some of sixty days."""
    dates = pd.bdate_range("2020-01-01", periods=60, name="date")
    table = pd.DataFrame(np.nan, index=dates, columns=list(days))
    for name, known in days.items():
        table.iloc[list(known), table.columns.get_loc(name)] = 1.0
    return table


def test_firms_that_share_days_enough_are_not_named() -> None:
    assert apart(growth(A=range(60), B=range(20), C=range(40, 60))) is None


def test_one_that_has_a_day_too_few_is_named() -> None:
    said = apart(growth(A=range(60), B=range(30), C=range(41, 60)))
    assert said is not None
    assert said.startswith("Of the 3 firms, 1 (C) have fewer than 20 days in common")


def test_where_no_two_can_be_compared_their_days_are_told() -> None:
    said = apart(growth(A=range(15), B=range(15, 45), C=range(45, 60), D=range(0)))
    assert said is not None
    assert "No two of the 4 firms have growth on 20 days or more in common" in said
    assert "(A from 2020-01-01 to 2020-01-21; B from 2020-01-22 to 2020-03-03; C from" in said
    assert "; …): forecasts are made" in said
