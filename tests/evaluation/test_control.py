"""What recurrence adds in a single run, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.control import controlled
from pipeline.evaluation.earned import marked
from pipeline.evaluation.significance import mean_test
from pipeline.outputs import Evaluated

DATES = pd.bdate_range("2020-01-01", periods=120)
RANDOM = np.random.default_rng(0)
GROWTH = RANDOM.normal(size=(120, 6))


def forecasts(scale: float, location: float = 0.0) -> Evaluated:
    table = pd.DataFrame(
        {
            "date": np.repeat(DATES, 6),
            "symbol": np.tile(list("ABCDEF"), 120),
            "horizon": 1,
            "location": location,
            "scale": scale,
            "df": 50.0,
            "growth": GROWTH.ravel(),
        }
    )
    return Evaluated(table, {}, pd.DataFrame())


def test_the_network_is_beside_the_control_on_the_same_firm_days() -> None:
    network, control = forecasts(1.0), forecasts(1.4)
    told = controlled(network, "linear", control).beside
    own, other = marked(network.forecasts), marked(control.forecasts)
    assert told["name"] == "linear"
    assert told["crps"] == pytest.approx(other["crps"].mean())
    assert told["crps_over_control"] == pytest.approx(own["crps"].mean() / other["crps"].mean())
    low, high = told["crps_over_control_low"], told["crps_over_control_high"]
    assert low < told["crps_over_control"] < high < 1.0
    daily = (own["crps"] - other["crps"]).groupby(own["date"]).mean().to_numpy()
    assert told["dm_p_control"] == pytest.approx(mean_test(daily).p_value)
    assert told["dm_p_control"] < 0.001


def test_on_few_days_nothing_is_tested() -> None:
    few = [
        Evaluated(each.forecasts[:60], {}, pd.DataFrame())
        for each in (forecasts(1.0), forecasts(1.4))
    ]
    told = controlled(few[0], "linear", few[1]).beside
    assert told["crps_over_control"] < 1.0
    assert told["dm_p_control"] is None and told["crps_over_control_low"] is None


def test_a_twin_of_the_control_adds_nothing() -> None:
    told = controlled(forecasts(1.2), "linear", forecasts(1.2)).beside
    assert (told["crps_over_control"], told["dm_p_control"]) == (1.0, 1.0)
