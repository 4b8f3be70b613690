"""A pretrained network is judged on the last sessions, none of which it has seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import universe

import models
from pipeline.evaluation.baselines import BASELINES
from pipeline.forecaster.check import FEWEST, FITTED, SESSIONS, check
from pipeline.outputs import Grown, Json
from pipeline.pretrained.pretrained import Pretrained, load
from pipeline.settings.evaluate import Evaluate

GROWTH = universe.growth_panel(firms=4, days=900, gaps=False)
"""From January 2015 to June 2018."""
NETWORK = load("linear-growth")
GARCH = BASELINES["garch"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """GARCH is not what is tested here: its place is taken by what is fitted at once."""
    other = replace(BASELINES["garch"], method=BASELINES["zero_growth"].method)
    monkeypatch.setitem(BASELINES, "garch", other)


def checked(growth: pd.DataFrame = GROWTH, network: Pretrained = NETWORK) -> Json:
    grown = Grown(growth, {})
    return check(network, models.from_bytes(network.network), grown, Evaluate())


def seen_to(day: Any) -> Pretrained:
    card = replace(NETWORK.card, seen_to=date.fromisoformat(str(day)[:10]))
    return replace(NETWORK, card=card)


def test_the_last_sessions_judge_beside_both_baselines() -> None:
    found = checked()
    assert found["sessions"] == SESSIONS
    assert found["forecasts"] == 4 * SESSIONS
    assert found["first"] == f"{GROWTH.index[-SESSIONS]:%Y-%m-%d}"
    assert found["last"] == f"{GROWTH.index[-1]:%Y-%m-%d}"
    assert 0.8 < found["in_90"] < 0.97
    for name in ("ewma_volatility", "garch"):
        ratio = found[f"crps_over_{name}"]
        assert found[f"crps_over_{name}_low"] < ratio < found[f"crps_over_{name}_high"]
        assert 0.0 <= found[f"dm_p_{name}"] <= 1.0
        # All firms have as many forecasts, so that ratios of each lie around that of all.
        each = [firm[f"crps_over_{name}"] for firm in found["firms"]]
        assert min(each) < ratio < max(each)
    assert [firm["symbol"] for firm in found["firms"]] == list(GROWTH)


def test_days_that_it_saw_do_not_judge_it() -> None:
    later = GROWTH.index[-31]
    found = checked(network=seen_to(later))
    assert found["sessions"] == 30
    assert found["first"] == f"{GROWTH.index[-30]:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("days", "seen", "sentence"),
    [
        (900, GROWTH.index[-FEWEST], "has seen the days up to 2018-05-18, whichever firms"),
        (FITTED + 80, date(2014, 1, 1), "330 sessions of growth are too few"),
    ],
)
def test_where_it_cannot_be_judged_it_says_why(days: int, seen: Any, sentence: str) -> None:
    found = checked(GROWTH.iloc[:days], seen_to(seen))
    assert list(found) == ["reason"]
    assert sentence in found["reason"]


def test_a_firm_that_baselines_cannot_be_fitted_to_is_told() -> None:
    young = GROWTH.copy()
    young.iloc[: -(SESSIONS + 100), 0] = np.nan
    assert checked(young)["fallbacks"] == {"ewma_volatility": 0, "garch": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BASELINES, "garch", GARCH)
        assert checked(young)["fallbacks"]["garch"] == 1
