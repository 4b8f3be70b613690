import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.beside import beside


def marks(crps: np.ndarray, firms: int = 2, horizon: int = 1) -> pd.DataFrame:
    days = pd.bdate_range("2020-01-01", periods=len(crps) // firms)
    return pd.DataFrame({"date": days.repeat(firms), "horizon": horizon, "crps": crps})


def test_one_that_is_better_every_day_by_hand() -> None:
    other = np.random.default_rng(0).uniform(1.0, 2.0, 400)
    found = beside(marks(0.9 * other), marks(other))
    assert found.ratio == pytest.approx(0.9)
    assert (found.low, found.high) == (pytest.approx(0.9), pytest.approx(0.9))
    assert found.p_value < 1e-6
    assert found.told("ratio", "p") == {
        "ratio": found.ratio,
        "ratio_low": found.low,
        "ratio_high": found.high,
        "p": found.p_value,
    }


def test_equals_are_not_told_apart() -> None:
    random = np.random.default_rng(1)
    found = beside(marks(random.uniform(1.0, 2.0, 800)), marks(random.uniform(1.0, 2.0, 800)))
    assert found.low < 1.0 < found.high
    assert found.p_value > 0.05


def test_few_days_tell_nothing() -> None:
    found = beside(marks(np.ones(20)), marks(np.full(20, 2.0)))
    assert found.ratio == 0.5
    assert np.isnan([found.low, found.high, found.p_value]).all()
