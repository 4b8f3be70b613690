import numpy as np
import pandas as pd
import pytest
import scoringrules

from pipeline.daily.drift.days import champion_days, data_days
from pipeline.outputs import Baselined, Evaluated, Fold, Grown, Windowed

DATES = pd.date_range("2024-01-01", periods=4)


def test_what_data_look_like() -> None:
    growth = np.array(
        [
            [1.0, 1.0, 1.0, np.nan],
            [2.0, -1.0, -0.5, np.nan],
            [12.0, np.nan, -0.5, 6.0],
            [2.0, 1.0, 3.0, np.nan],
        ]
    )
    unit = np.array([[1.0, 1.0, 1.0, 9.0], [2.0, 2.0, 1.0, 9.0], [4.0, 2.0, 1.0, 9.0], [9.0] * 4])
    labels = pd.DataFrame(growth, index=DATES, columns=list("ABCD"))
    grown = Grown(labels, {"risk_free": 0.5})  # a price that did not change has growth −0.5
    windowed = Windowed(
        features=np.empty((4, 4, 0), dtype=np.float32),
        growth=growth.T.astype(np.float32),
        unit=unit.T.astype(np.float32),
        dates=DATES.to_numpy(),
        symbols=np.array(list("ABCD")),
        fold=Fold((0, 0), (0, 0), (0, 0), 1, 1),
    )
    found = data_days(grown, windowed)
    # A day's growth in the unit of the day before: nothing; 2, −1, −0.5; 6, –, −0.5; 0.5, 0.5, 3.
    # D has its first growth rate on the third day, and so none before it.
    expected = pd.DataFrame(
        {
            "gaps": [0.0, 0.0, 1 / 4, 1 / 4],
            "zeros": [0.0, 1 / 3, 1 / 3, 0.0],
            "tails": [np.nan, 0.0, 1 / 2, 0.0],
            "size": [np.nan, 3.5 / 3, 6.5 / 2, 4 / 3],
            "market": [np.nan, 0.5 / 3, 5.5 / 2, 4 / 3],
            "dispersion": [np.nan, 3 / 3, np.nan, 2.5 / 3],
        },
        index=DATES,
    )
    pd.testing.assert_frame_equal(found, expected, check_freq=False)


def test_how_the_champion_did() -> None:
    rows = pd.DataFrame(
        {
            "date": DATES[[0, 0, 1]],
            "symbol": ["A", "B", "A"],
            "horizon": [1, 1, 1],
            "location": 0.0,
            "scale": [1.0, 2.0, 1.0],
            "df": 5.0,
            "growth": [0.5, 6.0, 0.0],
        }
    )
    other = rows.assign(scale=2.0, baseline="garch").iloc[::-1]
    found = champion_days(Evaluated(rows, {}, pd.DataFrame()), Baselined(other, {}))
    own, beside = (
        scoringrules.crps_t(rows["growth"].to_numpy(), 5.0, 0.0, scale)
        for scale in (rows["scale"].to_numpy(), 2.0)
    )
    assert found["crps"].tolist() == pytest.approx(
        [own[:2].sum() / beside[:2].sum(), own[2] / beside[2]]
    )
    # A density at zero is twice as high with half the scale; B is the same with both.
    assert found["log_score"].iloc[1] == pytest.approx(-np.log(2.0))
    # The 90 % interval of t with 5 degrees of freedom ends at 2.015 scales: B, at 3, is outside.
    assert found["coverage_90"].tolist() == [0.5, 1.0]
    assert found["spread"].iloc[1] == 0.0
    assert found["spread"].iloc[0] > 0.0
