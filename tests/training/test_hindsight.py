from dataclasses import replace

import keras
import numpy as np
import pytest
from universe import windowed

import models
from pipeline.settings.window import Window
from pipeline.training import hindsight as place
from pipeline.training.hindsight import hindsight
from pipeline.training.predict import forecast
from pipeline.training.targets import targets
from pipeline.watch import Silence

PANEL = windowed(Window(lookback=10, horizon=2), firms=40, days=200)
FOLD = PANEL.fold


def fresh(name: str) -> keras.Model:
    keras.utils.set_random_seed(3)
    return models.build(name, features=PANEL.features.shape[2], units=4, horizon=2)


def test_what_was_said_stands_beside_what_came() -> None:
    network = fresh("elman")
    seen = hindsight(network, PANEL, FOLD.train, watch=Silence())
    said = forecast(network, PANEL, FOLD.train, watch=Silence())
    np.testing.assert_array_equal(seen.forecasts, said)
    every = np.arange(40)[:, None], np.arange(*FOLD.train)[None]
    np.testing.assert_array_equal(seen.came, targets(PANEL, *every, FOLD.train))


def test_some_origins_of_it_are_those_of_their_days() -> None:
    both = (FOLD.train[0], FOLD.valid[1])
    seen = hindsight(fresh("elman"), PANEL, both, watch=Silence()).of(FOLD.valid)
    every = np.arange(40)[:, None], np.arange(*FOLD.valid)[None]
    np.testing.assert_array_equal(seen.came, targets(PANEL, *every, both))
    assert seen.forecasts.shape[:2] == seen.came.shape[:2] == (40, FOLD.valid[1] - FOLD.valid[0])
    assert seen.first == FOLD.valid[0]


@pytest.mark.parametrize(
    ("name", "most"), [("elman", "FIRMS"), ("bidirectional", "FIRMS_IN_WINDOWS")]
)
def test_of_very_many_firms_some_tell(
    name: str, most: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = fresh(name)
    rows = [0, 8, 16, 24, 32]
    few = replace(
        PANEL,
        features=PANEL.features[rows],
        growth=PANEL.growth[rows],
        unit=PANEL.unit[rows],
        symbols=PANEL.symbols[rows],
    )
    wanted = hindsight(network, few, FOLD.train, watch=Silence())
    monkeypatch.setattr(place, most, 5)
    found = hindsight(network, PANEL, FOLD.train, watch=Silence())
    np.testing.assert_array_equal(found.forecasts, wanted.forecasts)
    np.testing.assert_array_equal(found.came, wanted.came)
