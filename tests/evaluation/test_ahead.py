import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.ahead import days_ahead
from pipeline.evaluation.entry import Entry
from pipeline.evaluation.significance import mean_test

DAYS, HORIZONS = pd.bdate_range("2020-01-01", periods=120), (1, 2, 3)
HARD = 2.0 + np.random.default_rng(0).exponential(size=(len(DAYS), len(HORIZONS)))


def entry(name: str, kind: str, better: tuple[float, float, float]) -> Entry:
    """A model whose CRPS is better than the day is hard, by days ahead, with some noise."""
    noise = 0.02 * np.random.default_rng(len(name)).normal(size=HARD.shape)
    table = pd.DataFrame(
        {
            "date": np.repeat(DAYS, len(HORIZONS)),
            "symbol": "A",
            "seed": 0,
            "horizon": np.tile(HORIZONS, len(DAYS)),
            "location": 0.0,
            "growth": 1.0,
            "crps": (HARD - np.array(better) + noise).ravel(),
            "log_score": 0.0,
            "qlike": 0.0,
            "pit": np.tile([0.5, 0.97, 0.99], len(DAYS)),
        }
    )
    return Entry.of(name, kind, table, {})  # type: ignore[arg-type]


GARCH = entry("garch", "baseline", (0.0, 0.0, 0.0))
NETWORK = entry("gru", "network", (0.3, 0.0, -0.3))
BOARD = days_ahead([GARCH, NETWORK])


def of(horizon: int, name: str = "gru") -> pd.Series:
    rows = BOARD[(BOARD["horizon"] == horizon) & (BOARD["name"] == name)]
    (row,) = (row for _, row in rows.iterrows())
    return row


def test_each_day_ahead_is_ranked_on_its_own() -> None:
    assert list(BOARD["horizon"]) == [1, 1, 2, 2, 3, 3]
    assert list(BOARD["name"])[:2] == ["gru", "garch"]
    assert list(BOARD["name"])[-2:] == ["garch", "gru"]
    assert set(BOARD["forecasts"]) == {len(DAYS)}


@pytest.mark.parametrize("horizon", HORIZONS)
def test_ratio_and_test_are_beside_the_same_day_ahead(horizon: int) -> None:
    losses = [
        e.daily[e.daily["horizon"] == horizon].set_index("date")["crps"] for e in (NETWORK, GARCH)
    ]
    assert of(horizon)["crps_ratio"] == pytest.approx(losses[0].mean() / losses[1].mean())
    expected = mean_test((losses[0] - losses[1]).to_numpy(), horizon).p_value
    assert of(horizon)["dm_p_garch"] == pytest.approx(expected)
    assert of(horizon, "garch")["crps_ratio"] == 1.0
    assert np.isnan(of(horizon, "garch")["dm_p_garch"])


def test_a_gain_that_is_lost_further_ahead_is_seen() -> None:
    assert of(1)["crps_ratio"] < 1.0 < of(3)["crps_ratio"]
    assert of(1)["dm_p_garch"] < 1e-3 and of(3)["dm_p_garch"] < 1e-3
    assert of(2)["dm_p_garch"] > 0.05


def test_coverage_is_of_the_day_ahead() -> None:
    assert [of(horizon)["coverage_90"] for horizon in HORIZONS] == [1.0, 0.0, 0.0]
