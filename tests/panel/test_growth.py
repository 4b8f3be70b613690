"""Growth rates by hand: μ_t = 252·ln(S_t / S_{t−1}) − r_f."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import universe

from pipeline.errors import InputError
from pipeline.outputs import Ingested
from pipeline.panel.growth import grow
from pipeline.settings.growth import Growth

DAYS = pd.to_datetime(["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"])


def two_firms(**columns: list[float]) -> Ingested:
    """Firm A on all four days with the given prices; firm B, 50 and 100, on the last two."""
    rows = pd.DataFrame({"date": DAYS, "symbol": "A", "broken": False, **columns})
    other = pd.DataFrame({"date": DAYS[2:], "symbol": "B", "broken": False})
    for name in columns:
        other[name] = [50.0, 100.0]
    prices = pd.concat([rows, other], ignore_index=True)
    firms = pd.DataFrame({"symbol": ["A", "B"]})
    return Ingested(prices, firms, DAYS.to_numpy().astype("datetime64[D]"), {})


def test_growth_by_hand() -> None:
    ingested = two_firms(adj_close=[100.0, 110.0, 99.0, 99.0])
    grown = grow(Growth(risk_free=0.02), ingested).growth
    expected = [252 * math.log(1.1) - 0.02, 252 * math.log(0.9) - 0.02, -0.02]
    np.testing.assert_allclose(grown["A"], expected, rtol=1e-12)
    assert np.isnan(grown["B"].iloc[:2]).all()
    assert grown["B"].iloc[2] == pytest.approx(252 * math.log(2) - 0.02)
    assert list(grown.index) == list(DAYS[1:])


def test_ranges_and_volumes_by_hand() -> None:
    grown = grow(
        Growth(price="close"),
        two_firms(
            close=[100.0] * 4,
            high=[102.0, 110.0, float("nan"), 100.0],
            low=[99.0, 100.0, 90.0, 100.0],
            volume=[5.0, 7.0, 0.0, float("nan")],
        ),
    )
    assert list(grown.ranges.index) == list(grown.volumes.index) == list(DAYS[1:])
    np.testing.assert_allclose(grown.ranges["A"], [252 * math.log(1.1), float("nan"), 0.0])
    np.testing.assert_allclose(grown.volumes["A"], [7.0, 0.0, float("nan")])


def test_a_high_below_the_low_tells_no_range() -> None:
    ingested = two_firms(close=[100.0] * 4, high=[90.0, 90.0, 90.0, 99.0], low=[99.0] * 4)
    found = grow(Growth(price="close"), ingested).ranges["A"]
    np.testing.assert_array_equal(found, [float("nan"), float("nan"), 0.0])


def test_a_source_without_highs_and_volumes_has_neither() -> None:
    grown = grow(Growth(price="close"), two_firms(close=[100.0] * 4))
    assert grown.ranges.empty
    assert grown.volumes.empty
    assert not grown.trading_told


def test_a_column_that_nobody_filled_tells_nothing() -> None:
    ingested = two_firms(close=[100.0] * 4, high=[101.0] * 4, low=[99.0] * 4)
    prices = ingested.prices.assign(volume=float("nan"))
    grown = grow(Growth(price="close"), replace(ingested, prices=prices))
    assert grown.volumes.empty
    assert not grown.ranges.empty
    assert not grown.trading_told


def test_a_gap_never_gives_growth_over_two_sessions() -> None:
    ingested = two_firms(close=[100.0, float("nan"), 121.0, 133.1])
    grown = grow(Growth(price="close"), ingested).growth["A"]
    assert np.isnan(grown.iloc[:2]).all()
    assert grown.iloc[2] == pytest.approx(252 * math.log(1.1))


def test_a_session_without_any_price_is_a_gap() -> None:
    ingested = two_firms(close=[100.0, 100.0, 100.0, 100.0])
    prices = ingested.prices[ingested.prices["date"] != DAYS[1]]
    grown = grow(Growth(price="close"), replace(ingested, prices=prices)).growth
    assert len(grown) == 3
    assert np.isnan(grown["A"].iloc[:2]).all()
    assert grown["A"].iloc[2] == 0.0


def test_a_broken_day_has_no_growth() -> None:
    ingested = two_firms(close=[100.0, 110.0, 121.0, 133.1])
    prices = ingested.prices.copy()
    prices.loc[2, "broken"] = True
    grown = grow(Growth(price="close"), replace(ingested, prices=prices)).growth["A"]
    assert np.isnan(grown.iloc[1])
    np.testing.assert_allclose(grown.iloc[[0, 2]], 252 * math.log(1.1))


def test_typical_price_is_the_mean_of_high_low_and_close() -> None:
    ingested = two_firms(
        high=[12.0, 24.0, 24.0, 24.0], low=[9.0, 18.0, 18.0, 18.0], close=[9.0, 18.0, 18.0, 18.0]
    )
    grown = grow(Growth(price="typical"), ingested)
    assert grown.growth["A"].iloc[0] == pytest.approx(252 * math.log(2.0))
    assert grown.basis["used"] == "typical"


def test_close_stands_in_for_a_missing_adjusted_close_and_says_so() -> None:
    grown = grow(Growth(), two_firms(close=[1.0, 2.0, 3.0, 4.0]))
    assert grown.basis["used"] == "close"
    assert "dividends" in grown.basis["note"]


def test_a_price_that_the_source_lacks_is_refused() -> None:
    with pytest.raises(InputError, match=r"vwap.*set growth.price to one of .*\(close\)"):
        grow(Growth(price="vwap"), two_firms(close=[1.0, 2.0, 3.0, 4.0]))


def test_prices_and_growth_are_inverse_on_the_planted_universe() -> None:
    planted = universe.growth_panel(gaps=False)
    ingested = universe.ingested(gaps=False)
    grown = grow(Growth(price="close"), ingested).growth
    np.testing.assert_allclose(grown.to_numpy(), planted.iloc[1:].to_numpy(), atol=1e-8)


def test_a_price_that_firms_lack_is_told() -> None:
    nan = float("nan")
    ingested = two_firms(close=[100.0] * 4, adj_close=[90.0, 90.0, nan, 90.0])
    with pytest.raises(InputError, match=r"adj_close, which 1 firm of 2 .*example A.*\(close\)"):
        grow(Growth(), ingested)
    assert grow(Growth(price="close"), ingested).basis["note"] is None
    days = pd.bdate_range("2020-01-01", periods=10)
    one = {"date": days, "symbol": "A", "broken": False, "close": 100.0}
    prices = pd.DataFrame(one | {"adj_close": [90.0] * 9 + [nan]})
    firms = pd.DataFrame({"symbol": ["A"]})
    found = grow(Growth(), Ingested(prices, firms, days.to_numpy().astype("datetime64[D]"), {}))
    assert "On 1 day of 1 firm there is no adj_close" in str(found.basis["note"])
