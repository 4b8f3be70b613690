import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.forecasts import (
    FirmDays,
    firm_days,
    forecast_of,
    forecast_table,
    in_percent,
    network_forecast,
    quantile_column,
    with_quantiles,
)
from pipeline.evaluation.student import symmetric

GAP = np.nan
GROWTH = np.array(
    [
        [1.0, GAP],
        [2.0, GAP],
        [GAP, 30.0],
        [4.0, 40.0],
        [5.0, 50.0],
    ]
)


def listed(days: FirmDays) -> list[tuple[int, int, int, float]]:
    columns = (days.origin, days.horizon, days.firm, days.growth)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_firm_days_by_hand() -> None:
    # Origins 1 and 2, one day ahead, two growth rates needed. The first firm has them from day 1
    # on, but day 2 is a gap; the second has only one by day 2, so its days 2 and 3 are left out.
    days = firm_days(GROWTH, range(1, 3), horizon=1, lookback=2)
    assert listed(days) == [(2, 1, 0, 4.0)]
    assert days.left_out == 2
    assert days.day.tolist() == [3]


def test_horizons_stand_in_the_order_of_the_day_that_is_forecast() -> None:
    days = firm_days(GROWTH, range(1, 4), horizon=2, lookback=1)
    assert listed(days) == [
        (2, 1, 0, 4.0),
        (1, 2, 0, 4.0),
        (2, 1, 1, 40.0),
        (3, 1, 0, 5.0),
        (2, 2, 0, 5.0),
        (3, 1, 1, 50.0),
        (2, 2, 1, 50.0),
    ]
    assert days.left_out == 2


@st.composite
def panels(draw: st.DrawFn) -> np.ndarray:
    days, firms = draw(st.integers(4, 12)), draw(st.integers(1, 4))
    cells = st.one_of(st.just(GAP), st.floats(-9, 9))
    flat = draw(st.lists(cells, min_size=days * firms, max_size=days * firms))
    return np.array(flat).reshape(days, firms)


@given(panels(), st.integers(1, 3), st.integers(1, 3))
def test_firm_days_are_those_of_a_plain_loop(
    growth: np.ndarray, horizon: int, lookback: int
) -> None:
    expected, left_out = [], 0
    total, firms = growth.shape
    for day in range(total):
        for firm in range(firms):
            for ahead in range(1, horizon + 1):
                origin = day - ahead
                if origin < 1 or np.isnan(growth[day, firm]):
                    continue
                if np.isfinite(growth[: origin + 1, firm]).sum() >= lookback:
                    expected.append((origin, ahead, firm, growth[day, firm]))
                else:
                    left_out += 1
    days = firm_days(growth, range(1, total), horizon, lookback)
    assert listed(days) == expected
    assert days.left_out == left_out


def test_panels_are_read_at_the_origin_and_the_horizon() -> None:
    days = firm_days(GROWTH, range(1, 4), horizon=2, lookback=1)
    panel = np.arange(10.0).reshape(5, 2)
    assert days.of(panel).tolist() == [panel[origin, firm] for origin, _, firm, _ in listed(days)]
    by_horizon = np.stack([panel, 100.0 + panel])
    assert days.of(by_horizon).tolist() == [
        by_horizon[ahead - 1, origin, firm] for origin, ahead, firm, _ in listed(days)
    ]


def test_network_forecasts_are_brought_back_to_growth() -> None:
    raw = np.zeros((2, 3, 2, 4), dtype=np.float32)
    raw[1, 2, 1] = 0.5, 2.0, 4.0, 0.25  # the second firm, third origin, two days ahead
    days = FirmDays(np.array([12]), np.array([2]), np.array([1]), np.array([0.0]))
    unit = np.full((2, 20), 100.0, dtype=np.float32)
    unit[1, 12] = 3.0  # of the firm, at the end of the origin: not of the day that is forecast
    forecast = network_forecast(raw, 10, days, unit)
    assert [part[0] for part in vars(forecast).values()] == [1.5, 6.0, 4.0, 0.25]
    without = network_forecast(raw[..., :3], 10, days, unit)
    assert [part[0] for part in vars(without).values()] == [1.5, 6.0, 4.0, 0.0]


def test_a_table_without_skew_is_of_forecasts_without() -> None:
    table = pd.DataFrame({"location": [1.0], "scale": [2.0], "df": [4.0], "skew": [0.3]})
    assert [part[0] for part in vars(forecast_of(table)).values()] == [1.0, 2.0, 4.0, 0.3]
    old = forecast_of(table.drop(columns="skew"))
    assert [part[0] for part in vars(old).values()] == [1.0, 2.0, 4.0, 0.0]


def test_table_names_day_and_firm_and_has_quantiles() -> None:
    labels = pd.DataFrame(
        GROWTH, index=pd.bdate_range("2020-01-01", periods=5), columns=["AAA", "BBB"]
    )
    days = firm_days(GROWTH, range(2, 3), horizon=1, lookback=1)
    forecast = symmetric(np.array([1.0, 2.0]), np.array([2.0, 2.0]), np.array([2.0, 2.0]))
    table = forecast_table(forecast, days, labels)
    table = with_quantiles(table, forecast, days.growth, (0.25, 0.5, 0.75))
    assert (
        " ".join(table.columns) == "date symbol horizon location scale df skew growth q25 q50 q75"
    )
    assert table["date"].tolist() == [pd.Timestamp("2020-01-06")] * 2
    assert table["symbol"].tolist() == ["AAA", "BBB"]
    assert table["growth"].tolist() == [4.0, 40.0]
    # For ν = 2 the quartiles are ∓√(2/3): F(z) = 1/2 + z/(2√(2 + z²)) = 3/4 at z = √(2/3).
    assert table["q75"].tolist() == pytest.approx([1 + 2 * (2 / 3) ** 0.5, 2 + 2 * (2 / 3) ** 0.5])
    assert table["q25"].tolist() == pytest.approx([1 - 2 * (2 / 3) ** 0.5, 2 - 2 * (2 / 3) ** 0.5])


def test_quantile_columns_have_a_name_each() -> None:
    levels = (0.001, 0.01, 0.025, 0.05, 0.25, 0.5, 0.975, 0.999)
    assert [quantile_column(level) for level in levels] == [
        "q0.1", "q01", "q2.5", "q05", "q25", "q50", "q97.5", "q99.9",
    ]  # fmt: skip


def test_growth_is_turned_back_into_percent_as_it_was_taken() -> None:
    table = pd.DataFrame(
        {"symbol": ["A"], "location": [2.48], "scale": [5.04], "df": [4.0], "q97.5": [25.16]}
    )
    found = in_percent(table, {"days_per_year": 252, "risk_free": 0.04})
    assert found.to_dict("records") == [
        pytest.approx({"symbol": "A", "location": 1.0, "scale": 2.0, "df": 4.0, "q97.5": 10.0})
    ]
    assert table["location"].tolist() == [2.48]
