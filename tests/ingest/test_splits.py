"""Growth that is none, among growth that is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.ingest.splits import reversals, splits

DAYS, AT = 120, 100


def table(seed: int = 0, firms: int = 5) -> pd.DataFrame:
    """Sorted prices of firms that move by 1 % a day, with opens and volumes."""
    random = np.random.default_rng(seed)
    close = 50.0 * np.exp(np.cumsum(0.01 * random.normal(size=(firms, DAYS)), axis=1))
    dates = pd.bdate_range("2020-01-01", periods=DAYS)
    return pd.DataFrame(
        {
            "date": np.tile(dates, firms),
            "symbol": pd.Categorical(np.repeat(list("ABCDE")[:firms], DAYS)),
            "open": np.roll(close, 1, axis=1).ravel(),
            "close": close.ravel(),
            "volume": 1000.0 * np.exp(0.3 * random.normal(size=close.size)),
        }
    )


def scaled(
    prices: pd.DataFrame,
    factor: float,
    first: int = AT,
    last: int = DAYS,
    *,
    volume: float = 1.0,
    at_open: float = 1.0,
) -> pd.DataFrame:
    """Firm B's prices times a factor on some days, and the first of them traded otherwise.

    `at_open` is the share of the change that the first day's open has.
    """
    changed = prices.copy()
    start = DAYS + first
    rows = slice(start, DAYS + last - 1)  # of labels, both ends included
    changed.loc[rows, ["open", "close"]] *= factor
    changed.loc[start, "open"] *= factor ** (at_open - 1.0)
    changed.loc[start, "volume"] *= volume
    return changed


def days_of(rows: np.ndarray) -> list[int]:
    """Days of firm B that are marked; no other firm may be."""
    found = np.flatnonzero(rows) - DAYS
    assert ((found >= 0) & (found < DAYS)).all()
    return [int(day) for day in found]


@pytest.mark.parametrize("factor", [2.0 / 3.0, 1.0 / 2.0, 1.0 / 2.32, 1.0 / 5.0, 2.0, 10.0])
def test_splits_and_spin_offs_are_marked_on_their_day(factor: float) -> None:
    prices = scaled(table(), factor, volume=1.0 / factor)
    assert days_of(splits(prices, 0.38)) == [AT]
    assert days_of(splits(prices, 3.0)) == []


@pytest.mark.parametrize("factor", [0.5, 1.0 / 3.0, 2.0])
def test_closes_alone_tell_a_split_by_its_ratio(factor: float) -> None:
    closes = table()[["date", "symbol", "close"]]
    told = scaled(closes.assign(open=np.nan, volume=np.nan), factor)
    assert days_of(splits(told, 0.38)) == days_of(splits(told[[*closes]], 0.38)) == [AT]
    assert days_of(splits(scaled(told, 0.85)[[*closes]], 0.38)) == []


def test_what_is_true_is_kept() -> None:
    prices = table()
    assert days_of(splits(scaled(prices, 0.5, volume=20.0), 0.38)) == []  # as of news
    assert days_of(splits(scaled(prices, 0.5, at_open=0.4), 0.38)) == []  # between open and close
    wild = prices.copy()
    wild["close"] = prices.groupby("symbol", observed=True)["close"].transform(
        lambda close: close.iloc[0] * (close / close.iloc[0]) ** 6.0
    )
    assert days_of(splits(scaled(wild, 0.6), 0.38)) == []  # a firm that moves by 4 % a day
    crash = prices.copy()
    rows = crash.groupby("symbol", observed=True).cumcount() >= AT
    crash.loc[rows, ["open", "close"]] *= 0.5
    assert not splits(crash, 0.38).any()  # all firms, as of a market or a new currency
    assert days_of(splits(scaled(prices, 0.5, first=15), 0.38)) == []  # too little is known of it


@pytest.mark.parametrize("days", [1, 2, 5])
@pytest.mark.parametrize("factor", [0.7, 2.3])
def test_both_ends_of_a_jump_that_is_taken_back_are_marked(days: int, factor: float) -> None:
    prices = scaled(table(), factor, last=AT + days, volume=20.0)
    assert days_of(reversals(prices, 0.3)) == [AT, AT + days]
    assert days_of(reversals(prices[["date", "symbol", "close"]], 0.3)) == [AT, AT + days]


def test_a_jump_that_lasts_or_comes_back_late_or_in_part_is_no_reversal() -> None:
    prices = table()
    assert days_of(reversals(scaled(prices, 0.6), 0.3)) == []
    assert days_of(reversals(scaled(prices, 0.6, last=AT + 6), 0.3)) == []
    halfway = scaled(scaled(prices, 0.5), 1.5, first=AT + 1)
    assert days_of(reversals(halfway, 0.3)) == []
    late = scaled(prices, 0.6, first=DAYS - 1)
    assert days_of(reversals(late, 0.3)) == []


def test_a_price_that_is_not_known_hides_nothing() -> None:
    prices = scaled(table(), 0.5)
    prices.loc[DAYS + AT, ["open", "close", "volume"]] = np.nan
    assert days_of(splits(prices, 0.38)) == [AT + 1]


def test_fat_tails_hardly_ever_look_like_splits() -> None:
    random = np.random.default_rng(1)
    growth = 0.015 * random.standard_t(3, size=(200, 2500))
    dates = pd.bdate_range("2010-01-01", periods=growth.shape[1])
    prices = pd.DataFrame(
        {
            "date": np.tile(dates, len(growth)),
            "symbol": pd.Categorical(np.repeat(np.arange(len(growth)), len(dates))),
            "close": np.exp(np.cumsum(growth, axis=1)).ravel(),
        }
    )
    assert (np.abs(growth) > 0.3).any()
    assert splits(prices, 0.38).sum() <= 5  # of half a million, by closes alone
    assert not reversals(prices, 0.3).any()


def test_a_close_that_was_adjusted_needs_no_mark() -> None:
    sound = table()
    split = scaled(sound, 0.5, volume=2.0)
    assert days_of(splits(split, 0.38)) == [AT]
    assert days_of(splits(split.assign(adj_close=sound["close"]), 0.38)) == []
    assert days_of(splits(split.assign(adj_close=split["close"]), 0.38)) == [AT]
    errs = scaled(sound, 1.5, AT, AT + 2)
    assert days_of(reversals(errs.assign(adj_close=sound["close"]), 0.3)) == []


def test_a_price_that_seldom_moves_is_not_judged_by_what_it_seldom_does() -> None:
    prices = table()
    stale = prices["symbol"] == "B"
    prices.loc[stale, ["open", "close"]] = 50.0
    assert days_of(splits(scaled(prices, 0.5), 0.38)) == []
