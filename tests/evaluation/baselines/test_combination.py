from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from universe import grown

from pipeline.evaluation import foretell as stage
from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.baselines.combination import best, combined
from pipeline.evaluation.forecasts import forecast_of
from pipeline.evaluation.student import StudentT
from pipeline.outputs import Grown
from pipeline.panel.windows import window
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.window import Window
from pipeline.watch import Silence

CHEAP = ("zero_growth", "historical_mean", "ewma_volatility", "unit")


def test_combined_by_hand() -> None:
    # Locations 0 and 1, scales 1 and 4 (log mean 2), 1/ν of 1/4 and 1/12 (1/6), skews 0.2 and 0.
    parts = ([0.0], [1.0], [4.0], [0.2]), ([1.0], [4.0], [12.0], [0.0])
    found = combined([StudentT(*map(np.array, one)) for one in parts])
    assert [part[0] for part in vars(found).values()] == pytest.approx([0.5, 2.0, 6.0, 0.1])
    assert best({"a": 3.0, "b": 1.0, "c": 2.0, "d": 4.0}) == ["b", "c", "a"]
    assert best({"a": 3.0, "b": 1.0, "c": 1.0, "d": 4.0}) == ["b", "a", "d"]


def made(planted: Grown, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr(stage, "BASELINES", {name: BASELINES[name] for name in CHEAP})
    windowed = window(Window(lookback=20, features=("growth",)), planted)
    return stage.foretell(Evaluate(), windowed, planted, watch=Silence()).forecasts


def test_validation_days_choose_what_is_combined(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = grown(firms=4, days=600)
    calm = np.exp(1.5 * np.sin(np.arange(600) / 40.0))
    planted = replace(planted, growth=planted.growth.mul(calm, axis=0))
    rows = dict(list(made(planted, monkeypatch).groupby("baseline")))
    assert set(rows) == {*CHEAP, "combination"}
    # Volatility moves, so that the one that does not move is left out.
    members = [forecast_of(rows[name]) for name in CHEAP if name != "zero_growth"]
    for part, values in vars(combined(members)).items():
        assert rows["combination"][part].to_numpy() == pytest.approx(values)
    # Test days on which it would be the best change nothing.
    changed = planted.growth.copy()
    steady = changed.iloc[:400].std().to_numpy()
    changed.iloc[-80:] = steady * np.random.default_rng(0).normal(size=changed.iloc[-80:].shape)
    again = dict(list(made(replace(planted, growth=changed), monkeypatch).groupby("baseline")))
    members = [forecast_of(again[name]) for name in CHEAP if name != "zero_growth"]
    assert again["combination"]["scale"].to_numpy() == pytest.approx(combined(members).scale)
