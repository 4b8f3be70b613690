"""What is no table of daily prices is refused for what it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.ingest.plausible import plausible

DAYS = pd.bdate_range("2020-01-01", periods=60)


def table(values: np.ndarray, days: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    """Return a long table of firms; values are days × firms."""
    firms = [f"F{number}" for number in range(values.shape[1])]
    wide = pd.DataFrame(values, days.rename("date"), firms)
    long = wide.reset_index().melt("date", var_name="symbol", value_name="close")
    return long.astype({"symbol": "category"})


def walks(days: int = 60) -> np.ndarray:
    growth = np.random.default_rng(0).normal(0.0, 0.02, (days, 3))
    return np.asarray(50.0 * np.exp(growth.cumsum(axis=0)))


def test_prices_pass_and_so_do_a_few_negative_ones() -> None:
    plausible(table(walks()), "mine")
    some = walks()
    some[::7] *= -1.0
    plausible(table(some), "mine")


@pytest.mark.parametrize(
    ("values", "days", "sentence"),
    [
        (np.diff(np.log(walks(61)), axis=0), DAYS, r"look like returns \(\d+% are negative\)"),
        (100.0 * np.diff(np.log(walks(61)), axis=0), DAYS, "look like returns"),
        (-walks(), DAYS, "No close of mine is positive"),
        (0.0 * walks(), DAYS, "No close of mine is positive"),
        (np.full((60, 3), np.inf), DAYS, "No close of mine is positive and finite"),
        (np.ones((60, 3)), DAYS, "the same on all days"),
        (walks(), pd.date_range("2020-01-03", periods=60, freq="W-FRI"), "are a week apart"),
        (walks(), pd.date_range("2020-01-03", periods=60, freq="ME"), "are a month apart"),
        (walks(), pd.date_range("1990-01-03", periods=60, freq="QE"), "are 92 days apart"),
        (walks(), DAYS[np.arange(60) // 6], "some 6 prices of a firm a day"),
    ],
)
def test_what_is_no_daily_price_is_told(
    values: np.ndarray, days: pd.DatetimeIndex, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        plausible(table(values, days), "mine")


NOISE = np.random.default_rng(1).normal(0.0, 0.02, (240, 3))


@pytest.mark.parametrize("values", [1.0 + NOISE, np.abs(NOISE) + 1e-9, np.exp(50.0 * NOISE)])
def test_what_is_drawn_anew_each_day_is_no_price(values: np.ndarray) -> None:
    days = pd.bdate_range("2020-01-01", periods=len(values))
    with pytest.raises(InputError, match="as far from those of the day before as from any others"):
        plausible(table(values, days), "mine")
    plausible(table(walks(len(values)), days), "mine")


def test_prices_of_few_ticks_that_bounce_between_bid_and_ask_are_prices() -> None:
    random = np.random.default_rng(2)
    mid = 50.0 + random.normal(0.0, 0.5, (400, 3)).cumsum(axis=0)
    ticks = np.round(mid + random.choice([-1.0, 1.0], mid.shape))
    ticks[7] = 10_000.0
    plausible(table(0.01 * ticks, pd.bdate_range("2020-01-01", periods=400)), "mine")


def test_an_adjusted_close_is_judged_where_there_is_one() -> None:
    prices = table(walks()).assign(adj_close=lambda found: -found["close"])
    with pytest.raises(InputError, match="No adj_close of mine is positive"):
        plausible(prices, "mine")
